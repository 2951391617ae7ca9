# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session added → changes to the files that its repository already uses.

The file is the one that is in charge of the package's language; where there is none, a new one is
begun. A change is offered only when reading the changed file gives what was added. Locks are
never edited: what refreshes them is said.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from binder_lite.amendments.description import amend_description
from binder_lite.amendments.environment_yml import amend_environment_yml, has_pip_section
from binder_lite.amendments.install_r import amend_install_r, install_line
from binder_lite.amendments.manifest import ToGuix, amend_manifest, guix_name
from binder_lite.amendments.model import Amendment, CannotAmend, Left, Offer
from binder_lite.amendments.pipfile import amend_pipfile
from binder_lite.amendments.project_toml import amend_project_toml
from binder_lite.amendments.pyproject import amend_pyproject
from binder_lite.amendments.requirements_txt import (
    amend_requirements_txt,
    compiled_notice,
    requirement_line,
)
from binder_lite.amendments.setup_cfg import amend_setup_cfg
from binder_lite.amendments.versions import in_order
from binder_lite.amendments.workspace import Workspace
from binder_lite.errors import BadRequirements
from binder_lite.requirements.conda.environment import parse_environment_yml
from binder_lite.requirements.model import Requirement, Requirements
from binder_lite.requirements.python.pipfile import parse_pipfile
from binder_lite.requirements.python.pyproject import parse_pyproject
from binder_lite.requirements.python.requirements_txt import parse_requirements_txt
from binder_lite.requirements.python.setup_files import parse_setup_cfg
from binder_lite.requirements.r.description import parse_description
from binder_lite.sessions.addition import Added, Addition, Language

Read = Callable[[str], bytes | None]
_Amend = Callable[[str, Iterable[Addition]], str]

_LARGEST = 512 * 1024
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class _Format:
    """One file format: what changes it, and the names that a changed text declares.

    ``refresh`` are locks that may lie beside it, each with the command that brings it up to date.
    """

    languages: tuple[Language, ...]
    amend: _Amend
    declares: Callable[[str], set[str] | None]
    takes_local: bool = False
    refresh: tuple[tuple[str, str], ...] = ()


def _python_names(packages: Iterable[Requirement]) -> set[str]:
    return {item.name for item in packages} | {item.url for item in packages if item.local}


def _of_requirements_txt(text: str) -> set[str]:
    return _python_names(parse_requirements_txt(text, "requirements.txt").found.packages)


def _of_environment_yml(text: str) -> set[str]:
    found = parse_environment_yml(text, "environment.yml").found
    return _python_names(found.packages) | {item.name for item in found.missing}


def _of_pyproject(text: str) -> set[str]:
    return _python_names(parse_pyproject(text, "pyproject.toml").found.packages)


def _of_pipfile(text: str) -> set[str]:
    return _python_names(parse_pipfile(text, "Pipfile").packages)


def _of_setup_cfg(text: str) -> set[str]:
    return _python_names(parse_setup_cfg(text, "setup.cfg").found.packages)


def _of_description(text: str) -> set[str]:
    found = parse_description(text, "DESCRIPTION")
    return {item.name for item in found.found.packages} if found else set()


def _unread(text: str) -> None:
    """Return nothing: what changes the file has read it already."""


def _of_project_toml(text: str) -> set[str]:
    return set(tomllib.loads(text).get("deps", {}))


_ENVIRONMENT = _Format(
    ("python", "r"), amend_environment_yml, _of_environment_yml, takes_local=True
)
_PROJECT = _Format(
    ("julia",), amend_project_toml, _of_project_toml,
    refresh=(("Manifest.toml", "julia --project -e 'using Pkg; Pkg.resolve()'"),),
)  # fmt: skip
_FORMATS = {
    "requirements.txt": _Format(
        ("python",), amend_requirements_txt, _of_requirements_txt, takes_local=True
    ),
    "environment.yml": _ENVIRONMENT,
    "environment.yaml": _ENVIRONMENT,
    "pyproject.toml": _Format(
        ("python",), amend_pyproject, _of_pyproject,
        refresh=(("uv.lock", "uv lock"), ("poetry.lock", "poetry lock")),
    ),
    "Pipfile": _Format(
        ("python",), amend_pipfile, _of_pipfile, refresh=(("Pipfile.lock", "pipenv lock"),)
    ),
    "setup.cfg": _Format(("python",), amend_setup_cfg, _of_setup_cfg),
    "DESCRIPTION": _Format(
        ("r",), amend_description, _of_description,
        refresh=(("renv.lock", "Rscript -e 'renv::snapshot()'"),),
    ),
    "install.R": _Format(("r",), amend_install_r, _unread),
    "Project.toml": _PROJECT,
    "JuliaProject.toml": _PROJECT,
}  # fmt: skip
_NEW: dict[str, str] = {
    "python": "requirements.txt", "r": "install.R", "julia": "Project.toml"
}  # fmt: skip
# A lock in charge is written from a file beside it, and that one is for people.
_LOCKED = {"Pipfile.lock": "Pipfile", "renv.lock": "DESCRIPTION"}
_PROGRAMS = {
    "guix.scm": "it is a program, whose packages only a person can place",
    "setup.py": "it is a program, whose requirements only a person can place",
    "renv.lock": "it is a lock, which `renv::install()` and `renv::snapshot()` write",
    "pylock.toml": "it is a lock, which a tool writes from another file",
    "Pipfile.lock": "it is a lock, which `pipenv lock` writes from a Pipfile",
    "Dockerfile": "it is a program, whose packages only a person can place",
    "default.nix": "it is a program, whose packages only a person can place",
}


