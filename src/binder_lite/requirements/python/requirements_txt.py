# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a requirements.txt → values: pip's whole syntax, one file at a time.

Files that it includes are named, not read: `includes.py` follows them. Rules are pip's:
https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from binder_lite.command import redact
from binder_lite.requirements.model import Index, Missing, Origin, Requirement, Requirements
from binder_lite.requirements.python.pep508 import malformed, parse_requirement
from binder_lite.requirements.text import split_lines

# A requirement with a hash for every wheel of a popular package takes about 10 kB.
_LONGEST_LINE = 200_000
_COMMENT = re.compile(r"(?:^|\s)#.*$")
# What `pip freeze` writes in a conda environment: the place where conda built the package.
_FROZEN = re.compile(r"^(?P<named>[\w.-]+(?:\[[^\]]*\])?)\s*@\s*file:///[^;]*?(?P<marker>\s;.*)?$")
_OPTION_FOLLOWS = re.compile(r"\s(?=-)")

_INDEX_OPTIONS: dict[str, Literal["index", "extra-index", "find-links"]] = {
    "-i": "index",
    "--index-url": "index",
    "--pypi-url": "index",
    "--extra-index-url": "extra-index",
    "-f": "find-links",
    "--find-links": "find-links",
}
_INCLUDE_OPTIONS: dict[str, Literal["requirements", "constraints"]] = {
    "-r": "requirements",
    "--requirement": "requirements",
    "-c": "constraints",
    "--constraint": "constraints",
}
_EDITABLE_OPTIONS = ("-e", "--editable")
_HOW_TO_BUILD = "how a package is built or fetched is the engine's choice"
_IGNORED_WITH_VALUE = {
    "--no-binary": _HOW_TO_BUILD,
    "--only-binary": _HOW_TO_BUILD,
    "--trusted-host": "certificates are always checked",
    "--use-feature": "it is for pip itself",
    "--global-option": _HOW_TO_BUILD,
    "--install-option": _HOW_TO_BUILD,
    "--config-settings": _HOW_TO_BUILD,
    "--config-setting": _HOW_TO_BUILD,
    "-C": _HOW_TO_BUILD,
}
_IGNORED = {
    "--no-index": "packages come from the usual index too",
    "--prefer-binary": _HOW_TO_BUILD,
    "--require-hashes": "hashes are checked wherever they are given",
    "--process-dependency-links": "pip itself no longer knows it",
    "--always-unzip": "pip itself no longer knows it",
    "-Z": "pip itself no longer knows it",
    "--use-wheel": "pip itself no longer knows it",
    "--no-use-wheel": "pip itself no longer knows it",
}
_TAKES_VALUE = frozenset(
    (*_INDEX_OPTIONS, *_INCLUDE_OPTIONS, *_EDITABLE_OPTIONS, *_IGNORED_WITH_VALUE, "--hash")
)


@dataclass(frozen=True, slots=True)
class Include:
    """Another requirements file that is named, by a path relative to the file that names it."""

    path: str
    kind: Literal["requirements", "constraints"]
    origin: Origin


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """What one requirements file says; in a constraints file ``packages`` are constraints."""

    found: Requirements
    includes: tuple[Include, ...] = ()


@dataclass(slots=True)
class _Collected:
    packages: list[Requirement] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    prereleases: bool = False

    def add(self, item: Requirement | Missing) -> None:
        if isinstance(item, Missing):
            self.missing.append(item)
        else:
            self.packages.append(item)


