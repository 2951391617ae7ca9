# SPDX-License-Identifier: GPL-3.0-or-later
"""One launch: who asked for what, what it has told, and where a reader of that is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from binder_lite.preparing import Request
from binder_lite.web.launch_records import LaunchRecord, Made
from binder_lite.web.people import Asker
from binder_lite.web.transcripts import Transcript


@dataclass(slots=True, kw_only=True, eq=False)
class Launch:
    """One launch, or the start of a session that there is.

    ``record`` is what the next service has to know of it, with the login that it uses besides.
    ``began`` is its beginning by this service's clock, ``segments`` what it has told, the shared
    build's part among it. ``counts`` says that it takes one of the sessions that there may be.
    """

    record: LaunchRecord
    began: float
    counts: bool = False
    segments: list[Transcript] = field(default_factory=lambda: [Transcript()])
    shared: Transcript | None = None
    key: str | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    readers: int = 0
    private: bool = False
    done: bool = False
    cancelled: bool = False
    leaving: asyncio.TimerHandle | None = None

    @property
    def id(self) -> str:
        """The name by which readers come back to it."""
        return self.record.id

    @property
    def asker(self) -> Asker:
        """Who asked."""
        return self.record.asker

    @property
    def request(self) -> Request:
        """What was asked for."""
        return self.record.request

    @property
    def made(self) -> Made | None:
        """Its session, once there is one."""
        return self.record.made

    def is_told(self, place: Place) -> bool:
        """Whether nothing follows this place."""
        end = (len(self.segments) - 1, self.segments[-1].size)
        same = place.life == self.record.life
        return self.done and same and (place.segment, place.position) >= end

    @property
    def readers_of_build(self) -> int:
        """How many read what this launch's readers read."""
        return self.shared.readers if self.shared else self.readers

    @property
    def own(self) -> Transcript:
        """The launch's own transcript, a new one after another's."""
        if self.segments[-1] is self.shared:
            self._add(Transcript())
        return self.segments[-1]

    def share(self, key: str, transcript: Transcript) -> None:
        """Go on in the transcript of the build that is waited for."""
        self.own.close()
        self.key, self.shared = key, transcript
        self._add(transcript)

    def end(self) -> None:
        """Say that nothing follows."""
        self.own.close()
        self.done = True
        self._wake()

    def _add(self, segment: Transcript) -> None:
        self.segments.append(segment)
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()
        if self.shared:
            self.shared.wake()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: a segment of a launch, and a position in it.

    A launch that another service went on with has told its story anew in each ``life``.
    """

    launch: str
    segment: int = 0
    position: int = 0
    life: int = 0

    def __str__(self) -> str:
        story = f"{self.launch}.{self.life}" if self.life else self.launch
        return f"{story}.{self.segment}.{self.position}"


def parse_place(text: str) -> Place | None:
    """Read what a browser sends as ``Last-Event-ID``."""
    launch, *words = text.split(".")
    if len(words) not in (2, 3) or not all(word.isascii() and word.isdigit() for word in words):
        return None
    *life, segment, position = (int(word[:15]) for word in words)
    return Place(launch, segment, position, *life)
