# SPDX-License-Identifier: GPL-3.0-or-later
"""How R's installers name packages, wherever they are: ``owner/repository@ref``, ``bioc::name`` …

The forms are those of remotes (https://remotes.r-lib.org/articles/dependencies.html), pak
(https://pak.r-lib.org/reference/pak_package_sources.html) and renv. Where a name is written is
other modules' matter.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from binder_lite.requirements.model import Missing, Origin, Requirement

# Those that R itself brings; there are no such packages to install.
BASE_PACKAGES = frozenset({
    "base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel",
    "splines", "stats", "stats4", "tcltk", "tools", "translations", "utils",
})  # fmt: skip
PART_OF_R = "it is part of R"

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9.]*[A-Za-z0-9])?")
_NAMED = re.compile(rf"(?P<name>{_NAME.pattern})=(?!=)(?P<rest>.*)", re.DOTALL)
_TYPED = re.compile(r"(?P<type>[A-Za-z][\w+-]*)::(?P<rest>.*)", re.DOTALL)
_COMPARISON = re.compile(r"(?P<sign>>=|<=|==|!=|>|<)\s*(?P<version>\d+(?:[.-]\d+)*)")
_VERSION = re.compile(r"\d+(?:[.-]\d+)*")
_ARCHIVE = re.compile(rf"({_NAME.pattern})_[\d.-]+(?:\.tar\.(?:gz|bz2|xz)|\.tgz|\.zip)")
_WEB = re.compile(r"https?://(?P<host>[^/]+)/(?P<owner>[^/]+)/(?P<repository>[^/]+)")
_WEB_REF = re.compile(r"(?P<base>.+?)/(?:tree|commit|releases/tag)/(?P<ref>.+)")
_REGISTRIES = frozenset({"cran", "any", "standard", "bioc", "package", "version", "dev"})
_FORGES = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_GIT = frozenset({"git", "git2r", "xgit"})
# Folders that a repository keeps its package in without naming them for it.
_PLAIN_FOLDERS = frozenset({"pkg", "package", "r", "rpkg", "rpackage", "src", "bindings"})
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Remote:
    """One package as an installer is told of it; ``url`` is empty where a registry has it.

    ``url`` is a path as it was written when ``local`` is true. ``problem`` says why the text
    names nothing that can be had; then ``name`` is the text.
    """

    name: str
    specifier: str = ""
    url: str = ""
    local: bool = False
    problem: str = ""


def is_package_name(text: str) -> bool:
    """Say whether R allows ``text`` as the name of a package."""
    return _NAME.fullmatch(text) is not None


def parse_comparisons(text: str) -> str | None:
    """Return ``>= 1.2`` or ``>=1.2, <2`` as a specifier, ``None`` when it is none."""
    parts = [part.strip() for part in text.split(",")]
    matches = [_COMPARISON.fullmatch(part) for part in parts]
    if any(match is None for match in matches):
        return None
    return ",".join(f"{match['sign']}{match['version']}" for match in matches if match)


def minor_release(version: str) -> str:
    """Return the specifier for the releases of R that ``4.1`` or ``4.1.3`` belongs to.

    Packages are built for a minor release of R, and its patch releases are interchangeable.
    Returns ``""`` when ``version`` is no version.
    """
    match = re.fullmatch(r"(\d{1,4})(?:\.(\d{1,4}))?(?:\.\d+)?", version.strip())
    if match is None:
        return ""
    if match[2] is None:
        return f">={int(match[1])}.0,<{int(match[1]) + 1}.0"
    return f">={match[1]}.{match[2]},<{match[1]}.{int(match[2]) + 1}"


def git_remote(url: str, ref: str = "", folder: str = "") -> str:
    """Return the URL of a git repository at ``ref``, of which the package is in ``folder``."""
    scp = re.fullmatch(r"([\w.-]+@[\w.-]+):(?!//)(.+)", url)
    whole = f"ssh://{scp[1]}/{scp[2]}" if scp else url
    whole = whole if whole.startswith("git+") else f"git+{whole}"
    return whole + (f"@{ref}" if ref else "") + (f"#subdirectory={folder}" if folder else "")


def parse_remote(
    text: str, kind: str = "", *, ref: str = "", folder: str = "", version: str = ""
) -> Remote:
    """Return what ``text`` names to an installer of ``kind`` (``github``, ``bioc``, ``url`` …).

    ``kind`` is ``""`` where the text itself tells. ``ref``, ``folder`` and ``version`` are what is
    said beside it and counts where the text does not say.
    """
    stripped = text.strip()
    if not stripped or len(stripped) > _LONGEST or any(map(str.isspace, stripped)):
        return _unknown(text, "it is no name of a package")
    name = ""
    if named := _NAMED.fullmatch(stripped):
        name, stripped = named["name"], named["rest"]
    if typed := _TYPED.fullmatch(stripped):
        kind, stripped = typed["type"].lower(), typed["rest"]
    else:
        kind = kind or _kind(stripped)
    # pak's options for one package, as in "name?source".
    if kind != "url":
        stripped = stripped.split("?")[0]
    if kind in _REGISTRIES:
        return _registered(stripped, kind, version)
    if kind in _FORGES:
        return _forge(stripped, _FORGES[kind], name, ref, folder)
    if kind in _GIT:
        return _git(stripped, name, ref, folder)
    return _elsewhere(stripped, kind, name)


def requirement_of(remote: Remote, origin: Origin, project: str = "") -> Requirement | Missing:
    """Return what ``remote`` asks for at ``origin``; local paths begin at the folder ``project``.

    What cannot be had, such as a path outside of the checkout, is :class:`Missing`.
    """
    if remote.problem:
        return Missing(remote.name[:120], origin, remote.problem, "r")
    url = remote.url
    if remote.local:
        url = posixpath.normpath(posixpath.join(project, url.replace("\\", "/")))
        if url.startswith(("/", "~")) or url.split("/")[0] == ".." or ":" in url:
            return Missing(remote.url[:120], origin, "it is a file on its author's machine", "r")
    return Requirement(
        remote.name, origin, "r", specifier=remote.specifier, url=url, local=remote.local
    )


def _elsewhere(text: str, kind: str, name: str) -> Remote:
    if kind == "svn":
        return Remote(name or posixpath.basename(text.rstrip("/")), url=f"svn+{text}")
    if kind == "url":
        return _archive(text, name)
    if kind == "local":
        return Remote(name or _name_of_file(text), url=text, local=True)
    return _unknown(f"{kind}::{text}", f"a source of the kind {kind} is not known")


def _unknown(text: str, problem: str) -> Remote:
    return Remote(text.strip(), problem=problem)


def _kind(text: str) -> str:
    if re.match(r"\.{0,2}[\\/]|\.{1,2}$|~|[A-Za-z]:[\\/]", text):
        return "local"
    if "://" in text:
        return "git" if text.split("@")[0].endswith(".git") else "url"
    if _ARCHIVE.fullmatch(posixpath.basename(text)):
        return "local"
    return "github" if "/" in text else "package"


def _registered(text: str, kind: str, version: str) -> Remote:
    # bioc::release/name#revision
    if kind == "bioc":
        text = text.rpartition("/")[2].partition("#")[0]
    name, _, said = text.partition("@")
    if not is_package_name(name):
        return _unknown(text, "it is no name of a package")
    said = said or version
    if said in ("", "latest", "current", "last"):
        return Remote(name)
    specifier = f"=={said}" if _VERSION.fullmatch(said) else parse_comparisons(said)
    if specifier is None:
        return _unknown(text, f"{said[:60]!r} is no version of a package of R")
    return Remote(name, specifier)


def _forge(text: str, host: str, name: str, ref: str, folder: str) -> Remote:
    if "://" in text or text.startswith("git@"):
        return _git(text, name, ref, folder)
    path, ref = _at(text, ref)
    parts = [part for part in path.split("/") if part and part != "-"]
    if len(parts) > 2 and "." in parts[0] and host != "github.com":
        host, *parts = parts
    if len(parts) < 2:
        return _unknown(text, "it is no repository: it has no owner")
    owner, repository, *below = parts
    folder = "/".join(below) or folder
    repository = repository.removesuffix(".git")
    url = git_remote(f"https://{host}/{owner}/{repository}", ref, folder)
    return Remote(name or _name_of(repository, folder), url=url)


def _at(path: str, ref: str) -> tuple[str, str]:
    """Split ``path`` from the ref that it ends with; a number after # is a pull request."""
    if pull := re.fullmatch(r"(.+)#(\d+)", path):
        return pull[1], f"refs/pull/{pull[2]}/head"
    path, _, said = path.partition("@")
    # The latest release is what a repository without a ref comes nearest to.
    return path, "" if said == "*release" else said or ref


