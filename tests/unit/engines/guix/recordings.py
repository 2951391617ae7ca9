# SPDX-License-Identifier: GPL-3.0-or-later
"""What Guix said, as :mod:`binder_lite.process` hands it on."""

from __future__ import annotations

import re
from pathlib import Path

from binder_lite.events import printable

_RECORDED = Path(__file__).with_name("recorded")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|$)")


def recordings() -> set[str]:
    """Return the names of all recordings."""
    return {path.stem for path in _RECORDED.glob("*.txt")}


def read_lines(recording: str) -> list[str]:
    """Return all lines as they come, those too that others are drawn over."""
    return [line for line, _ in _read(recording)]


def read_recording(recording: str) -> tuple[str, ...]:
    """Return the lines that are kept: those that stay on a screen."""
    return tuple(line for line, end in _read(recording) if end != "\r")


def _read(recording: str) -> list[tuple[str, str]]:
    text = (_RECORDED / f"{recording}.txt").read_bytes().decode()
    found = _LINE.findall(text.removesuffix("\n"))
    # The last match is empty, at the end of what the one before it has matched.
    return [(printable(line), end) for line, end in found[:-1]]
