# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches that were under way when their service ended, and the service after it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from binder_lite.hub.settings import ServerLimits, ServerSettings, Sources
from binder_lite.sessions.store import list_sessions
from binder_lite.web.launches import LaunchLimits
from integration.sources.conftest import serve
from integration.web.test_launching import Repository, repository
from integration.web.world import Hub, World, launch, settings_of
from integration.web.world import serving as serving_for

__all__ = ["repository", "serve"]

_STREAM = {"Accept": "text/event-stream"}


def serving(
    settings: ServerSettings, **options: Any
) -> contextlib.AbstractAsyncContextManager[World]:
    """Run a service that waits for its readers as long as a busy machine needs."""
    options.setdefault("launch_limits", LaunchLimits(grace_seconds=60, keep_seconds=60))
    return serving_for(settings, **options)


def records(tmp_path: Path) -> list[Path]:
    """Return what is kept of launches."""
    return sorted((tmp_path / "data/web/launches").glob("*"))


def change(record: Path, **fields: Any) -> None:
    """Let a record say something else."""
    record.write_text(json.dumps(json.loads(record.read_text()) | fields))


async def until(found: Callable[[], object]) -> None:
    """Wait until this is true."""
    async with asyncio.timeout(30):
        while not found():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("person", ["ada", ""])
async def test_a_launch_whose_service_ended_during_the_build_is_gone_on_with(
    tmp_path: Path, repository: Repository, person: str
) -> None:
    repository.slow()
    settings = settings_of(tmp_path)
    async with serving(settings) as world:
        heard = await launch(world.client(person), repository.build, until="log")
        id = heard[-1].id.split(".")[0]
        [record] = records(tmp_path)
        assert record.stem == id
    assert records(tmp_path) == [record]
    async with serving(settings, hub=world.hub) as world:
        assert world.service.launches.running == 1
        again = asyncio.create_task(
            launch(world.client(person), repository.build, **{"Last-Event-ID": heard[-1].id})
        )
        await until(lambda: world.service.builds.running)
        repository.gate.touch()
        events = await again
        # All is told again, from the beginning.
        assert {event.id.split(".")[0] for event in events} == {id}
        said = [event.data["message"] for event in events]
        assert said[0] == "The service was started again, and goes on with this launch."
        assert {"line 0", "The host starts."} <= set(said)
        assert events[-1].data["kind"] == "ready"
        assert len(list_sessions(tmp_path / "data" / "sessions")) == 1
        assert len(world.hub.started) == 1
        # A reader that has heard the end asks no more.
        place = {"Last-Event-ID": events[-1].id, **_STREAM}
        url = repository.build
        async with world.client(person).stream("GET", url, headers=place) as answer:
            assert answer.status_code == 204


async def test_a_session_that_was_made_is_gone_on_with(
    tmp_path: Path, repository: Repository
) -> None:
    settings = settings_of(tmp_path, limits=ServerLimits(sessions_per_person=1, sessions=1))
    hub = Hub(settings, seconds=600, slow_seconds=0)
    async with serving(settings, hub=hub) as world:
        client = world.client("ada")
        heard = asyncio.create_task(launch(client, repository.build))
        await until(lambda: hub.started)
        heard.cancel()
    [session] = list_sessions(tmp_path / "data" / "sessions")
    hub.seconds = 0
    hub.servers["ada"][session.id] = {"ready": True, "pending": None, "url": "/"}
    async with serving(settings, hub=hub) as world:
        [id] = [record.stem for record in records(tmp_path)]
        events = await launch(
            world.client("ada"), repository.build, **{"Last-Event-ID": f"{id}.0.0"}
        )
        ready = events[-1].data
        assert (ready["kind"], ready["session"]) == ("ready", session.id)
        assert ready["token"] == "a-new-token"
        assert ready["path"] == "index.ipynb"
        assert repository.builds == 1
    assert [each.id for each in list_sessions(tmp_path / "data" / "sessions")] == [session.id]


async def test_what_a_temporary_person_launched_stays_theirs(
    tmp_path: Path, repository: Repository
) -> None:
    settings = settings_of(tmp_path)
    hub = Hub(settings, seconds=600, slow_seconds=0)
    async with serving(settings, hub=hub) as world:
        heard = asyncio.create_task(launch(world.client(), repository.build))
        await until(lambda: hub.started)
        heard.cancel()
    [session] = list_sessions(tmp_path / "data" / "sessions")
    # A hub that ended just then may not know them.
    hub.users, hub.servers, hub.seconds, hub.slow_seconds = set(), {}, 0, 5
    async with serving(settings, hub=hub) as world:
        [id] = [record.stem for record in records(tmp_path)]
        place = {"Last-Event-ID": f"{id}.0.0"}
        other = await launch(world.client("eve"), repository.build, **place)
        assert other[0].id.split(".")[0] != id
        events = await launch(world.client(), repository.build, **place)
        assert f"/user/{session.owner}/{session.id}/" in events[-1].data["url"]
        assert hub.users == {session.owner}