def parse_requirements_txt(text: str, file: str, *, first_line: int = 1) -> RequirementsFile:
    """Return what ``text`` says, which stands in ``file`` from ``first_line`` on.

    Raises :class:`BadRequirements`.
    """
    collected = _Collected()
    for number, line in logical_lines(text):
        origin = Origin(file, number + first_line - 1)
        if len(line) > _LONGEST_LINE:
            raise malformed(line, origin)
        if line.startswith("-"):
            _read_options(line, origin, collected)
        else:
            _read_requirement(line, origin, collected)
    return RequirementsFile(
        Requirements(
            packages=tuple(collected.packages),
            missing=tuple(collected.missing),
            indexes=tuple(collected.indexes),
            notices=tuple(collected.notices),
            prereleases=collected.prereleases,
            reads_tree=any(item.local for item in collected.packages),
        ),
        tuple(collected.includes),
    )


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that says something, with the number of its first physical line.

    A backslash at the end joins the next line, except after a comment.
    """
    pending: list[str] = []
    start = 1
    lines = split_lines(text)
    for number, line in enumerate(lines, 1):
        if not pending:
            start = number
        is_comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not is_comment and number < len(lines):
            pending.append(line[:-1])
            continue
        whole = "".join([*pending, " " + line if is_comment and pending else line])
        pending = []
        whole = _COMMENT.sub("", whole.rstrip("\\")).strip()
        if whole:
            yield start, whole


def _read_requirement(line: str, origin: Origin, collected: _Collected) -> None:
    body, *rest = _OPTION_FOLLOWS.split(line, maxsplit=1)
    hashes = []
    for option, value in _options(rest[0], origin) if rest else ():
        if option == "--hash":
            hashes.append(value.replace("=", ":", 1) if ":" not in value else value)
        elif option in _IGNORED_WITH_VALUE:
            collected.notices.append(_ignored(option, value, origin))
        else:
            raise malformed(line, origin, f"The option {option} needs a line of its own.")
    if frozen := _FROZEN.match(body):
        body = frozen["named"] + (frozen["marker"] or "")
        collected.notices.append(
            f"{origin}: {frozen['named']} names a file on its author's machine; the newest version "
            "that fits is taken."
        )
    item = parse_requirement(body, origin)
    if hashes and isinstance(item, Requirement):
        item = replace(item, hashes=(*item.hashes, *hashes))
    collected.add(item)


def _read_options(line: str, origin: Origin, collected: _Collected) -> None:
    for option, value in _options(line, origin):
        if option in _INCLUDE_OPTIONS:
            collected.includes.append(Include(value, _INCLUDE_OPTIONS[option], origin))
        elif option in _EDITABLE_OPTIONS:
            collected.add(parse_requirement(value, origin, editable=True))
        elif option in _INDEX_OPTIONS:
            _read_index(option, value, origin, collected)
        elif option == "--pre":
            collected.prereleases = True
        elif option in _IGNORED or option in _IGNORED_WITH_VALUE:
            collected.notices.append(_ignored(option, value, origin))
        else:
            raise malformed(line, origin, "Such an option cannot stand in a requirements file.")


def _read_index(option: str, value: str, origin: Origin, collected: _Collected) -> None:
    if "${" in value:
        collected.notices.append(
            f"{origin}: {option} is ignored: it needs an environment variable, and this machine's "
            "variables are not shown to repositories."
        )
    else:
        collected.indexes.append(Index(value, origin, _INDEX_OPTIONS[option]))


def _options(text: str, origin: Origin) -> Iterator[tuple[str, str]]:
    """Yield (option, value) of ``--option=value``, ``--option value``, ``-rvalue``, ``--flag``."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise malformed(text, origin, "A quotation mark is not closed.") from error
    waiting: str | None = None
    for word in words:
        if waiting is not None:
            yield waiting, word
            waiting = None
            continue
        if not word.startswith("-"):
            raise malformed(text, origin)
        name, equals, value = word.partition("=")
        if not word.startswith("--") and len(word) > 2:
            name, equals, value = word[:2], "=", word[2:].removeprefix("=")
        if equals or name not in _TAKES_VALUE:
            yield name, value
        else:
            waiting = name
    if waiting is not None:
        raise malformed(text, origin, f"The option {waiting} lacks its value.")


def _ignored(option: str, value: str, origin: Origin) -> str:
    reason = _IGNORED.get(option) or _IGNORED_WITH_VALUE[option]
    return redact(f"{origin}: {option} {value}".rstrip()) + f" is ignored: {reason}."
