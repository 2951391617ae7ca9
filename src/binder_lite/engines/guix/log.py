# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix's output as events, and its failures as errors for people.

Pure: text in, values out; tested with recorded output. A line that is not understood is shown as
it is. The wording is that of (guix status) and (guix ui).
"""

from __future__ import annotations

import re
from pathlib import Path

from binder_lite.errors import (
    BuildFailed,
    LaunchError,
)
from binder_lite.events import Event, LogLine, Message, Progress
from binder_lite.process import CommandFailed

_STORE = r"/gnu/store/[0-9a-z]{32}-"
_PLANNED = re.compile(r"^(?:The following|(?P<size>[\d.]+ \w+) (?:would|will) be downloaded)?.*?")
_ITEM = re.compile(rf"^\s+{_STORE}(?P<name>\S+?)(?P<derivation>\.drv)?$")
_HEAD = re.compile(
    r"^(?:The following (?P<what>derivations?|package|profile hooks?|grafts?|product)s? "
    r"(?:will|would) be (?P<how>built|downloaded|made)|(?P<size>[\d.,]+ \w+) will be downloaded)"
)
_BUILDING = re.compile(
    rf"^building {_STORE}(?P<name>\S+?)\.drv(?:\s*\.\.\.)?$|^building (?P<hook>[^/].*?)\.\.\.$"
)
_BUILT = re.compile(rf"^successfully built {_STORE}(?P<name>\S+?)\.drv$")
_DOWNLOADING = re.compile(
    rf"^downloading from (?P<url>\S+?)\s*\.\.\.$|^substituting {_STORE}(?P<name>\S+?)\.\.\.$"
)
_TRANSFER = re.compile(
    r"^\s*(?P<name>\S+)\s+(?P<size>[\d.]+\s?[KMGT]?i?B)\s+(?P<speed>[\d.]+\s?[KMGT]?i?B/s)"
    r"\s+(?P<time>[\d:]+)\s*(?:\S*\s*)?(?P<percent>[\d.]+)%"
)


class Counter:
    """Turns one run's lines into events; counts builds and downloads against the announced."""

    def __init__(self) -> None:
        self._announced = 0
        self._done = 0
        self._listing = False
        self._begun: set[str] = set()

    def event(self, line: str) -> Event:
        """Return the event that a line stands for."""
        if _HEAD.match(line):
            self._listing = True
            return Message("building", line.rstrip(":"))
        if self._listing and _ITEM.match(line):
            self._announced += 1
            return LogLine("building", line)
        self._listing = False
        if found := _TRANSFER.match(line):
            said = f"Downloading {found['name']} ({found['size']}, {found['speed']})"
            return Progress("building", said, int(float(found["percent"])), 100, "%")
        if found := _BUILDING.match(line):
            return self._progress(f"Building {found['name'] or found['hook']}")
        if found := _BUILT.match(line):
            self._done += 1
            return self._progress(f"Built {found['name']}")
        if found := _DOWNLOADING.match(line):
            return self._progress(f"Downloading {found['name'] or found['url']}")
        return LogLine("building", line)

    def _progress(self, message: str) -> Event:
        total = max(self._announced, self._done) or None
        return Progress("building", message, self._done, total, "packages")


def error_for(failure: CommandFailed, log: Path, file: str) -> LaunchError:
    """Return the error that a failed run of Guix is for the person.

    ``file`` is the repository's Guix file that was in charge.
    """
    details = failure.details(log)
    return BuildFailed(
        f"The environment of {file} could not be built.",
        hint="The log says why.",
        details=details,
    )
