# SPDX-License-Identifier: GPL-3.0-or-later
"""The real launcher's command line with a launch that only pretends, chosen by SOURCE.

``./ready`` becomes a session that lasts until it is stopped; ``./slow`` never gets so far;
``./fails`` ends in an error; ``./bug`` in a mistake of ours; ``./ends`` is a server that ends with
status 3. Each of their steps takes ``PRETEND_SECONDS``, and stopping ``PRETEND_STOP_SECONDS``; both
are 0 by default.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import cast

from binder_lite import launch
from binder_lite.errors import BuildFailed, Details
from binder_lite.events import LogLine, Message, Progress, Result, Steps, Warn
from binder_lite.launch import Farewell, Ready, Request, Running
from binder_lite.settings import Settings

SECONDS = float(os.environ.get("PRETEND_SECONDS", "0"))
STOP_SECONDS = float(os.environ.get("PRETEND_STOP_SECONDS", "0"))
OPEN_FILE = Path(os.environ.get("PRETEND_FILE", "/data/open.html"))


class PretendRunning:
    """A session without anything in it."""

    ready = Ready(
        url="http://localhost:8890/lab/tree/index.ipynb?token=abc",
        token="abc",
        session="s1",
        engine="uv",
        environment="e/1",
        commit=None,
        path="index.ipynb",
        kernel="python3",
        open_file=OPEN_FILE,
    )

    def __init__(self, ends: bool) -> None:
        self._ends = ends

    async def wait(self, idle_timeout: float = 0) -> Farewell:
        if not self._ends:
            await asyncio.sleep(idle_timeout or 3600)
            return self._farewell("no activity", 0)
        return self._farewell("the server ended with status 3", 3)

    async def stop(self) -> Farewell:
        await asyncio.sleep(STOP_SECONDS)
        return self._farewell("stopped", 0)

    def _farewell(self, reason: str, status: int) -> Farewell:
        return Farewell(
            session="s1",
            workspace=Path("/data/work"),
            unsaved=("changed: index.ipynb",),
            reason=reason,
            exit_status=status,
        )


async def pretend(request: Request, settings: Settings) -> Steps[Running]:
    """Tell the events of a launch, and end as SOURCE says."""
    assert request.source.directory
    kind = request.source.directory.name
    yield Message("fetching", f"Looking up {request.source.text} …")
    await asyncio.sleep(SECONDS)
    yield Warn("fetching", "A warning that is long enough to be folded on a narrow terminal.")
    yield Message("building", "Building an environment")
    for number in range(1, 9):
        yield Progress("building", "Downloading", number, 8, "packages")
        yield LogLine("building", f"line {number} of the tool's own log, é")
    await asyncio.sleep(SECONDS)
    if kind == "slow":
        await asyncio.sleep(3600)
    if kind == "fails":
        details = Details("uv pip install x", 1, ("the last line",), Path("/data/build.log"))
        raise BuildFailed("Building x failed.", hint="Read the log.", details=details)
    if kind == "bug":
        raise ZeroDivisionError("a mistake of ours")
    yield Message("launching", "Starting the server")
    yield Result(cast(Running, PretendRunning(kind == "ends")))


if __name__ == "__main__":
    launch.launch = pretend
    from binder_lite.cli.launcher import main

    sys.argv[0] = "guix-notebook-launcher"
    main()
