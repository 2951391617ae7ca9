# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
import io
import os
import signal
from pathlib import Path
from typing import Any, cast

import pytest

from binder_lite.cli.attend import attend, follow
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import BuildFailed, ServerFailed
from binder_lite.events import Message, Result, Steps
from binder_lite.sessions.running import Farewell, Ready, Running


class Session:
    """A small running session: it ends when ``ended`` is set, and counts its stops."""

    def __init__(self, ready: Ready | None, *, stops_in: float = 0.0) -> None:
        self.ready = ready
        self.stopped = 0
        self.waited_for: list[float] = []
        self.ended = asyncio.Event()
        self.fails: Exception | None = None
        self._stops_in = stops_in

    def farewell(self, reason: str, status: int) -> Farewell:
        return Farewell(
            session="s1",
            workspace=Path("/w"),
            unsaved=("new: a",),
            reason=reason,
            exit_status=status,
        )

    async def wait(self, idle_timeout: float = 0) -> Farewell:
        self.waited_for.append(idle_timeout)
        await self.ended.wait()
        if self.fails:
            raise self.fails
        return self.farewell("the server ended with status 3", 3)

    async def stop(self) -> Farewell:
        self.stopped += 1
        await asyncio.sleep(self._stops_in)
        return self.farewell("stopped", 0)


async def launched(session: Session) -> Steps[Running]:
    yield Message("fetching", "Looking up")
    yield Result(cast(Running, session))


async def endless(began: asyncio.Event, cleaned: list[str]) -> Steps[Running]:
    yield Message("building", "Building")
    began.set()
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)
        cleaned.append("cleaned")


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def err() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def terminal(out: io.StringIO, err: io.StringIO) -> Terminal:
    return Terminal(out, err)


async def until(text: str, *streams: io.StringIO) -> None:
    async with asyncio.timeout(5):
        while not any(text in stream.getvalue() for stream in streams):
            await asyncio.sleep(0.001)


async def test_events_are_shown_and_the_result_is_returned(
    terminal: Terminal, err: io.StringIO
) -> None:
    async def steps() -> Steps[int]:
        yield Message("fetching", "Looking up")
        yield Result(7)

    assert await follow(steps(), terminal) == 7
    assert err.getvalue() == "fetching: Looking up\n"


async def test_a_session_that_ends_gives_its_exit_status(
    terminal: Terminal, out: io.StringIO, err: io.StringIO, ready: Ready
) -> None:
    session = Session(ready)
    session.ended.set()
    assert await attend(launched(session), terminal, browser=False, idle_timeout=9.0) == 3
    assert session.waited_for == [9.0]
    assert ready.url in out.getvalue()
    assert err.getvalue().splitlines() == [
        "fetching: Looking up",
        "Session s1 is over: the server ended with status 3.",
        "    workspace: /w",
        "    unsaved work:",
        "        new: a",
        "    go on with it: binder-lite resume s1",
    ]


async def test_a_command_has_standard_output_to_itself(
    terminal: Terminal, out: io.StringIO
) -> None:
    session = Session(None)
    session.ended.set()
    assert await attend(launched(session), terminal) == 3
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
async def test_a_signal_stops_the_session_and_says_where_the_work_is(
    terminal: Terminal,
    out: io.StringIO,
    err: io.StringIO,
    ready: Ready,
    number: signal.Signals,
    status: int,
) -> None:
    session = Session(ready)
    task = asyncio.create_task(attend(launched(session), terminal, browser=False))
    await until("or copy", out)
    os.kill(os.getpid(), number)
    assert await task == status
    assert session.stopped == 1
    assert "Stopping …\nSession s1 is over: stopped.\n    workspace: /w" in err.getvalue()


async def test_a_second_signal_is_told_that_we_are_stopping(
    terminal: Terminal, out: io.StringIO, err: io.StringIO, ready: Ready
) -> None:
    session = Session(ready, stops_in=0.2)
    task = asyncio.create_task(attend(launched(session), terminal, browser=False))
    await until("or copy", out)
    os.kill(os.getpid(), signal.SIGINT)
    await until("Stopping", err)
    os.kill(os.getpid(), signal.SIGINT)
    assert await task == 130
    assert session.stopped == 1
    assert "Already stopping" in err.getvalue()


