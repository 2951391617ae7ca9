# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty people launch one new repository at the same moment."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_lite.environments import builds_directory
from binder_lite.sessions.store import read_session, state
from binder_lite.storage import lock
from contract.launching import (
    Launch,
    all_gone,
    descendants,
    launching,
    make_repository,
    processes_naming,
)
from people import make_person, names

_COUNT = 20


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twenty_launches_share_one_build_and_leave_nothing() -> None:
    person = make_person(names()[0])
    # The time makes the repository a new one; the build tells how often it ran.
    script = (
        f"#!/bin/sh\necho {time.time_ns()} > new.txt\n"
        "echo built by $(cat /proc/sys/kernel/random/uuid)\n"
    )
    repository = make_repository(person, "many", {"postBuild": script})
    with ExitStack() as stack:
        launches = [
            stack.enter_context(launching(person, engine="uv", source=repository))
            for _ in range(_COUNT)
        ]
        running = [launch.wait_for("running") for launch in launches]
        statuses = {httpx.get(each["ready"]["url"]).status_code for each in running}
        below = {pid for launch in launches for pid in descendants(launch.process.pid)}
        said = "\n".join(launch.messages for launch in launches).splitlines()
        # For the shared server's build, if it was not there yet, they wait in another phase.
        waiting = [r["message"] for launch in launches for r in launch.reports if _waits(r)]
        # The launchers stop all at once, as they started.
        with ThreadPoolExecutor(_COUNT) as pool:
            farewells = list(pool.map(_stop, launches))

    assert statuses == {200}
    assert len({each["session"] for each in running}) == _COUNT
    [environment] = {each["environment"] for each in running}
    assert environment.endswith("/1")
    assert len({line for line in said if line.startswith("built by ")}) == 1
    assert len(waiting) == _COUNT - 1

    assert {(each["reason"], tuple(each["unsaved"])) for each in farewells} == {("stopped", ())}
    assert all_gone(below, 0)
    settings = person.settings
    for each in running:
        session = read_session(settings.sessions, each["session"])
        assert state(session) == "stopped"
        assert processes_naming(session.id) == []
    _assert_free(builds_directory(settings.environments) / environment.partition("/")[0])


def _waits(report: dict[str, Any]) -> bool:
    said = str(report.get("message", ""))
    return report.get("phase") == "waiting" and said.startswith("Another launch builds")


def _stop(launch: Launch) -> dict[str, Any]:
    assert launch.process.stdin
    launch.process.stdin.close()
    return launch.wait_for("farewell")


def _assert_free(builds: Path) -> None:
    files = [path for path in builds.iterdir() if path.name == "lock" or "-" in path.name]
    assert [path.name for path in files if path.is_dir()] == []
    for path in files:
        held = lock(path)
        assert held is not None, path
        os.close(held)
