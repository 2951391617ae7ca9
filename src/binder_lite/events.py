# SPDX-License-Identifier: GPL-3.0-or-later
"""What a launch reports while it runs, and how steps hand on their results.

A step is an async generator that yields events and, last, one :class:`Result`. The same events
are the progress display in a terminal, JSON lines with ``--json``, server-sent events on the web
and JupyterHub's spawn progress. Phases are BinderHub's (``built`` and ``ready`` included), so that
its clients understand them.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar

Phase = Literal["waiting", "fetching", "building", "built", "launching", "ready", "failed"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """Something happened or begins: one sentence for a person."""

    phase: Phase
    message: str


@dataclass(frozen=True, slots=True)
class Built(Message):
    """The environment is there; ``environment`` is its name."""

    environment: str


@dataclass(frozen=True, slots=True)
class Foretold(Message):
    """How many ``seconds`` what begins now will take, by experience."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Warn:
    """Something the person should know although the launch goes on."""

    phase: Phase
    message: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is: ``done`` of ``total`` (``None`` when unknown), counted in ``unit``."""

    phase: Phase
    message: str
    done: int
    total: int | None
    unit: Literal["bytes", "objects", "packages", "files", "%"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a tool printed, as it is but for terminal escapes."""

    phase: Phase
    message: str


Event: TypeAlias = Message | Warn | Progress | LogLine


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """The last item of a step: what it made."""

    value: T


Steps: TypeAlias = AsyncGenerator["Event | Result[T]", None]


class Step(Generic[T]):
    """Iterate a step's events; afterwards ``result`` holds what it made.

    >>> fetching = Step(fetch(source))           # doctest: +SKIP
    >>> async for event in fetching: yield event # doctest: +SKIP
    >>> checkout = fetching.result               # doctest: +SKIP
    """

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self._results: list[T] = []

    async def __aiter__(self) -> AsyncIterator[Event]:
        async with contextlib.aclosing(self._steps) as steps:
            async for item in steps:
                if isinstance(item, Result):
                    self._results.append(item.value)
                else:
                    yield item

    @property
    def result(self) -> T:
        """What the step made. Raises ``RuntimeError`` when it has not ended."""
        if not self._results:
            raise RuntimeError("the step has not ended with a Result")
        return self._results[-1]


async def together(*steps: Step[Any]) -> AsyncIterator[Event]:
    """Run steps at the same time and yield their events as they come.

    The first error cancels the others and is raised once they have ended.
    """
    queue: asyncio.Queue[Event | None] = asyncio.Queue()

    async def drain(step: Step[Any]) -> None:
        try:
            async for event in step:
                queue.put_nowait(event)
        finally:
            queue.put_nowait(None)

    tasks = [asyncio.create_task(drain(step)) for step in steps]
    try:
        running = len(tasks)
        while running:
            event = await queue.get()
            if event is not None:
                yield event
                continue
            running -= 1
            for task in tasks:
                if task.done() and not task.cancelled() and task.exception():
                    await task
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# OSC and its kin (ended by BEL or ST) and CSI, each in its short and its long form, two-character
# escapes, then any other control character but tab: a build log is hostile text (links, title
# changes, cursor movement).
_ESCAPES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
    re.DOTALL,
)


def printable(text: str) -> str:
    """Return ``text`` without terminal escapes, control and text-direction characters."""
    return _ESCAPES.sub("", text)
