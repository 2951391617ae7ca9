# SPDX-License-Identifier: GPL-3.0-or-later
"""Where no file declares Julia's packages: what notebooks and scripts use, as a guess.

Pluto notebooks carry what they run in, which is no guess. The walk is bounded as for Python.
"""

from __future__ import annotations

import json
import posixpath
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from binder_lite.errors import BadRequirements, LaunchError
from binder_lite.requirements.julia.chunks import parse_chunks
from binder_lite.requirements.julia.code import JuliaCode, Use, parse_cell, parse_julia
from binder_lite.requirements.julia.names import BUILT_IN, PART_OF_JULIA, STANDARD_LIBRARY
from binder_lite.requirements.julia.pkg import ACTIVATE, Asked, as_requirement
from binder_lite.requirements.julia.pluto import is_pluto, parse_pluto, read_pluto
from binder_lite.requirements.model import (
    Ignored,
    Origin,
    Requirement,
    Requirements,
    joined,
)
from binder_lite.requirements.notebooks import parse_code_cells, parse_notebook
from binder_lite.requirements.python.includes import leaves
from binder_lite.requirements.text import decode, line_of
from binder_lite.requirements.tree import Tree

_LARGEST_NOTEBOOK = 20 * 1024 * 1024
_LARGEST_SCRIPT = 1024 * 1024
# Pluto notebooks carry manifests and, when exported, more.
_LARGEST_PLUTO = 4 * 1024 * 1024
_MOST_FILES = 2000
_MOST_BYTES = 50 * 1024 * 1024
_MOST_FINDINGS = 500
# Some nonsense takes the parser long, and many small pieces of it add up.
_MOST_SECONDS = 30.0
_DOCUMENTS = (".qmd", ".Rmd", ".rmd", ".jmd")
_SUFFIXES = (".jl", ".ipynb", *_DOCUMENTS)
# Not what a person came to run.
_NOT_ENTERED = frozenset({
    "test", "tests", "docs", "benchmark", "benchmarks", "deps", "build", "dist",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """What was found: ``activated`` are the folders whose project the notebook's code activates.

    ``is_declared`` says that the notebook itself carries its project, so nothing was guessed.
    """

    found: Requirements
    activated: tuple[str, ...] = ()
    is_declared: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """Code of a file; ``context`` is the file's text where lines are not those of the code."""

    file: str
    source: str
    found: JuliaCode
    context: str = ""

    def origin(self, line: int) -> Origin:
        if not self.context:
            return Origin(self.file, line)
        text = self.source.split("\n")[line - 1]
        return Origin(self.file, line_of(self.context, json.dumps(text)[1:-1], text) or 1)


@dataclass(slots=True)
class _State:
    tree: Tree
    bytes_left: int = _MOST_BYTES
    start: float = field(default_factory=time.monotonic)
    local: set[str] = field(default_factory=set)
    packages: dict[str, Requirement] = field(default_factory=dict)
    ignored: dict[str, Ignored] = field(default_factory=dict)
    notices: dict[str, None] = field(default_factory=dict)
    declared: list[Requirements] = field(default_factory=list)

    @property
    def has_read_enough(self) -> bool:
        late = time.monotonic() - self.start > _MOST_SECONDS
        return late or self.bytes_left <= 0

    def takes_more(self) -> bool:
        """Say whether there may be more findings, and tell where there may not."""
        if len(self.packages) + len(self.ignored) + len(self.notices) < _MOST_FINDINGS:
            return True
        self.notices[f"There are more than {_MOST_FINDINGS} findings; the rest is left out."] = None
        return False


def guess_from_code(tree: Tree, notebook: str) -> Guess:
    """Return what the code of ``tree`` uses, that of ``notebook`` first. Raises nothing."""
    state = _State(tree)
    own = list(_pieces(state, notebook)) if tree.holds(notebook) else []
    if state.declared:
        notice = f"{notebook} says itself what it needs; other files were not read."
        declared = joined(*state.declared, Requirements(notices=(notice, *state.notices)))
        return Guess(declared, is_declared=True)
    activated = _activated(own)
    files = [path for path in tree.walk() if path.endswith(_SUFFIXES) and path != notebook]
    wanted = [path for path in files if not _NOT_ENTERED.intersection(path.split("/")[:-1])]
    pieces = own
    for number, path in enumerate(wanted):
        if state.has_read_enough or number == _MOST_FILES:
            left = len(wanted) - number
            state.notices[f"{left} more files with code were not looked at."] = None
            break
        pieces += _pieces(state, path)
    # A module may be used before the file that defines it is read.
    state.local = {name for piece in pieces for name in piece.found.modules}
    for piece in pieces:
        _add(state, piece)
    return Guess(_found(state), activated)


def _found(state: _State) -> Requirements:
    guessed = Requirements(
        packages=tuple(state.packages.values()),
        ignored=tuple(state.ignored.values()),
        notices=tuple(state.notices),
        guessed=bool(state.packages),
    )
    return _once_each(joined(*state.declared, guessed))


def _once_each(found: Requirements) -> Requirements:
    """Return ``found`` with one requirement of each name: what is said with a version first."""
    packages: dict[str, Requirement] = {}
    notices: list[str] = list(found.notices)
    for item in sorted(found.packages, key=lambda item: not (item.specifier or item.url)):
        key = item.name or item.url
        first = packages.setdefault(key, item)
        if (first.specifier, first.url) != (item.specifier, item.url) and (
            item.specifier or item.url
        ):
            notices.append(
                f"{item.origin} wants {item.name} {item.url or item.specifier}; that of "
                f"{first.origin} counts."
            )
    kept = tuple(item for item in found.packages if packages[item.name or item.url] is item)
    ignored = {item.name: item for item in reversed(found.ignored) if item.name not in packages}
    return replace(
        found,
        packages=tuple(dict.fromkeys(kept)),
        ignored=tuple(reversed(ignored.values())),
        notices=tuple(notices),
    )


def _pieces(state: _State, path: str) -> Iterator[_Piece]:
    """Yield the Julia of a file; what a Pluto notebook declares goes to ``state``."""
    try:
        limit = _limit(state.tree, path)
        size = state.tree.size(path)
        if size > limit:
            state.notices[f"{path} is larger than {limit >> 20} MB; it was not read."] = None
            return
        data = state.tree.read(path, limit=limit)
        state.bytes_left -= len(data)
        if path.endswith(".ipynb"):
            yield from _cells(state, path, data)
        else:
            yield from _script(state, path, decode(data, path))
    except BadRequirements as error:
        state.notices[f"{error.message} It was not read."] = None
    except LaunchError as error:
        state.notices[error.message] = None


def _limit(tree: Tree, path: str) -> int:
    if path.endswith(".ipynb"):
        return _LARGEST_NOTEBOOK
    size = tree.size(path)
    if path.endswith(".jl") and _LARGEST_SCRIPT < size <= _LARGEST_PLUTO:
        return _LARGEST_PLUTO if is_pluto(decode(tree.read(path), path)) else _LARGEST_SCRIPT
    return _LARGEST_SCRIPT


def _cells(state: _State, path: str, data: bytes) -> Iterator[_Piece]:
    language = parse_notebook(data, path).language
    if language != "julia":
        what = language or "an unknown language"
        state.notices[f"{path} is a notebook of {what}, not of Julia."] = None
        return
    text = data.decode("utf-8", "replace")
    for source in parse_code_cells(data, path):
        if state.has_read_enough:
            state.notices[f"{path} is more than is read for a guess; its other cells were not."] = (
                None
            )
            return
        if len(source) > _LARGEST_SCRIPT:
            state.notices[f"{path} has a cell that is too large; it was not read."] = None
        else:
            yield _piece(state, path, source, parse_cell(source), text)


def _script(state: _State, path: str, text: str) -> Iterator[_Piece]:
    if path.endswith(_DOCUMENTS):
        text = parse_chunks(text, plain=path.endswith(".jmd"))
    elif is_pluto(text):
        pluto = parse_pluto(text)
        declared = read_pluto(pluto, path)
        if declared is not None:
            state.declared.append(declared)
            return
        text = pluto.code
    yield _piece(state, path, text, parse_julia(text))


def _piece(state: _State, path: str, source: str, found: JuliaCode, context: str = "") -> _Piece:
    if not found.is_whole:
        notice = f"{path} is too intricate to be parsed; only its lines with using were read."
        state.notices[notice] = None
    return _Piece(path, source, found, context)


def _add(state: _State, piece: _Piece) -> None:
    for line, text in piece.found.remarks:
        if state.takes_more():
            state.notices[f"{piece.origin(line)}: {text}"] = None
    for item in piece.found.asked:
        if item.command != ACTIVATE and state.takes_more():
            _add_asked(state, item, piece.origin(item.line))
    for use in piece.found.uses:
        if state.takes_more():
            _add_use(state, use, piece)


def _add_asked(state: _State, item: Asked, origin: Origin) -> None:
    found = as_requirement(item, origin)
    if item.rev and not item.place:
        notice = f"{origin}: of {item.name} the revision {item.rev[:60]!r} is asked for."
        state.notices[notice] = None
    if found is None:
        state.notices[f"{origin}: what it installs is not understood: {item.text[:120]}"] = None
    elif item.name in STANDARD_LIBRARY:
        state.ignored.setdefault(item.name, Ignored(item.name, origin, PART_OF_JULIA, "julia"))
    else:
        # What is said with a version or place counts more than that it is used.
        known = state.packages.get(found.name or found.url)
        if known is None or not (known.specifier or known.url):
            state.packages[found.name or found.url] = found


def _add_use(state: _State, use: Use, piece: _Piece) -> None:
    name = use.name
    if name in state.packages or name in BUILT_IN:
        return
    if name in state.ignored and (use.optional or name in STANDARD_LIBRARY | state.local):
        return
    origin = piece.origin(use.line)
    reason = ""
    if name in STANDARD_LIBRARY:
        reason = PART_OF_JULIA
    elif name in state.local:
        reason = "it is a module of the repository itself"
    elif use.optional:
        reason = "it is used only where it is there; it is not installed"
    if reason:
        state.ignored[name] = Ignored(name, origin, reason, "julia")
    else:
        state.ignored.pop(name, None)
        state.packages[name] = Requirement(name, origin, "julia")


def _activated(pieces: list[_Piece]) -> tuple[str, ...]:
    """Return the folders, relative to the root, that the code activates as its project."""
    found = []
    for piece in pieces:
        for item in piece.found.asked:
            if item.command == ACTIVATE:
                folder = posixpath.normpath(
                    posixpath.join(posixpath.dirname(piece.file), item.place)
                )
                if not leaves(folder):
                    found.append("" if folder == "." else folder)
    return tuple(found)
