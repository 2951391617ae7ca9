# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a line goes in a text that a person wrote, and how that person ends lines."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|(?<=[^\r\n])\Z)")


def newline_of(text: str) -> str:
    """Return how most lines of ``text`` end; a line feed where there is none."""
    both = text.count("\r\n")
    counts = {"\n": text.count("\n") - both, "\r\n": both, "\r": text.count("\r") - both}
    return max(counts, key=lambda end: counts[end])


def line_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of each line, its line end included."""
    return [match.span() for match in _LINE.finditer(text) if match.group()]


def place_in_order(names: Sequence[str], new: str) -> int:
    """Return before which of ``names`` the new one goes: their end, unless they are sorted."""
    for fold in (str.lower, str):
        keys = [fold(name) for name in names]
        if len(keys) > 1 and keys == sorted(keys):
            return bisect.bisect(keys, fold(new))
    return len(names)


def insert_line(text: str, at: int, line: str) -> str:
    """Return ``text`` with a line of its own at ``at``, which is where a line begins, or the end.

    ``line`` has no line end; it may hold several lines that have.
    """
    end = newline_of(text)
    before = text[:at]
    unfinished = bool(before) and not before.endswith(("\n", "\r"))
    return before + (end if unfinished else "") + line + end + text[at:]
