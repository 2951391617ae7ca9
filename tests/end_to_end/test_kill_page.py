# SPDX-License-Identifier: GPL-3.0-or-later
"""The page, when the service or the hub below it is killed in the middle of a launch."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

import pytest
from playwright.async_api import Route, expect

from end_to_end.killing import Machine, command, machine
from end_to_end.notebook_page import NotebookPage, open_page
from end_to_end.serving import short_place

pytestmark = [
    pytest.mark.minutes, pytest.mark.slow, pytest.mark.timeout(300),
    pytest.mark.needs("git", "chromium"),
]  # fmt: skip
_MS = 120_000


def kill_service(server: Machine) -> None:
    """Kill the service; its keeper starts it again."""
    os.kill(server.service(), signal.SIGKILL)


def kill_hub(server: Machine) -> None:
    """Kill the hub, and start it again as systemd would."""
    assert server.process
    server.process.kill()
    server.process.wait(20)
    server.start()


async def with_uv(route: Route) -> None:
    """Ask for the embedded engine."""
    mark = "&" if "?" in route.request.url else "?"
    await route.continue_(url=f"{route.request.url}{mark}engine=uv")


@pytest.mark.parametrize("kill", [kill_service, kill_hub], ids=["service", "hub"])
async def test_the_page_leads_to_the_notebook_all_the_same(
    kill: Callable[[Machine], None],
) -> None:
    with short_place() as place, machine(place) as server:
        server.forge.publish("study")
        async with open_page() as tab:
            page = tab.page
            # What is killed is a build of this engine's, also where Guix would come first.
            await page.route("**/build/git/**", with_uv)
            await page.goto(server.url)
            await page.get_by_label("Repository").fill(f"{server.forge.url}/study.git")
            await page.get_by_role("button", name="Launch").click()
            async with asyncio.timeout(120):
                while not any("postBuild" in command(pid) for pid in server.builders()):
                    await asyncio.sleep(0.1)
            await asyncio.to_thread(kill, server)
            await page.wait_for_url("**/user/**", timeout=_MS)
            await expect(NotebookPage(page).panel).to_be_visible(timeout=_MS)
        assert len(server.sessions()) == 1
        # Its own, and that of the server.
        assert server.builds() == 2
