# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds that cannot succeed, and builds that are killed: what is said, and that the next works."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from end_to_end.launcher import PROGRAM, STOP_SECONDS, Process, descendants, gone
from end_to_end.refusals import UV, make_repository, nothing_left, refused, run_launcher
from end_to_end.repositories import file_url

pytestmark = [
    pytest.mark.needs("git"),
    pytest.mark.usefixtures("tidy_afterwards"),
]

_LIBRARY = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "punnett"
version = "1"
"""
_NO_COMPILER = "raise SystemExit('no Fortran compiler was found')\n"

# Files → the error, and what message, hint and the log must name.
FAILING = {
    "unknown": (
        {"requirements.txt": "ipykernel\nno-such-package-4f1d\n"},
        "package-not-found", "'no-such-package-4f1d', asked for in requirements.txt:2",
        "misspelling", "no-such-package-4f1d was not found",
    ),
    "no-version": (
        {"requirements.txt": "ipykernel\nrich==999\n"},
        "package-not-found", "rich==999, asked for in requirements.txt:2",
        "version that exists", "no version of rich==999",
    ),
    "conflict": (
        {"requirements.txt": "ipykernel\nmatplotlib==3.8.0\nnumpy>=2.1\n"},
        "versions-conflict", "matplotlib==3.8.0 depends on numpy>=1.21,<2",
        "Loosen", "your requirements are unsatisfiable",
    ),
    "own-package": (
        {
            "requirements.txt": "./lib\n",
            "lib/pyproject.toml": _LIBRARY, "lib/setup.py": _NO_COMPILER,
        },
        "build-failed", "own package punnett (lib)", "last lines", "no Fortran compiler was found",
    ),
    "post-build": (
        {"requirements.txt": "ipykernel\n", "postBuild": "#!/bin/sh\necho no data >&2\nexit 3\n"},
        "build-failed", "postBuild ended with status 3", "mend the script", "no data",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "code", "named", "offered", "logged"), FAILING.values(), ids=FAILING
)
def test_a_build_that_cannot_succeed(
    files: dict[str, str], code: str, named: str, offered: str, logged: str, tmp_path: Path
) -> None:
    error = refused(*UV, file_url(make_repository(tmp_path / "study", files)))
    assert error.code == code
    assert named in error.message
    assert len(error.message) < 700
    assert offered in error.hint
    assert logged in error.log


def test_a_person_is_shown_the_reason_and_where_the_rest_is(tmp_path: Path) -> None:
    files = {"requirements.txt": "ipykernel\nrich==13.0.0\nrich==13.1.0\n"}
    done = run_launcher(*UV, file_url(make_repository(tmp_path / "study", files)), "--", "true")
    assert done.returncode == 43
    said = done.stderr[done.stderr.index("\nerror: No set") + 1 :].splitlines()
    assert "you require rich==13.0.0 and rich==13.1.0" in said[0]
    assert said[1].startswith("hint: Loosen")
    assert (
        said[2] == "command: uv pip install --no-build --requirements=requirements.txt (status 1)"
    )
    assert Path(said[-1].removeprefix("log: ")).read_text()


def test_an_index_that_cannot_be_reached(tmp_path: Path) -> None:
    source = file_url(make_repository(tmp_path / "study", {"requirements.txt": "ipykernel\n"}))
    closed = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "BINDER_LITE_DATA": f"{tmp_path}/d"}
    error = refused(*UV, source, variables=closed)
    assert error.code == "index-unreachable"
    assert "network connection" in error.hint
    assert "127.0.0.1:9" in error.log


@dataclass(slots=True)
class _Building:
    """A launcher in the middle of ``postBuild``."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)

    def below(self) -> set[Process]:
        """Everything that it started and that runs."""
        return descendants({self.process.pid})

    async def end(self) -> int:
        """Wait for its end and return the exit status."""
        async with asyncio.timeout(STOP_SECONDS):
            assert self.process.stdout
            self.said += [line.decode() async for line in self.process.stdout]
            return await self.process.wait()


@contextlib.asynccontextmanager
async def _building(source: str) -> AsyncIterator[_Building]:
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "--json", "--no-browser", *UV, source,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, limit=2**20,
    )  # fmt: skip
    building = _Building(process)
    try:
        assert process.stdout
        async with asyncio.timeout(60):
            while not any("in the middle" in line for line in building.said):
                building.said.append((await process.stdout.readline()).decode())
                assert building.said[-1], building.said
        yield building
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture
def slow(tmp_path: Path) -> str:
    """The URL of a repository whose ``postBuild`` takes a moment; its environment is new."""
    # The name differs from test to test, and with it the content that the environment is made of.
    script = f"#!/bin/sh\n# {tmp_path.name} {time.time_ns()}\necho in the middle\nsleep 2\n"
    files = {"requirements.txt": "ipykernel\n", "postBuild": script + "echo yes > ~/built\n"}
    return file_url(make_repository(tmp_path / "study", files))


def _is_built(source: str) -> bool:
    return run_launcher(*UV, source, "--", "sh", "-c", "test $(cat ~/built) = yes").returncode == 0


async def test_after_a_build_whose_process_was_killed_the_next_launch_builds(slow: str) -> None:
    async with _building(slow) as building:
        first = [each for each in building.below() if each.command.endswith("postBuild")]
        for each in first:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGKILL)
        assert await building.end() == 44
        failed = json.loads(building.said[-1])
    assert (failed["code"], "postBuild" in failed["message"]) == ("build-failed", True)
    assert failed["hint"]
    assert _is_built(slow)


async def test_after_a_launcher_was_killed_the_next_launch_tidies_up_and_builds(
    slow: str, launcher_variables: Path, tmp_path: Path
) -> None:
    other = make_repository(tmp_path / "other", {"requirements.txt": "ipykernel\n"})
    before = set(launcher_variables.glob("sessions/*"))
    async with _building(slow) as building:
        below = building.below()
        building.process.kill()
        await building.process.wait()
        assert len(below) > 2
        assert await gone(below) == set()
    half = [
        path
        for path in set(launcher_variables.glob("sessions/*")) - before
        if str(building.process.pid) in _read(path / "running.json")
    ]
    assert len(half) == 1
    # What is younger than a minute could be another launch's that has not taken its lock yet.
    os.utime(half[0], (0, 0))
    assert list(launcher_variables.glob("builds/*/staging-*/venv")) != []
    # Whatever is launched next; that nothing half made is left then is seen at the end.
    assert run_launcher(*UV, file_url(other), "--", "true").returncode == 0
    assert not half[0].exists()
    with nothing_left(launcher_variables, launcher_variables):
        pass
    assert _is_built(slow)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def test_ctrl_c_in_the_middle_of_a_build_leaves_nothing(slow: str) -> None:
    async with _building(slow) as building:
        below = building.below()
        began = time.monotonic()
        building.process.send_signal(signal.SIGINT)
        assert await building.end() == 130
        assert time.monotonic() - began < 5
        assert await gone(below, 0) == set()
    assert _is_built(slow)
