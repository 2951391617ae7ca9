# SPDX-License-Identifier: GPL-3.0-or-later
"""From inside a session nothing of the person, the machine or another session is reached."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from contract.conftest import Findings, Neighbour
from contract.launching import run
from people import Person

NOTHING = (
    "exists", "read", "write", "change", "hardlink", "processes", "signals", "ptrace",
    "environment", "command_lines", "privileges", "user_namespaces", "namespaces", "mounts",
    "identity", "sysctls", "new_devices", "sockets", "taken_sockets",
    "descriptors", "keyring", "shared_memory", "host_name",
    "terminal",
)  # fmt: skip
_TYPING = Path("/proc/sys/dev/tty/legacy_tiocsti")
_KERNEL = tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])
# What the person's own programs reach, so that the attempts are known to work.
SHOWN = (
    "exists", "read", "hardlink", "processes", "signals", "environment", "command_lines",
    "privileges", "sockets", "shared_memory", "host_name", "internet",
)  # fmt: skip


@pytest.mark.parametrize("attempt", NOTHING)
def test_a_session_reaches_nothing_by(attempt: str, findings: Findings) -> None:
    assert findings[attempt] == []


@pytest.mark.skipif(_KERNEL < (6, 12), reason="Linux can refuse these from 6.12 on")
def test_a_session_reaches_no_socket_without_a_file(findings: Findings) -> None:
    assert findings["abstract_sockets"] == []


@pytest.mark.parametrize("attempt", SHOWN)
def test_outside_a_session_there_is_something_to_reach_by(
    attempt: str, unconfined: Findings
) -> None:
    assert unconfined[attempt] != []


@pytest.mark.skipif(
    _TYPING.exists() and _TYPING.read_text() == "0\n", reason="this machine forbids it to all"
)
def test_outside_a_session_a_terminal_can_be_typed_into(unconfined: Findings) -> None:
    assert unconfined["terminal"] == ["typed"]


def test_only_harmless_devices_are_there(findings: Findings) -> None:
    harmless = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"}
    extra = {name.removeprefix("/dev/") for name in findings["devices"]} - harmless
    assert {name for name in extra if not name.startswith(("pts/", "fd", "std", "core"))} == set()


def test_only_the_session_s_own_places_can_be_written(findings: Findings) -> None:
    allowed = {"/tmp", "/home/jovyan", "/run/session", "/proc", "/dev/shm", "/dev/pts", "/dev"}
    # What Guix's containers have besides: an empty directory, and message queues of their own.
    allowed |= {"/run/user/1000", "/dev/mqueue"}
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
    # A build's own: the environment that it makes, and a cache that nobody else uses.
    build = re.compile(r"/var/lib/builds/(packages|[^/]+/staging-[0-9a-f]+/venv)|/home/jovyan/work")
    found = set(findings["writable_mounts"]) - allowed - devices
    assert {path for path in found if not build.fullmatch(path)} == set()


def test_only_the_session_s_own_user_has_a_name(findings: Findings) -> None:
    assert {"jovyan"} <= set(findings["accounts"]) <= {"jovyan", "nobody", "root"}


def test_there_is_a_network_by_default(findings: Findings) -> None:
    # Another server on the host's loopback answers: it is its token that guards it.
    assert findings["internet"] != []


def test_of_the_home_only_the_way_to_the_environments_is_seen(
    person: Person, findings: Findings
) -> None:
    listed = {Path(path): names for path, names in findings["lists"].items()}
    # A build with Guix sees none.
    assert listed.get(person.home, [".local"]) == [".local"]
    assert set(listed.get(person.settings.data, [])) <= {"environments", "pythons"}


def test_a_private_environment_is_seen_in_its_own_space_only(
    person: Person, engine: str, repository: Path
) -> None:
    private = person.settings.data / "builds" / "private"
    # With the shell's own words: Guix's containers have no other programs.
    look = f"cd {private} 2>/dev/null && for f in */environments/*; do echo seen:$f; done; :"
    seen = {}
    # Each engine's own, since a person's runs share a home.
    ada, ben = f"ada-{engine}", f"ben-{engine}"
    for space in (ada, ben, ""):
        options = {"space": space, "rebuild": True} if space else {}
        seen[space] = run(person, repository, "sh", "-c", look, engine=engine, **options)
    key = seen[ada].environment.partition("/")[0]
    assert sorted(path.parent.name for path in private.glob(f"*/environments/{key}")) != []
    for space in (ada, ben):
        found = re.findall(r"seen:(\S+)", seen[space].output)
        assert found == [f"{space}/environments/{key}"]
    assert "seen:" not in seen[""].output


def test_a_private_session_takes_the_environment_that_all_share_where_there_is_one(
    person: Person, engine: str, repository: Path, neighbour: Neighbour
) -> None:
    own = person.settings.in_space("eve").environments
    assert neighbour.environment, "it is built for all"
    ended = run(person, repository, "sh", "-c", "echo here", engine=engine, space="eve")
    assert "here" in ended.output
    assert list(own.glob("*/*")) == []
