# SPDX-License-Identifier: GPL-3.0-or-later
"""Every promise is tested for each engine and each kind of person who starts a launcher.

``findings`` is what one session reached of all that was laid out for it: secrets, processes,
sockets, and another session that runs. It is found once and then looked at by many tests.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from binder_lite.engines.base import HOME, WORK
from binder_lite.engines.guix.installation import why_unavailable
from contract.launching import Launch, descendants, launching, make_repository, run
from people import SECRET, SECRETS, VARIABLES, Person, can_launch, make_person, names

_MISSING_IS_FAILURE = os.environ.get("BINDER_LITE_REQUIRE_TOOLS") == "1"
# One entry an engine: the whole suite then applies to it.
ENGINES = ("uv", "guix")
_PROBE = Path(__file__).with_name("probe.py")
_MARKER = "a-process-of-the-person-8c2e"

# What a session is tempted with, and what it reached.
Targets: TypeAlias = Mapping[str, Any]
Findings: TypeAlias = Mapping[str, Any]


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "guix" and (why := why_unavailable()):
        pytest.fail(why) if _MISSING_IS_FAILURE else pytest.skip(why)
    return str(request.param)


@pytest.fixture(scope="session", params=names())
def person(request: pytest.FixtureRequest) -> Person:
    found = make_person(request.param)
    if not can_launch(found):
        said = "other users cannot run this checkout's launcher: it lies in a closed directory"
        pytest.fail(said) if _MISSING_IS_FAILURE else pytest.skip(said)
    return found


@pytest.fixture(scope="session")
def repository(person: Person, engine: str) -> Path:
    """A repository with a notebook, whose environment is little more than the kernel."""
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    files: dict[str, str | bytes] = {
        "probe.py": _PROBE.read_bytes(),
        "index.ipynb": json.dumps(notebook),
    }
    return make_repository(person, "probing", files, engine)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another session of the same person that runs its server and a kernel."""

    launch: Launch
    directory: Path
    environment: str
    token: str
    port: int
    pids: set[int]

    @property
    def sockets(self) -> list[Path]:
        """Its server's and its kernels'."""
        return [path for path in self.directory.rglob("*") if path.is_socket()]


@pytest.fixture(scope="session")
def neighbour(person: Person, engine: str, repository: Path) -> Iterator[Neighbour]:
    with launching(person, engine=engine, source=repository) as launch:
        running = launch.wait_for("running")
        ready = running["ready"]
        yield Neighbour(
            launch,
            Path(running["directory"]),
            running["environment"],
            ready["token"],
            int(ready["url"].split(":")[2].split("/")[0]),
            descendants(launch.process.pid),
        )


@pytest.fixture(scope="session")
def laid(person: Person, neighbour: Neighbour) -> Iterator[Targets]:
    settings, home = person.settings, person.home
    environment = settings.environments / neighbour.environment
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(person.argv("sh", "-c", "sleep 600; :", _MARKER, SECRET))
        )
        stack.callback(process.kill)
        for place in ("/tmp", "/dev/shm"):
            file = Path(tempfile.mkstemp(prefix=f"{_MARKER}-", dir=place)[1])
            stack.callback(file.unlink)
            file.write_text(SECRET)
            person.own(file)
            file.chmod(0o644)
        agent = home / f"agent-{os.getpid()}.sock"
        for address in (str(agent), f"\0{_MARKER}-{os.getpid()}"):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        stack.callback(agent.unlink)
        person.own(agent)
        own = neighbour.directory
        yield {
                "secret": SECRET,
                "secrets": [SECRET, neighbour.token],
                "variables": [*VARIABLES, "SUDO_USER"],
                "marker": _MARKER,
                "pids": [process.pid, *neighbour.pids],
                "paths": [
                    *(home / secret for secret in SECRETS), agent, settings.sessions, own,
                    own / "home", own / "home/work", own / "run", own / "run/server.sock",
                    own / "session.json", own / "lock", settings.data / "builds", settings.cache,
                    *(f"/tmp/{path.name}" for path in Path("/tmp").glob(f"{_MARKER}-*")),
                    "/etc/shadow", "/etc/gshadow", "/etc/ssh", "/etc/machine-id", "/etc/hostname",
                    *_contents(Path("/root"), Path(sys.base_prefix)), "/boot", "/srv", "/mnt",
                    "/media", "/var/log", "/var/cache", "/var/spool", "/sys/kernel",
                    "/sys/class/net", "/sys/fs", "/run/systemd", "/run/dbus", "/proc/kcore",
                    "/var/guix",
                ],
                "lists": [home, settings.data],
                "writes": [
                    environment, environment / "environment.json", settings.environments,
                    *environment.glob("venv/bin/python"), *environment.glob("venv/lib/*/*"),
                    Path(sys.executable).resolve(), Path(sys.base_prefix) / "lib",
                    "/opt/binder-lite", "/opt/binder-lite/session.py", "/usr", "/usr/lib", "/etc",
                    "/etc/passwd", "/bin/sh", "/opt", "/home", "/var", "/sys", "/proc",
                ],
                "links": ["/etc/passwd", "/usr/bin/env", environment / "environment.json", agent],
                "sockets": [agent, *neighbour.sockets, "/var/guix/daemon-socket/socket"],
                "abstract": [f"{_MARKER}-{os.getpid()}"],
                "ports": [neighbour.port],
                "hosts": [socket.gethostname()],
        }  # fmt: skip


@pytest.fixture(scope="session", params=("session", "build"))
def findings(
    request: pytest.FixtureRequest, person: Person, engine: str, laid: Targets
) -> Findings:
    """What foreign code reached: in a session, and in the building of an environment."""
    files: dict[str, str | bytes] = {
        "probe.py": _PROBE.read_bytes(),
        # The time makes the environment a new one.
        "targets.json": json.dumps({**laid, "time": time.time()}, default=str),
    }
    program = f"#!/bin/sh\ncd {WORK}\nexec python probe.py targets.json {HOME}/results.json\n"
    if request.param == "build":
        files["postBuild"] = program
    else:
        files["try.sh"] = program
    repository = make_repository(person, "probing", files, engine)
    command = "./try.sh" if request.param == "session" else "true"
    ended = run(person, repository, command, engine=engine, key=SECRET)
    assert ended.exit_status == 0, ended.output
    found: Findings = json.loads((ended.directory / "home/results.json").read_text())
    return found


@pytest.fixture(scope="session")
def unconfined(person: Person, laid: Targets) -> Findings:
    """What the person's own programs reach: attempts that alter the machine are left out."""
    left_out = ("mounts", "namespaces", "identity", "new_devices", "sysctls", "write", "change")
    directory = Path(tempfile.mkdtemp(dir=person.home.parent))
    try:
        (directory / "targets").write_text(json.dumps({**laid, "skip": left_out}, default=str))
        person.own(directory)
        words = person.argv(sys.executable, _PROBE, "targets", "results")
        subprocess.run(words, cwd=directory, env=person.environment(), check=True)
        found: Findings = json.loads((directory / "results").read_text())
        return found
    finally:
        shutil.rmtree(directory)


def _contents(directory: Path, shown: Path) -> list[Path]:
    """Return what a directory holds, without the way to what sessions are shown."""
    try:
        return [path for path in directory.iterdir() if not shown.is_relative_to(path)]
    except OSError:
        return []
