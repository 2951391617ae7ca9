# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which Julia's files bound a version, all as the text of a ``[compat]`` entry.

https://pkgdocs.julialang.org/v1/compatibility/ tells what such a text means. Commas join
alternatives there; they do not narrow.
"""

from __future__ import annotations

import re

_NUMBER = r"v?\d+(?:\.\d+){0,2}"
_BOUND = re.compile(rf"^(?:(?:[\^~=<≥≤]|<=|>=)?\s*{_NUMBER}|{_NUMBER}\s+-\s+{_NUMBER}|\*)$")
_VERSION = re.compile(r"^v?(\d+(?:\.\d+){0,2})(?:\.\d+)*(?:[-+].*)?$")
_OF_A_RANGE = re.compile(r"^v?(\d+(?:\.\d+){0,2})\s*(?:-\s*v?(\d+(?:\.\d+){0,2}))?$")
_LONGEST = 1000
_PARTS = 3


def is_compat(text: str) -> bool:
    """Say whether ``text`` is a bound as ``[compat]`` has it."""
    parts = text.split(",")
    return len(text) <= _LONGEST and all(_BOUND.match(part.strip()) for part in parts)


def exactly(version: str) -> str:
    """Return the bound to one ``version``: ``=1.2.3``; ``""`` when it is none.

    A build number (``1.2.3+0``) is left out, and so is the name of a pre-release: a bound knows
    neither.
    """
    found = _VERSION.match(version.strip()) if len(version) <= _LONGEST else None
    return f"={found[1]}" if found else ""


def of_command(text: str) -> str | None:
    """Return the bound that ``add Name@text`` means; ``None`` when it is none.

    There 1.2 is any 1.2.x, which a bound writes as ``~1.2``.
    """
    text = text.strip().strip('"')
    found = _OF_A_RANGE.match(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    if found[2]:
        return f"{found[1]} - {found[2]}"
    return f"={found[1]}" if found[1].count(".") == _PARTS - 1 else f"~{found[1]}"


def of_require(versions: list[str]) -> str | None:
    """Return the bound that a line of REQUIRE means; ``None`` when it is none.

    Its versions are the ends of half-open intervals: ``0.10 0.12 1.0`` is from 0.10 to before
    0.12, and from 1.0 on.
    """
    if not versions:
        return ""
    numbers = [_numbers(version) for version in versions]
    parts = []
    for index in range(0, len(numbers), 2):
        first, *end = numbers[index : index + 2]
        if first is None or None in end:
            return None
        if not end:
            parts.append(f">= {_dotted(first)}")
        elif (last := _before(end[0] or ())) is not None and _padded(first) < _padded(end[0] or ()):
            parts.append(f"{_dotted(first)} - {_dotted(last)}")
        else:
            return None
    return ", ".join(parts)


def _numbers(version: str) -> tuple[int, ...] | None:
    # "0.7-" stands for the earliest pre-release.
    found = _VERSION.match(version) if len(version) <= _PARTS * 12 else None
    return tuple(map(int, found[1].split("."))) if found else None


def _before(version: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the last version before ``version``, where 0.11 includes all 0.11.x."""
    shorter = list(version)
    while shorter and not shorter[-1]:
        shorter.pop()
    return (*shorter[:-1], shorter[-1] - 1) if shorter else None


def _padded(version: tuple[int, ...]) -> tuple[int, ...]:
    return (*version, 0, 0, 0)[:_PARTS]


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
