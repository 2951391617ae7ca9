# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's server and kernels are its own; it ends with its launcher; it can be resumed."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import httpx
import pytest

from binder_lite.sessions.store import list_sessions, read_session, state, tidy
from contract.conftest import Neighbour
from contract.launching import all_gone, descendants, kill, launching, processes_naming, run
from people import Person

_LOOK = """
import json, os, socket
print(json.dumps({
    "interfaces": [name for _, name in socket.if_nameindex()],
    "proxies": [name for name in os.environ if name.lower().endswith("_proxy")],
}))
"""


def test_kernels_speak_over_sockets_in_the_session_s_directory(neighbour: Neighbour) -> None:
    files = list((neighbour.directory / "run").rglob("kernel-*.json"))
    assert len(files) == 1
    connection = json.loads(files[0].read_text())
    assert connection["transport"] == "ipc"
    assert connection["ip"].startswith("/run/session/")
    assert connection["key"] != ""


def test_the_token_is_in_no_program_s_arguments(neighbour: Neighbour) -> None:
    assert processes_naming(neighbour.token) == []


def test_without_the_token_the_server_tells_nothing(neighbour: Neighbour) -> None:
    base = f"http://127.0.0.1:{neighbour.port}"
    for path in ("api/contents", "api/kernels", "api/sessions", "api/terminals"):
        assert httpx.get(f"{base}/{path}").status_code == 403
    token = {"Authorization": f"token {neighbour.token}"}
    assert httpx.get(f"{base}/api/kernels", headers=token).status_code == 200


def test_others_on_the_machine_cannot_enter_the_session_s_directory(
    neighbour: Neighbour,
) -> None:
    assert stat.S_IMODE(neighbour.directory.stat().st_mode) == 0o700


def test_without_network_there_is_only_the_loopback(
    person: Person, engine: str, repository: Path
) -> None:
    request = {"engine": engine, "network": False, "variables": {"http_proxy": "http://p.example"}}
    ended = run(person, repository, "python", "-c", _LOOK, **request)
    assert json.loads(ended.output) == {"interfaces": ["lo"], "proxies": []}


def test_without_network_the_server_is_reached(
    person: Person, engine: str, repository: Path
) -> None:
    with launching(person, engine=engine, source=repository, network=False) as launch:
        ready = launch.wait_for("running")["ready"]
        assert httpx.get(ready["url"], follow_redirects=True).status_code == 200


@pytest.mark.parametrize("serves", [True, False], ids=["server", "command"])
def test_a_killed_launcher_leaves_no_process_and_is_noticed(
    serves: bool, person: Person, engine: str, repository: Path
) -> None:
    # A program that the session's own end does not reach, unless it is the kernel that sees to it.
    command = () if serves else ("setsid", "sh", "-c", "trap '' TERM HUP; sleep 300 & sleep 301")
    with launching(person, engine=engine, source=repository, command=command) as launch:
        running = launch.wait_for("running")
        session = read_session(person.settings.sessions, running["session"])
        below = _descendants(launch.process.pid, more_than=2)
        kill(launch.process)
        assert all_gone(below)
    assert state(session) == "crashed"
    assert session.id in {each.id for each in tidy(person.settings.sessions)}
    assert state(session) == "stopped"
    assert list((session.directory / "run").iterdir()) == []


def _descendants(pid: int, *, more_than: int) -> set[int]:
    """Return all processes below one, when they are there: a command runs before it has forked."""
    end = time.monotonic() + 30
    while len(below := descendants(pid)) <= more_than:
        assert time.monotonic() < end, below
        time.sleep(0.1)
    return below


def test_a_stopped_session_leaves_no_process_and_no_lock(
    person: Person, engine: str, repository: Path
) -> None:
    with launching(person, engine=engine, source=repository) as launch:
        running = launch.wait_for("running")
        below = descendants(launch.process.pid) - {launch.process.pid}
        assert below
    assert all_gone(below, 0)
    session = read_session(person.settings.sessions, running["session"])
    assert state(session) == "stopped"
    assert not (session.directory / "open.html").exists()


def test_a_session_is_resumed_with_its_work(person: Person, engine: str, repository: Path) -> None:
    write = ("sh", "-c", "echo mine > results.txt; echo private > ~/.note; chmod 600 ~/.note")
    first = run(person, repository, *write, engine=engine)
    assert first.unsaved == ("new: results.txt",)
    with launching(person, resume=first.session) as launch:
        ready = launch.wait_for("running")["ready"]
        base = ready["url"].split("/lab")[0]
        token = {"Authorization": f"token {ready['token']}"}
        answer = httpx.get(f"{base}/api/contents/results.txt", headers=token)
        assert answer.json()["content"] == "mine\n"
    assert (first.directory / "home/.note").read_text() == "private\n"


def test_the_exit_status_is_the_command_s(person: Person, engine: str, repository: Path) -> None:
    assert run(person, repository, "sh", "-c", "exit 7", engine=engine).exit_status == 7
    missing = run(person, repository, "no-such-program", engine=engine)
    assert (missing.exit_status, missing.output) == (
        127,
        "no-such-program: No such file or directory\n",
    )


def test_sessions_of_a_run_have_records_that_can_be_read(
    person: Person, engine: str, repository: Path
) -> None:
    ended = run(person, repository, "true", engine=engine)
    found = {each.id: each for each in list_sessions(person.settings.sessions)}[ended.session]
    assert (found.engine, found.environment) == (engine, ended.environment)
    assert found.source == str(repository)
    assert os.path.realpath(found.workspace) == str(ended.directory / "home/work")
