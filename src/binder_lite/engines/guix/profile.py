# SPDX-License-Identifier: GPL-3.0-or-later
"""What a built profile says of itself: its search paths and its packages. Pure but for reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from binder_lite.requirements.guix.text import Expression, Symbol, Text, read_expressions

# As (guix search-paths) writes it: the profile's path, a directory in it, and what was there.
_EXPORT = re.compile(r'^export (?P<name>\w+)="(?P<value>.*)"$')
_PROFILE = re.compile(r"\$\{GUIX_PROFILE:-(?P<path>[^}]*)\}")
_BEFORE = re.compile(r"\$\{\w+:\+.\}\$\w+$")


def read_search_paths(profile: Path) -> Mapping[str, str]:
    """Return the variables that make programs find what is in the profile."""
    text = (profile / "etc/profile").read_text(encoding="utf-8")
    return parse_search_paths(text)


def parse_search_paths(text: str) -> Mapping[str, str]:
    """Return the variables that a profile's ``etc/profile`` sets, as in an empty environment."""
    found = {}
    for line in text.splitlines():
        if match := _EXPORT.match(line):
            value = _BEFORE.sub("", match["value"])
            found[match["name"]] = _PROFILE.sub(lambda part: part["path"], value)
    return found


def parse_packages(text: str) -> tuple[str, ...]:
    """Return the packages of a profile's ``manifest`` file as ``name@version:output``.

    The file is an S-expression: ``(manifest (version 4) (packages ((NAME VERSION OUTPUT …) …)))``,
    see ``manifest->gexp`` in (guix profiles).
    """
    entries = next(
        (part[1] for part in _lists(read_expressions(text)) if _head(part) == "packages"), ()
    )
    found = []
    for entry in entries if isinstance(entries, tuple) else ():
        words = entry if isinstance(entry, tuple) else ()
        texts = [word.value for word in words[:3] if isinstance(word, Text)]
        if len(texts) == 3:
            name, version, output = texts
            found.append(f"{name}@{version}" + (f":{output}" if output != "out" else ""))
    return tuple(sorted(found))


def _lists(expressions: list[Expression]) -> Iterator[tuple[Expression, ...]]:
    for expression in expressions:
        if isinstance(expression, tuple):
            yield from (part for part in expression if isinstance(part, tuple))


def _head(expression: tuple[Expression, ...]) -> str:
    first = expression[0] if expression else None
    return first.name if isinstance(first, Symbol) and len(expression) > 1 else ""
