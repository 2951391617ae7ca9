# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements added to a setup.cfg."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.text import insert_line, line_spans, newline_of, place_in_order
from binder_lite.amendments.versions import in_order, python_style, requirement_text
from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Origin, Requirement
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.sessions.addition import Addition

_LINE = re.compile(r"[ \t]+(?P<body>[^\s#;].*)")


def amend_setup_cfg(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with each addition that ``install_requires`` lacks.

    Raises :class:`CannotAmend` unless that is a list with a line for each.
    """
    style = python_style([item for *_, item in _items(text)], "at least")
    for addition in in_order(additions):
        if addition.local or any(item.name == addition.name for *_, item in _items(text)):
            continue
        text = _add(text, addition.name, requirement_text(addition, style))
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError) as error:
        raise CannotAmend("it is not a file of the form that Python reads") from error
    return text


def _add(text: str, name: str, line: str) -> str:
    items = _items(text)
    if not items:
        return _begin(text, line)
    index = place_in_order([item.name for *_, item in items], name)
    start, end, _ = items[min(index, len(items) - 1)]
    first = text[start:end]
    indent = first[: len(first) - len(first.lstrip())]
    return insert_line(text, start if index < len(items) else end, indent + line)


def _begin(text: str, line: str) -> str:
    key = next(iter(_key_lines(text)), None)
    if key is None:
        header = re.search(r"(?m)^\[options\][ \t]*$", text)
        if header is None:
            raise CannotAmend("it has no section [options]")
        end = next((span[1] for span in line_spans(text) if span[0] == header.start()), len(text))
        return insert_line(text, end, f"install_requires ={newline_of(text)}    {line}")
    if not re.fullmatch(r"install_requires[ \t]*[=:][ \t]*", text[key[0] : key[1]].rstrip("\r\n")):
        raise CannotAmend("its install_requires has no line for each package")
    return insert_line(text, key[1], f"    {line}")


def _key_lines(text: str) -> list[tuple[int, int]]:
    section = ""
    found = []
    for begin, end in line_spans(text):
        line = text[begin:end]
        if header := re.match(r"\[([^\]]+)\]", line):
            section = header[1]
        elif section == "options" and re.match(r"install_requires[ \t]*[=:]", line):
            found.append((begin, end))
    return found


def _items(text: str) -> list[tuple[int, int, Requirement]]:
    """Return start, end and meaning of each line of ``install_requires``."""
    keys = _key_lines(text)
    if not keys:
        return []
    found = []
    for begin, end in line_spans(text):
        if begin <= keys[0][0]:
            continue
        line = text[begin:end].rstrip("\r\n")
        if line[:1] not in ("", " ", "\t", "#", ";"):
            break
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        try:
            item = parse_requirement(match["body"].partition(" #")[0], Origin("setup.cfg"))
        except BadRequirements as error:
            raise CannotAmend("its install_requires cannot be understood") from error
        if isinstance(item, Requirement):
            found.append((begin, end, item))
    return found
