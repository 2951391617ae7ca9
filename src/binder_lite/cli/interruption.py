# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C, SIGTERM and a closed terminal: ask the work at hand to stop, once.

The first signal cancels the current task, which cleans up in its own time; further ones change
nothing, since a second cancellation would break the cleaning up.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from signal import Signals

# A shell's status for a program that a signal ended.
_SIGNALLED = 128


@dataclass(slots=True)
class Interruption:
    """Whether a signal has come, and which; ``task`` is what it cancels.

    ``spared`` are signals that are for somebody else. ``stopping`` says that all is being stopped
    for another reason already.
    """

    task: asyncio.Task[object]
    signal: Signals | None = None
    spared: frozenset[Signals] = frozenset()
    stopping: bool = False

    @property
    def exit_status(self) -> int:
        """130 for Ctrl-C, 143 for SIGTERM, 129 for a terminal that was closed."""
        return _SIGNALLED + int(self.signal or 0)

    def over(self) -> None:
        """Take the cancellation back: it has done what it was for."""
        self.task.uncancel()


@contextlib.contextmanager
def interruptible(note: Callable[[str], None]) -> Iterator[Interruption]:
    """Cancel the current task at the first signal; tell the person through ``note``."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - we are in a coroutine
    interruption = Interruption(task)

    def receive(number: Signals) -> None:
        if number in interruption.spared:
            return
        if interruption.signal is not None or interruption.stopping:
            note("Already stopping; this takes five seconds at most.")
            return
        interruption.signal = number
        note("Stopping …")
        interruption.task.cancel()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # Else nohup wants us to outlive the terminal.
        numbers.append(signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        loop.add_signal_handler(number, receive, number)
    try:
        yield interruption
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
