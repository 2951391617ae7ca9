# SPDX-License-Identifier: GPL-3.0-or-later
"""The builds of this process: one for each environment key, however many launches wait for it.

A build ends when it is done, when nobody waits any more, when it is cancelled, when its time is up,
or when it has written too much. Its error goes to all who waited, and to a launch that began before
it failed and comes late. What was fetched with one person's credential is built for that person
alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from binder_lite.environments import Environment
from binder_lite.errors import BuildCancelled, BuildTooLarge, BuildTooLong, QueueFull
from binder_lite.events import LogLine, Progress, Step, Steps
from binder_lite.web.bounds import Bounds, TooLarge, TooLong, bounded, shown_seconds
from binder_lite.web.disk import shown
from binder_lite.web.events_stream import event_fields, queue_fields
from binder_lite.web.transcripts import Transcript

_LONGEST_QUEUE = 500
_KEEP_FAILED_SECONDS = 600
_PROGRESS_SECONDS = 0.1
# A tool that prints without a pause must not keep everybody else from their turn.
_BREATH_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLimits:
    """How many builds run at once, what one may take, and how long it outlives who waited.

    Of what a build writes its log counts, too.
    """

    concurrent: int = 2
    each: Bounds = field(default_factory=lambda: Bounds(seconds=3600))
    grace_seconds: float = 30


@dataclass(slots=True, kw_only=True, eq=False)
class Build:
    """A build that waits, runs, or has ended; ``space`` is the private one that it is in.

    What it writes is in ``place``.
    """

    key: str
    space: str
    place: Path | None
    transcript: Transcript
    began: float
    waiters: int = 0
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Environment] | None = None
    ended: float | None = None
    cancelled: bool = False
    leaving: asyncio.TimerHandle | None = None

    def error(self) -> BaseException | None:
        """Return why the build failed; ``None`` when it has not."""
        done = self.task is not None and self.task.done()
        if not done or self.task is None or self.task.cancelled():
            return None
        return self.task.exception()


class Builds:
    """The registry of builds.

    ``told`` hears of each build that ended: its seconds, and its error if it failed.
    """

    def __init__(
        self,
        limits: BuildLimits,
        *,
        spill: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[float, BaseException | None], None] = lambda _seconds, _error: None,
    ) -> None:
        self.limits = limits
        self._spill = spill
        self._clock = clock
        self._told = told
        self._builds: dict[tuple[str, str | None], Build] = {}
        self._running: set[Build] = set()
        self._queue: list[Build] = []

    @property
    def running(self) -> int:
        """How many builds are under way."""
        return len(self._running)

    @property
    def queued(self) -> int:
        """How many builds wait for their turn."""
        return len(self._queue)

    @contextlib.asynccontextmanager
    async def joined(
        self,
        key: str,
        make: Callable[[], Steps[Environment]],
        *,
        since: float,
        space: str = "",
        place: Path | None = None,
    ) -> AsyncIterator[Build]:
        """Wait for a build, which is begun with ``make`` unless there is one.

        ``since`` is when the launch began that wants it. Raises ``QueueFull``.
        """
        build = self._find(key, space, since) or self._begin(key, make, space, place)
        build.waiters += 1
        if build.leaving:
            build.leaving.cancel()
            build.leaving = None
        try:
            yield build
        finally:
            build.waiters -= 1
            if not build.waiters and build.ended is None:
                loop = asyncio.get_running_loop()
                build.leaving = loop.call_later(self.limits.grace_seconds, self._leave, build)

    @staticmethod
    async def result(build: Build) -> Environment:
        """Wait for the end of a build. Raises what it failed with, and ``BuildCancelled``."""
        assert build.task  # noqa: S101 - a build is begun with its task
        await asyncio.wait([build.task])
        if build.task.cancelled():
            raise BuildCancelled("The build was cancelled.", hint="Launch again to build it.")
        return build.task.result()

    def cancel(self, build: Build) -> None:
        """End a build now."""
        if build.task and not build.task.done():
            build.cancelled = True
            build.task.cancel()

    async def close(self) -> None:
        """End all builds."""
        tasks = [build.task for build in self._builds.values() if build.task]
        for build in list(self._builds.values()):
            self.cancel(build)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _find(self, key: str, space: str, since: float) -> Build | None:
        now = self._clock()
        for name, build in list(self._builds.items()):
            if build.ended is not None and now - build.ended > _KEEP_FAILED_SECONDS:
                del self._builds[name]
        found = self._builds.get((key, space))
        if found is None or found.cancelled:
            return None
        # A failed build is not tried again by each who waited, but by the next who asks.
        return found if found.ended is None or found.ended >= since else None

    def _begin(
        self, key: str, make: Callable[[], Steps[Environment]], space: str, place: Path | None
    ) -> Build:
        if len(self._queue) >= _LONGEST_QUEUE:
            raise QueueFull(
                f"{len(self._queue)} builds are waiting for their turn.",
                hint="Try again later.",
            )
        build = Build(
            key=key,
            space=space,
            place=place,
            transcript=Transcript(self._spill),
            began=self._clock(),
        )
        self._builds[key, space] = build
        self._queue.append(build)
        self._take_turns()
        build.task = asyncio.create_task(self._run(build, make), name=f"build {key}")
        return build

    def _take_turns(self) -> None:
        while self._queue and len(self._running) < self.limits.concurrent:
            first = self._queue.pop(0)
            self._running.add(first)
            first.turn.set()
        for position, build in enumerate(self._queue, 1):
            if not build.transcript.closed:
                build.transcript.tell(queue_fields(position), self._clock())

    async def _run(self, build: Build, make: Callable[[], Steps[Environment]]) -> Environment:
        error: BaseException | None = None
        try:
            await build.turn.wait()
            return await self._follow(build, make)
        except BaseException as raised:
            error = raised
            raise
        finally:
            build.ended = self._clock()
            if build.leaving:
                build.leaving.cancel()
            name = (build.key, build.space)
            if error is None and self._builds.get(name) is build:
                del self._builds[name]
            build.transcript.close()
            self._running.discard(build)
            if build in self._queue:
                self._queue.remove(build)
            self._take_turns()
            self._told(build.ended - build.began, error)

    async def _follow(self, build: Build, make: Callable[[], Steps[Environment]]) -> Environment:
        step = Step(make())
        last, lines = 0.0, 0
        bounds = self.limits.each
        try:
            async with bounded(bounds, build.place):
                async for event in step:
                    now = self._clock()
                    if isinstance(event, Progress):
                        if now - last < _PROGRESS_SECONDS and event.done != event.total:
                            continue
                        last = now
                    build.transcript.tell(event_fields(event), now)
                    lines += isinstance(event, LogLine)
                    if lines % _BREATH_LINES == 0:
                        await asyncio.sleep(0)
        except TooLarge as error:
            raise BuildTooLarge(
                f"The build wrote more than the {shown(bounds.size)} that this server allows.",
                hint="Ask for fewer or smaller packages, and let postBuild write and print less.",
            ) from error
        except TooLong as error:
            raise BuildTooLong(
                f"The build took longer than the {shown_seconds(bounds.seconds)} that this server "
                "allows.",
                hint="Ask for fewer or smaller packages, or for ones that need no compiling.",
            ) from error
        return step.result

    def _leave(self, build: Build) -> None:
        build.leaving = None
        if not build.waiters:
            self.cancel(build)
