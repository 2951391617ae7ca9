# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches over HTTP: a real repository, a hub that starts nothing, and a fake engine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from binder_lite import preparing
from binder_lite.engines.choice import Chosen
from binder_lite.environments import builds_directory
from binder_lite.errors import DiskFull
from binder_lite.hub.files import HostStep, read_variables, takes_token_in_url
from binder_lite.hub.settings import Login, ServerLimits, Sources
from binder_lite.sessions.store import list_sessions, tidy
from binder_lite.slots import warm_slot
from binder_lite.sources.model import Checkout
from binder_lite.sources.workspace import write_workspace
from binder_lite.storage import tree_size
from binder_lite.web.bounds import Bounds
from binder_lite.web.launches import LaunchLimits
from fakes import FailsMidBuildRecipe, InstantEngine, InstantRecipe, SlowRecipe
from integration.login.running import free_port
from integration.sources.conftest import Origin, Serve, serve
from integration.web.world import World, launch, serving, settings_of

__all__ = ["serve"]

_MANY = httpx.Limits(max_connections=2000)


class Repository:
    """A repository on a web server, and the engine that everybody's launches get."""

    def __init__(self, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counter = tmp_path / "builds"
        self.gate = tmp_path / "gate"
        self.spec = f"git/{quote(f'{url}/origin', safe='')}/main"
        self.build = f"/build/{self.spec}"
        self._monkeypatch = monkeypatch
        self.use(InstantRecipe(counter=self.counter))

    def use(self, recipe: InstantRecipe) -> None:
        """Let all launches build this."""

        async def find_engine(*_: Any) -> Chosen:
            return Chosen(InstantEngine(made=recipe), "asked for")

        self._monkeypatch.setattr(preparing, "find_engine", find_engine)

    def slow(self) -> None:
        """Let builds wait for the file ``gate``."""
        self.use(SlowRecipe(key="uv-slow", gate=self.gate, counter=self.counter))

    @property
    def builds(self) -> int:
        """How often something was built."""
        return len(self.counter.read_text()) if self.counter.exists() else 0


@pytest.fixture
def repository(tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Repository:
    origin = Origin.make(tmp_path / "web" / "origin")
    origin.commit({"index.ipynb": _NOTEBOOK, "requirements.txt": "numpy\n"})
    return Repository(tmp_path, serve(tmp_path / "web").url, monkeypatch)


_NOTEBOOK = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'


async def test_a_launch_ends_in_a_session_of_the_one_who_asked(
    tmp_path: Path, repository: Repository
) -> None:
    async with serving(settings_of(tmp_path)) as world:
        events = await launch(world.client("ada"), repository.build)
        ready = events[-1].data
        assert ready["kind"] == "ready", ready
        [session] = list_sessions(world.service.settings.session_settings().sessions)
        assert session.owner == "ada"
        assert world.hub.started == [session.id]
        assert ready["url"] == f"{world.url}/user/ada/{session.id}/"
        assert (ready["page"], ready["path"]) == ("lab/tree/index.ipynb", "index.ipynb")
        assert ready["binder_request"] == f"v2/{repository.spec}"
        assert ready["binder_persistent_request"].endswith(f"/{session.commit}")
        assert ready["token"] == "a-new-token"
        [token] = world.hub.tokens
        assert token["scopes"] == [f"access:servers!server=ada/{session.id}"]
        assert takes_token_in_url(session.directory)
        assert read_variables(session.directory)["BINDER_LAUNCH_HOST"] == f"{world.url}/"
        kinds = [event.data["kind"] for event in events]
        assert kinds.count("step") == 3
        assert "built" in kinds
        times = [event.data["time"] for event in events]
        assert times == sorted(times)
        assert {"The host starts."} <= {event.data["message"] for event in events}


async def test_fifty_launches_of_one_repository_build_once(
    tmp_path: Path, repository: Repository
) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path), launch_limits=LaunchLimits()) as world:
        clients = [world.client(f"person-{number}") for number in range(50)]
        launches = [asyncio.create_task(launch(each, repository.build)) for each in clients]
        while sum(each.waiters for each in world.service.builds._builds.values()) < 50:
            assert not any(each.done() for each in launches)
            await asyncio.sleep(0.05)
        repository.gate.touch()
        found = await asyncio.gather(*launches)
        assert [events[-1].data["kind"] for events in found] == ["ready"] * 50
        assert repository.builds == 1
        # Whenever they came, they have heard it from its beginning.
        for events in found:
            assert "line 0" in [event.data["message"] for event in events]
        owners = {each.owner for each in list_sessions(tmp_path / "data" / "sessions")}
        assert len(owners) == 50


