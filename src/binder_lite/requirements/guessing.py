# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nothing is declared: the packages that notebooks and scripts import, as a guess.

The person is told what was guessed and why. A guess never overrides what a file declares.
"""

from __future__ import annotations

import json
import posixpath
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from binder_lite.errors import BadRequirements, LaunchError
from binder_lite.requirements.julia.files import guess_julia
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements, joined
from binder_lite.requirements.notebooks import parse_code_cells, parse_notebook
from binder_lite.requirements.python.import_names import (
    FORMER_STANDARD_LIBRARY,
    NOT_ON_PYPI,
    PACKAGE_OF_MODULE,
    PYTHON_2,
)
from binder_lite.requirements.python.imports import Import, Install, parse_imports, parse_installs
from binder_lite.requirements.python.inline_metadata import parse_inline_metadata
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.r.files import guess_r
from binder_lite.requirements.text import decode, line_of
from binder_lite.requirements.tree import Tree

_LARGEST_NOTEBOOK = 20 * 1024 * 1024
_LARGEST_SCRIPT = 1024 * 1024
_LARGEST_PIECE = 1024 * 1024
# A guess is for a person's own few files; beyond these it is cut short, and says so.
_MOST_FILES = 2000
_MOST_BYTES = 50 * 1024 * 1024
_MOST_FINDINGS = 500
# Not what a person came to run.
_NOT_TO_RUN = frozenset({"setup.py", "conftest.py", "noxfile.py", "conf.py"})
_NOT_ENTERED = frozenset({"test", "tests", "build", "dist"})
_PYTHON = ("", "python", "ipython", "ipython3")
_SUFFIXES = {
    ".R": "r", ".r": "r", ".Rmd": "r", ".Rnw": "r", ".jl": "julia", ".jmd": "julia",
}  # fmt: skip
_OTHER_LANGUAGES = {"r": guess_r, "julia": guess_julia}
_STANDARD_LIBRARY = sys.stdlib_module_names | FORMER_STANDARD_LIBRARY


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of Python in a file; ``context`` is the file's text, for finding lines."""

    file: str
    source: str
    context: str = ""

    def origin(self, line: int) -> Origin:
        """Return where the piece's ``line`` is in the file: best effort for notebooks."""
        if not self.context:
            return Origin(self.file, line)
        text = self.source.split("\n")[line - 1]
        return Origin(self.file, line_of(self.context, json.dumps(text)[1:-1], text))


