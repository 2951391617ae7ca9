# SPDX-License-Identifier: GPL-3.0-or-later
"""A service's process that is killed, and what it has started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_SECONDS = 30

# Says which process it is, and which it has started: one below it, and one that left its group.
_MODULE = """
import os, subprocess, sys, time
below = [
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]),
    subprocess.Popen(["setsid", "sleep", "600"]),
]
with open("pids.new", "w") as file:
    file.write(" ".join(str(pid) for pid in (os.getpid(), *(each.pid for each in below))))
os.rename("pids.new", "pids")
{then}
"""


class Kept:
    """A module that is kept, and what it says of its processes."""

    def __init__(self, directory: Path, *words: str, then: str = "time.sleep(600)") -> None:
        self.file = directory / "pids"
        (directory / "kept_module.py").write_text(_MODULE.format(then=then))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "binder_lite.hub.kept", *words, "kept_module"],
            cwd=directory, env={**os.environ, "PYTHONPATH": str(directory)},
        )  # fmt: skip

    def pids(self) -> list[int]:
        """Wait until it has started, and return its process and those below."""
        wait(self.file.exists)
        pids = [int(word) for word in self.file.read_text().split()]
        self.file.unlink()
        return pids


def wait(found: Callable[[], object]) -> None:
    """Wait until this is true."""
    end = time.monotonic() + _SECONDS
    while not found():
        assert time.monotonic() < end
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Tell whether a process is there, and no zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.process.terminate()
    made.process.wait(_SECONDS)


def test_a_killed_one_is_started_again_when_nothing_of_it_runs_any_more(kept: Kept) -> None:
    first = kept.pids()
    os.kill(first[0], signal.SIGKILL)
    second = kept.pids()
    assert not any(map(runs, first))
    assert all(map(runs, second))


def test_what_a_killed_one_has_started_is_left_where_that_is_meant(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "--leave")
    [first, *below] = kept.pids()
    os.kill(first, signal.SIGKILL)
    [second, *more] = kept.pids()
    kept.process.terminate()
    assert kept.process.wait(_SECONDS) == 0
    assert not runs(first) and not runs(second)
    for pid in (*below, *more):
        assert runs(pid)
        os.kill(pid, signal.SIGKILL)


def test_told_to_end_it_ends_with_all_that_it_started(kept: Kept) -> None:
    pids = kept.pids()
    kept.process.terminate()
    assert kept.process.wait(_SECONDS) == 0
    assert not any(map(runs, pids))


def test_killed_itself_it_takes_the_module_along(kept: Kept) -> None:
    [module, *_below] = kept.pids()
    kept.process.kill()
    wait(lambda: not runs(module))
    for pid in _below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_one_that_ends_by_itself_is_the_hubs_to_start_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path, then="sys.exit(3)")
    assert kept.process.wait(_SECONDS) == 3
    assert not any(map(runs, kept.pids()))


def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal; signal.signal(signal.SIGTERM, lambda *_: None)\nwhile True: time.sleep(1)"
    )
    kept = Kept(tmp_path, then=stubborn)
    pids = kept.pids()
    kept.process.terminate()
    assert kept.process.wait(_SECONDS) == 0
    assert not any(map(runs, pids))