async def test_a_failed_build_fails_for_all_and_tells_where_its_log_is(
    tmp_path: Path, repository: Repository
) -> None:
    repository.use(FailsMidBuildRecipe(key="uv-fails", counter=repository.counter))
    async with serving(settings_of(tmp_path)) as world:
        clients = [world.client(f"person-{number}") for number in range(5)]
        found = await asyncio.gather(*(launch(each, repository.build) for each in clients))
        for events in found:
            failed = events[-1].data
            assert (failed["kind"], failed["code"]) == ("failed", "build-failed")
            assert (failed["message"], failed["hint"]) == ("It broke.", "Mend it.")
            assert failed["status_code"] == 500
            assert failed["log"] == "api/builds/uv-fails/log"
        assert repository.builds == 1
        assert list_sessions(tmp_path / "data" / "sessions") == []


async def test_a_reader_that_comes_back_goes_on_where_it_was(
    tmp_path: Path, repository: Repository
) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path)) as world:
        client = world.client("ada")
        first = await launch(client, repository.build, until="log")
        repository.gate.touch()
        again = await launch(client, repository.build, **{"Last-Event-ID": first[-1].id})
        assert again[-1].data["kind"] == "ready"
        assert again[0].data["message"] == "line 1"
        assert repository.builds == 1
        assert len(world.hub.started) == 1
        async with client.stream(
            "GET",
            repository.build,
            headers={"Accept": "text/event-stream", "Last-Event-ID": again[-1].id},
        ) as answer:
            assert answer.status_code == 204  # Nothing follows: a browser asks no more.


async def test_another_person_does_not_hear_a_launch_by_its_place(
    tmp_path: Path, repository: Repository
) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path)) as world:
        first = await launch(world.client("ada"), repository.build, until="log")
        place = first[-1].id.split(".")[0]
        other = await launch(
            world.client("ben"), repository.build, until="log", **{"Last-Event-ID": f"{place}.0.0"}
        )
        assert other[0].id.split(".")[0] != place
        gone = await world.client("ben").delete(f"/api/launches/{place}")
        assert gone.status_code == 404


async def test_when_the_last_reader_leaves_the_build_ends(
    tmp_path: Path, repository: Repository
) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path)) as world:
        object.__setattr__(world.service.builds.limits, "grace_seconds", 0.1)
        await launch(world.client("ada"), repository.build, until="log")
        assert world.service.builds.running == 1
        for _ in range(100):
            await asyncio.sleep(0.05)
            if not world.service.builds.running:
                break
        assert world.service.builds.running == 0
        assert world.service.launches.running == 0


@pytest.mark.parametrize("seconds", [0, 0.005, 0.02, 0.05])
async def test_a_launch_that_ends_as_it_begins_leaves_no_program_running(
    seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, begun = asyncio.create_subprocess_exec, []

    async def remember(*words: str, **more: Any) -> asyncio.subprocess.Process:
        begun.append(await begin(*words, **more))
        return begun[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)
    async with serving(settings_of(tmp_path)) as world:
        nowhere = quote(f"http://127.0.0.1:{free_port()}/x", safe="")
        await launch(world.client("ada"), f"/build/git/{nowhere}/HEAD", until="step")
        await asyncio.sleep(seconds)
    assert [each for each in begun if each.returncode is None] == []


async def test_a_launch_is_cancelled_on_demand(tmp_path: Path, repository: Repository) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path)) as world:
        browser = await world.browser("ada")
        following = asyncio.create_task(launch(browser, repository.build))
        while not world.service.builds.running:
            await asyncio.sleep(0.02)
        [id] = list(world.service.launches._launches)
        assert (await browser.delete(f"/api/launches/{id}")).status_code == 204
        events = await following
        assert events[-1].data["code"] == "build-cancelled"
        await asyncio.sleep(0.1)
        assert world.service.builds.running == 0


