# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs are ended with all that they started, and their output is read as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from binder_lite import process
from binder_lite.command import Command
from binder_lite.errors import ToolMissing
from binder_lite.process import CommandFailed, Line

_ENV = {"PATH": "/usr/bin:/bin"}


def _shell(script: str) -> Command:
    return Command(("/bin/sh", "-c", script), _ENV)


def _python(code: str) -> Command:
    return Command((sys.executable, "-c", code), _ENV)


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def _lines(command: Command, **options: Any) -> list[Line]:
    return [line async for line in process.lines(command, **options)]


async def test_a_start_that_is_cancelled_ends() -> None:
    for turns in range(12):
        task = asyncio.create_task(process.run(_shell("sleep 0.01")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(task, return_exceptions=True)


async def test_run_gives_status_and_output() -> None:
    done = await process.run(_shell("echo out; echo err >&2; exit 3"))
    assert (done.exit_status, done.stdout, done.stderr) == (3, "out\n", "err\n")


async def test_input_is_handed_over() -> None:
    done = await process.run(Command(("/bin/cat",), _ENV), input_bytes=b"given")
    assert done.stdout == "given"


async def test_nothing_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    done = await process.run(Command(("/usr/bin/env",), {"A": "1"}))
    assert done.stdout == "A=1\n"


async def test_check_raises_with_the_last_lines() -> None:
    with pytest.raises(CommandFailed) as raised:
        await process.check(
            _shell("echo https://ada:s3cret@host.example; printf '\\033[31mno\\n'; exit 4")
        )
    assert raised.value.exit_status == 4
    assert raised.value.last_lines == ("https://…@host.example", "no")
    details = raised.value.details(Path("/log"))
    assert (details.exit_status, details.log) == (4, Path("/log"))


@pytest.mark.parametrize("argv", [("/no/such/program",), ("no-such-program",), ("/etc/passwd",)])
async def test_a_program_that_is_not_there(argv: tuple[str, ...]) -> None:
    with pytest.raises(ToolMissing) as raised:
        await process.run(Command(argv, _ENV))
    assert argv[0] in raised.value.message


async def test_a_directory_that_is_not_there_is_not_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await process.run(Command(("/bin/true",), _ENV, tmp_path / "none"))


async def test_lines_are_told_apart_by_stream_and_by_their_end() -> None:
    # Written in pieces: an end of line may be cut in two.
    code = (
        "import sys, time\n"
        "for part in ['a\\r', '\\nb', '\\n', '10%\\r', '20%\\r', 'done\\n', '\\n', 'no end']:\n"
        "    sys.stdout.write(part); sys.stdout.flush(); time.sleep(0.02)\n"
        "sys.stderr.write('err\\n')\n"
    )
    found = await _lines(_python(code))
    assert [line for line in found if line.stream == "stdout"] == [
        Line("a", "stdout"),
        Line("b", "stdout"),
        Line("10%", "stdout", transient=True),
        Line("20%", "stdout", transient=True),
        Line("done", "stdout"),
        Line("", "stdout"),
        Line("no end", "stdout"),
    ]
    assert [line for line in found if line.stream == "stderr"] == [Line("err", "stderr")]


async def test_escapes_secrets_and_undecodable_bytes_are_taken_out() -> None:
    code = (
        "import sys\n"
        "sys.stdout.buffer.write(b'\\x1b[1mbold\\x1b[0m \\xff token=s3cret \\xc3')\n"
        "sys.stdout.buffer.flush(); sys.stdout.buffer.write(b'\\xbc\\n')\n"
    )
    assert [line.text for line in await _lines(_python(code))] == ["bold \ufffd token=… ü"]


async def test_lines_that_last_are_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    await _lines(_shell("printf '1%%\\r2%%\\rdone\\n'"), log=log)
    assert log.read_text() == "before\ndone\n"


async def test_lines_raise_after_the_last_line(tmp_path: Path) -> None:
    seen = []
    with pytest.raises(CommandFailed) as raised:
        async for line in process.lines(_shell("echo one; echo two; exit 1"), log=tmp_path / "log"):
            seen.append(line.text)
    assert seen == ["one", "two"]
    assert raised.value.last_lines == ("one", "two")
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


async def test_a_hundred_megabytes_take_no_memory(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = (
        "import sys; line = 'x' * 999 + '\\n'\nfor _ in range(100): sys.stdout.write(line * 1000)"
    )
    count = 0
    async for _line in process.lines(_python(code)):
        count += 1
    assert count == 100_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 30_000, f"{grown} KiB"


async def test_a_line_without_end_takes_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = "import sys\nfor _ in range(500): sys.stdout.write('x' * 100_000)"
    longest = 0
    async for line in process.lines(_python(code)):
        longest = max(longest, len(line.text))
    assert 1000 < longest <= process.LONGEST_LINE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


async def test_leaving_ends_the_program_and_what_it_started(tmp_path: Path) -> None:
    script = f"sleep 300 & echo $! > {tmp_path}/child; wait"
    async with process.running(_shell(script), stdout=None, stderr=None) as running:
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
            await asyncio.sleep(0.01)
        child = int((tmp_path / "child").read_text())
        assert _alive(child)
    assert running.returncode == -15
    assert not _alive(child)


async def test_a_program_may_end_in_its_own_way(tmp_path: Path) -> None:
    script = (
        f"trap 'echo saved > {tmp_path}/saved; exit 0' TERM; : > {tmp_path}/ready; sleep 300 & wait"
    )
    async with process.running(_shell(script), stdout=None, stderr=None) as running:
        while not (tmp_path / "ready").exists():
            await asyncio.sleep(0.01)
    assert running.returncode == 0
    assert (tmp_path / "saved").read_text() == "saved\n"


async def test_one_that_will_not_end_is_made_to(tmp_path: Path) -> None:
    script = f"trap '' TERM; : > {tmp_path}/ready; while :; do sleep 0.1; done"
    async with process.running(_shell(script), stdout=None, stderr=None) as running:
        while not (tmp_path / "ready").exists():
            await asyncio.sleep(0.01)
        began = time.monotonic()
    assert running.returncode == -9
    assert 2.5 < time.monotonic() - began < 5


async def test_an_error_inside_ends_the_program_too() -> None:
    with pytest.raises(ZeroDivisionError):
        async with process.running(_shell("sleep 300"), stdout=None, stderr=None) as running:
            _ = 1 / 0
    assert running.returncode == -15


async def test_who_stops_reading_ends_the_program(tmp_path: Path) -> None:
    lines = process.lines(_shell(f"echo $$ > {tmp_path}/pid; echo one; sleep 300"))
    async with contextlib.aclosing(lines) as reading:  # type: ignore[type-var]
        async for _line in reading:
            break
    assert not _alive(int((tmp_path / "pid").read_text()))


async def test_what_is_not_read_is_let_go() -> None:
    pipe = asyncio.subprocess.PIPE
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with process.running(_shell("yes"), stdout=pipe, stderr=pipe) as running:
            assert running.stdout
            await running.stdout.readline()
            await asyncio.sleep(0.2)  # More than asyncio reads ahead.
        del running
        gc.collect()
    assert not [each for each in caught if issubclass(each.category, ResourceWarning)]


async def test_a_program_of_the_person_s_shares_the_terminal_s_group() -> None:
    async with process.running(
        _shell("sleep 300"), stdout=None, stderr=None, own_group=False
    ) as running:
        assert os.getpgid(running.pid) == os.getpgid(0)
    assert running.returncode == -15


async def test_what_is_ended_is_gone_with_all_that_it_started_in_other_sessions(
    tmp_path: Path,
) -> None:
    """Within a group of its own it would outlive the signal; the wait is for its end."""
    pipe, file = asyncio.subprocess.PIPE, tmp_path / "ended"
    script = f"setsid sh -c 'trap \"\" TERM; echo ready; sleep 0.4; touch {file}' & wait"
    async with process.running(_shell(script), stdout=pipe, stderr=None) as running:
        assert running.stdout
        assert await running.stdout.readline() == b"ready\n"
    assert file.exists()
