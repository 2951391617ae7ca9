# SPDX-License-Identifier: GPL-3.0-or-later
"""Binder's way to name a repository: ``gh/owner/repo/ref`` and links that hold it. Pure.

The forms are BinderHub's contract. Which page a link opens (``labpath`` and its kin) is read here
too; the URLs that come out are judged by url.py like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NoReturn
from urllib.parse import quote, unquote

from binder_lite.errors import BadSource
from binder_lite.sources.model import Source
from binder_lite.sources.safety import check_path, check_url_path, shown

PREFIXES = ("gh", "gl", "gist", "git")
ARCHIVES = ("zenodo", "figshare", "dataverse", "hydroshare", "ckan")
_DOI = re.compile(r"(?:doi:\s*)?10\.\d{4,9}/\S+", re.IGNORECASE)
_ARCHIVE_HOST = re.compile(
    r"(?:.*\.)?(?:doi\.org|zenodo\.org|figshare\.com|dataverse\.[a-z.]+|hydroshare\.org)"
)
_NAME = re.compile(r"[^\s/]+")
_FORMS = {
    "gh": "gh/owner/repository/ref",
    "gl": "gl/group%2Fproject/ref",
    "gist": "gist/user/id/ref",
    "git": "git/https%3A%2F%2Fhost%2Frepository/ref",
}
# How pages of a notebook server name the file that they open: lab/tree/…, notebooks/….
_PAGE = re.compile(
    r"(?:lab(?:/workspaces/[^/]+)?/tree|doc/tree|tree|notebooks|edit|view|retro/notebooks|"
    r"retro/tree|retro/edit|voila/render)/(?P<path>.+)"
)


def is_archive(text: str, host: str = "") -> bool:
    """Say whether this names a research archive or a DOI, which are not git repositories."""
    first = text.split("/", 1)[0]
    return bool((first in ARCHIVES and "/" in text) or _DOI.match(text)) or bool(
        host and _ARCHIVE_HOST.fullmatch(host)
    )


def refuse_archive(text: str) -> NoReturn:
    """Raise ``BadSource`` for a DOI or an archive's page."""
    raise BadSource(
        f"{shown(text)!r} is a DOI or a research archive, which are not supported yet.",
        hint="Archives usually name the git repository that they were made from: give its URL. "
        "Or download and unpack the archive, and give that folder.",
    )


def parse_spec(text: str, query: Mapping[str, str]) -> Source:
    """Return the source of ``prefix/spec``. Raises ``BadSource``.

    ``query`` holds what followed the question mark, if anything did. The result's ``url`` is what
    the spec says, as yet unjudged.
    """
    prefix, _, spec = text.strip("/").partition("/")
    if prefix in ARCHIVES:
        refuse_archive(text)
    found = _READERS[prefix](spec.split("/"), text)
    if found is None:
        raise BadSource(
            f"{shown(text)!r} is not a complete Binder spec.",
            hint=f"It has the form {_FORMS[prefix]}. If a folder is meant, write ./{shown(text)}.",
        )
    url, stem, rest = found
    ref = unquote("/".join(rest).strip("/")) or None
    path, url_path = _page(query)
    return Source(
        "",
        url,
        ref=ref,
        path=path,
        url_path=url_path,
        binder_spec=(prefix, f"{stem}/{ref or 'HEAD'}"),
    )


def with_ref(binder_spec: tuple[str, str], ref: str) -> tuple[str, str]:
    """Return the same Binder spec with another ref."""
    prefix, spec = binder_spec
    names = 2 if prefix in ("gh", "gist") else 1
    return prefix, "/".join([*spec.split("/")[:names], ref])


# What a reader finds: the URL, the spec without its ref, and the ref's components.
_Found = tuple[str, str, list[str]] | None


def _github(parts: list[str], text: str) -> _Found:
    if len(parts) < 2:
        return None
    names = _quoted(parts[:2], text)
    return f"https://github.com/{names}.git", names, parts[2:]


def _gitlab(parts: list[str], text: str) -> _Found:
    if "%2f" not in parts[0].lower():
        # A link that was unescaped on its way, or typed by hand: group and project.
        parts = ["/".join(parts[:2]), *parts[2:]]
    project = _quoted(unquote(parts[0]).split("/"), text)
    return f"https://gitlab.com/{project}.git", quote(unquote(project), safe=""), parts[1:]


def _gist(parts: list[str], text: str) -> _Found:
    if len(parts) < 2:
        return None
    names = _quoted(parts[:2], text)
    return f"https://gist.github.com/{names.split('/')[1]}.git", names, parts[2:]


def _git(parts: list[str], text: str) -> _Found:
    escaped, rest = parts[0], parts[1:]
    if parts[1:2] == [""]:
        # Unescaped on its way: the ref is what follows the last slash.
        escaped, rest = "/".join(parts[:-1]), parts[-1:]
    if ":" not in unquote(escaped):
        return None
    url = unquote(escaped, errors="strict")
    return url, quote(url, safe=""), rest


_READERS: Mapping[str, Callable[[list[str], str], _Found]] = {
    "gh": _github,
    "gl": _gitlab,
    "gist": _gist,
    "git": _git,
}


def _quoted(parts: list[str], text: str) -> str:
    names = [unquote(part).removesuffix(".git") for part in parts]
    if any(name in ("", ".", "..") or not _NAME.fullmatch(name) for name in names):
        raise BadSource(
            f"{shown(text)!r} names no repository.", hint="Look for a typing error in its names."
        )
    return "/".join(quote(name, safe="~") for name in names)


def _page(query: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Which file a link opens, and by which page: the server's addresses are BinderHub's."""
    for name, page in (("labpath", "doc/tree/"), ("filepath", "tree/")):
        if name in query:
            path = check_path(query[name].lstrip("/"))
            return path, page + quote(path or "")
    if "urlpath" not in query:
        return None, None
    url_path = check_url_path(query["urlpath"])
    found = _PAGE.fullmatch(re.split(r"[?#]", url_path, maxsplit=1)[0])
    return check_path(unquote(found["path"])) if found else None, url_path or None
