# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that are made by one process and opened by another, in spares and without."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from binder_lite.engines.base import EngineName
from binder_lite.environments import remove_environment
from binder_lite.errors import EnvironmentNotFound, ServerFailed, SessionRunning
from binder_lite.launch import Opened, new_session, open_session
from binder_lite.preparing import Prepared, Request, choose, prepare
from binder_lite.sessions.bridge import socket_address
from binder_lite.sessions.store import Session, new_session_directory, read_session, state
from binder_lite.settings import Settings
from binder_lite.slots import Slot, warm_slot
from binder_lite.sources.url import parse_source
from steps import result_of

_EXAMPLES = Path(__file__).parents[2] / "examples"
_OWNER = "ann"


async def make(
    settings: Settings,
    slot: Slot | None = None,
    *,
    directory: Path | None = None,
    engine: EngineName = "uv",
    example: str = "runtime-txt",
) -> Session:
    """Make a session of an example, in the slot's directory if there is one."""
    source = parse_source(str(_EXAMPLES / example), cwd=Path("/"))
    request = Request(source=source, engine=engine)
    chosen, looked = await result_of(choose(request, settings))
    prepared: Prepared = await result_of(prepare(request, chosen.engine, settings, looked))
    directory = slot.box.directory if slot else directory
    return await new_session(
        request, prepared, chosen.engine, settings, owner=_OWNER, directory=directory
    )


async def ask(opened: Opened, token: str) -> int:
    """Return the status with which the server answers on its socket."""
    headers = {"Authorization": f"token {token}"}
    url = f"http://session{opened.base_url}api/contents"
    with socket_address(opened.socket) as address:
        transport = httpx.AsyncHTTPTransport(uds=address)
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get(url, headers=headers)).status_code


@pytest.mark.slow
@pytest.mark.needs("git", "bwrap")
async def test_a_session_is_made_then_opened_and_opened_again(settings: Settings) -> None:
    made = await make(settings)
    assert (made.owner, made.opened, state(made)) == (_OWNER, False, "stopped")
    base = f"/user/{_OWNER}/{made.id}/"
    variables = {"BINDER_REPO_URL": "https://example.org/study"}
    opened = await result_of(open_session(made.id, settings, base_url=base, variables=variables))
    try:
        assert opened.page.endswith("index.ipynb")
        assert await ask(opened, opened.token) == 200
        assert await ask(opened, "another") == 403
        with pytest.raises(SessionRunning):
            await result_of(open_session(made.id, settings, base_url=base))
    finally:
        await opened.running.stop()
    again = read_session(settings.sessions, made.id)
    assert (again.owner, again.opened, state(again)) == (_OWNER, True, "stopped")
    opened = await result_of(open_session(made.id, settings, base_url=base))
    assert await ask(opened, opened.token) == 200
    await opened.running.stop()

    # A spare that is used becomes the session; one that is not leaves nothing.
    async with warm_slot(settings) as slot:
        session = await make(settings, slot)
        assert session.id == slot.box.directory.name
        opened = await result_of(open_session(session.id, settings, base_url="/x/", slot=slot))
        assert await ask(opened, opened.token) == 200
        await opened.running.stop()
    assert read_session(settings.sessions, session.id).owner == _OWNER
    async with warm_slot(settings) as slot:
        unused = slot.box.directory
        assert unused.is_dir()
    assert not unused.exists()


@pytest.mark.slow
@pytest.mark.needs("git", "bwrap", "guix")
@pytest.mark.timeout(600)
async def test_an_environment_s_own_server_waits_in_a_spare(settings: Settings) -> None:
    async def in_slot(slot: Slot | None = None) -> Session:
        return await make(settings, slot, engine="guix", example="manifest-scm")

    name = (await in_slot()).environment
    async with warm_slot(settings, name) as slot:
        directory = slot.box.directory
        assert (directory / "run/waiting").exists()
        session = await in_slot(slot)
        opening = open_session(session.id, settings, base_url="/x/", slot=slot)
        opened = await result_of(opening)
        assert await ask(opened, opened.token) == 200
        assert await ask(opened, "another") == 403
        languages, default = await opened.client.kernel_languages()
        assert languages[default] == "python"
        await opened.running.stop()
    assert (session.workspace / session.path).exists()
    # One that nobody wants leaves nothing, and does not keep its environment.
    async with warm_slot(settings, name) as slot:
        unused = slot.box.directory
        session = await in_slot(slot)
        remove_environment(settings.environments, name)
        with pytest.raises(EnvironmentNotFound):
            await result_of(open_session(session.id, settings, base_url="/x/", slot=slot))
    with pytest.raises(EnvironmentNotFound):
        async with warm_slot(settings, name):
            pass
    assert unused.exists()  # It is the session's by now.


@pytest.mark.slow
@pytest.mark.needs("git", "bwrap")
@pytest.mark.parametrize("kind", ["link", "file", "full directory"])
async def test_nothing_is_written_where_a_spare_has_put_something(
    settings: Settings, tmp_path: Path, kind: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    directory = new_session_directory(settings.sessions)
    work = directory / "home/work"
    if kind == "link":
        work.symlink_to(elsewhere)
    elif kind == "file":
        work.touch()
    else:
        (work / "a").mkdir(parents=True)
    with pytest.raises(ServerFailed, match="in the workspace's place"):
        await make(settings, directory=directory)
    assert not list(elsewhere.iterdir())
    assert not (directory / "session.json").exists()