async def test_a_build_that_writes_too_much_is_ended_and_leaves_nothing(
    tmp_path: Path, repository: Repository
) -> None:
    repository.slow()
    settings = settings_of(tmp_path, limits=ServerLimits(build_disk_mib=1))
    async with serving(settings) as world:
        object.__setattr__(world.service.builds.limits.each, "measure_seconds", 0.05)
        following = asyncio.create_task(launch(world.client("ada"), repository.build))
        builds = builds_directory(settings.session_settings().environments)
        while not (made := list(builds.glob("uv-slow/staging-*"))):
            await asyncio.sleep(0.02)
        (made[0] / "much").write_bytes(b"x" * 2 * 1024**2)
        failed = (await following)[-1].data
        assert (failed["code"], failed["status_code"]) == ("build-too-large", 422)
        assert "more than the 1 MiB" in failed["message"] and failed["hint"]
        assert list(builds.glob("uv-slow/staging-*")) == []


@pytest.mark.parametrize(
    ("limits", "code", "said"),
    [
        (ServerLimits(fetch_disk_mib=1), "fetch-too-large", "more than the 1 MiB"),
        (ServerLimits(fetch_seconds=2), "fetch-too-long", "longer than the 2 seconds"),
    ],
    ids=["size", "time"],
)
async def test_fetching_that_takes_too_much_is_ended_and_leaves_nothing(
    tmp_path: Path, serve: Serve, repository: Repository, limits: ServerLimits, code: str, said: str
) -> None:
    origin = Origin(tmp_path / "web" / "origin")
    origin.commit({"big": os.urandom(8_000_000)})
    held = serve(tmp_path / "web", go_on=threading.Event())
    settings = settings_of(tmp_path, limits=limits)
    build = f"/build/git/{quote(f'{held.url}/origin', safe='')}/main"
    async with serving(settings) as world:
        object.__setattr__(world.service.launches.limits.fetch, "measure_seconds", 0.05)
        failed = (await launch(world.client("ada"), build))[-1].data
        assert (failed["code"], failed["status_code"]) == (code, 422)
        assert said in failed["message"] and failed["hint"]
        repositories = settings.session_settings().repositories
        assert (await asyncio.to_thread(tree_size, repositories)) < 1_000_000
        # Whoever comes next gets what they ask for.
        assert held.go_on
        held.go_on.set()
        object.__setattr__(world.service.launches.limits, "fetch", Bounds())
        assert (await launch(world.client("ben"), build))[-1].data["kind"] == "ready"


async def test_builds_queue_and_say_so(tmp_path: Path, repository: Repository) -> None:
    settings = settings_of(tmp_path)
    async with serving(settings) as world:
        object.__setattr__(world.service.builds.limits, "concurrent", 1)
        repository.slow()
        first = asyncio.create_task(launch(world.client("ada"), repository.build))
        while not world.service.builds.running:
            await asyncio.sleep(0.02)
        repository.use(InstantRecipe(key="uv-second", counter=repository.counter))
        second = asyncio.create_task(launch(world.client("ben"), repository.build))
        while not world.service.builds.queued:
            await asyncio.sleep(0.02)
        status = (await world.client().get("/api/status")).json()
        assert (status["builds"], status["queue"]) == (1, 1)
        repository.gate.touch()
        await first
        events = await second
        assert [event.data["position"] for event in events if "position" in event.data] == [1]
        assert events[-1].data["kind"] == "ready"


async def test_a_session_that_does_not_start_leaves_nothing(
    tmp_path: Path, repository: Repository
) -> None:
    async with serving(settings_of(tmp_path)) as world:
        world.hub.fail = HostStep(
            phase="failed", message="No disk.", code="disk-full", hint="Free some space."
        )
        events = await launch(world.client("ada"), repository.build)
        failed = events[-1].data
        assert (failed["code"], failed["message"]) == ("disk-full", "No disk.")
        assert failed["status_code"] == 507
        assert list_sessions(tmp_path / "data" / "sessions") == []


