# SPDX-License-Identifier: GPL-3.0-or-later
"""One build serves several processes, and the death of its process stops nobody."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from binder_lite.environments import builds_directory, list_environments

_PROGRAM = Path(__file__).with_name("obtaining.py")
_SECONDS = 30


class Obtaining:
    """A process that obtains the environment."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def hear(self, text: str) -> None:
        """Wait until it has said ``text``."""
        assert self.process.stdout
        async with asyncio.timeout(_SECONDS):
            while text not in self.said:
                line = await self.process.stdout.readline()
                assert line, f"it ended without {text!r}: {self.said}"
                self.said.append(line.decode().rstrip())


@pytest.fixture
async def group(tmp_path: Path) -> AsyncIterator[list[Obtaining]]:
    """Four processes that want the same environment; the first builds."""
    arguments = [tmp_path / "data/environments", tmp_path / "gate", tmp_path / "builds"]
    async with contextlib.AsyncExitStack() as stack:
        started = []
        for _ in range(4):
            process = await asyncio.create_subprocess_exec(
                sys.executable, _PROGRAM, *arguments, stdout=asyncio.subprocess.PIPE
            )
            stack.push_async_callback(_end, process)
            started.append(Obtaining(process))
            await started[-1].hear("line 1")
        yield started


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def test_processes_share_a_build_and_its_log(group: list[Obtaining], tmp_path: Path) -> None:
    (tmp_path / "gate").touch()
    for each in group:
        await each.hear("obtained uv-slow/1")
    assert (tmp_path / "builds").read_text() == "b"
    for waiting in group[1:]:
        assert waiting.said[0].startswith("Another launch builds")
        assert waiting.said[-2:] == ["the last line", "obtained uv-slow/1"]


async def test_a_killed_build_is_taken_over_by_one_who_waited(
    group: list[Obtaining], tmp_path: Path
) -> None:
    root = tmp_path / "data/environments"
    group[0].process.kill()
    await group[0].process.wait()
    async with asyncio.timeout(_SECONDS):
        while (tmp_path / "builds").read_text() != "bb":
            await asyncio.sleep(0.05)
    assert list_environments(root) == []
    (tmp_path / "gate").touch()
    for each in group[1:]:
        await each.hear("obtained uv-slow/1")
    assert (tmp_path / "builds").read_text() == "bb"
    assert list(builds_directory(root).glob("*/staging-*")) == []
