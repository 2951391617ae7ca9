# SPDX-License-Identifier: GPL-3.0-or-later
"""What git and git-lfs print while they work, as events. Pure."""

from __future__ import annotations

import re

from binder_lite.events import Event, LogLine, Progress

_COUNTED = re.compile(
    r"(?:remote: )?(?P<what>[A-Z][\w -]*): +\d+% \((?P<done>\d+)/(?P<total>\d+)\)"
    r"(?:, (?P<bytes>[\d.]+ \w+)(?: \| (?P<speed>[\d.]+ \w+/s))?)?"
)
_FILES = ("Updating files", "Filtering content", "Checking out files", "Downloading LFS objects")
# Said on every fetch, and of no news: where from, which ref went where, and totals.
_ORDINARY = re.compile(
    r"(?:remote: )?(?:Enumerating objects|Counting objects|Total|Receiving objects)\b.*"
    r"|From .*| [*+t=-] .* -> .*|   [0-9a-f]+\.+[0-9a-f]+ .* -> .*|remote:\s*|\s*"
)


def parse_line(line: str) -> Event | None:
    """Return the event that a line of git's is, or ``None`` when it tells nothing.

    A line that is not understood is shown as it is.
    """
    if found := _COUNTED.match(line):
        what = found["what"]
        return Progress(
            "fetching",
            what + _rate(found),
            int(found["done"]),
            int(found["total"]),
            "files" if what in _FILES else "objects",
        )
    return None if _ORDINARY.fullmatch(line) else LogLine("fetching", line.rstrip())


def _rate(found: re.Match[str]) -> str:
    """How many bytes came, and how quickly, where git says so."""
    if not found["bytes"]:
        return ""
    return f", {found['bytes']}" + (f" at {found['speed']}" if found["speed"] else "")
