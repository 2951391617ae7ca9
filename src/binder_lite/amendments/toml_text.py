# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things stand in the text of a TOML file, and text put between them.

tomlkit keeps formatting too, but was seen to leave out a comma after an item that a comment
follows, to drop a trailing one, and to put keys behind the comment of the next table. So the text
is changed here, and tomllib says whether the result means what it should.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.text import insert_line, newline_of, place_in_order

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)|(?P<newline>\r\n|\n|\r)|(?P<comment>\#[^\r\n]*)"""
    r"""|(?P<string>"{3}(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\])*"|'[^'\r\n]*')"""
    r"""|(?P<sign>[\[\]{},=])|(?P<bare>[^\s"'\#,=\[\]{}]+)""",
    re.DOTALL,
)
_LARGEST = 512 * 1024


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """A line ``[name]``; ``end`` is where the next line begins."""

    name: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """``key = value``: ``path`` is the table's name and the key; ``end`` is the value's.

    ``line_end`` is where the next line begins.
    """

    path: tuple[str, ...]
    start: int
    value: int
    end: int
    line_end: int


def scan(text: str) -> list[Header | Entry]:
    """Return the tables and keys of ``text`` in order. Raises :class:`CannotAmend`."""
    load(text)
    tokens = _tokens(text)
    found: list[Header | Entry] = []
    table: tuple[str, ...] = ()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind in ("space", "newline", "comment"):
            at += 1
            continue
        end, after = _statement_end(tokens, at)
        line_end = tokens[after].end if after < len(tokens) else len(text)
        last = tokens[end - 1].end
        if token.text == "[":
            table = _path(text[token.start : last])
            found.append(Header(table, token.start, line_end))
        else:
            equals = next(i for i in range(at, end) if tokens[i].text == "=")
            first = next(i for i in range(equals + 1, end) if tokens[i].kind != "space")
            key = _path(text[token.start : tokens[equals].start] + "= 0")
            value = tokens[first].start
            found.append(Entry((*table, *key), token.start, value, last, line_end))
        at = after + 1
    return found


def load(text: str) -> dict[str, Any]:
    """Return the document. Raises :class:`CannotAmend` when it is none."""
    if len(text) > _LARGEST:
        raise CannotAmend("it is too large")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CannotAmend("it is not valid TOML") from error


def find_entry(text: str, path: tuple[str, ...]) -> Entry | None:
    """Return the key of this path."""
    entries = (each for each in scan(text) if isinstance(each, Entry))
    return next((each for each in entries if each.path == path), None)


def add_item(text: str, array: Entry, item: str, names: Sequence[str], name: str) -> str:
    """Return ``text`` with one more item in an array, written as those that are there.

    ``item`` is its TOML; ``names`` are those of the items, by which it finds its place.
    """
    tokens = [each for each in _tokens(text) if array.value <= each.start < array.end]
    spans = _items(tokens)
    index = place_in_order(names, name) if len(names) == len(spans) else len(spans)
    if not spans:
        return _add_first(text, array, item)
    if index < len(spans):
        start = spans[index][0]
        indent = _indent_before(text, start)
        return _spliced(text, (start, f"{item}, " if indent is None else f"{item},{indent}"))
    return _add_last(text, array, tokens, spans[-1], item)


def _add_first(text: str, array: Entry, item: str) -> str:
    inside = text[array.value + 1 : array.end - 1]
    if "\n" not in inside and "\r" not in inside:
        return _spliced(text, (array.value + 1, item))
    closing = text.rfind("\n", 0, array.end - 1) + 1
    if text[closing : array.end - 1].strip():
        raise CannotAmend("its list has an unusual form")
    return insert_line(text, closing, f"    {item},")


def _add_last(
    text: str, array: Entry, tokens: list[_Token], last: tuple[int, int], item: str
) -> str:
    start, end = last
    after = [each for each in tokens if each.start >= end]
    comma = next((each for each in after if each.text == ","), None)
    indent = _indent_before(text, start)
    if indent is None:
        return _spliced(text, (end, f", {item}"))
    tail = comma.end if comma else end
    on_line = [each for each in after if each.start >= tail]
    newline = next((each for each in on_line if each.kind == "newline"), None)
    if newline is None:
        # The bracket closes on the last item's line.
        return _spliced(text, (end, f",{indent}{item}"))
    line = f"{item}," if comma else item
    spliced = (newline.start, f"{indent}{line}")
    return _spliced(text, spliced) if comma else _spliced(text, (end, ","), spliced)


