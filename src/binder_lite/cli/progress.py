# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps of a launch are done, and which are under way: events → state, with no output.

A :class:`Message` begins a step of its phase and so ends the one before it in that phase, and
those of earlier phases. Steps of different phases may be under way side by side.

Values are replaced, never changed in place: a display's own thread may be reading them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from binder_lite.cli.wording import clean, progress_text
from binder_lite.events import Event, LogLine, Message, Phase, Progress, Warn

LOG_LINES_SHOWN = 5
_ORDER: dict[Phase, int] = {phase: number for number, phase in enumerate(get_args(Phase))}


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A step that has begun. ``began`` is the clock's time in seconds."""

    phase: Phase
    text: str
    began: float
    detail: str = ""
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Something that will not change any more: a step that ended, or a warning."""

    kind: Literal["done", "failed", "warning"]
    text: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Board:
    """The steps under way, in the order in which they began."""

    steps: tuple[UnderWay, ...] = ()

    def after(self, event: Event, now: float) -> tuple[Board, tuple[Past, ...]]:
        """Return the board after ``event``, and what became past by it."""
        match event:
            case Message():
                return self._begin(event.phase, clean(event.message), now)
            case Warn():
                return self, (Past("warning", clean(event.message)),)
            case Progress():
                return self._told(event.phase, now, detail=progress_text(event)), ()
            case LogLine():
                line = clean(event.message).rstrip()
                return (self._told(event.phase, now, line=line) if line else self), ()

    def ended(self, now: float, *, well: bool) -> tuple[Past, ...]:
        """Return what the steps under way have become when the launch is over."""
        return tuple(
            Past("done" if well else "failed", step.text, now - step.began) for step in self.steps
        )

    def _begin(self, phase: Phase, text: str, now: float) -> tuple[Board, tuple[Past, ...]]:
        if any(step.phase == phase and step.text == text for step in self.steps):
            return self, ()
        over = [step for step in self.steps if _ORDER[step.phase] <= _ORDER[phase]]
        others = tuple(step for step in self.steps if step not in over)
        past = tuple(Past("done", step.text, now - step.began) for step in over)
        return Board((*others, UnderWay(phase, text, now))), past

    def _told(self, phase: Phase, now: float, *, detail: str = "", line: str = "") -> Board:
        """Give a detail or a log line to the phase's step, or to the latest when it has none."""
        steps = self.steps or (UnderWay(phase, phase.capitalize(), now),)
        of_phase = [step for step in steps if step.phase == phase]
        step = (of_phase or steps)[-1]
        log = (*step.log, line)[-LOG_LINES_SHOWN:] if line else step.log
        changed = replace(step, detail=detail or step.detail, log=log)
        return Board(tuple(changed if each is step else each for each in steps))
