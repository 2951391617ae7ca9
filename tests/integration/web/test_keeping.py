# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of stopped sessions, and of those that take too much disk space."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_lite import room
from binder_lite.errors import HubFailed
from binder_lite.hub.files import allow_token_in_url
from binder_lite.hub.settings import Login, ServerLimits
from binder_lite.sessions.store import (
    Session,
    new_session_directory,
    running_here,
    write_session,
)
from binder_lite.sessions.unsaved import remember_start
from binder_lite.settings import Settings
from binder_lite.storage import tree_size
from binder_lite.web import disk
from binder_lite.web.retention import DAY
from integration.web.test_security import make_session
from integration.web.test_sessions import listed
from integration.web.world import World, launch, serving, settings_of

_MIB = 1024**2
_LAUNCH = "/build/gh/o/r/HEAD"


def stopped(world: World, *, work: bool = False) -> Session:
    """Make a stopped session of many years ago, as far as the machine's date says."""
    session = make_session(world, "ada")
    remember_start(session, None, uncommitted=True)
    if work:
        (session.workspace / "mine.txt").write_text("mine")
    old = replace(session, created=datetime(2001, 1, 1, tzinfo=UTC))
    write_session(old)
    return old


def fill(session: Session, mib: int) -> None:
    (session.workspace / "big").write_bytes(b"x" * mib * _MIB)


async def test_a_session_is_removed_after_its_days(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "binder_lite.web")
    async with serving(settings_of(tmp_path, keep_days=30)) as world:
        session, keeper = stopped(world), world.service.keeper
        ada = await world.browser("ada")
        await keeper.sweep(10_000 * DAY)  # The first look: nobody knows what was before.
        await keeper.sweep(29 * DAY)
        removal = datetime.fromisoformat(str((await listed(ada))["removed_at"]))
        assert abs(removal - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=5)
        await keeper.sweep(DAY)
        assert (await ada.get("/api/sessions")).json() == []
        assert not session.directory.exists()
    [said] = [each for each in caplog.records if each.message.startswith("removed")]
    assert said.__dict__["session"] == session.id and "without unsaved work" in said.message


async def test_what_a_program_launched_for_a_stranger_goes_when_its_token_does(
    tmp_path: Path,
) -> None:
    async with serving(settings_of(tmp_path, keep_days=0)) as world:
        session, keeper = stopped(world, work=True), world.service.keeper
        for owner, by_program in (("temporary-1", True), ("temporary-2", False), ("ada", True)):
            other = make_session(world, owner)
            remember_start(other, None, uncommitted=False)
            if by_program:
                allow_token_in_url(other.directory)
        with_work = make_session(world, "temporary-3")
        allow_token_in_url(with_work.directory)
        (with_work.workspace / "theirs.txt").write_text("theirs")
        world.hub.users |= {"temporary-1", "temporary-2", "temporary-3"}
        await keeper.sweep(DAY)
        await keeper.sweep(DAY)
        left = {each.owner for each in world.service.sessions.all()}
        assert left == {"temporary-2", "temporary-3", "ada"} and session.directory.exists()
        assert world.hub.users == {"temporary-2", "temporary-3"}
        await keeper.sweep(7 * DAY)
        assert not with_work.directory.exists()


async def test_programs_launch_for_so_many_strangers_and_no_more(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, login=Login(people=2))) as world:
        for number in (1, 2):
            allow_token_in_url(make_session(world, f"temporary-{number}").directory)
        [*_, told] = await launch(world.client(), _LAUNCH)
        assert (told.data["code"], told.data["status_code"]) == ("too-many", 429)
        # Who has an account, or has logged in as a visitor, is counted elsewhere.
        [told, *_] = await launch(world.client("ada"), _LAUNCH, until="step")
        assert told.data["kind"] == "step"


async def test_unsaved_work_is_removed_after_a_notice(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, keep_days=30, notice_days=7)) as world:
        session, keeper = stopped(world, work=True), world.service.keeper
        ada = await world.browser("ada")
        await keeper.sweep(0)
        await keeper.sweep(500 * DAY)
        assert session.directory.exists()
        removal = datetime.fromisoformat(str((await listed(ada))["removed_at"]))
        assert abs(removal - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=5)
        await keeper.sweep(6 * DAY)
        assert session.directory.exists()
        await keeper.sweep(DAY)
        assert not session.directory.exists()


async def test_a_session_that_runs_is_not_removed_and_begins_anew(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, keep_days=30)) as world:
        session, keeper = stopped(world), world.service.keeper
        ada = await world.browser("ada")
        await keeper.sweep(0)
        await keeper.sweep(29 * DAY)
        with running_here(session.directory):
            await keeper.sweep(29 * DAY)
            assert (await listed(ada))["removed_at"] is None
        await keeper.sweep(29 * DAY)
        await keeper.sweep(29 * DAY)
        assert session.directory.exists()


