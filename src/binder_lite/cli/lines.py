# SPDX-License-Identifier: GPL-3.0-or-later
"""A launch's events as lines that stay: plain ones for a log file, JSON for programs."""

from __future__ import annotations

import time
from collections.abc import Callable

from binder_lite.cli.json_lines import event_fields, json_line
from binder_lite.cli.stream import Stream
from binder_lite.cli.wording import clean, progress_text
from binder_lite.events import Event, LogLine, Progress, Warn

# Where lines stay for ever (a log file, a mail from cron), progress is told this often.
_PLAIN_PROGRESS_SECONDS = 5.0


class PlainLines:
    """Every event once, on a line of its own, with its phase."""

    def __init__(self, stream: Stream, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._told: dict[str, float] = {}

    def report(self, event: Event) -> None:
        """Print the event, unless it is progress that was told just now."""
        match event:
            case Progress():
                if self._is_due(event):
                    self._stream.line(f"{event.phase}: {progress_text(event)}")
            case Warn():
                self._stream.line(f"warning: {clean(event.message)}")
            case LogLine():
                self._stream.line(f"    {clean(event.message)}".rstrip())
            case _:
                self._stream.line(f"{event.phase}: {clean(event.message)}")

    def note(self, text: str) -> None:
        """Print the text."""
        self._stream.line(text)

    def close(self, *, well: bool) -> None:
        """Do nothing: every line is printed already."""

    def _is_due(self, event: Progress) -> bool:
        now = self._clock()
        key = f"{event.phase} {event.message}"
        complete = event.total is not None and event.done >= event.total
        due = complete or now - self._told.get(key, -_PLAIN_PROGRESS_SECONDS) >= (
            _PLAIN_PROGRESS_SECONDS
        )
        if due and self._told.get(key) != float("inf"):
            self._told[key] = float("inf") if complete else now
            return True
        return False


class JsonLines:
    """Every event once, as JSON; what is meant for people goes to standard error."""

    def __init__(self, stream: Stream, err: Stream) -> None:
        self._stream = stream
        self._err = err

    def report(self, event: Event) -> None:
        """Print the event."""
        self._stream.line(json_line(event_fields(event)))

    def note(self, text: str) -> None:
        """Print the text where no program reads it."""
        self._err.line(text)

    def close(self, *, well: bool) -> None:
        """Do nothing: what comes last is told by :meth:`Terminal.ready` or ``failed``."""