async def test_who_has_not_heard_that_it_is_ready_is_told_and_gets_no_second_session(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
    async with serving(settings) as world:
        heard = await launch(world.client("ada"), repository.build)
        before, ready = heard[-2], heard[-1].data
    monkeypatch.setattr("binder_lite.web.sessions.state", lambda _: "running")
    async with serving(settings, hub=world.hub) as world:
        place = {"Last-Event-ID": before.id}
        again = await launch(world.client("ada"), repository.build, **place)
        assert again[-1].data["session"] == ready["session"]
        assert again[-1].id.split(".")[0] == before.id.split(".")[0]
        assert len(list_sessions(tmp_path / "data" / "sessions")) == 1
    monkeypatch.undo()
    # One that was stopped since is not started by anybody's coming back.
    async with serving(settings, hub=world.hub) as world:
        assert world.service.launches.running == 0
        assert records(tmp_path) == []


async def test_a_resumed_session_goes_on_to_start(tmp_path: Path, repository: Repository) -> None:
    settings = settings_of(tmp_path)
    async with serving(settings) as world:
        ready = (await launch(world.client("ada"), repository.build))[-1].data
        id = ready["session"]
        world.hub.servers.clear()
        world.hub.seconds, world.hub.slow_seconds = 600, 0
        browser = await world.browser("ada")
        assert (await browser.post(f"/api/sessions/{id}/resume")).status_code == 202
        await until(lambda: len(world.hub.started) == 2)
    world.hub.servers["ada"][id] = {"ready": True, "pending": None, "url": "/"}
    async with serving(settings, hub=world.hub) as world:
        events = await launch(world.client("ada"), f"/api/sessions/{id}/events")
        assert (events[-1].data["kind"], events[-1].data["session"]) == ("ready", id)


async def test_a_build_alone_is_gone_on_with(tmp_path: Path, repository: Repository) -> None:
    repository.slow()
    settings = settings_of(tmp_path)
    asked = f"{repository.build}?build_only=1"
    async with serving(settings) as world:
        heard = await launch(world.client("ada"), asked, until="log")
    repository.gate.touch()
    async with serving(settings) as world:
        events = await launch(world.client("ada"), asked, **{"Last-Event-ID": heard[-1].id})
        assert events[-1].data["build_only"] is True
        assert events[0].id.split(".")[0] == heard[0].id.split(".")[0]
        await until(lambda: records(tmp_path) == [])
    assert list_sessions(tmp_path / "data" / "sessions") == []


async def test_without_a_reader_it_ends(
    tmp_path: Path, repository: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "binder_lite.web")
    repository.slow()
    settings = settings_of(tmp_path)
    async with serving(settings) as world:
        await launch(world.client("ada"), repository.build, until="log")
    limits = LaunchLimits(grace_seconds=0.2, keep_seconds=0.2)
    async with serving(settings, launch_limits=limits) as world:
        await until(lambda: not world.service.launches.running)
        await until(lambda: records(tmp_path) == [])
    said = [record.message for record in caplog.records]
    assert said.count("launch begins") == said.count("launch ends") == 2


async def test_the_same_rules_hold_again(tmp_path: Path, repository: Repository) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path)) as world:
        heard = await launch(world.client("ada"), repository.build, until="log")
        other = await launch(world.client(), repository.build, until="log")
    full = settings_of(tmp_path, limits=ServerLimits(sessions=1))
    async with serving(full, rate=(1, 600.0)) as world:
        # Two are one too many.
        again = [
            (await launch(world.client(who), repository.build, until="step", **place))[-1].data
            for who, place in (
                ("ada", {"Last-Event-ID": heard[-1].id}),
                ("", {"Last-Event-ID": other[-1].id}),
            )
        ]
        assert sorted(each.get("code", "") for each in again) == ["", "too-many"]


async def test_a_source_that_is_refused_by_now_is_refused(
    tmp_path: Path, repository: Repository
) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path)) as world:
        heard = await launch(world.client("ada"), repository.build, until="log")
    strict = settings_of(tmp_path, sources=Sources(private_addresses=True, deny=("http://.*",)))
    async with serving(strict) as world:
        events = await launch(
            world.client("ada"), repository.build, **{"Last-Event-ID": heard[-1].id}
        )
        assert events[-1].data["kind"] == "failed"
        assert repository.builds == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record.write_text("{"),
        lambda record: record.write_text(""),
        lambda record: change(record, began=(datetime.now(UTC) - timedelta(hours=2)).isoformat()),
        lambda record: change(record, began=(datetime.now(UTC) + timedelta(hours=2)).isoformat()),
        lambda record: change(record, began="2026-01-01T00:00:00"),
        lambda record: change(record, id="another"),
        lambda record: change(record, person=None),
        lambda record: change(record, life=5),
        lambda record: record.rename(record.with_name(f".{record.name}.new")),
    ],
    ids=["text", "empty", "old", "future", "no-zone", "id", "nobody", "life", "half-written"],
)  # fmt: skip
async def test_a_record_that_is_none_is_thrown_away(
    tmp_path: Path, repository: Repository, spoil: Callable[[Path], object]
) -> None:
    repository.slow()
    settings = settings_of(tmp_path)
    async with serving(settings) as world:
        await launch(world.client("ada"), repository.build, until="log")
    [record] = records(tmp_path)
    spoil(record)
    async with serving(settings) as world:
        assert world.service.launches.running == 0
        assert records(tmp_path) == []
