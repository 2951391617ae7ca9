# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of Guix said: its lines without drawings, and its last word. Pure.

The wording is that of (guix ui), (guix status) and Guile. A builder's lines are among them, and
may look like anything; Guix's own come last, so that they are looked for from the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

STORE = r"/gnu/store/[0-9a-z]{32}-"
_SHOWN_LINES = 20
_NAME = re.compile(rf"^{STORE}(?P<name>.+?)(?:\.drv)?$")
# What `guix substitute` says before a download comes with its name, and after what it draws.
_LOOKUP = re.compile(
    r"^(?:substitute: ?)+(?:$|(?:looking for substitutes on '[^']+'\.\.\. +[\d.]+%)?(?=.))"
)
# A line that Guix draws has no end: what comes next follows on the same line.
_BAR = re.compile(r"^(?:\s*(?P<percent>\d{1,3})% )?(?:'[^']+' )?▕(?P<bar>[▏▎▍▌▋▊▉█ ]*)▏")
_TRANSFER = re.compile(
    r"^(?:\.+(?=[^.\s/])"
    r"|\s?\S+\s+\d[\d.]*[KMGT]?i?B/s [\d:]+ \| \d[\d.]*[KMGT]?i?B transferred(?=.))"
)


def item_name(path: str) -> str:
    """Return the name of a store item or derivation without the store and its hash."""
    found = _NAME.match(path)
    return found["name"] if found else path


def host_of(url: str) -> str:
    """Return the host, and the port, that an address names; empty where it names none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def undrawn(line: str) -> tuple[str, int | None]:
    """Return ``line`` without the drawing that it begins with, and the bar's percentage."""
    found = _BAR.match(line)
    if not found:
        return _TRANSFER.sub("", line), None
    bar = found["bar"]
    percent = int(found["percent"] or 100 * bar.count("█") // max(1, len(bar)))
    return line[found.end() :], percent


@dataclass(frozen=True, slots=True)
class Said:
    """What a failed run said.

    ``lines`` are all that are known, ``shown`` those that tell a person something, and ``error``
    is Guix's last word, with the ``place`` (file and line) that it names, the lines that
    ``follow`` it, and its own ``hint``; ``uncaught`` says that Guile ended with a backtrace.
    """

    lines: tuple[str, ...]
    shown: tuple[str, ...]
    error: str = ""
    place: tuple[str, int] | None = None
    follow: tuple[str, ...] = ()
    hint: str = ""
    uncaught: bool = False

    @property
    def text(self) -> str:
        """All lines, for matching."""
        return "\n".join(self.lines)


_ERROR = re.compile(
    r"^(?:guix (?!substitute:|perform-download:|offload:)[\w-]+: (?P<said>error: )"
    r"|(?P<file>[^\s:]+\.scm):(?P<line>\d{1,9}):\d+: (?P<located>error: )?)(?P<text>.+)$"
)
_MISSING_END = "missing closing parenthesis"
# Of Guix's helpers and of builders: a backtrace before one of these is theirs.
_OTHERS_END = re.compile(r"^(?:builder for `|building of `|substitution of /|build of /)")


def read_said(lines: Sequence[str]) -> Said:
    """Return what these last lines of a run say."""
    plain = tuple(undrawn(_LOOKUP.sub("", line))[0] for line in lines)
    shown = tuple(readable(plain)[-_SHOWN_LINES:])
    begin = next((n for n in range(len(plain) - 1, -1, -1) if _is_error(plain[n])), None)
    trace = next((n for n in range(len(plain) - 1, -1, -1) if plain[n] == "Backtrace:"), None)
    if trace is not None and trace > (-1 if begin is None else begin):
        rest = plain[trace:]
        if not any(map(_OTHERS_END.match, rest)):
            return Said(plain, shown, " ".join(readable(rest)), _own_frame(rest), uncaught=True)
    if begin is None:
        return Said(plain, shown)
    while begin and _is_error(plain[begin - 1]):
        begin -= 1
    return _with_error(plain, shown, begin)


def _with_error(plain: tuple[str, ...], shown: tuple[str, ...], begin: int) -> Said:
    found = _ERROR.match(plain[begin])
    assert found  # noqa: S101 - the caller has looked
    place = (found["file"], int(found["line"])) if found["file"] else None
    if place and not place[0].startswith("/"):
        # One of Guix's own files, where it was noticed.
        place = _own_frame(plain[:begin])
    rest = plain[begin + 1 :]
    split = next((n for n, line in enumerate(rest) if line.startswith("hint: ")), len(rest))
    hint = " ".join(line.strip() for line in rest[split:] if line).removeprefix("hint: ")
    follow = tuple(readable(rest[:split]))
    return Said(plain, shown, found["text"], place, follow, hint)


def _is_error(line: str) -> bool:
    found = _ERROR.match(line)
    return found is not None and bool(
        found["said"] or found["located"] or found["text"] == _MISSING_END
    )


_FRAME = re.compile(
    r"^(?:Backtrace:|In \S+\.scm:|In unknown file:|\s+(?:\d+:\d+\s+)?\d+ \(.*"
    r"|(?:\S+:\d+:\d+: )?Throw to key `.*)$"
)
_PROCEDURE = re.compile(
    r"^(?P<own>/\S+?:\d+:\d+: )?(?:[a-z][^\s:]*:\d+:\d+: |ERROR: )?In procedure [^\s:]+:\s*"
)
# Where Guix noticed somebody else's error.
_RAISED = re.compile(r"^guix/ui\.scm:\d+:\d+: (?=error: )")
_OWN_FRAME = re.compile(r"^In (?P<file>/\S+\.scm):\n\s+(?P<line>\d{1,9}):\d+ ", re.MULTILINE)
# What is told in another way, or follows from what was told.
_NOISE = re.compile(
    rf"^(?:\s+{STORE}\S+|The following .* be (?:built|downloaded|made):|.* be downloaded:?"
    r"|cannot build derivation `.*|\s*)$"
)


def readable(lines: Sequence[str]) -> list[str]:
    """Return the lines that a person can do something with: no backtraces, plans or blanks."""
    kept = []
    for line in lines:
        if not _FRAME.match(line):
            told = _PROCEDURE.sub(lambda found: found["own"] or "", _RAISED.sub("", line))
            if not _NOISE.match(told):
                kept.append(told)
    return kept


def _own_frame(trace: Sequence[str]) -> tuple[str, int] | None:
    found = list(_OWN_FRAME.finditer("\n".join(trace)))
    return (found[-1]["file"], int(found[-1]["line"])) if found else None


def uncaught_message(lines: Sequence[str]) -> str:
    """Return what Guile says last of an exception that nobody caught; empty where there is none."""
    last = next((n for n in range(len(lines) - 1, -1, -1) if _PROCEDURE.match(lines[n])), None)
    return next(iter(readable(lines[last:])), "") if last is not None else ""
