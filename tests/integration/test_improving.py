# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done for an environment beside its first session, with programs that stand for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from binder_lite.command import Command
from binder_lite.environments import Environment, improving


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "environments"


@pytest.fixture
def environment(root: Path) -> Environment:
    directory = root / "uv-0" / "1"
    directory.mkdir(parents=True)
    return Environment(
        key="uv-0",
        generation=1,
        engine="uv",
        software="Python 3.11.7",
        packages=(),
        source="a test",
        created=datetime.now(UTC),
        directory=directory,
    )


def shell(line: str, tmp_path: Path) -> Command:
    return Command(("/bin/sh", "-c", line), {"PATH": "/usr/bin:/bin"}, cwd=tmp_path)


async def until(path: Path, content: str) -> None:
    async with asyncio.timeout(20):
        while not path.exists() or path.read_text() != content:
            await asyncio.sleep(0.01)


async def session(root: Path, environment: Environment, command: Command | None) -> None:
    """A session that lasts until there is nothing left to be done."""
    async with improving(environment, command), asyncio.timeout(20):
        while command and not (environment.directory / "compiled").exists():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("end", ["true", "false"])
async def test_what_ran_to_its_end_is_not_run_again(
    root: Path, environment: Environment, tmp_path: Path, end: str
) -> None:
    command = shell(f"echo ran >> marks; {end}", tmp_path)
    await session(root, environment, command)
    await session(root, environment, command)
    assert (tmp_path / "marks").read_text() == "ran\n"


async def test_a_session_that_ends_first_leaves_it_to_the_next(
    root: Path, environment: Environment, tmp_path: Path
) -> None:
    slow = shell("echo began >> marks; exec sleep 60", tmp_path)
    async with improving(environment, slow):
        await until(tmp_path / "marks", "began\n")
    quick = shell("echo done >> marks", tmp_path)
    await session(root, environment, quick)
    assert (tmp_path / "marks").read_text() == "began\ndone\n"


async def test_one_of_two_sessions_does_it(
    root: Path, environment: Environment, tmp_path: Path
) -> None:
    command = shell("echo ran >> marks; sleep 0.3", tmp_path)
    await asyncio.gather(*(session(root, environment, command) for _ in range(2)))
    assert (tmp_path / "marks").read_text() == "ran\n"


async def test_a_program_that_is_not_there_disturbs_nobody(
    root: Path, environment: Environment, tmp_path: Path
) -> None:
    async with improving(environment, Command(("/no/such/program",))):
        await asyncio.sleep(0.1)
    assert not (environment.directory / "compiled").exists()


async def test_an_engine_that_leaves_nothing_to_do(root: Path, environment: Environment) -> None:
    await session(root, environment, None)
    assert not (environment.directory / "compiled").exists()
