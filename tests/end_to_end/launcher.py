# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a person runs it: a real process, its JSON lines, Ctrl-C, and what it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("guix-notebook-launcher")
ADMIN = Path(sys.executable).with_name("binder-lite")
# The first launch of a test run also builds the server that all others share.
READY_SECONDS = 280.0
# The promise is 5 s; the rest is for a machine that runs other tests at the same time.
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ready:
    """The fields of the event ``ready``."""

    url: str
    token: str
    session: str
    engine: str
    environment: str
    commit: str | None
    path: str
    kernel: str


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine; the start time tells it from a later one of the same number."""

    pid: int
    started: str
    command: str


class Launch:
    """A launcher that has said ``ready``."""

    def __init__(
        self, process: asyncio.subprocess.Process, events: list[dict[str, Any]], errors: list[str]
    ) -> None:
        self._process = process
        self._errors = errors
        self.events = events
        names = Ready.__dataclass_fields__
        self.ready = Ready(**{name: events[-1][name] for name in names})

    @property
    def said(self) -> str:
        """What it told the person so far, without the logs of tools; one message a line."""
        told = [event for event in self.events if event["kind"] in ("message", "warning")]
        return "\n".join(event["message"] for event in told)

    async def interrupt(self) -> int:
        """Press Ctrl-C and return the exit status."""
        self._process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_SECONDS):
            self.events += await _read_events(self._process, until=None)
            return await self._process.wait()

    async def kill(self) -> None:
        """End the launcher as a crash would: it cannot tidy up."""
        self._process.kill()
        await self._process.wait()

    @property
    def farewell(self) -> str:
        """What it said on stderr; complete once it has ended."""
        return "".join(self._errors)

    def processes(self) -> set[Process]:
        """The launcher, all that descends from it, and all that names its session."""
        named = {
            process.pid
            for _, process in _process_table().values()
            if self.ready.session in process.command
        }
        return descendants({self._process.pid} | named)


def descendants(pids: set[int]) -> set[Process]:
    """Return these processes and all below them."""
    table = _process_table()
    mine = set(pids)
    grown = True
    while grown:
        children = {pid for pid, (parent, _) in table.items() if parent in mine}
        grown = not children <= mine
        mine |= children
    return {table[pid][1] for pid in mine if pid in table}


def alive(processes: set[Process]) -> set[Process]:
    """Return those of ``processes`` that still run, as they are now."""
    then = {(process.pid, process.started) for process in processes}
    return {now for _, now in _process_table().values() if (now.pid, now.started) in then}


async def gone(processes: set[Process], seconds: float = 5.0) -> set[Process]:
    """Wait until none of ``processes`` runs; returns, and ends, those that still do by then."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while alive(processes):
                await asyncio.sleep(0.1)
    left = alive(processes)
    for process in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return left


def _process_table() -> dict[int, tuple[int, Process]]:
    """Every process of the machine but zombies: number → (parent's number, process)."""
    table = {}
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit():
            continue
        # It may end while we look.
        with contextlib.suppress(OSError):
            # The name stands in parentheses and may hold some, so the rest is found from the right.
            state, parent, *rest = (directory / "stat").read_text().rpartition(")")[2].split()
            command = (
                (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
            if state != "Z":
                pid = int(directory.name)
                table[pid] = (int(parent), Process(pid, rest[17], command.strip()))
    return table


@contextlib.asynccontextmanager
async def launched(
    *arguments: str, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Launch]:
    """Run the launcher with ``--json --no-browser`` until it is ready, and end it on leaving.

    Raises ``AssertionError`` with all that was said when it ends before.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "--json", "--no-browser", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe,
        env={**os.environ, **(variables or {})}, limit=2**20,
    )  # fmt: skip
    errors: list[str] = []
    reading = asyncio.create_task(_collect(process, errors))
    try:
        async with asyncio.timeout(READY_SECONDS):
            events = await _read_events(process, until="ready")
        if not events or events[-1]["phase"] != "ready":
            await reading
            told = "\n".join(json.dumps(event, ensure_ascii=False) for event in events[-30:])
            raise AssertionError(f"not ready:\n{told}\n{''.join(errors)}")
        yield Launch(process, events, errors)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        await reading


async def _read_events(
    process: asyncio.subprocess.Process, until: str | None
) -> list[dict[str, Any]]:
    assert process.stdout
    events: list[dict[str, Any]] = []
    # Whatever is on stdout is JSON, one object a line: anything else fails here.
    while line := await process.stdout.readline():
        events.append(json.loads(line))
        if events[-1]["phase"] == until:
            break
    return events


async def _collect(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stderr
    async for line in process.stderr:
        lines.append(line.decode(errors="replace"))
