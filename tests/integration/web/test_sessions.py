# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's sessions: stopped, resumed, kept awake, removed; with a hub that starts nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_lite.hub.files import HostActivity, HostStep, stayed, write_activity
from binder_lite.hub.settings import ServerLimits
from binder_lite.sessions.store import list_sessions, running_here
from binder_lite.sessions.unsaved import remember_start
from binder_lite.storage import remove_tree
from integration.web.test_security import make_session
from integration.web.world import World, launch, serving, settings_of


async def listed(client: httpx.AsyncClient) -> dict[str, object]:
    """Return the person's only session."""
    [session] = (await client.get("/api/sessions")).json()
    found: dict[str, object] = session
    return found


async def test_a_stopped_session_is_resumed_and_tells_of_it(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        ada = await world.browser("ada")
        path = f"/api/sessions/{session.id}"
        assert (await ada.post(f"{path}/resume")).status_code == 202
        events = await launch(ada, f"{path}/events")
        assert [event.data["kind"] for event in events] == ["step", "message", "ready"]
        assert events[-1].data["url"] == f"/user/ada/{session.id}/"
        stranger = await launch(await world.browser("ben"), f"{path}/events")
        assert [event.data["code"] for event in stranger] == ["page-not-found"]
        assert (await ada.post(f"{path}/stop")).status_code == 204
        assert world.hub.servers["ada"] == {}
        world.hub.fail = HostStep(phase="failed", message="No.", code="server-failed", hint="Log.")
        await ada.post(f"{path}/resume")
        failed = (await launch(ada, f"{path}/events"))[-1].data
        assert (failed["code"], failed["message"]) == ("server-failed", "No.")
        assert list_sessions(session.directory.parent)  # It stays, with all that is in it.


async def test_a_running_session_says_when_it_ends_and_is_kept_awake(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        ada = await world.browser("ada")
        ends = datetime(2030, 1, 1, tzinfo=UTC)
        activity = HostActivity(last_activity=ends - timedelta(hours=1), busy=False, ends_at=ends)
        write_activity(session.directory, activity)
        assert (await listed(ada))["ends_at"] is None
        with running_here(session.directory):
            found = await listed(ada)
            assert (found["state"], found["ends_at"]) == ("running", ends.isoformat())
            assert (await ada.get("/api/status")).json()["sessions"] == 1
        assert not stayed(session.directory)
        assert (await ada.post(f"/api/sessions/{session.id}/stay")).status_code == 204
        assert stayed(session.directory)


async def test_unsaved_work_is_not_removed_without_being_told_to(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        remember_start(session, None, uncommitted=True)
        (session.workspace / "mine.txt").write_text("mine")
        ada = await world.browser("ada")
        answer = await ada.delete(f"/api/sessions/{session.id}")
        assert (answer.status_code, answer.json()["code"]) == (409, "unsaved-work")
        assert "new: mine.txt" in answer.json()["message"]
        assert answer.json()["unsaved"] == ["new: mine.txt"]
        assert (await listed(ada))["unsaved"] == ["new: mine.txt"]
        assert (await ada.delete(f"/api/sessions/{session.id}?force=1")).status_code == 204
        assert (await ada.get("/api/sessions")).json() == []
        rescued = tmp_path / "data" / "rescued" / session.id / "mine.txt"
        assert rescued.read_text() == "mine"


async def test_what_holds_no_work_is_removed(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        remember_start(session, None, uncommitted=True)
        ada = await world.browser("ada")
        assert (await ada.delete(f"/api/sessions/{session.id}")).status_code == 204
        assert not session.directory.exists()


@pytest.mark.parametrize("limits", [{"sessions_per_person": 1}, {"sessions": 1}])
async def test_limits_of_sessions(tmp_path: Path, limits: dict[str, int]) -> None:
    values: dict[str, Any] = {"sessions_per_person": 0, "sessions": 0, **limits}
    async with serving(settings_of(tmp_path, limits=ServerLimits(**values))) as world:
        running, other = make_session(world, "ada"), make_session(world, "ada")
        ada = await world.browser("ada")
        with running_here(running.directory):
            events = await launch(ada, "/build/gh/o/r/HEAD")
            assert events[-1].data["code"] == "too-many"
            answer = await ada.post(f"/api/sessions/{other.id}/resume")
            assert (answer.status_code, answer.json()["code"]) == (429, "too-many")


async def test_recent_launches_are_the_persons_own_each_once(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        _recent(world)
        ada = await world.browser("ada")
        specs = [each["spec"] for each in (await ada.get("/api/recent")).json()]
        assert sorted(specs) == ["gh/o/r/HEAD", "git/https%3A%2F%2Fh.example%2Fx/main"]
        assert (await world.client().get("/api/recent")).json() == []
        remove_tree(tmp_path / "data" / "sessions")


def _recent(world: World) -> None:
    for owner, source in (
        ("ada", "gh/o/r/HEAD"), ("ada", "gh/o/r/HEAD"), ("ben", "gh/b/b/HEAD"),
        ("ada", "git/https://h.example/x/main"), ("ada", "/home/somebody"),
    ):  # fmt: skip
        make_session(world, owner, source)