def _indent_before(text: str, at: int) -> str | None:
    """Return line end and indentation before ``at``, ``None`` when something else stands there."""
    begin = at
    while begin > 0 and text[begin - 1] in " \t":
        begin -= 1
    if begin == 0 or text[begin - 1] not in "\r\n":
        return None
    return newline_of(text) + text[begin:at]


def add_key(text: str, table: tuple[str, ...], key: str, value: str, *, last: bool = False) -> str:
    """Return ``text`` with ``key = value`` in a table, which keeps its order where it has one.

    With ``last`` the key comes last all the same. Raises :class:`CannotAmend` when there is no
    such table.
    """
    places = scan(text)
    header = next(
        (each for each in places if isinstance(each, Header) and each.name == table), None
    )
    if header is None:
        raise CannotAmend(f"it has no table [{'.'.join(table)}]")
    entries = [
        each for each in places if isinstance(each, Entry) and each.path[:-1] == table
        and each.start > header.start
    ]  # fmt: skip
    # Poetry's own first key is not a package.
    names = [each.path[-1] for each in entries]
    skipped = 1 if names[:1] == ["python"] else 0
    index = len(names) if last else skipped + place_in_order(names[skipped:], key)
    at = entries[index - 1].line_end if index else header.end
    if entries and index == 0:
        at = entries[0].start
    return insert_line(text, at, f"{key} = {value}")


def add_table(text: str, name: str, lines: Sequence[str], *, before: Sequence[str] = ()) -> str:
    """Return ``text`` with a new table: before the first of ``before``, or at the end."""
    end = newline_of(text)
    block = end.join((f"[{name}]", *lines))
    headers = [each for each in scan(text) if isinstance(each, Header)]
    at = next((each.start for each in headers if ".".join(each.name) in before), None)
    if at is not None:
        return insert_line(text, at, block + end)
    return insert_line(text, len(text), end + block if text.strip() else block)


def _spliced(text: str, *insertions: tuple[int, str]) -> str:
    for at, piece in sorted(insertions, key=lambda each: each[0])[::-1]:
        text = text[:at] + piece + text[at:]
    return text


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise CannotAmend("its text cannot be followed")
        found.append(_Token(match.lastgroup, match.group(), match.start(), match.end()))
        at = match.end()
    return found


def _statement_end(tokens: list[_Token], at: int) -> tuple[int, int]:
    """Return the index behind a statement's last token, and that of the line end behind it."""
    depth, end = 0, at
    for index in range(at, len(tokens)):
        token = tokens[index]
        if token.kind == "sign":
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.text, 0)
        if token.kind == "newline" and depth == 0:
            return end, index
        if token.kind not in ("space", "comment", "newline"):
            end = index + 1
    return end, len(tokens)


def _path(text: str) -> tuple[str, ...]:
    here: Any = tomllib.loads(text)
    path = []
    while here:
        here = here[0] if isinstance(here, list) else here
        if not isinstance(here, dict) or not here:
            break
        [(name, here)] = here.items()
        path.append(name)
    return tuple(path)


def _items(tokens: list[_Token]) -> list[tuple[int, int]]:
    """Return start and end of each item of the array that ``tokens`` are."""
    spans: list[tuple[int, int]] = []
    depth = 0
    start: int | None = None
    end = 0
    for token in tokens:
        opens, closes = token.text in ("[", "{"), token.text in ("]", "}")
        if token.kind == "sign" and opens:
            depth += 1
        if token.kind == "sign" and closes:
            depth -= 1
        if (token.text == "," and depth == 1) or depth == 0:
            if start is not None:
                spans.append((start, end))
            start = None
        elif token.kind in ("string", "bare", "sign") and not (opens and depth == 1):
            start = token.start if start is None else start
            end = token.end
    return spans
