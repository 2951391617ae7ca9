# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person tells Julia's package manager in a notebook: its prompt's commands → values.

The prompt is entered with ``]``; the same commands stand in ``pkg"…"``. The functions of the same
names are read in `julia/code.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from binder_lite.requirements.julia.sources import located
from binder_lite.requirements.julia.versions import of_command
from binder_lite.requirements.model import Origin, Requirement

# Both names of a command, and what it is to us; others change nothing that is asked for.
ASKING = {"add": "add", "develop": "develop", "dev": "develop", "clone": "add", "pin": "add"}
ACTIVATE = "activate"
COMMANDS = frozenset({
    *ASKING, ACTIVATE, "rm", "remove", "up", "update", "st", "status", "instantiate", "resolve",
    "build", "test", "precompile", "free", "gc", "generate", "registry", "why", "compat", "help",
    "preview", "undo", "redo", "checkout",
})  # fmt: skip

_NAME = re.compile(r"^[^\W\d]\w*$")
_WORD = re.compile(r'(?:"[^"]*"|[^\s,"])+')
# Name[=uuid][@version][#revision][:folder], or a place instead of a name.
_PACKAGE = re.compile(
    r"^(?P<name>[^\W\d]\w*)(?:=[0-9a-fA-F-]+)?(?:@(?P<version>[^#:]+))?(?:#(?P<rev>[^:]+))?"
    r"(?::(?P<subdir>[^/:].*))?$"
)
_PLACE = re.compile(r"^(?P<place>[^#]+?)(?:#(?P<rev>[^:]*))?(?::(?P<subdir>[^:/][^:]*))?$")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """One package that code asks the package manager for, or the folder that it activates.

    ``place`` is a URL or a path; all texts are empty where nothing is said. ``text`` is how it was
    written, and all that is known when it is computed while the code runs.
    """

    command: str
    line: int
    text: str
    name: str = ""
    specifier: str = ""
    place: str = ""
    rev: str = ""
    subdir: str = ""


def parse_commands(text: str, line: int) -> Iterator[Asked]:
    """Yield what the commands in ``text``, which begins in ``line``, ask for."""
    for offset, row in enumerate(text.split("\n")):
        for part in row[:_LONGEST].strip().removeprefix("]").split(";"):
            yield from _command(part.strip(), line + offset)


def _command(text: str, line: int) -> Iterator[Asked]:
    command, *words = _WORD.findall(text) or [""]
    words = [word.strip('"') for word in words if not word.startswith("-")]
    if command == ACTIVATE:
        temporary = "--temp" in text
        yield from (Asked(ACTIVATE, line, text, place=word) for word in words if not temporary)
    elif command in ASKING:
        yield from (asked(ASKING[command], word, line) for word in words)


def asked(command: str, text: str, line: int) -> Asked:
    """Return what the ``text`` of one package means; without name and place when nothing."""
    if found := _PACKAGE.match(text):
        specifier = of_command(found["version"]) if found["version"] else ""
        if specifier is None:
            return Asked(command, line, text)
        rev, subdir = found["rev"] or "", found["subdir"] or ""
        return Asked(command, line, text, found["name"], specifier, rev=rev, subdir=subdir)
    if is_place(text) and (found := _PLACE.match(text)):
        return asked_at(command, line, text, found["place"], found["rev"], found["subdir"])
    return Asked(command, line, text)


def asked_at(
    command: str, line: int, text: str, place: str, rev: str | None = "", subdir: str | None = ""
) -> Asked:
    """Return what is asked for by its place; its name is what the place is called."""
    name = re.split(r"[/:]", place.rstrip("/"))[-1].removesuffix(".git").removesuffix(".jl")
    name = name if _NAME.match(name) else ""
    return Asked(command, line, text, name, "", place, rev or "", subdir or "")


def is_place(text: str) -> bool:
    """Say whether ``text`` is a URL or a path and no name."""
    return text.startswith((".", "/", "~")) or "/" in text or ":" in text


def as_requirement(item: Asked, origin: Origin) -> Requirement | None:
    """Return the requirement that ``item`` is; ``None`` when only running it would tell.

    A revision without a place says nothing here: where the repository is, the registry knows.
    """
    if item.place:
        return located(item.name, origin, item.place, rev=item.rev, subdir=item.subdir)
    if not item.name:
        return None
    return Requirement(item.name, origin, "julia", item.specifier)
