# SPDX-License-Identifier: GPL-3.0-or-later
"""Real small programs under binder_lite.process."""

from __future__ import annotations

import pytest

from binder_lite import process
from binder_lite.command import Command


def shell(script: str) -> Command:
    return Command(("sh", "-c", script), process.host_environment())


async def test_a_child_that_holds_the_output_open_does_not_hold_us() -> None:
    done = await process.run(shell("sleep 60 & echo said; exit 3"))
    assert (done.exit_status, done.stdout) == (3, "said\n")


async def test_lines_end_when_the_program_does_whatever_it_left_running() -> None:
    said = []
    with pytest.raises(process.CommandFailed):
        async for line in process.lines(shell("sleep 60 & echo said; exit 3")):
            said.append(line.text)
    assert said == ["said"]