def offer(
    added: Added, workspace: Workspace, versions: Mapping[str, str], to_guix: ToGuix | None = None
) -> Offer:
    """Return the changes that declare what was added, and what no change can.

    ``versions`` are those of Python's packages in the environment, for a first file that must name
    what was only guessed until then; ``to_guix`` tells Guix's names, for a manifest.scm. Nothing is
    written. Raises ``UnsafePath`` when the file in charge is a link that leads out of the
    workspace.
    """
    amendments: list[Amendment] = []
    left: list[Left] = []
    by_file: dict[str, list[Addition]] = {}
    for addition in added.additions:
        path, reason = _file_for(addition, added.declared, workspace)
        if reason:
            left.append(_left(addition, reason))
        else:
            by_file.setdefault(path, []).append(addition)
    for path, additions in by_file.items():
        offering = _Offering(workspace, added.declared, versions, to_guix)
        made, refused = offering.change(path, additions)
        amendments += [made] if made else []
        left += refused
    return Offer(tuple(amendments), tuple(left))


def _file_for(addition: Addition, declared: Requirements, workspace: Workspace) -> tuple[str, str]:
    """Return the file that an addition goes to, or why there is none."""
    files = [_written_by_hand(path, workspace) for path in declared.build_files]
    names = [posixpath.basename(path) for path in files]
    if names[:1] == ["manifest.scm"]:
        return files[0], ""
    if names[:1] == ["guix.scm"]:
        return "", f"{files[0]} cannot be changed: {_PROGRAMS['guix.scm']}."
    if addition.language == "guix":
        return "", "Only a manifest.scm names packages of Guix; there is none here."
    for path, name in zip(files, names, strict=True):
        form = _FORMATS.get(name)
        if form is not None and addition.language in form.languages:
            return path, ""
    for path, name in zip(files, names, strict=True):
        if name in _PROGRAMS and _speaks(name, addition.language):
            return "", f"{path} cannot be changed: {_PROGRAMS[name]}."
    return posixpath.join(declared.directory, _NEW[addition.language]), ""


def _written_by_hand(path: str, workspace: Workspace) -> str:
    folder, name = posixpath.split(path)
    source = posixpath.join(folder, _LOCKED.get(name, name))
    return source if workspace.read(source, 1) is not None else path


def _speaks(name: str, language: Language) -> bool:
    """Say whether a file that cannot be changed is the one for the language."""
    only = {
        "setup.py": "python",
        "pylock.toml": "python",
        "Pipfile.lock": "python",
        "renv.lock": "r",
    }
    return only.get(name, language) == language


def _left(addition: Addition, reason: str) -> Left:
    line = ""
    if addition.language == "python":
        line = requirement_line(addition)
    elif addition.language == "r":
        line = install_line(addition)
    return Left(addition, reason, line)