async def test_a_session_that_takes_long_to_make_is_not_tidied_away(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fill_slowly(checkout: Checkout, workspace: Path) -> None:
        sessions = tmp_path / "data" / "sessions"
        [directory] = sessions.iterdir()
        # Hours later, as far as the clock tells, somebody lists the sessions.
        os.utime(directory, (0, 0))
        assert tidy(sessions) == []
        await write_workspace(checkout, workspace)

    monkeypatch.setattr("binder_lite.launch.write_workspace", fill_slowly)
    async with serving(settings_of(tmp_path)) as world:
        events = await launch(world.client("ada"), repository.build)
        assert events[-1].data["kind"] == "ready", events[-1].data


async def test_nothing_is_left_of_a_spare_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> contextlib.AbstractContextManager[None]:
        raise DiskFull("The disk is full.")

    monkeypatch.setattr("binder_lite.slots.running_here", fail)
    settings = settings_of(tmp_path).session_settings()
    with pytest.raises(DiskFull):
        async with warm_slot(settings):
            pass
    assert list(settings.sessions.iterdir()) == []


async def test_a_slow_start_is_waited_for(tmp_path: Path, repository: Repository) -> None:
    async with serving(settings_of(tmp_path)) as world:
        world.hub.seconds, world.hub.slow_seconds = 0.6, 0.1
        events = await launch(world.client("ada"), repository.build)
        assert events[-1].data["kind"] == "ready"
        assert events[-1].data["time"] >= 0.6


async def test_a_stranger_gets_a_temporary_account_and_a_token(
    tmp_path: Path, repository: Repository
) -> None:
    async with serving(settings_of(tmp_path)) as world:
        events = await launch(world.client(), repository.build)
        assert events[-1].data["token"] == "a-new-token"
        [owner] = world.hub.users
        assert owner.startswith("temporary-")
        assert f"/user/{owner}/" in events[-1].data["url"]


async def test_where_people_log_in_a_stranger_gets_nothing_and_a_service_launches(
    tmp_path: Path, repository: Repository
) -> None:
    settings = settings_of(tmp_path, login=Login(kind="github", client_id="x"))
    async with serving(settings) as world:
        for client in (world.client(), world.client("nobody")):
            events = await launch(client, repository.build)
            assert [event.data["code"] for event in events] == ["not-logged-in"]
        weak = await launch(world.client("weak"), repository.build)
        assert weak[-1].data["code"] == "not-allowed"
        portal = await launch(world.client("portal"), repository.build)
        assert portal[-1].data["kind"] == "ready"


async def test_strangers_launch_only_so_often(tmp_path: Path, repository: Repository) -> None:
    async with serving(settings_of(tmp_path), rate=(2, 60.0)) as world:
        codes = [
            (await launch(world.client(), repository.build))[-1].data.get("code") for _ in range(3)
        ]
        assert codes == [None, None, "too-many"]
        # Whom a trusted proxy names counts for himself.
        other = world.client(**{"X-Forwarded-For": "203.0.113.7"})
        assert (await launch(other, repository.build))[-1].data["kind"] == "ready"


async def test_a_client_has_only_so_many_streams(tmp_path: Path, repository: Repository) -> None:
    repository.slow()
    # A fifth of what a server takes (300) and a client tries (500): each is a launch of its own.
    async with serving(settings_of(tmp_path), streams=60) as world:
        client = world.client("ada")
        client._transport = httpx.AsyncHTTPTransport(limits=_MANY)
        tasks = [asyncio.create_task(launch(client, repository.build)) for _ in range(100)]
        while sum(task.done() for task in tasks) < 40:
            await asyncio.sleep(0.05)
        refused = [task.result()[-1].data for task in tasks if task.done()]
        assert {(each["code"], each["status_code"]) for each in refused} == {("too-many", 429)}
        while world.service.launches.running < 60:
            await asyncio.sleep(0.05)
        # Nothing was begun for the others, and other people are served.
        assert (len(refused), world.service.launches.running) == (40, 60)
        assert (await world.client("ben").get("/health")).status_code == 200
        ben = await launch(world.client("ben"), repository.build, until="step")
        assert ben[-1].data["kind"] == "step"
        repository.gate.touch()
        ended = [events[-1].data["kind"] for events in await asyncio.gather(*tasks)]
        assert ended.count("ready") == 60
        # The streams that were closed are free again.
        while world.service.streams.total:
            await asyncio.sleep(0.05)
        assert (await launch(client, repository.build))[-1].data["kind"] == "ready"


async def test_who_asks_too_often_is_told_when_to_ask_again(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, sources=Sources())) as world:
        client, answers = world.client("ada"), []
        for _ in range(121):
            spec = {"spec": "git/http%3A%2F%2F127.0.0.1%2Fx/HEAD"}
            answers.append(await client.get("/api/refs", params=spec))
        assert {answer.status_code for answer in answers[:120]} == {403}
        last = answers[-1]
        assert (last.status_code, last.json()["code"]) == (429, "too-many")
        assert 0 < int(last.headers["Retry-After"]) <= 60


