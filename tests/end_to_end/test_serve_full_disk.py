# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose disk is full, at each stage of a launch: it says so, and goes on afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_lite.errors import DiskFull
from end_to_end.launcher import ADMIN
from end_to_end.refusals import make_repository
from end_to_end.repositories import git
from end_to_end.serving import build_address, end_of, forge, serving, short_place
from end_to_end.small_disks import SmallDisks, small_disks
from integration.login.running import free_port

pytestmark = [
    pytest.mark.slow, pytest.mark.needs("git", "unshare", "nsenter"), pytest.mark.timeout(300),
]  # fmt: skip

_MIB = 2**20
_SMALL = {"requirements.txt": "ipykernel\n"}
_FILLS_THE_DISK = "#!/bin/sh\nexec dd if=/dev/zero of=everything bs=1M count=4096\n"


@dataclass(frozen=True)
class World:
    """A server on small disks, and the forge that it fetches from."""

    server: str
    forge: str
    disks: SmallDisks
    place: Path

    def launch(self, name: str) -> dict[str, Any]:
        """Launch a repository, and return the last event."""
        return end_of(build_address(self.server, f"{self.forge}/{name}.git"))

    def refused(self, name: str) -> dict[str, Any]:
        """Launch what cannot be launched for want of room, and return how that is said."""
        failed = self.launch(name)
        assert (failed.get("code"), failed.get("status_code")) == ("disk-full", 507), failed
        assert failed["message"].startswith("The disk ") and failed["hint"], failed
        assert self.half_made() == []
        return failed

    def half_made(self) -> list[str]:
        """Return what no launch may leave."""
        data, cache = (self.disks.seen(self.place / name) for name in ("data", "cache"))
        sessions = [
            each for each in data.glob("sessions/*/") if not (each / "session.json").exists()
        ]
        rest = [*data.glob("builds/*/staging-*"), *cache.glob("repositories/*/checkouts/.tmp-*")]
        return [str(each) for each in (*sessions, *rest)]

    def sessions(self) -> int:
        """Return how many there are."""
        return len(list(self.disks.seen(self.place / "data").glob("sessions/*/")))

    def health(self) -> dict[str, bool]:
        """Return the checks of the server's health, by name."""
        checks = httpx.get(f"{self.server}health").json()["checks"]
        return {each["service"]: each["ok"] for each in checks}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with short_place() as place:
        for name, files in {"small": _SMALL, "filling": {**_SMALL, "postBuild": _FILLS_THE_DISK},
                            "large": _SMALL, "later": _SMALL}.items():  # fmt: skip
            study = tmp_path / name
            study.mkdir()
            (study / "name.txt").write_text(name)
            if name == "large":
                (study / "values.bin").write_bytes(os.urandom(100 * _MIB))
            make_repository(study, files)
            git(tmp_path, "clone", "--quiet", "--bare", str(study), str(place / f"git/{name}.git"))
        names = ("data", "cache", "data/sessions")
        with small_disks("900m", *(place / name for name in names)) as disks:
            data = disks.seen(place / "data")
            with (
                forge(place / "git") as url,
                serving(place, url, around=disks.around, data=data) as server,
            ):
                yield World(server, url, disks, place)


def test_a_full_disk_is_told_at_each_stage_and_over_when_there_is_room(world: World) -> None:
    data, cache = world.place / "data", world.place / "cache"
    sessions = data / "sessions"
    running = world.launch("small")
    assert running["kind"] == "ready", running
    count = world.sessions()

    # Before anything is done.
    for place in (data, cache, sessions):
        with world.disks.full(place, leave=32 * _MIB):
            assert "less than 64 MiB are free" in world.refused("later")["message"]
    # While the repository is fetched, while the environment is built, while the session is made.
    with world.disks.full(cache, leave=70 * _MIB):
        assert str(cache) in world.refused("large")["message"]
    with world.disks.full(data, leave=70 * _MIB):
        world.refused("filling")
    with world.disks.full(sessions, leave=70 * _MIB):
        assert "/sessions/" in world.refused("large")["message"]
    assert world.sessions() == count

    # Where sessions fill a disk of their own, people come in and reach those that run.
    headers = {"Authorization": f"token {running['token']}"}
    with world.disks.full(sessions):
        assert world.health() == {"JupyterHub": True, "disk": True}
        assert httpx.get(f"{world.server}hub/temporary").status_code == 302
        assert httpx.get(f"{running['url']}api/contents", headers=headers).status_code == 200
        world.refused("later")
    # What the hub and the service keep for themselves.
    with world.disks.full(data):
        assert world.health() == {"JupyterHub": True, "disk": False}
        assert httpx.get(f"{world.server}api/status").status_code == 200
        assert httpx.get(f"{world.server}hub/temporary").status_code in (403, 500)
        world.refused("later")
    assert world.health() == {"JupyterHub": True, "disk": True}
    # The session that ran is there, and the hub knows whose it is.
    assert httpx.get(f"{running['url']}api/contents", headers=headers).status_code == 200
    for name in ("later", "large"):
        assert world.launch(name)["kind"] == "ready"
    assert world.sessions() == count + 2
    assert world.half_made() == []


def test_on_a_full_disk_a_server_does_not_start_and_says_why(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    with small_disks("8m", place) as disks, disks.full(place, leave=16384):
        config = f'data = "{place}"\ncache = "{tmp_path}/cache"\nbind = "127.0.0.1:{free_port()}"\n'
        (tmp_path / "serve.toml").write_text(config)
        words = [*disks.around, str(ADMIN), "serve", "--config", str(tmp_path / "serve.toml")]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == DiskFull.exit_status
    assert "less than 1 MiB are free" in done.stderr and "environments remove" in done.stderr
    assert "Traceback" not in done.stderr