def _git(text: str, name: str, ref: str, folder: str) -> Remote:
    if web := _WEB_REF.fullmatch(text):
        text, ref = web["base"], web["ref"]
    else:
        # An @ before the path is a user's.
        head, at, said = text.rpartition("@")
        path = head.partition("://" if "://" in head else ":")[2]
        if at and (("/" in path) if "://" in head else path):
            text, ref = head, said
    repository = posixpath.basename(text.rstrip("/")).rpartition(":")[2].removesuffix(".git")
    if not repository:
        return _unknown(text, "it is no repository")
    return Remote(name or _name_of(repository, folder), url=git_remote(text, ref, folder))


def _archive(url: str, name: str) -> Remote:
    path = url.partition("?")[0].partition("#")[0]
    if name:
        return Remote(name, url=url)
    if archive := _ARCHIVE.fullmatch(posixpath.basename(path)):
        return Remote(archive[1], url=url)
    if web := _WEB.match(path):
        return Remote(web["repository"].removesuffix(".git"), url=url)
    return _unknown(url, "it does not say of which package it is")


def _name_of(repository: str, folder: str) -> str:
    below = posixpath.basename(folder)
    fits = is_package_name(below) and below.lower() not in _PLAIN_FOLDERS
    return below if fits else repository


def _name_of_file(path: str) -> str:
    last = posixpath.basename(path.replace("\\", "/").rstrip("/"))
    archive = _ARCHIVE.fullmatch(last)
    name = archive[1] if archive else last
    return name if is_package_name(name) else ""
