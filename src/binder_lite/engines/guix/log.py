# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix's output as events. Pure: text in, values out; tested with recorded output.

A line that is not understood is shown as it is. The wording is that of (guix status) and (guix ui)
where there is no terminal, at any verbosity: the higher it is, the more can be counted. What went
wrong is left to :mod:`binder_lite.engines.guix.failures`.
"""

from __future__ import annotations

import re

from binder_lite.engines.guix.fetching import fetching_event
from binder_lite.engines.guix.said import STORE, host_of, item_name, undrawn
from binder_lite.events import Event, LogLine, Message, Progress

_NAMED = 5
# A builder may say what Guix says, for ever: more than this is not remembered.
_MOST_ITEMS = 10_000
_MOST_DOWNLOADS = 64
_BYTES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

# The plan: heads with items below them, or a sum alone.
_HEAD = re.compile(
    r"^The following (?P<what>derivation|file|graft|profile hook)s? will be \w+:$"
    r"|^(?P<size>[\d.,]+ MB) will be downloaded:$"
    r"|^The following builds? (?:is|are) (?P<running>still) in progress:$"
)
_ITEM = re.compile(rf"^ +(?P<path>{STORE}\S+)$")
_SUM = re.compile(r"^(?P<sum>[\d.,]+ MB|(?P<count>\d[\d,]{0,11}) items?) will be downloaded$")

_BUILDING = re.compile(rf"^building (?P<path>{STORE}\S+?)\.\.\.$")
_PROFILE = re.compile(r"^building profile with \d+ packages?\.\.\.$")
_HOOK = re.compile(
    r"^(?:building (?:directory of Info manuals|GHC package cache|CA certificate bundle"
    r"|cache files for GTK\+ input methods|XDG desktop file cache|XDG MIME database"
    r"|fonts directory|TeX Live font maps|database for manual pages|package cache)"
    r"|listing Emacs sub-directories|generating GdkPixbuf loaders cache"
    r"|generating GLib schema cache|creating GTK\+ icon theme cache"
    r"|running profile hook of type '[^']+')(?=\.\.\.$)"
)
_GRAFTING = re.compile(r"^applying (?P<grafts>\d+ grafts?) for (?P<name>\S+) \.\.\.$")
_BUILT = re.compile(rf"^successfully built (?P<path>{STORE}\S+)$")
_PHASE = re.compile(r"^starting phase [`'](?P<phase>[^']+)'$")

_SUBSTITUTING = re.compile(rf"^substituting (?P<path>{STORE}\S+?)\.\.\.$")
_DOWNLOADING = re.compile(r"^downloading from (?P<url>\S+) \.\.\.$")
_NAR = re.compile(r"/nar/(?:.*/)?(?P<item>[0-9a-z]{32}-[^/]+)$")
_TRANSFER = re.compile(
    r"^ ?(?P<name>\S+)\s+(?P<speed>\d{1,9}(?:\.\d+)?)(?P<unit>[KMGT]?i?B/s) [\d:]+ \| "
    r"(?P<size>\d{1,9}(?:\.\d+)?)(?P<prefix>[KMGT]?)i?B transferred$"
)
_DOTS = re.compile(r"^\.+$")
_SUBSTITUTED = re.compile(rf"^substitution of (?P<path>{STORE}\S+) complete$")


class Counter:
    """Turns one run's lines into events; counts builds and downloads against the plan.

    Where Guix does not say that a build has ended (below verbosity 3), the next one tells it.
    """

    def __init__(self) -> None:
        self._plan: dict[str, str] = {}  # Store path → what kind of item it is.
        self._new: dict[str, list[str]] = {}  # What was not told yet: kind → names.
        self._listing = self._size = ""
        self._begun: set[str] = set()
        self._finished: set[str] = set()
        self._done = 0  # Of the plan.
        self._builds: set[str] = set()  # Those under way.
        self._downloads: list[str] = []
        self._building = ""
        self._ends_are_told = False
        self._moves = False  # Whether bytes were told that no line end has followed.
        self._unnamed = self._arrived = 0  # Downloads that are announced by their number alone.

    def event(self, line: str) -> Event:
        """Return the event that a line stands for."""
        rest, percent = undrawn(line)
        if percent is not None and not rest:
            what = f"Building {self._building}" if self._building else "Authenticating commits"
            return Progress("building", what, min(percent, 100), 100, "%")
        for understand in (self._planned, self._built, self._downloaded, fetching_event):
            if event := understand(rest):
                return event
        return LogLine("building", line if percent is None else rest)

    def _planned(self, line: str) -> Event | None:
        if found := _HEAD.match(line):
            self._listing = found["what"] or found["running"] or "file"
            self._size = found["size"] or self._size
            return LogLine("building", line)
        if self._listing and (found := _ITEM.match(line)):
            path, name = found["path"], item_name(found["path"])
            new = path not in self._plan and len(self._plan) < _MOST_ITEMS
            if new and self._listing != "still":
                self._plan[path] = self._listing
                self._new.setdefault(self._listing, []).append(name)
            return LogLine("building", f"  {name}")
        self._listing = ""
        if found := _SUM.match(line):
            self._unnamed += int((found["count"] or "0").replace(",", ""))
            return Message("building", f"Downloading {found['sum']}.")
        return self._told() if self._new and not line else None

    def _told(self) -> Message:
        """Return the plan as one sentence."""
        kinds = ("derivation", "profile hook", "graft", "file")
        builds, hooks, grafts, files = (self._new.pop(kind, []) for kind in kinds)
        parts = [f"{_count(builds, 'package')} ({_names(builds)})"] if builds else []
        parts += [_count(hooks, "profile hook")] if hooks else []
        parts += [_count(grafts, "graft")] if grafts else []
        told = [f"Building {', '.join(parts)}"] if parts else []
        if files:
            names = _names(files) + (f"; {self._size}" if self._size else "")
            told.append(f"Downloading {_count(files, 'package')} ({names})")
        self._size = ""
        return Message("building", ". ".join(told) + ".")

    def _built(self, line: str) -> Event | None:
        if found := _BUILDING.match(line):
            self._building = item_name(found["path"])
            return self._begin(found["path"], f"Building {self._building}")
        if _PROFILE.match(line):
            return self._begin(self._next("derivation", "-profile.drv"), "Building the profile")
        if found := _HOOK.match(line):
            text = f"{found[0][0].upper()}{found[0][1:]}"
            return self._begin(self._next("profile hook"), text)
        if found := _GRAFTING.match(line):
            path = self._next("graft", f"-{found['name']}.drv")
            return self._begin(path, f"Applying {found['grafts']} to {found['name']}")
        if found := _BUILT.match(line):
            self._ends_are_told = True
            self._building = ""
            return self._finish(found["path"], "Built")
        if self._building and (found := _PHASE.match(line)):
            return self._progress(f"Building {self._building}, phase {found['phase']}")
        return None

    def _downloaded(self, line: str) -> Event | None:
        if found := _SUBSTITUTING.match(line):
            return self._begin_download(found["path"], "")
        if found := _DOWNLOADING.match(line):
            url = found["url"]
            if nar := _NAR.search(url):
                return self._begin_download(f"/gnu/store/{nar['item']}", url)
            return self._progress(_downloading(url.rpartition("/")[2], url))
        if found := _TRANSFER.match(line):
            self._moves = True
            size = int(float(found["size"]) * _BYTES[found["prefix"]])
            speed = f"about {_rounded(found['speed'])} {found['unit']}"
            text = f"Downloading {found['name']} ({self._which()}{speed})"
            return Progress("building", text, size, None, "bytes")
        if _DOTS.match(line) or (self._moves and not line):
            return self._arrive()
        if found := _SUBSTITUTED.match(line):
            return self._finish(found["path"], "Downloaded")
        return None

    def _begin_download(self, path: str, url: str) -> Event:
        others = [each for each in self._downloads if each != path]
        self._downloads = [*others[-_MOST_DOWNLOADS:], path]
        _remember(path, self._begun)
        self._building = ""
        return self._told() if self._new else self._progress(_downloading(item_name(path), url))

    def _arrive(self) -> Event:
        """Count what has arrived when the line ends on which it was drawn."""
        self._moves = False
        if self._downloads:
            return self._finish(self._downloads[-1], "Downloaded")
        self._arrived = min(self._arrived + 1, self._unnamed)
        return self._progress(f"Downloading {self._building}".rstrip())

    def _begin(self, path: str, text: str) -> Event:
        if self._moves:
            self._arrive()
        if not self._ends_are_told:
            for each in self._builds:
                self._end(each)
            self._builds.clear()
        _remember(path, self._begun)
        _remember(path, self._builds)
        return self._told() if self._new else self._progress(text)

    def _finish(self, path: str, how: str) -> Event:
        self._end(path)
        self._builds.discard(path)
        self._downloads = [each for each in self._downloads if each != path]
        return self._progress(f"{how} {item_name(path)}")

    def _end(self, path: str) -> None:
        if path in self._plan and path not in self._finished:
            self._done += 1
        _remember(path, self._finished)

    def _next(self, kind: str, end: str = "") -> str:
        """Return the next item of the plan that is such a one, where a line does not name it."""
        left = (path for path, each in self._plan.items() if each == kind)
        return next((path for path in left if path not in self._begun and path.endswith(end)), "")

    def _which(self) -> str:
        files = {path for path, kind in self._plan.items() if kind == "file"}
        if files:
            return f"{len(files & self._begun)} of {len(files)}, "
        return f"{self._arrived + 1} of {self._unnamed}, " if self._unnamed else ""

    def _progress(self, text: str) -> Progress:
        done = self._arrived + (self._done if self._plan else len(self._finished))
        total = len(self._plan) + self._unnamed or None
        return Progress("building", text, min(done, total or done), total, "packages")


def _remember(path: str, items: set[str]) -> None:
    if path and len(items) < _MOST_ITEMS:
        items.add(path)


def _downloading(name: str, url: str) -> str:
    host = host_of(url)
    return f"Downloading {name} from {host}" if host else f"Downloading {name}"


def _count(names: list[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def _names(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _rounded(number: str) -> str:
    """Return a number that jitters as one that rarely changes: its first digit."""
    return f"{float(f'{float(number):.0e}'):g}"
