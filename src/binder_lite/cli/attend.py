# SPDX-License-Identifier: GPL-3.0-or-later
"""Stays with a session from its first event to its end, and leaves nothing running behind."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, TypeVar

from binder_lite.cli.browser import open_in_browser
from binder_lite.cli.interruption import interruptible
from binder_lite.cli.terminal import Terminal
from binder_lite.cli.wording import farewell_lines
from binder_lite.events import Step, Steps

if TYPE_CHECKING:
    from binder_lite.launch import Farewell, Ready, Running

T = TypeVar("T")


async def follow(steps: Steps[T], terminal: Terminal) -> T:
    """Show the events of ``steps`` and return what they made."""
    return await _follow(Step(steps), terminal)


async def attend(
    steps: Steps[Running], terminal: Terminal, *, browser: bool = True, idle_timeout: float = 0
) -> int:
    """Launch, show the session, wait for its end; return the exit status.

    That is the server's or the command's, or 128 and the number of the signal that ended us.
    """
    step = Step(steps)
    with interruptible(terminal.note) as interruption:
        try:
            running = await _follow(step, terminal)
            if running.ready:
                _announce(running.ready, terminal, browser)
            elif terminal.has_keyboard:
                # As in a shell, Ctrl-C is for the command, which gets it from the terminal.
                interruption.spared = frozenset({signal.SIGINT})
            farewell = await running.wait(idle_timeout)
            status = farewell.exit_status
        except BaseException as error:
            interruption.stopping = True
            last = await _stop(step)
            if not isinstance(error, asyncio.CancelledError) or not interruption.signal:
                raise
            interruption.over()
            if last is None:
                terminal.note("Stopped before there was a session.")
                return interruption.exit_status
            farewell, status = last, interruption.exit_status
    terminal.note(farewell_lines(farewell))
    return status


async def _follow(step: Step[T], terminal: Terminal) -> T:
    with terminal.progress() as report:
        async for event in step:
            report(event)
    return step.result


def _announce(ready: Ready, terminal: Terminal, browser: bool) -> None:
    terminal.ready(ready)
    if browser:
        open_in_browser(ready.open_file)
    if terminal.is_watched:
        terminal.note("Ctrl-C stops the session; its files are kept.")


async def _stop(step: Step[Running]) -> Farewell | None:
    """Stop what the launch has started, however far it came."""
    try:
        running = step.result
    except RuntimeError:
        return None
    return await running.stop()