@dataclass(frozen=True, slots=True)
class _Offering:
    workspace: Workspace
    declared: Requirements
    versions: Mapping[str, str]
    to_guix: ToGuix | None

    def change(self, path: str, additions: list[Addition]) -> tuple[Amendment | None, list[Left]]:
        """Return the change of a file by ``additions``, and those that it does not take."""
        form = self._format(posixpath.basename(path))
        # What a link leads to may be named otherwise.
        path = self.workspace.settled(path)
        data = self.workspace.read(path, _LARGEST + 1)
        left = []
        taken = []
        for addition in additions:
            if reason := self._refusal(addition, form, path):
                left.append(_left(addition, reason))
            else:
                taken.append(addition)
        try:
            before, mark = _decoded(data)
            whole = [*taken, *self._guessed(taken, form)]
            after, refused = _amended(before, whole, form)
        except CannotAmend as error:
            reason = f"{path} cannot be changed: {error}."
            return None, [*left, *(_left(each, reason) for each in taken)]
        left += [_left(each, f"{path} cannot be changed: {why}.") for each, why in refused]
        added = tuple(each for each in whole if each not in [one for one, _ in refused])
        has_guesses = len(whole) > len(taken)
        notices = tuple(self._notices(path, before, form, data is None, has_guesses))
        if after == before:
            there = " ".join((f"{path} names it already.", *notices))
            return None, [*left, *(_left(each, there) for each in added)]
        amendment = Amendment(path, data, _encoded(mark + after), added, notices)
        return amendment, left

    def _format(self, name: str) -> _Format:
        if name != "manifest.scm":
            return _FORMATS[name]
        to_guix = self.to_guix or (lambda addition: None)
        return _Format(
            ("python", "r", "julia", "guix"),
            lambda text, additions: amend_manifest(text, additions, to_guix),
            _unread,
        )

    def _refusal(self, addition: Addition, form: _Format, path: str) -> str:
        if "guix" in form.languages and addition.language != "guix":
            if self.to_guix is None:
                return f"What it is called in Guix is not known here; add it to {path} by hand."
            if guix_name(addition, self.to_guix) is None:
                return "Guix has no package that is known to be the same."
        if addition.local and not form.takes_local:
            return f"{path} cannot name it: it is a folder of the repository."
        if form is _PROJECT and not addition.uuid:
            return (
                f"{path} needs its UUID, which is not known: install it in the session with "
                "`Pkg.add`, then ask again."
            )
        return ""

    def _guessed(self, taken: list[Addition], form: _Format) -> Iterator[Addition]:
        """Yield what was guessed of the language: beside what a file names, nothing is."""
        if not self.declared.guessed or not taken:
            return
        names = {each.name for each in taken}
        for item in self.declared.packages:
            if item.name in names or item.language not in form.languages or item.local:
                continue
            if item.origin.file in self.declared.build_files or item.name in ("R", "julia"):
                continue
            exact = re.fullmatch(r"==([\w.!+-]+)", item.specifier)
            version = exact[1] if exact else self.versions.get(item.name, "")
            yield Addition(
                taken[0].language, item.name, version, "imported", origin=item.origin, url=item.url
            )

    def _notices(
        self, path: str, before: str, form: _Format, is_new: bool, has_guesses: bool
    ) -> Iterator[str]:
        folder = posixpath.dirname(path)
        for lock, command in form.refresh:
            beside = posixpath.join(folder, lock)
            if self.workspace.read(beside, 1) is not None:
                yield f"{beside} is not changed: bring it up to date with `{command}`."
        if told := compiled_notice(before, path):
            yield told
        if form is _ENVIRONMENT and not has_pip_section(before):
            yield (
                f"{path} has no pip section, so conda's names are used. Where conda has no such "
                "package, move its line to one."
            )
        if has_guesses:
            yield (
                f"Until now packages were guessed from what the code uses; {path} names those too, "
                "since nothing is guessed beside it."
            )
        elif is_new:
            yield f"{path} is new: the repository has no file for these packages yet."
        if is_new and "python" not in form.languages:
            yield f"With {path} the repository is no longer one of Python alone: it takes Guix."


def _amended(
    text: str, additions: list[Addition], form: _Format
) -> tuple[str, list[tuple[Addition, str]]]:
    """Return the changed text, and the additions that could not be made part of it, with reasons.

    Where not all together can be added, each that can is.
    """
    try:
        return _checked(text, additions, form), []
    except CannotAmend:
        if len(additions) < 2:
            raise
    refused = []
    for addition in in_order(additions):
        try:
            text = _checked(text, [addition], form)
        except CannotAmend as error:
            refused.append((addition, str(error)))
    return text, refused


def _checked(text: str, additions: list[Addition], form: _Format) -> str:
    """Return the changed text, which was read back. Raises :class:`CannotAmend`."""
    after = form.amend(text, additions)
    try:
        names = form.declares(after)
    except BadRequirements as error:
        raise CannotAmend("the result could not be read") from error
    wanted = {each.url if each.local else each.name for each in additions}
    if names is not None and not {_plain(each) for each in wanted} <= {
        _plain(each) for each in names
    }:
        raise CannotAmend("the result would not say what it should")
    return after


def _plain(name: str) -> str:
    return canonicalize_name(name).removeprefix("r-")


def _decoded(data: bytes | None) -> tuple[str, str]:
    """Return a file's text, whose bytes come back in any encoding like ASCII, and its mark."""
    data = data or b""
    if len(data) > _LARGEST:
        raise CannotAmend(f"it is larger than {_LARGEST >> 10} kB")
    if b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CannotAmend("it is not encoded as UTF-8")
    text = data.decode("utf-8", "surrogateescape")
    return text.removeprefix(_BOM), _BOM if text.startswith(_BOM) else ""


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
