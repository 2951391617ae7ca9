# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's container: started before it is known what it will be, then told.

Every session begins so, whether its server was imported ahead (a spare), comes from the
repository's own environment, or is a command of the person's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.base import PROGRAMS, Box, Engine
from binder_lite.engines.sandbox import sandbox_error
from binder_lite.engines.variables import session_variables
from binder_lite.events import Result, Steps
from binder_lite.sessions.assignment import Assignment
from binder_lite.storage import writing


def waiting_command(interpreter: Path, assignment: int, *, warm: bool) -> Command:
    """Return the container's first program, which reads its assignment from that descriptor."""
    words = [str(interpreter), "-I", str(PROGRAMS / "session.py"), f"--assignment={assignment}"]
    return Command((*words, "--warm") if warm else tuple(words), pass_fds=(assignment,))


class Container:
    """A running container that waits for its assignment."""

    def __init__(
        self, running: asyncio.subprocess.Process, assignment: int, env: Mapping[str, str]
    ) -> None:
        self.process = running
        self._assignment: int | None = assignment
        self._told = False
        self._env = env
        self._known: Mapping[str, str] = {}

    def prepare(self, assignment: Assignment) -> None:
        """Have the container import the server of its environment, and wait (``waits``)."""
        self._known = self._tell(assignment)

    def assign(self, assignment: Assignment) -> None:
        """Tell the container what it is. Can be done once."""
        if self._assignment is None or self._told:
            raise RuntimeError("the container has been told already")
        self._told = True
        self._tell(assignment)

    def _tell(self, assignment: Assignment) -> Mapping[str, str]:
        """Send an assignment and return its variables, of which only what is new is sent."""
        assert self._assignment is not None  # noqa: S101 - who calls has looked
        env = {**self._env, **assignment.env}
        news = {name: value for name, value in env.items() if self._known.get(name) != value}
        # A container that has ended already is noticed, with what it said, by who waits for it.
        with (
            contextlib.suppress(BrokenPipeError),
            os.fdopen(self._assignment, "wb", closefd=False) as channel,
        ):
            channel.write(replace(assignment, env=news).encode() + b"\n")
        return env

    def close(self) -> None:
        """Let go of the container; one that was never told anything ends by that."""
        if self._assignment is not None:
            os.close(self._assignment)
            self._assignment = None


async def try_container(engine: Engine, box: Box) -> Steps[None]:
    """Raise ``SandboxUnavailable`` when this machine makes no container.

    For a command, whose own container has the person's terminal, where nobody reads along.
    """
    _make_directories(box)
    tried = await process.run(engine.enclose(box, Command(("/bin/sh", "-c", ":"))))
    if error := sandbox_error(tried.stderr):
        raise error
    yield Result(None)


def _make_directories(box: Box) -> None:
    """Make what the container shows: the build that runs beside this may not have done so yet."""
    for root in box.environments:
        with writing("the environment", root):
            root.mkdir(parents=True, exist_ok=True)


@contextlib.asynccontextmanager
async def contained(
    engine: Engine, box: Box, interpreter: Path, *, warm: bool, output: int | None
) -> AsyncIterator[Container]:
    """Run a waiting container for as long as the block lasts.

    ``output`` is the descriptor that receives what it prints; ``None`` leaves it the person's
    own terminal, input included.
    """
    _make_directories(box)
    read_end, write_end = os.pipe()
    try:
        os.set_inheritable(read_end, True)
        command = engine.enclose(box, waiting_command(interpreter, read_end, warm=warm))
        stdin = asyncio.subprocess.DEVNULL if output is not None else None
        async with process.running(
            command, stdin=stdin, stdout=output, stderr=output, own_group=output is not None
        ) as running:
            os.close(read_end)
            read_end = -1
            container = Container(running, write_end, session_variables(box, engine.host))
            write_end = -1
            try:
                yield container
            finally:
                container.close()
    finally:
        for end in (read_end, write_end):
            if end >= 0:
                os.close(end)