async def test_a_signal_before_there_is_a_session_ends_the_launch(
    terminal: Terminal, err: io.StringIO
) -> None:
    began, cleaned = asyncio.Event(), list[str]()
    task = asyncio.create_task(attend(endless(began, cleaned), terminal))
    await began.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await task == 143
    assert cleaned == ["cleaned"]
    assert "Stopped before there was a session." in err.getvalue()


async def test_a_signal_between_result_and_end_of_the_launch_loses_no_session(
    terminal: Terminal, ready: Ready
) -> None:
    session = Session(ready)
    began = asyncio.Event()

    async def steps() -> Steps[Running]:
        yield Result(cast(Running, session))
        began.set()
        await asyncio.sleep(3600)

    task = asyncio.create_task(attend(steps(), terminal))
    await began.wait()
    os.kill(os.getpid(), signal.SIGINT)
    assert await task == 130
    assert session.stopped == 1


async def test_signals_are_as_before_afterwards(terminal: Terminal, ready: Ready) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    session = Session(ready)
    session.ended.set()
    await attend(launched(session), terminal, browser=False)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


async def test_nohup_keeps_its_meaning(terminal: Terminal, out: io.StringIO, ready: Ready) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        session = Session(ready)
        task = asyncio.create_task(attend(launched(session), terminal, browser=False))
        await until("or copy", out)
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
        session.ended.set()
        assert await task == 3
    finally:
        signal.signal(signal.SIGHUP, before)


async def test_a_cancellation_from_elsewhere_is_passed_on_after_stopping(
    terminal: Terminal, out: io.StringIO, ready: Ready
) -> None:
    session = Session(ready)
    task = asyncio.create_task(attend(launched(session), terminal, browser=False))
    await until("or copy", out)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert session.stopped == 1


async def test_an_error_while_it_runs_stops_the_session(terminal: Terminal, ready: Ready) -> None:
    session = Session(ready)
    session.fails = ServerFailed("It broke.")
    session.ended.set()
    with pytest.raises(ServerFailed):
        await attend(launched(session), terminal, browser=False)
    assert session.stopped == 1


async def test_a_signal_while_an_error_is_cleared_up_breaks_nothing(
    terminal: Terminal, err: io.StringIO, ready: Ready
) -> None:
    session = Session(ready, stops_in=0.2)
    session.fails = ServerFailed("It broke.")
    session.ended.set()
    task = asyncio.create_task(attend(launched(session), terminal, browser=False))
    async with asyncio.timeout(5):
        while not session.stopped:
            await asyncio.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(ServerFailed):
        await task
    assert "Already stopping" in err.getvalue()


@pytest.mark.parametrize(("keyboard", "status"), [(True, 3), (False, 130)])
async def test_ctrl_c_is_for_a_command_that_has_the_keyboard(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, keyboard: bool, status: int
) -> None:
    monkeypatch.setattr(Terminal, "has_keyboard", keyboard)
    session = Session(None)
    task = asyncio.create_task(attend(launched(session), terminal))
    async with asyncio.timeout(5):
        while not session.waited_for:
            await asyncio.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(0.05)
    session.ended.set()
    assert await task == status


async def test_a_command_with_the_keyboard_is_ended_by_sigterm(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Terminal, "has_keyboard", True)
    session = Session(None)
    task = asyncio.create_task(attend(launched(session), terminal))
    async with asyncio.timeout(5):
        while not session.waited_for:
            await asyncio.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await task == 143


async def test_an_error_of_the_launch_is_passed_on(terminal: Terminal) -> None:
    async def steps() -> Steps[Running]:
        yield Message("building", "Building")
        raise BuildFailed("No.")

    with pytest.raises(BuildFailed):
        await attend(steps(), terminal)


async def test_the_browser_gets_the_file_unless_it_is_not_wanted(
    terminal: Terminal, ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("binder_lite.cli.attend.open_in_browser", opened.append)
    for wanted in (False, True):
        session = Session(ready)
        session.ended.set()
        await attend(launched(session), terminal, browser=wanted)
    assert opened == [ready.open_file]