@dataclass(slots=True)
class _Guess:
    local: frozenset[str]
    seen: set[tuple[str, bool]] = field(default_factory=set)
    bytes_left: int = _MOST_BYTES
    packages: dict[str, Requirement] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    notices: dict[str, None] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Say whether more would be too much."""
        findings = len(self.packages) + len(self.missing) + len(self.notices)
        return findings >= _MOST_FINDINGS or self.bytes_left <= 0


def guess_requirements(tree: Tree, notebook: str | None) -> Requirements:
    """Return what the code of ``tree`` imports, that of ``notebook`` first.

    A file with PEP 723 metadata says itself what it needs; its imports are not guessed at, and
    when it is the notebook to open, nothing is.
    """
    if notebook and (own := read_inline_metadata(tree, notebook)) is not None:
        notice = f"{notebook} says itself what it needs; the imports of other files were not read."
        return joined(own, Requirements(notices=(notice,)))
    every = list(tree.walk())
    if guess_other := _other_guess(tree, notebook, every):
        return guess_other
    files = [path for path in every if path.endswith((".py", ".ipynb"))]
    wanted = [path for path in files if _is_to_run(path)]
    first = [notebook] if notebook in wanted else []
    wanted = [*first, *(path for path in wanted if path != notebook)]
    guess = _Guess(_local_modules(files))
    declared: list[Requirements] = []
    for number, path in enumerate(wanted):
        if guess.is_full or number == _MOST_FILES:
            left = len(wanted) - number
            guess.notices[f"{left} more notebooks and scripts were not looked at."] = None
            break
        pieces = list(_pieces(tree, path, guess))
        try:
            metadata = _metadata(pieces)
        except BadRequirements as error:
            guess.notices[error.message] = None
            metadata = None
        if metadata is not None:
            declared.append(metadata)
            continue
        for piece in pieces:
            _guess_from(piece, guess)
    guessed = Requirements(
        packages=tuple(guess.packages.values()),
        missing=tuple(guess.missing.values()),
        notices=tuple(guess.notices),
        guessed=bool(guess.packages or guess.missing),
    )
    return joined(*declared, guessed)


def read_inline_metadata(tree: Tree, path: str) -> Requirements | None:
    """Read the PEP 723 metadata of a notebook or script; ``None`` when it has none."""
    if not tree.has(path) or not path.endswith((".py", ".ipynb")):
        return None
    return _metadata(list(_pieces(tree, path, _Guess(frozenset()))))


def _metadata(pieces: list[Code]) -> Requirements | None:
    for piece in pieces:
        found = parse_inline_metadata(piece.source, piece.file, origin_of=piece.origin)
        if found is not None:
            return found
    return None


def _pieces(tree: Tree, path: str, guess: _Guess) -> Iterator[Code]:
    limit = _LARGEST_NOTEBOOK if path.endswith(".ipynb") else _LARGEST_SCRIPT
    if tree.size(path) > limit:
        guess.notices[f"{path} is larger than {limit >> 20} MB; its imports were not read."] = None
        return
    data = tree.read(path, limit=limit)
    guess.bytes_left -= len(data)
    try:
        if path.endswith(".py"):
            yield Code(path, decode(data, path))
            return
        language = parse_notebook(data, path).language
        if language not in _PYTHON:
            guess.notices[f"{path} is a notebook of {language}, not of Python."] = None
            return
        text = data.decode("utf-8", "replace")
        for source in parse_code_cells(data, path):
            yield Code(path, source, text)
    except BadRequirements as error:
        guess.notices[f"{error.message} Its imports were not read."] = None
    except LaunchError as error:
        # A broken notebook among many is no reason not to start; opening it tells more.
        guess.notices[error.message] = None


def _other_guess(tree: Tree, notebook: str | None, files: list[str]) -> Requirements | None:
    """Guess for another language: that of what is opened, or the only one that there is."""
    opened = notebook
    if opened is None and not any(path.endswith((".py", ".ipynb")) for path in files):
        opened = next((path for path in files if posixpath.splitext(path)[1] in _SUFFIXES), None)
    language = _other_language(tree, opened) if opened else ""
    if not opened or not language:
        return None
    if guess := _OTHER_LANGUAGES.get(language):
        return guess(tree, opened)
    return Requirements(foreign=((language, Origin(opened)),))


def _other_language(tree: Tree, notebook: str) -> str:
    """Return the language of the file to open where it is not Python."""
    if language := _SUFFIXES.get(posixpath.splitext(notebook)[1], ""):
        return language
    if not notebook.endswith(".ipynb") or not tree.holds(notebook):
        return ""
    if tree.size(notebook) > _LARGEST_NOTEBOOK:
        return ""
    try:
        language = parse_notebook(tree.read(notebook, limit=_LARGEST_NOTEBOOK), notebook).language
    except LaunchError:
        return ""
    return "" if language in _PYTHON else language


def _guess_from(piece: Code, guess: _Guess) -> None:
    if len(piece.source) > _LARGEST_PIECE:
        guess.notices[f"{piece.file} has a cell that is too large; it was not read."] = None
        return
    for install in parse_installs(piece.source):
        if not guess.is_full:
            _add_install(install, piece, guess)
    for found in parse_imports(piece.source):
        if not guess.is_full:
            _add_import(found, piece, guess)


def _add_install(install: Install, piece: Code, guess: _Guess) -> None:
    if (install.text, False) in guess.seen:
        return
    guess.seen.add((install.text, False))
    origin = piece.origin(install.line)
    if install.tool != "pip":
        guess.notices[f"{origin} installs by itself, which may fail: {install.text[:120]}"] = None
        return
    for argument in install.arguments:
        try:
            item = parse_requirement(argument, origin)
        except BadRequirements:
            guess.notices[f"{origin}: {argument[:120]!r} was not understood."] = None
            continue
        if isinstance(item, Missing) or item.local or not item.name:
            guess.notices[f"{origin} installs by itself: {argument[:120]}"] = None
        else:
            # What is said with a version counts more than an import before it.
            known = guess.packages.get(item.name)
            if known is None or not (known.specifier or known.url):
                guess.packages[item.name] = item


def _add_import(found: Import, piece: Code, guess: _Guess) -> None:
    top = found.module.split(".")[0]
    if top in _STANDARD_LIBRARY or top in guess.local or not top.isidentifier():
        return
    package, reason = package_of(found.module)
    name = canonicalize_name(package)
    # Where a line is in a large notebook takes a while to find: once for each name is enough.
    if name in guess.packages or (name, found.optional) in guess.seen:
        return
    guess.seen.add((name, found.optional))
    origin = piece.origin(found.line)
    not_needed = f"{top} is imported only where it is there; it is not installed."
    if top in PYTHON_2:
        guess.notices[f"{origin} imports {top}, which only Python 2 had."] = None
    elif found.optional:
        guess.notices[not_needed] = None
    elif reason:
        guess.missing[top] = Missing(found.module, origin, reason)
    else:
        guess.notices.pop(not_needed, None)
        guess.packages[name] = Requirement(name, origin)


def package_of(module: str) -> tuple[str, str]:
    """Return the package that brings ``module``, and why it cannot be had (``""`` if it can)."""
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        if name in NOT_ON_PYPI:
            return name, NOT_ON_PYPI[name]
        if name in PACKAGE_OF_MODULE:
            return PACKAGE_OF_MODULE[name], ""
    if parts[0].startswith("_"):
        return parts[0], "no package has a name like this"
    return parts[0], ""


def _is_to_run(path: str) -> bool:
    folders = path.split("/")[:-1]
    return posixpath.basename(path) not in _NOT_TO_RUN and not _NOT_ENTERED.intersection(folders)


def _local_modules(files: list[str]) -> frozenset[str]:
    """Return the names that the repository's own files can be imported by.

    Any script counts, since people put folders on the path; a folder counts where it is a package,
    or where it is at the top.
    """
    names: set[str] = set()
    for path in files:
        if not path.endswith(".py"):
            continue
        *folders, filename = path.split("/")
        names.add(filename.removesuffix(".py"))
        if filename == "__init__.py" and folders:
            names.add(folders[-1])
        names.update(folders[:1])
    return frozenset(names)
