# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes to text and text to lines, so that line numbers are those that an editor shows."""

from __future__ import annotations

import codecs
import re

from binder_lite.errors import BadRequirements

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark is how UTF-32's begins.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# https://peps.python.org/pep-0263/, which pip applies to requirements files too.
_DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# Not encodings of text files, and slow on long input.
_NOT_FOR_FILES = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape"})


def decode(data: bytes, file: str) -> str:
    """Return ``data`` as text: by byte order mark, declaration, UTF-8, or as Latin-1.

    Raises :class:`BadRequirements` when it is no text at all.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _try(data[len(mark) :], encoding)
            break
    else:
        declared = next(filter(None, map(_DECLARED.match, data.split(b"\n", 2)[:2])), None)
        text = _try(data, declared[1].decode("ascii", "replace")) if declared else None
        if text is None:
            text = _try(data, "utf-8")
        if text is None:
            text = data.decode("latin-1")
    if text is None or "\0" in text:
        raise BadRequirements(
            f"{file} is not a text file.", hint="Save it as plain text, encoded as UTF-8."
        )
    return text


def split_lines(text: str) -> list[str]:
    """Split at line feeds and carriage returns only (``str.splitlines`` splits at many more)."""
    return re.split(r"\r\n|\n|\r", text)


def line_of(text: str, *needles: str, start: int = 0) -> int | None:
    """Return the line, counted from 1, where the first of ``needles`` that occurs is found."""
    for needle in needles:
        at = text.find(needle, start)
        if at >= 0:
            return text.count("\n", 0, at) + 1
    return None


def quoted_line(text: str, value: str, *, start: int = 0) -> int | None:
    """Return the line where ``value`` stands in quotes; for TOML and JSON, best effort."""
    return line_of(text, f'"{value}"', f"'{value}'", value, start=start)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        if codecs.lookup(encoding).name.replace("-", "_") in _NOT_FOR_FILES:
            return None
        return data.decode(encoding)
    except (LookupError, ValueError):
        return None
