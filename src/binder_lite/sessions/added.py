# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session added: packages that it installed, or that its changed code uses, undeclared.

Declared is what the repository's files ask for as they are in the workspace now. What the
environment has besides is not offered for an import: something declared brings it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from binder_lite.engines.base import WORK
from binder_lite.engines.sandbox import Host
from binder_lite.errors import UnsafePath
from binder_lite.requirements.guix.text import NotPlain, parse_guix
from binder_lite.requirements.model import Origin, Requirement, Requirements
from binder_lite.requirements.python.import_names import FORMER_STANDARD_LIBRARY, PACKAGE_OF_MODULE
from binder_lite.requirements.reading import find_guix_file, read_requirements
from binder_lite.requirements.text import decode
from binder_lite.requirements.tree import LARGEST_BY_HAND, Tree
from binder_lite.sessions.addition import Added, Addition, Language
from binder_lite.sessions.imported import (
    InCode,
    Used,
    find_in_code,
    local_modules,
    with_use,
)
from binder_lite.sessions.installed import Installed, find_installed
from binder_lite.sessions.store import Session
from binder_lite.sessions.unsaved import UnreadableWorkspace, changed_files

_STANDARD_LIBRARY = sys.stdlib_module_names | FORMER_STANDARD_LIBRARY
# Guix's packages of a language begin so.
_GUIX_PREFIXES: tuple[tuple[Language, str], ...] = (
    ("python", "python-"), ("r", "r-"), ("julia", "julia-"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Present:
    """What the session's environment has.

    ``packages`` are as the environment's record lists them, ``name==1.2`` or ``name@1.2``;
    ``directory`` is where it is, ``None`` when it was removed.
    """

    packages: tuple[str, ...] = ()
    directory: Path | None = None

    def names(self) -> frozenset[tuple[str, str]]:
        """Return (language, name) of each package, names folded as :func:`folded` does."""
        found: set[tuple[str, str]] = set()
        for package in self.packages:
            name = re.split(r"==|@| ", package, maxsplit=1)[0]
            found.add(("python", folded("python", name)))
            if "@" in package:
                found.add(("guix", name))
                found |= {
                    (language, folded(language, name.removeprefix(prefix)))
                    for language, prefix in _GUIX_PREFIXES
                    if name.startswith(prefix)
                }
        libraries = self.directory.glob("*/site-library") if self.directory else ()
        found |= {("r", folded("r", each.name)) for path in libraries for each in path.iterdir()}
        return frozenset(found)

    def modules(self) -> frozenset[str]:
        """Return the normalised names that Python finds in the environment itself."""
        if self.directory is None:
            return frozenset()
        sites = self.directory.glob("*/lib/python*/site-packages")
        names = (entry.name.split(".")[0] for site in sites for entry in site.iterdir())
        return frozenset(canonicalize_name(name) for name in names)


def folded(language: str, name: str) -> str:
    """Return the name for comparing: R's dots are hyphens in Guix, which has no capitals."""
    if language in ("python", "conda"):
        return canonicalize_name(name)
    return name if language == "guix" else name.lower().replace(".", "-")


async def find_added(session: Session, host: Host, present: Present) -> Added:
    """Return what the session added to what its repository declares; nothing is executed.

    It may run meanwhile. Raises :class:`UnsafePath` when the workspace was replaced by a link, and
    ``BadRequirements`` when the workspace's own declarations cannot be read.
    """
    root, folder = workspace_place(session)
    try:
        changed = await changed_files(session, host)
        unread: tuple[str, ...] = ()
    except UnreadableWorkspace:
        changed = frozenset()
        unread = ("The workspace's git repository cannot be read: its code was not looked at.",)
    if present.directory is None:
        unread = (*unread, "The session's environment is gone: what it had is not known.")
    found = await asyncio.to_thread(_find, session, root, folder, changed, present)
    return replace(found, notices=(*unread, *found.notices))


def workspace_place(session: Session) -> tuple[Path, str]:
    """Return a directory that the session cannot replace, and the workspace's path below it.

    Raises :class:`UnsafePath` when the session has put a symbolic link in its place.
    """
    if session.in_place:
        return session.workspace, ""
    if session.workspace.is_symlink() or not session.workspace.is_dir():
        raise UnsafePath(
            f"The workspace of session {session.id} is no longer a directory.",
            hint=f"Look at {session.workspace}: the session has replaced or removed it.",
        )
    return session.directory, str(Path("home") / WORK.name)


def _find(
    session: Session, root: Path, folder: str, changed: frozenset[str], present: Present
) -> Added:
    tree = Tree(root / folder)
    notebook = session.path if session.path.endswith(".ipynb") else None
    if notebook and not tree.holds(notebook):
        notebook = None
    declared = _read_declared(session, tree, notebook)
    installed = _since_the_build(find_installed(session.directory / "home"), present)
    code = find_in_code(root, folder, changed)
    sieve = _Sieve(declared, present, installed.modules)
    additions = sieve.pick(installed, code, local_modules(tree))
    notices = (*installed.notices, *code.notices, *sieve.notices)
    return Added(tuple(additions), tuple(dict.fromkeys(notices)), declared)


def _since_the_build(found: Installed, present: Present) -> Installed:
    """Return what was installed without what the build's ``postBuild`` had put into the home."""
    if present.directory is None:
        return found
    before = find_installed(present.directory / "home")
    return Installed(
        [each for each in found.additions if each not in before.additions],
        found.modules,
        [each for each in found.notices if each not in before.notices],
    )


def _read_declared(session: Session, tree: Tree, notebook: str | None) -> Requirements:
    """Return what the files say that the session's environment comes from."""
    file = find_guix_file(tree.root, folder=session.folder)
    if session.engine != "guix" or file is None:
        return read_requirements(tree.root, folder=session.folder, notebook=notebook)
    text = decode(tree.read(file, limit=LARGEST_BY_HAND), file)
    try:
        packages = parse_guix(text)
    except NotPlain:
        packages = ()
    return Requirements(
        packages=tuple(
            Requirement(each.name, Origin(file, each.line), "guix") for each in packages
        ),
        build_files=(file,),
    )


@dataclass(slots=True)
class _Sieve:
    """Tells what is new from what is declared or there already."""

    declared: Requirements
    present: Present
    layer: dict[str, str]
    notices: list[str] = field(default_factory=list)

    def pick(self, installed: Installed, code: InCode, local: frozenset[str]) -> list[Addition]:
        """Return what is new, once each, sorted: what is installed counts most."""
        chosen: dict[tuple[str, str], Addition] = {}
        for each in installed.additions:
            if not self._is_declared(each):
                self._keep(chosen, with_use(each, code.imports, self.layer))
        there = self.present.names()
        for each in (*code.installs, *self._new_imports(code.imports, local), *code.others):
            is_there = (each.language, folded(each.language, each.name)) in there
            if not is_there and not self._is_declared(each):
                self._keep(chosen, each)
        return [chosen[key] for key in sorted(chosen)]

    def _keep(self, chosen: dict[tuple[str, str], Addition], addition: Addition) -> None:
        key = (addition.language, folded(addition.language, addition.name))
        before = chosen.setdefault(key, addition)
        if before.origin is None and addition.origin:
            chosen[key] = replace(before, origin=addition.origin)

    def _is_declared(self, addition: Addition) -> bool:
        """Say whether a file asks for it, and tell when it asks for another version."""
        wanted = folded(addition.language, addition.name)
        for item in self._declared(addition.language):
            name = item.name
            if item.language == "guix":
                name = dict(_unprefixed(name)).get(addition.language, name)
            if folded(addition.language, name) != wanted:
                continue
            if addition.how == "installed" and not _admits(item, addition.version):
                self.notices.append(
                    f"{addition.name} {addition.version} was installed, but {item.origin} asks for "
                    f"{item.specifier}."
                )
            return True
        return False

    def _declared(self, language: str) -> Iterator[Requirement]:
        for item in self.declared.packages:
            # What was only guessed is in no file that declares.
            is_guess = self.declared.guessed and item.origin.file not in self.declared.build_files
            if item.language in (language, "guix") and not is_guess:
                yield item

    def _new_imports(self, imports: Iterable[Used], local: frozenset[str]) -> Iterator[Addition]:
        modules = self.present.modules()
        for used in imports:
            top = used.module.split(".")[0]
            if top in _STANDARD_LIBRARY or top in local:
                continue
            # A package may bring modules that are not named like it.
            is_there = canonicalize_name(top) in (modules | self.layer.keys())
            if is_there and not _is_shared(used.module):
                continue
            if used.package not in self.layer.values():
                yield Addition("python", used.package, how="imported", origin=used.origin)


def _is_shared(module: str) -> bool:
    """Say whether several packages share the module's first name, as google.cloud.storage."""
    parts = module.split(".")
    longer = (".".join(parts[:end]) for end in range(2, len(parts) + 1))
    return any(name in PACKAGE_OF_MODULE for name in longer)


def _unprefixed(name: str) -> Iterator[tuple[Language, str]]:
    for language, prefix in _GUIX_PREFIXES:
        if name.startswith(prefix):
            yield language, name.removeprefix(prefix)


def _admits(item: Requirement, version: str) -> bool:
    if item.language != "python" or not item.specifier or not version:
        return True
    try:
        return SpecifierSet(item.specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True
