# SPDX-License-Identifier: GPL-3.0-or-later
"""A session has the limits that were set, and another session's use does not count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract.launching import launching, run
from people import Person

# Starts sleeping processes until it may not, says how many, and keeps them.
_FORKS = """
import os, sys, time
count = 0
try:
    while count < int(sys.argv[1]):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        count += 1
except OSError as error:
    print(error.strerror)
print(count, flush=True)
sys.stdin.read()
os.killpg(0, 9)
"""


def test_a_fork_bomb_is_bounded(person: Person, engine: str, repository: Path) -> None:
    variables = {"BINDER_LITE_PROCESSES": "50"}
    request: dict[str, Any] = {"engine": engine, "source": repository, "variables": variables}
    with launching(person, command=("python", "-c", _FORKS, "200"), **request) as launch:
        launch.wait_for("running")
        said = launch.wait_for_output("\n4").splitlines()
    assert said[0] == "Resource temporarily unavailable"
    assert 30 < int(said[1]) < 50


def test_processes_of_one_session_do_not_count_for_another(
    person: Person, engine: str, repository: Path
) -> None:
    request: dict[str, Any] = {
        "engine": engine,
        "source": repository,
        "variables": {"BINDER_LITE_PROCESSES": "50"},
        "command": ("python", "-c", _FORKS, "30"),
    }
    with launching(person, **request) as first, launching(person, **request) as second:
        for launch in (first, second):
            launch.wait_for("running")
            assert launch.wait_for_output("\n") == "30\n"


def test_memory_is_bounded(person: Person, engine: str, repository: Path) -> None:
    code = "import sys; print('began', flush=True); bytearray(int(sys.argv[1]) * 2**20)"
    variables = {"BINDER_LITE_MEMORY_MIB": "512"}
    for size, status in ((100, 0), (2000, 1)):
        command = ("python", "-c", code, str(size))
        ended = run(person, repository, *command, engine=engine, variables=variables)
        assert (ended.output.splitlines()[0], ended.exit_status) == ("began", status)


def test_libraries_start_no_more_threads_than_there_are_processors(
    person: Person, engine: str, repository: Path
) -> None:
    variables = {"BINDER_LITE_CPUS": "1", "OMP_NUM_THREADS": "64"}
    command = ("sh", "-c", "echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS")
    ended = run(person, repository, *command, engine=engine, variables=variables)
    assert ended.output == "1 1\n"
