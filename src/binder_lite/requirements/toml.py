# SPDX-License-Identifier: GPL-3.0-or-later
"""TOML of unknown authors: parsed with one kind of error, read without trusting a type.

The files' own formats are other modules' matter.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, TypeAlias

from binder_lite.errors import BadRequirements

Table: TypeAlias = Mapping[str, Any]

# tomllib takes quadratic time for a dotted key, and no person writes one of so many parts.
_MOST_DOTS = 500
_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


def parse_toml(text: str, file: str) -> Table:
    """Return the document. Raises :class:`BadRequirements`, which names the line."""
    try:
        if any(part.count(".") > _MOST_DOTS for part in re.split("[=\n]", text)):
            raise ValueError("a key has too many parts")
        return tomllib.loads(text)
    except (RecursionError, ValueError) as error:
        # The parser's own message ends with "(at line 3, column 5)".
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        where = file
        if found := _PLACE.search(problem):
            where, problem = f"{file}:{found[1]}", problem[: found.start()]
        raise BadRequirements(
            f"{where} is not valid TOML: {problem}.",
            hint="Mend that line; https://toml.io tells the rules.",
        ) from error


def table(document: Table, *keys: str) -> Table:
    """Return the table at ``keys``, an empty one when there is none."""
    here: object = document
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


def tables(document: Table, *keys: str) -> list[Table]:
    """Return the tables of the array at ``keys``; what is no table is passed over."""
    values = table(document, *keys[:-1]).get(keys[-1])
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, Mapping)]


def strings(value: object, file: str, what: str) -> tuple[str, ...]:
    """Return ``value`` as strings. Raises :class:`BadRequirements` when it is no such list."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequirements(
            f"{file}: {what} is not a list of strings.",
            hint=f'Write it like: {what.rsplit(".", 1)[-1]} = ["numpy>=1.26"].',
        )
    return tuple(value)


def string(document: Table, key: str) -> str:
    """Return the string at ``key``, ``""`` when there is none."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def header_offset(text: str, header: str) -> int:
    """Return where the table ``[header]`` begins, 0 when it is written another way."""
    at = text.find(f"[{header}]")
    return max(at, 0)


def key_line(text: str, key: str, *, start: int = 0) -> int | None:
    """Return the line where ``key`` is set after ``start``; best effort."""
    found = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", re.MULTILINE).search(
        text, start
    )
    return text.count("\n", 0, found.end()) + 1 if found else None