async def test_a_thousand_readers_of_one_build(tmp_path: Path, repository: Repository) -> None:
    repository.slow()
    limits = LaunchLimits(grace_seconds=5, keep_seconds=30)
    async with serving(settings_of(tmp_path), streams=2000, launch_limits=limits) as world:
        client = world.client("ada")
        first = await launch(client, repository.build, until="log")
        place = f"{first[0].id.split('.')[0]}.0.0"
        client._transport = httpx.AsyncHTTPTransport(limits=_MANY)
        readers = [
            asyncio.create_task(launch(client, repository.build, **{"Last-Event-ID": place}))
            for _ in range(1000)
        ]
        stuck = await _reader_that_never_reads(world, repository.build, place)
        await asyncio.sleep(3)
        repository.gate.touch()
        found = await asyncio.gather(*readers)
        assert {events[-1].data["kind"] for events in found} == {"ready"}
        assert {events[1].data["message"] for events in found} == {first[1].data["message"]}
        assert repository.builds == 1
        stuck.close()


async def _reader_that_never_reads(world: World, path: str, place: str) -> asyncio.StreamWriter:
    host, port = world.url.removeprefix("http://").split(":")
    _reader, writer = await asyncio.open_connection(host, int(port), limit=1)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
        f"Authorization: token token-ada\r\nLast-Event-ID: {place}\r\n\r\n".encode()
    )
    return writer


async def test_launches_that_are_under_way_count_as_sessions(
    tmp_path: Path, repository: Repository
) -> None:
    repository.slow()
    limits = ServerLimits(sessions_per_person=2, sessions=3)
    async with serving(settings_of(tmp_path, limits=limits)) as world:
        ada, ben = world.client("ada"), world.client("ben")
        tasks = [asyncio.create_task(launch(ada, repository.build)) for _ in range(5)]
        while sum(task.done() for task in tasks) < 3:
            await asyncio.sleep(0.02)
        other = [asyncio.create_task(launch(ben, repository.build)) for _ in range(2)]
        while sum(task.done() for task in other) < 1:
            await asyncio.sleep(0.02)
        repository.gate.touch()
        ends = [events[-1].data for events in await asyncio.gather(*tasks, *other)]
        assert [each["kind"] for each in ends].count("ready") == 3
        assert {each["code"] for each in ends if each["kind"] == "failed"} == {"too-many"}


async def test_coming_back_is_no_launch(tmp_path: Path, repository: Repository) -> None:
    repository.slow()
    async with serving(settings_of(tmp_path), rate=(1, 60.0)) as world:
        first = await launch(world.client(), repository.build, until="log")
        for _ in range(3):
            again = await launch(
                world.client(), repository.build, until="log", **{"Last-Event-ID": first[0].id}
            )
            assert again[-1].data["kind"] == "log"
