# SPDX-License-Identifier: GPL-3.0-or-later
"""How long stopped sessions are kept, and the rescue copies of removed ones.

The time is counted by a clock that nobody moves, while the service runs: what was seen stopped at
two looks was unused for the time between them. So neither a wrong date nor a long rest of the
server removes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from binder_lite.sessions.store import Session
from binder_lite.storage import read_record, remove_tree, write_record

DAY = 86400
_RECORD = "unused.json"
# Beside the rescue copies: how long each was seen there, in seconds.
_KEPT = ".kept.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long a stopped session is kept, in seconds, and with unsaved work after a notice.

    ``keep`` of 0 means for ever.
    """

    keep: float = 0
    notice: float = 7 * DAY


@dataclass(frozen=True, slots=True)
class Unused:
    """How long a session was seen stopped, in seconds, and when in that time notice was given."""

    seconds: float = 0
    noticed: float | None = None


Next = Literal["keep", "notice", "remove"]


def seconds_left(unused: Unused, rules: Rules, *, has_work: bool) -> float | None:
    """Return how long a stopped session is still kept; ``None`` for ever."""
    if not rules.keep:
        return None
    if not has_work:
        return rules.keep - unused.seconds
    noticed = unused.noticed if unused.noticed is not None else max(rules.keep, unused.seconds)
    return noticed + rules.notice - unused.seconds


def next_step(unused: Unused, rules: Rules, *, has_work: bool) -> Next:
    """Return what is to be done with a stopped session."""
    left = seconds_left(unused, rules, has_work=has_work)
    if left is None or unused.seconds < rules.keep:
        return "keep"
    if has_work and unused.noticed is None:
        return "notice"
    return "remove" if left <= 0 else "keep"


def removed_at(session: Session, rules: Rules, *, has_work: bool) -> datetime | None:
    """Return when a stopped session will be removed if nobody resumes it; ``None`` for never."""
    unused = read_unused(session) or Unused()
    left = seconds_left(unused, rules, has_work=has_work)
    return None if left is None else datetime.now(UTC) + timedelta(seconds=max(0.0, left))


def read_unused(session: Session) -> Unused | None:
    """Return how long a session was seen stopped; ``None`` when it ran at the last look."""
    return read_record(session.directory / _RECORD, Unused)


def write_unused(session: Session, unused: Unused) -> None:
    """Remember it for the next look."""
    write_record(session.directory / _RECORD, unused)


def forget_unused(session: Session) -> None:
    """Begin to count anew: the session runs."""
    (session.directory / _RECORD).unlink(missing_ok=True)


def sweep_rescued(rescued: Path, rules: Rules, passed: float) -> list[str]:
    """Remove the rescue copies that were kept as long as stopped sessions are; return their names.

    ``passed`` is the time in seconds since the last look.
    """
    if not rules.keep or not rescued.is_dir():
        return []
    before = read_record(rescued / _KEPT, dict[str, float]) or {}
    copies = [each for each in rescued.iterdir() if each.name != _KEPT]
    # Of one that was not there at the last look nobody knows since when it is.
    kept = {each.name: before.get(each.name, -passed) + passed for each in copies}
    removed = [each for each in copies if kept[each.name] >= rules.keep]
    for each in removed:
        # A session may have made a link of its workspace.
        each.unlink() if each.is_symlink() else remove_tree(each)
        del kept[each.name]
    write_record(rescued / _KEPT, kept)
    return [each.name for each in removed]
