# SPDX-License-Identifier: GPL-3.0-or-later
"""Spares: taken once, replaced when used, ended with the server, none of them lost."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from binder_lite.hub.files import CONTROL
from binder_lite.hub.spares import Spare, claim_spare, find_spares, is_kept
from binder_lite.hub.spawners import began
from binder_lite.storage import lock
from contract.launching import all_gone, descendants
from integration.hub.hub_world import Hub, hub_directory, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with hub_directory() as directory, serving(directory, BINDER_LITE_SERVE_SPARES="1") as made:
        made.session("nobody")  # So that the environment is there.
        yield made


def waiting(directory: Path) -> int:
    """Return the process of a spare, claimed or not."""
    for name in ("spare.json", "claimed.json"):
        if (directory / name).exists():
            return int(json.loads((directory / name).read_text())["pid"])
    raise AssertionError(f"{directory} is no spare's")


def test_a_session_that_is_made_in_a_spare_starts_at_once(hub: Hub) -> None:
    ada = hub.person("ada")
    spare = hub.spare()
    host = waiting(spare)
    session = hub.session("ada", spare)
    assert session.id == spare.name
    start = time.monotonic()
    hub.begin(session)
    took = time.monotonic() - start
    headers = {"Authorization": f"token {ada}"}
    answer = httpx.get(hub.address(session, "api/contents"), headers=headers)
    names = [item["name"] for item in answer.json()["content"]]
    assert "LICENSE" in names
    assert hub.host(session) == host
    print(f"{took:.2f} s")
    assert took < 3
    # Another takes its place.
    assert hub.spare() != spare
    hub.end(session)
    assert began(host) == ""
    assert (session.directory / "session.json").exists()


def test_a_spare_is_taken_once(hub: Hub) -> None:
    spare = hub.spare()
    assert spare not in find_spares(hub.settings.sessions)
    assert claim_spare(hub.settings.sessions) != spare


def test_a_spare_that_was_killed_is_not_offered(hub: Hub) -> None:
    spare = hub.spare()
    pid = waiting(spare)
    (spare / "claimed.json").rename(spare / "spare.json")
    assert spare in find_spares(hub.settings.sessions)
    below = descendants(pid)
    os.kill(pid, signal.SIGKILL)
    assert all_gone(below)
    assert spare not in find_spares(hub.settings.sessions)


def test_nonsense_does_not_end_a_spare(hub: Hub) -> None:
    spare = hub.spare()
    for words in (b"\n", b"nonsense\n", b'{"variables": 1}\n', b"x" * 100_000):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(spare / CONTROL))
            control.sendall(words)
    time.sleep(0.5)
    session = hub.session("ada", spare)
    hub.person("ada")
    hub.begin(session)
    assert hub.server(session)["ready"]
    hub.end(session)


def test_a_number_that_was_used_again_is_not_the_spare() -> None:
    mine = os.getpid()
    assert Spare(mine, began(mine)).waits
    assert not Spare(mine, "1").waits
    assert not Spare(mine, "").waits
    assert began(2**22 + 1) == ""


def test_a_spare_ends_with_its_directory(hub: Hub) -> None:
    spare = hub.spare()
    below = descendants(waiting(spare))
    shutil.rmtree(spare)
    assert all_gone(below, 10)


def test_a_spare_whose_container_ends_ends_too_and_is_replaced(hub: Hub) -> None:
    spare = hub.spare()
    host = waiting(spare)
    (spare / "claimed.json").rename(spare / "spare.json")
    for pid in descendants(host) - {host}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert all_gone({host}, 20)
    assert not spare.exists()
    assert hub.spare() != spare


def test_a_spare_knows_whether_it_is_kept(tmp_path: Path) -> None:
    sessions = tmp_path / "sessions"
    assert not is_kept(sessions)
    held = lock(tmp_path / "spares.lock")
    assert held is not None and is_kept(sessions)
    os.close(held)
    assert not is_kept(sessions)


def test_spares_end_with_the_server(hub: Hub) -> None:
    end = time.monotonic() + 60
    while not (found := list(find_spares(hub.settings.sessions))) and time.monotonic() < end:
        time.sleep(0.1)
    below = descendants(waiting(found[0]))
    hub.stop()
    assert all_gone(below, 10)
    assert not found[0].exists()
    hub.start()
