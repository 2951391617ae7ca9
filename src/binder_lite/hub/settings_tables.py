# SPDX-License-Identifier: GPL-3.0-or-later
"""Frozen dataclasses seen as tables of a TOML file: names, types, paths, and keys that are none."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from binder_lite.errors import BadSettings


def kinds_of(cls: type) -> dict[str, Any]:
    """Return the types of the fields."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {each.name: hints[each.name] for each in fields(cls)}


def bare(kind: Any) -> Any:
    """Return the type without what annotates it, and without ``None``."""
    if typing.get_origin(kind) is typing.Annotated:
        return typing.get_args(kind)[0]
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        (kind,) = (each for each in typing.get_args(kind) if each is not type(None))
    return kind


def entry_of(kind: Any) -> type | None:
    """Return the dataclass that a list's entries are made of, if it is one of tables."""
    parts = typing.get_args(kind) if typing.get_origin(kind) is tuple else ()
    return typing.cast(type, parts[0]) if parts and is_dataclass(parts[0]) else None


def names_in(table: Mapping[str, Any], cls: type, above: str = "") -> Iterator[str]:
    """Return the dotted names of the settings that the table holds."""
    kinds = kinds_of(cls)
    for name, value in table.items():
        if is_dataclass(kinds[name]) and isinstance(value, dict):
            yield from names_in(value, kinds[name], f"{above}{name}.")
        else:
            yield above + name


def settable(cls: type, above: str = "") -> Iterator[tuple[str, Any]]:
    """Return names and types of the settings that a variable can hold."""
    for name, kind in kinds_of(cls).items():
        if is_dataclass(kind):
            yield from settable(typing.cast(type, kind), f"{above}{name}.")
        elif typing.get_origin(kind) is not Mapping and not entry_of(kind):
            yield above + name, kind


def values_of(settings: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Return the dotted names of all settings, with their values."""
    for each in fields(settings):
        value = getattr(settings, each.name)
        if is_dataclass(value):
            yield from values_of(value, f"{above}{each.name}.")
        else:
            yield above + each.name, value


def put(table: dict[str, Any], name: str, value: Any) -> None:
    """Set the value of the dotted name; a table that is none is left to the conversion's error."""
    *above, last = name.split(".")
    for part in above:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        table = inner
    table[last] = value


def beside(table: Mapping[str, Any], cls: type, directory: Path) -> dict[str, Any]:
    """Return the table with paths taken from the directory of the file that holds them."""
    kinds, result = kinds_of(cls), dict(table)
    for name, value in table.items():
        kind = bare(kinds[name])
        entry = entry_of(kind)
        if kind is Path and isinstance(value, str):
            result[name] = str(directory / Path(value).expanduser())
        elif is_dataclass(kind) and isinstance(value, dict):
            result[name] = beside(value, typing.cast(type, kind), directory)
        elif entry and isinstance(value, list):
            result[name] = [
                beside(each, entry, directory) if isinstance(each, dict) else each for each in value
            ]
    return result


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands, for messages."""

    file: Path | None
    text: str
    root: type
    table: str = ""

    def inside(self, name: str) -> Place:
        """Return the place of that table."""
        return replace(self, table=f"{self.table}{name}.")

    def of(self, name: str) -> str:
        """Return file and line; the line only when it is the one that has this key."""
        key = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
        header = re.compile(rf"\s*\[+\s*{re.escape(self.table + name)}\s*\]+")
        inside = not self.table
        found = []
        for number, line in enumerate(self.text.splitlines(), 1):
            if header.match(line):
                found.append(number)
            elif line.lstrip().startswith("["):
                inside = line.strip().strip("[] ") == self.table.rstrip(".")
            elif inside and key.match(line):
                found.append(number)
        return f"{self.file}, line {found[0]}" if len(found) == 1 else f"{self.file}"


def refuse_unknown(table: Mapping[str, Any], cls: type, place: Place) -> None:
    """Raise ``BadSettings`` for a key that is no field, with the nearest name and the place."""
    kinds = kinds_of(cls)
    for name, value in table.items():
        if name not in kinds:
            nearest = difflib.get_close_matches(name, list(kinds), 1)
            elsewhere = [full for full, _ in settable(place.root) if full.endswith(f".{name}")]
            known = f"Known {f'in [{place.table[:-1]}] ' if place.table else ''}are: "
            raise BadSettings(
                f"{place.of(name)}: there is no setting {place.table}{name}.",
                hint=f"Did you mean {place.table}{nearest[0]}?"
                if nearest
                else f"Did you mean {elsewhere[0]}? A key belongs to the [table] above it."
                if elsewhere
                else f"{known}{', '.join(kinds)}.",
            )
        kind, entry = bare(kinds[name]), entry_of(kinds[name])
        if is_dataclass(kind) and isinstance(value, dict):
            refuse_unknown(value, typing.cast(type, kind), place.inside(name))
        elif entry and isinstance(value, list):
            for each in (each for each in value if isinstance(each, dict)):
                refuse_unknown(each, entry, place.inside(name))
