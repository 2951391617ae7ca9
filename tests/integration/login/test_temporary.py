# SPDX-License-Identifier: GPL-3.0-or-later
"""People without an account, at a real JupyterHub."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from jupyterhub import orm

from binder_lite.hub.temporary import TemporaryLogin
from binder_lite.sessions.store import Session, write_session
from integration.login.running import Hub, free_port, hub

pytestmark = pytest.mark.timeout(120)

DEMO = '[login]\nkind = "temporary"\n'


class Visitors:
    """Browsers, each with its own cookies."""

    def __init__(self, running: Hub) -> None:
        self._running = running
        self._clients = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Visitors:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._clients.aclose()

    async def new(self, **headers: str) -> httpx.AsyncClient:
        """Open a browser."""
        client = httpx.AsyncClient(trust_env=False, headers=headers)
        return await self._clients.enter_async_context(client)

    async def visit(self, **headers: str) -> tuple[int, httpx.AsyncClient]:
        """Come with a new browser; return how the log-in ended, and the browser."""
        client = await self.new(**headers)
        answer = await client.get(f"{self._running.url}hub/temporary")
        return answer.status_code, client


async def name_of(client: httpx.AsyncClient, running: Hub) -> str:
    answer = await client.get(f"{running.url}hub/home")
    return answer.text.partition('user: "')[2].partition('"')[0] if answer.is_success else ""


async def test_everybody_is_somebody_new_and_stays_so(tmp_path: Path) -> None:
    async with hub(tmp_path, DEMO, free_port()) as running, Visitors(running) as come:
        _, first = await come.visit()
        _, second = await come.visit()
        names = [await name_of(each, running) for each in (first, second)]
        assert len(set(names)) == 2 and all(name.startswith("temporary-") for name in names)
        await first.get(f"{running.url}hub/temporary")
        assert await name_of(first, running) == names[0]
        people = await running.people()
        assert people.keys() == set(names)
        assert people[names[0]]["user_info"]["name"] == "Visitor"
        assert not people[names[0]]["admin"]
        # Whoever is not known is led there by themselves.
        stranger = await come.new()
        answer = await stranger.get(f"{running.url}hub/login?next=/hub/home")
        assert answer.headers["location"].startswith("/hub/temporary")


async def test_other_sites_cannot_make_people_with_a_picture(tmp_path: Path) -> None:
    async with hub(tmp_path, DEMO, free_port()) as running, Visitors(running) as come:
        for kind in ("image", "iframe", "script", "empty"):
            status, _ = await come.visit(**{"Sec-Fetch-Dest": kind})
            assert status == 403
        status, _ = await come.visit(**{"Sec-Fetch-Dest": "document"})
        assert status == 302


async def test_new_people_are_limited_by_address_and_in_all(tmp_path: Path) -> None:
    limits = "logins_per_hour = 2\npeople = 3\n"
    async with hub(tmp_path, DEMO + limits, free_port()) as running, Visitors(running) as come:
        here = [await come.visit(**{"X-Forwarded-For": "192.0.2.1"}) for _ in range(3)]
        assert [status for status, _ in here] == [302, 302, 429]
        # The address is what the proxy here says, and not what a visitor claims before it.
        claimed = "198.51.100.9, 192.0.2.1"
        assert (await come.visit(**{"X-Forwarded-For": claimed}))[0] == 429
        assert (await come.visit(**{"X-Forwarded-For": "192.0.2.2"}))[0] == 302
        assert (await come.visit(**{"X-Forwarded-For": "192.0.2.3"}))[0] == 503
        assert len(await running.people()) == 3


async def test_nobody_is_sent_elsewhere(tmp_path: Path) -> None:
    async with hub(tmp_path, DEMO, free_port()) as running, Visitors(running) as come:
        for next in ("https://evil.example.org/", "//evil.example.org", "%5C%5Cevil.example.org"):
            client = await come.new()
            for _ in range(2):
                answer = await client.get(f"{running.url}hub/temporary?next={next}")
                location = answer.headers["location"]
                assert location.startswith("/") and not location.startswith(("//", "/\\"))


class _User:
    def __init__(self, found: orm.User, *, active: bool) -> None:
        self.name, self.active, self.orm_user = found.name, active, found

    async def delete_spawners(self) -> None:
        pass


class _Users:
    """JupyterHub's registry of people, as far as it is asked."""

    def __init__(self, db: Any, active: str) -> None:
        self._db, self._active = db, active

    def __getitem__(self, found: orm.User) -> _User:
        return _User(found, active=found.name == self._active)

    def delete(self, user: _User) -> None:
        self._db.delete(user.orm_user)
        self._db.commit()


async def test_people_are_forgotten_when_their_sessions_are_gone(tmp_path: Path) -> None:
    db = orm.new_session_factory("sqlite:///:memory:")()
    names = ("temporary-gone", "temporary-works", "temporary-owns", "github-1", "temporary-comes")
    # What the machine's clock says is nothing to go by: it may have been set since.
    for name, days in zip(names, (-2, 2, -2, -2, -2), strict=True):
        when = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=days)
        db.add(orm.User(name=name, last_activity=when, created=when))
    db.commit()
    directory = tmp_path / "s1"
    directory.mkdir()
    write_session(
        Session(
            id="s1", directory=directory, workspace=directory, source="x", commit=None, path="",
            engine="uv", environment="e", owner="temporary-owns", created=datetime.now(UTC),
        )
    )  # fmt: skip
    login = TemporaryLogin(sessions=str(tmp_path), remove_seconds=3600)
    users = _Users(db, "temporary-works")
    for now in (0.0, 3599.0):
        await login.sweep(db, users, now=now)
        assert {user.name for user in db.query(orm.User)} == set(names)
        orm.User.find(db, "temporary-comes").last_activity = datetime(2026, 1, 1)
    await login.sweep(db, users, now=3600.0)
    assert {user.name for user in db.query(orm.User)} == set(names) - {"temporary-gone"}
    await login.sweep(db, users, now=7200.0)
    assert {user.name for user in db.query(orm.User)} == set(names[1:4])
    db.close()
    db.bind.dispose()
