# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages added to R's DESCRIPTION: to Imports, and to Remotes where they come from a forge."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.text import insert_line, line_spans, newline_of, place_in_order
from binder_lite.amendments.versions import Style, in_order, style_of, usual_style
from binder_lite.sessions.addition import Addition

_FIELD = re.compile(r"(?P<name>[A-Za-z][\w@./-]*)[ \t]*:")
_PACKAGE = re.compile(r"(?P<name>[A-Za-z][\w.]*)\s*(?:\((?P<specifier>[^)]*)\))?", re.ASCII)
_COLUMNS = 80
# Fields that name packages which are installed with the repository's.
_DECLARING = ("Depends", "Imports", "LinkingTo")


@dataclass(frozen=True, slots=True)
class _Field:
    """A field: ``value`` is where its value begins, ``end`` where the next field's line does."""

    name: str
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class _Item:
    """One of a field's items, separated by commas, and where it stands."""

    start: int
    end: int
    name: str
    specifier: str


def amend_description(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with each addition that it does not name. Raises :class:`CannotAmend`.

    A sorted field stays sorted, and a new item is set off from the one before it as that is from
    its own.
    """
    imports = [item for item in _items(text, "Imports") if item.name != "R"]
    style = usual_style((style_of(item.specifier) for item in imports), "any")
    for addition in in_order(additions):
        known = {item.name for field in _DECLARING for item in _items(text, field)}
        if addition.name not in known:
            text = _add(text, "Imports", addition.name, _entry(addition, style))
        remotes = {item.name for item in _items(text, "Remotes")}
        if addition.url and addition.url not in remotes:
            text = _add(text, "Remotes", addition.url, addition.url)
    return text


def _entry(addition: Addition, style: Style) -> str:
    if not addition.version or style == "any":
        return addition.name
    sign = "==" if style == "exact" else ">="
    return f"{addition.name} ({sign} {addition.version})"


def _fields(text: str) -> list[_Field]:
    found: list[_Field] = []
    for begin, end in line_spans(text):
        line = text[begin:end]
        match = _FIELD.match(line)
        if match:
            found.append(_Field(match["name"], begin + match.end(), end))
        elif found and line[:1] in " \t" and line.strip():
            last = found.pop()
            found.append(_Field(last.name, last.value, end))
    return found


def _items(text: str, name: str) -> list[_Item]:
    field = next((each for each in _fields(text) if each.name == name), None)
    if field is None:
        return []
    found = []
    for match in re.finditer(r"[^,]+", _without_comments(text[field.value : field.end])):
        body = match.group().strip()
        if not body:
            continue
        start = field.value + match.start() + match.group().index(body)
        package = _PACKAGE.fullmatch(body)
        name_of = package["name"] if package else body
        specifier = (package["specifier"] or "") if package else ""
        found.append(_Item(start, start + len(body), name_of, specifier))
    return found


def _without_comments(text: str) -> str:
    """Return ``text`` with lines that begin with a hash blanked, of the same length."""
    return re.sub(r"(?m)^#.*$", lambda match: " " * len(match.group()), text)


def _add(text: str, field: str, name: str, entry: str) -> str:
    items = _items(text, field)
    if not items:
        return _begin(text, field, entry)
    index = place_in_order([item.name for item in items], name)
    if index < len(items):
        at = items[index].start
        return text[:at] + entry + _separator(text, items, max(index, 1), entry) + text[at:]
    at = items[-1].end
    return text[:at] + _separator(text, items, index - 1, entry) + entry + text[at:]


def _separator(text: str, items: list[_Item], index: int, entry: str) -> str:
    """Return what sets an item off from the next, as between those at ``index - 1`` and ``index``.

    Where that is in one line, a line that would get long is folded as others are.
    """
    if len(items) == 1:
        indent = _indent(text, items[0].start)
        return ", " if indent is None else f",{indent}"
    index = min(max(index, 1), len(items) - 1)
    between = text[items[index - 1].end : items[index].start]
    between = re.sub(r"(?m)^#.*(?:\r\n|\n|\r)?", "", between)
    if "\n" in between or "\r" in between:
        return between
    indents = (_indent(text, item.start) for item in reversed(items))
    folded = next((indent for indent in indents if indent is not None), None)
    begin = max(text.rfind(end, 0, items[index].end) for end in "\r\n") + 1
    is_long = items[-1].end - begin + len(between) + len(entry) > _COLUMNS
    return f",{folded}" if folded is not None and is_long else between


def _indent(text: str, at: int) -> str | None:
    """Return line end and indentation before ``at``, ``None`` when something else stands there."""
    before = re.search(r"[\r\n]([ \t]+)\Z", text[:at])
    return newline_of(text) + before[1] if before else None


def _begin(text: str, field: str, entry: str) -> str:
    """Return ``text`` with a new field, or with the first item of an empty one."""
    fields = _fields(text)
    if not fields:
        raise CannotAmend("it has no fields")
    empty = next((each for each in fields if each.name == field), None)
    if empty is not None:
        return text[: empty.value] + f" {entry}" + text[empty.value :]
    # Where devtools' tidying would put it: after what is of its kind, else at the end.
    kinds = ("Imports", "Depends") if field == "Remotes" else ("Depends",)
    places = [each.end for kind in kinds for each in fields if each.name == kind]
    at = places[0] if places else fields[-1].end
    return insert_line(text, at, f"{field}:{newline_of(text)}    {entry}")