async def test_what_was_never_a_session_is_removed_unless_somebody_holds_it(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        root = world.service.settings.session_settings().sessions
        left, held, young = (new_session_directory(root) for _ in range(3))
        for directory in (left, held):
            os.utime(directory, (0, 0))
        with running_here(held):
            os.utime(held, (0, 0))
            await world.service.keeper.sweep(0)
        assert [each.exists() for each in (left, held, young)] == [False, True, True]


async def test_one_session_that_cannot_be_removed_does_not_stop_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(settings_of(tmp_path, keep_days=30)) as world:
        keeper = world.service.keeper
        held, other = stopped(world), stopped(world)
        await keeper.sweep(0)
        with running_here(held.directory):
            # It was resumed just after the look.
            monkeypatch.setattr(world.service.sessions, "is_running", lambda _: False)
            await keeper.sweep(31 * DAY)
        assert held.directory.exists() and not other.directory.exists()


def limits(session: int, person: int) -> ServerLimits:
    return ServerLimits(
        sessions_per_person=0, sessions=0, disk_mib=session, disk_mib_per_person=person
    )


async def test_a_person_over_the_limit_is_told_and_launches_nothing(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, limits=limits(0, 5))) as world:
        big, other = stopped(world), stopped(world)
        fill(big, 6)
        ada = await world.browser("ada")
        await world.service.keeper.sweep(0)
        events = await launch(ada, "/build/gh/o/r/HEAD")
        assert events[-1].data["code"] == "over-quota"
        assert "6 MiB" in events[-1].data["message"] and "5 MiB" in events[-1].data["message"]
        assert "remove sessions" in events[-1].data["hint"]
        # Another person's sessions are not counted.
        ben = await world.browser("ben")
        assert (await launch(ben, "/build/gh/o/r/HEAD", until="step"))[0].data["kind"] == "step"
        # She makes room in a session, and launches again at once.
        assert (await ada.post(f"/api/sessions/{other.id}/resume")).status_code == 202
        (big.workspace / "big").unlink()
        assert (await launch(ada, "/build/gh/o/r/HEAD", until="step"))[0].data["kind"] == "step"


async def test_a_session_far_over_the_limit_is_stopped_at_the_second_look(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, limits=limits(5, 0))) as world:
        session, keeper = make_session(world, "ada"), world.service.keeper
        ada = await world.browser("ada")
        world.hub.servers["ada"] = {session.id: {"ready": True}}
        fill(session, 7)
        with running_here(session.directory):
            await keeper.sweep(0)
            found = await listed(ada)
            assert found["disk_limit"] == 5 * _MIB and int(str(found["disk"])) >= 7 * _MIB
            assert session.id in world.hub.servers["ada"]
            await keeper.sweep(300)
        assert session.id not in world.hub.servers["ada"]
        assert session.directory.exists()
        # To remove files in it, it can be resumed: for some minutes.
        assert (await ada.post(f"/api/sessions/{session.id}/resume")).status_code == 202
        events = await launch(ada, f"/api/sessions/{session.id}/events")
        [warning] = [each.data["message"] for each in events if each.data["kind"] == "warning"]
        assert "7 MiB, and 5 MiB are allowed" in warning and "stopped again" in warning
        assert events[-1].data["kind"] == "ready"
        with running_here(session.directory):
            await keeper.sweep(300)
            assert session.id in world.hub.servers["ada"]
            await keeper.sweep(300)
            assert session.id not in world.hub.servers["ada"]


async def test_a_session_that_takes_twice_what_it_may_is_not_resumed(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, limits=limits(5, 0))) as world:
        session = stopped(world)
        fill(session, 11)
        ada = await world.browser("ada")
        await world.service.keeper.sweep(0)
        answer = await ada.post(f"/api/sessions/{session.id}/resume")
        assert (answer.status_code, answer.json()["code"]) == (507, "over-quota")
        assert session.directory.exists()


async def test_a_session_a_little_over_the_limit_is_resumed_to_make_room(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, limits=limits(10, 0))) as world:
        session = stopped(world)
        fill(session, 10)
        ada = await world.browser("ada")
        await world.service.keeper.sweep(0)
        assert (await ada.post(f"/api/sessions/{session.id}/resume")).status_code == 202


async def test_a_full_disk_is_told_as_such_whatever_it_makes_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        ada = await world.browser("ada")
        free = shutil.disk_usage(tmp_path)
        for error in (OSError(errno.ENOSPC, "no space"), HubFailed("JupyterHub answered 500.")):

            def fail(_: Session, error: Exception = error) -> None:
                raise error

            monkeypatch.setattr(world.service.sessions, "stay", fail)
            monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
            before = await ada.post(f"/api/sessions/{session.id}/stay")
            assert before.json()["code"] in ("internal-error", "hub-failed")
            monkeypatch.setattr(shutil, "disk_usage", lambda _: free._replace(free=0))
            answer = await ada.post(f"/api/sessions/{session.id}/stay")
            assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")
            assert "environments remove" in answer.json()["hint"]
        # What is refused for a reason of its own keeps it, and nobody launches.
        assert (await ada.post("/api/sessions/abcdefgh/stay")).status_code == 404
        events = await launch(ada, "/build/gh/o/r/HEAD")
        assert [each.data["code"] for each in events] == ["disk-full"]


async def test_room_is_made_again_and_again_also_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(data=tmp_path / "data", cache=tmp_path / "cache")
    packages = settings.packages / "archive-v0"

    def free(_: Path) -> int:
        if not packages.exists():
            raise OSError(errno.EIO, "the disk does not answer")
        return 10 * _MIB - tree_size(settings.data)

    for module in (disk, room):
        monkeypatch.setattr(module, "free_bytes", free)
    monkeypatch.setattr(disk, "_LOOK_SECONDS", 0.01)
    caplog.set_level(logging.INFO)
    keeping = asyncio.create_task(disk.keep_room(settings, 8 * _MIB))
    try:
        async with asyncio.timeout(30):
            while "no room could be made" not in caplog.text:
                await asyncio.sleep(0.01)
            for name in ("a", "b"):
                (tmp_path / name).mkdir()
                (tmp_path / name / "module.py").write_bytes(b"x" * 3 * _MIB)
                packages.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).rename(packages / name)
                while (packages / name).exists():
                    await asyncio.sleep(0.01)
            while "3 MiB more are free" not in caplog.text:
                await asyncio.sleep(0.01)
    finally:
        keeping.cancel()


async def test_without_a_limit_nothing_is_removed(tmp_path: Path) -> None:
    await disk.keep_room(Settings(data=tmp_path, cache=tmp_path), 0)
