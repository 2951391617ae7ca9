# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in by OAuth2 without OpenID, as at GeneNetwork's gn-auth."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from integration.login.gn_auth import GnAuth, gn_auth
from integration.login.running import CLIENT, SECRET, Hub, chromium, free_port, hub, new_page, who

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]

ADA = "0ad1f7b2-6a0c-4f6e-8f6b-1d3c5b7a9e01"
PEOPLE: dict[str, dict[str, Any]] = {
    "ada@example.org": {
        "user_id": ADA, "email": "ada@example.org", "name": "Ada",
        "group": {"group_id": "7", "group_name": "Geneticists"},
    },
    "eve@example.org": {"user_id": "e" * 32, "email": "ada@example.org", "name": "Ada",
                        "group": False},
}  # fmt: skip


@contextlib.asynccontextmanager
async def world(tmp_path: Path, more: str = "") -> AsyncIterator[tuple[GnAuth, Hub, Browser]]:
    port = free_port()
    callback = f"http://127.0.0.1:{port}/nb/hub/oauth_callback"
    known = GnAuth(CLIENT, SECRET, callback, PEOPLE)
    async with gn_auth(known):
        settings = (
            f'[login]\nkind = "oauth2"\nprefix = "gn"\nclient_id = "{CLIENT}"\n'
            f'client_secret = "{SECRET}"\nauthorize_url = "{known.url}/auth/authorise"\n'
            f'token_url = "{known.url}/auth/token"\nuser_url = "{known.url}/auth/user/"\n'
            'scopes = ["profile", "group"]\nid_field = "user_id"\nlogin_field = "email"\n'
            f'groups_field = "group.group_name"\n{more}[allow]\ngroups = ["Geneticists"]\n'
        )
        # Below a path, as behind a proxy.
        async with hub(tmp_path, settings, port, prefix="/nb/") as running, chromium() as browser:
            yield known, running, browser


async def log_in(browser: Browser, hub: Hub, email: str) -> Page:
    page = await new_page(browser)
    await page.goto(f"{hub.url}hub/login")
    await expect(page).to_have_title("gn-auth")
    await page.get_by_label("Email").fill(email)
    await page.get_by_role("button").click()
    await page.wait_for_url(f"{hub.url}**")
    return page


async def test_a_member_of_the_group_comes_in_and_another_does_not(tmp_path: Path) -> None:
    async with world(tmp_path) as (_, running, browser):
        assert await who(await log_in(browser, running, "ada@example.org"), running) == f"gn-{ADA}"
        people = await running.people()
        assert people[f"gn-{ADA}"]["user_info"] == {"name": "Ada", "login": "ada@example.org"}
        # Another account with the same address and name is somebody else.
        page = await log_in(browser, running, "eve@example.org")
        await expect(page.locator("body")).to_contain_text(f"gn-{'e' * 32}")
        assert await who(page, running) == ""


async def test_a_provider_that_fails_lets_nobody_in_and_says_so(tmp_path: Path) -> None:
    async with world(tmp_path) as (known, running, browser):
        known.answers = 503
        page = await log_in(browser, running, "ada@example.org")
        assert await who(page, running) == ""
        assert SECRET not in running.log.read_text()
        known.answers = 200
        assert await who(await log_in(browser, running, "ada@example.org"), running) == f"gn-{ADA}"


async def test_an_account_that_was_closed_is_out_after_the_recheck(tmp_path: Path) -> None:
    async with world(tmp_path, "recheck_seconds = 1\n") as (known, running, browser):
        page = await log_in(browser, running, "ada@example.org")
        assert await who(page, running) == f"gn-{ADA}"
        known.tokens.clear()
        await asyncio.sleep(1.5)
        assert await who(page, running) == ""
        # One that is away for a while is another matter.
        page = await log_in(browser, running, "ada@example.org")
        known.answers = 503
        await asyncio.sleep(1.5)
        assert await who(page, running) == f"gn-{ADA}"
