# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterHub's state in PostgreSQL: a session is found again after the server's restart."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from binder_lite.errors import HostUnreachable
from binder_lite.hub.database import check_database
from end_to_end.notebook_page import open_page
from end_to_end.postgresql import postgresql
from end_to_end.serving import forge, serving, short_place
from end_to_end.test_serve import paste, publish, work
from integration.login.running import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs("git", "chromium", "pg_ctlcluster"),
    pytest.mark.timeout(300),
]


async def test_sessions_are_found_again_by_the_next_server(tmp_path: Path) -> None:
    with short_place() as place, postgresql(place) as database, forge(place / "git") as url:
        publish("requirements-txt", tmp_path, place)
        port, settings = free_port(), f'database = "{database}"\n'
        async with open_page() as tab:
            with serving(place, url, settings, port=port, stops_sessions=False) as server:
                await paste(tab.page, server, url)
                notebook = await work(tab.page)
            with serving(place, url, settings, port=port) as server:
                assert not list((place / "data" / "hub").glob("*.sqlite"))
                assert httpx.get(f"{server}health").json()["ok"]
                await tab.page.reload()
                await expect(notebook.panel).to_be_visible()
                await notebook.wait_until_idle()
                await tab.page.goto(f"{server}sessions")
                await expect(tab.page.get_by_role("button", name="Stop")).to_be_visible()
        assert database not in (place / "log").read_text()


def test_a_database_that_does_not_let_us_in_is_told() -> None:
    with short_place() as place, postgresql(place) as database:
        assert check_database(database) == "postgresql at 127.0.0.1"
        wrong = database.replace("hub:", "hub:not-")
        with pytest.raises(HostUnreachable, match="password authentication failed") as raised:
            check_database(wrong)
        assert "not-" not in raised.value.message
