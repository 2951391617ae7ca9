# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a build will take, judged by those that there were; nothing where there is no ground.

A repository's own builds count, its latest first; for want of them, those with about as many
requirements. What was fetched with somebody's credential leaves no trace here but its numbers.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from binder_lite.events import Foretold, Result, Step, Steps
from binder_lite.storage import read_record, write_record

T = TypeVar("T")

_KEPT = 500
_LATEST_OWN = 5
_LEAST_ALIKE = 3
_LATEST_ALIKE = 20
_ALIKE = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is built: of which repository (empty for a private one), and how much of it."""

    repository: str
    engine: str
    requirements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """A build that succeeded."""

    task: Task
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    builds: tuple[Took, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How long a build takes, and how many earlier ones say so."""

    seconds: float
    builds: int
    is_own: bool

    def __str__(self) -> str:
        earlier = "1 earlier build" if self.builds == 1 else f"{self.builds} earlier builds"
        of = "of this repository" if self.is_own else "with about as many requirements"
        return f"It takes {_roughly(self.seconds)}, going by {earlier} {of}."


def estimate(task: Task, earlier: Sequence[Took]) -> Estimate | None:
    """Judge by ``earlier`` builds, the latest of which is last. Pure."""
    same = [took for took in earlier if took.task.engine == task.engine]
    own = [each.seconds for each in same if each.task.repository == task.repository != ""]
    if own := own[-_LATEST_OWN:]:
        return Estimate(seconds=median(own), builds=len(own), is_own=True)
    count = task.requirements
    alike = [
        each.seconds
        for each in same
        if count / _ALIKE - 1 <= each.task.requirements <= count * _ALIKE + 1
    ][-_LATEST_ALIKE:]
    if len(alike) < _LEAST_ALIKE:
        return None
    return Estimate(seconds=median(alike), builds=len(alike), is_own=False)


def _roughly(seconds: float) -> str:
    if seconds < 10:
        return "some seconds"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} seconds"
    return f"about {seconds / 60:.0f} minutes"


class Estimates:
    """The builds that there were, kept in ``file`` over a restart."""

    def __init__(
        self, file: Path | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._file = file
        self._clock = clock
        read = read_record(file, _Earlier) if file else None
        self._earlier = read.builds if read else ()

    async def timed(self, task: Task, build: Steps[T]) -> Steps[T]:
        """Foretell how long ``build`` takes, tell what it tells, remember how long it took."""
        if judged := estimate(task, self._earlier):
            yield Foretold("building", str(judged), judged.seconds)
        began = self._clock()
        step = Step(build)
        async for event in step:
            yield event
        self._add(Took(task=task, seconds=self._clock() - began))
        yield Result(step.result)

    def _add(self, took: Took) -> None:
        self._earlier = (*self._earlier, took)[-_KEPT:]
        if self._file:
            # A full disk loses an estimate, and no build.
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_record(self._file, _Earlier(builds=self._earlier))
