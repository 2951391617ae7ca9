# SPDX-License-Identifier: GPL-3.0-or-later
"""Which environments with a server of their own are asked for often enough to have a spare.

Each launch of such a one is noted, so that sessions which were removed since count, too.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from binder_lite.storage import read_record, write_record

_FILE = "asked.json"
_COUNTED = timedelta(days=1)
_OFTEN = 2
# The file stays small, however many launches there are.
_MOST_NOTED = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """A launch: the environment's key, and when."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Noted:
    launches: tuple[Asked, ...]


def note_asked(data: Path, environment: str) -> None:
    """Note that the environment of this name (key and generation) was launched just now."""
    now = datetime.now(UTC)
    launches = (*_noted(data, now), Asked(environment.partition("/")[0], now))
    with contextlib.suppress(OSError):  # The launch goes on without it.
        write_record(data / _FILE, _Noted(launches[-_MOST_NOTED:]))


def often_asked(data: Path, now: datetime | None = None) -> list[str]:
    """Return the keys of environments that were launched twice in a day, most asked first."""
    counts = Counter(each.key for each in reversed(_noted(data, now or datetime.now(UTC))))
    return [key for key, count in counts.most_common() if count >= _OFTEN]


def _noted(data: Path, now: datetime) -> list[Asked]:
    noted = read_record(data / _FILE, _Noted)
    # In both directions: the clock may have been wrong.
    return [each for each in noted.launches if abs(now - each.at) < _COUNTED] if noted else []
