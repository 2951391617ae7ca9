# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in at a real OpenID provider, in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from binder_lite.hub.accounts import person_name
from integration.login.running import (
    CLIENT,
    SECRET,
    Hub,
    OpenIdProvider,
    callback,
    chromium,
    free_port,
    hub,
    new_page,
    openid_provider,
    who,
)

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]

PEOPLE = {
    "ada": {"sub": "1001", "name": "Ada L.", "email": "ada@example.org"},
    # Somebody else has got Ada's address since she left.
    "newada": {"sub": "1002", "name": "Ada M.", "email": "ada@example.org"},
    # The capitals make another account.
    "grace": {"sub": "Ab-1", "name": "Grace", "email": "grace@example.org"},
    "mallory": {"sub": "ab-1", "name": "Grace", "email": "grace@example.org"},
    "eve": {"sub": "6666", "name": "<b>oidc-1001</b>", "email": "eve@example.org"},
}
ALLOWED = ["1001", "1002", "Ab-1"]


@dataclass(frozen=True, slots=True)
class World:
    """What runs during a test."""

    hub: Hub
    provider: OpenIdProvider
    browser: Browser

    async def log_in(self, login: str, *, page: Page | None = None, next: str = "") -> Page:
        """Go through the log-in in a browser, and return its tab where that ends."""
        page = page or await new_page(self.browser)
        await page.goto(f"{self.hub.url}hub/login" + (f"?next={next}" if next else ""))
        await self.fill(page, login)
        return page

    async def fill(self, page: Page, login: str) -> None:
        """Say who one is at the provider."""
        await expect(page).to_have_title("Provider")
        await page.get_by_label("Account").fill(login)
        await page.get_by_role("button").click()
        await page.wait_for_url(f"{self.hub.url}**")


@contextlib.asynccontextmanager
async def world(provider_program: Path, tmp_path: Path, more: str = "") -> AsyncIterator[World]:
    port = free_port()
    async with openid_provider(provider_program, tmp_path, callback(port), PEOPLE) as provider:
        settings = f'{more}\n[login]\nkind = "oidc"\nissuer = "{provider.issuer}"\n'
        settings += f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
        settings += f"[allow]\nusers = {ALLOWED}\n"
        async with hub(tmp_path, settings, port) as running, chromium() as browser:
            yield World(running, provider, browser)


async def test_people_come_in_and_are_known_by_their_accounts_id(
    provider_program: Path, tmp_path: Path
) -> None:
    async with world(provider_program, tmp_path, 'admins = ["1002"]') as here:
        ada = await here.log_in("ada")
        assert await who(ada, here.hub) == "oidc-1001"
        # The same e-mail address, and an id that differs in capitals only: other people.
        assert await who(await here.log_in("newada"), here.hub) == "oidc-1002"
        grace = await here.log_in("grace")
        assert await who(grace, here.hub) == person_name("oidc", "Ab-1") != "oidc-ab-1"
        mallory = await here.log_in("mallory")
        await expect(mallory.locator("body")).to_contain_text("not on the list")
        assert await who(mallory, here.hub) == ""

        people = await here.hub.people()
        assert people["oidc-1001"]["user_info"] == {"name": "Ada L.", "login": "ada"}
        assert people["oidc-1002"]["admin"] and not people["oidc-1001"]["admin"]
        state = people["oidc-1001"]["auth_state"]
        assert state["access_token"] and state["account"]["id"] == "1001"
        # On the disk it is encrypted, and nothing of it is in a log.
        kept = (tmp_path / "hub-data" / "hub.sqlite").read_bytes()
        log = here.hub.log.read_text()
        for secret in (state["access_token"], state["id_token"], SECRET):
            assert secret.encode() not in kept and secret not in log


async def test_who_is_not_on_the_list_is_refused_and_told_the_id(
    provider_program: Path, tmp_path: Path
) -> None:
    async with world(provider_program, tmp_path) as here:
        page = await here.log_in("eve")
        await expect(page.locator("body")).to_contain_text("oidc-6666")
        assert await who(page, here.hub) == ""
        assert "oidc-6666" not in await here.hub.people()


async def test_who_gives_up_at_the_provider_is_not_in(
    provider_program: Path, tmp_path: Path
) -> None:
    async with world(provider_program, tmp_path) as here:
        page = await here.log_in("nobody")
        await expect(page.locator("body")).to_contain_text("No such account")
        assert await who(page, here.hub) == ""


def parameters(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


async def held_callback(here: World, page: Page, login: str) -> str:
    """Log in as far as the provider's answer, which does not reach the hub; return its address."""
    await here.provider.hold(on=True)
    await page.goto(f"{here.hub.url}hub/login")
    if await page.title() == "Provider":
        await page.get_by_label("Account").fill(login)
        await page.get_by_role("button").click()
    text = page.get_by_text("/hub/oauth_callback?")
    await expect(text).to_be_visible()
    await here.provider.hold(on=False)
    return await text.inner_text()


async def test_an_answer_for_one_browser_is_no_use_in_another(
    provider_program: Path, tmp_path: Path
) -> None:
    async with world(provider_program, tmp_path) as here:
        mine = await held_callback(here, await new_page(here.browser), "newada")
        assert "code" in parameters(mine)
        # A browser that never asked.
        victim = await new_page(here.browser)
        answer = await victim.goto(mine)
        assert answer and answer.status == 400
        assert await who(victim, here.hub) == ""
        # A browser that asked for itself: the attacker's answer has another state.
        await held_callback(here, victim, "ada")
        answer = await victim.goto(mine)
        assert answer and answer.status == 400
        await expect(victim.locator("body")).to_contain_text("state mismatch")
        assert await who(victim, here.hub) == ""
        # Nor with the victim's own state beside the attacker's code: PKCE binds that to a browser.
        theirs = await held_callback(here, victim, "ada")
        code, state = (parse_qs(urlsplit(url).query) for url in (mine, theirs))
        forged = (
            f"{here.hub.url}hub/oauth_callback?code={code['code'][0]}&state={state['state'][0]}"
        )
        answer = await victim.goto(forged)
        assert answer and answer.status >= 400
        assert await who(victim, here.hub) == ""


async def test_a_code_that_expired_or_was_used_lets_nobody_in(
    provider_program: Path, tmp_path: Path
) -> None:
    async with world(provider_program, tmp_path) as here:
        await here.provider.let_codes_expire_after(1)
        page = await new_page(here.browser)
        late = await held_callback(here, page, "ada")
        await asyncio.sleep(2.5)
        answer = await page.goto(late)
        assert answer and answer.status >= 400
        assert await who(page, here.hub) == ""
        # The person can try again at once.
        await here.provider.let_codes_expire_after(60)
        await page.goto(f"{here.hub.url}hub/login")
        await page.wait_for_url(f"{here.hub.url}hub/home")
        assert await who(page, here.hub) == "oidc-1001"
        # The code of another log-in, a second time.
        other = await new_page(here.browser)
        used = await held_callback(here, other, "newada")
        await other.goto(used)
        assert await who(other, here.hub) == "oidc-1002"
        await other.context.clear_cookies()
        answer = await other.goto(used)
        assert answer and answer.status == 400
        assert await who(other, here.hub) == ""


async def test_logging_out_everywhere(provider_program: Path, tmp_path: Path) -> None:
    async with world(provider_program, tmp_path) as here:
        first, second = [await here.log_in("ada") for _ in range(2)]
        bystander = await here.log_in("newada")
        # In this browser only; it ends at the provider, so that one is not logged in again unasked.
        await first.goto(f"{here.hub.url}hub/logout")
        assert first.url.startswith(here.provider.issuer)
        assert await who(first, here.hub) == ""
        assert await who(second, here.hub) == "oidc-1001"
        # Another site cannot do it for her.
        third = await here.log_in("ada")
        cookies = cast(Any, await third.context.cookies())
        answer = await third.context.request.get(
            f"{here.hub.url}hub/logout?everywhere=1",
            headers={"Sec-Fetch-Site": "cross-site"}, max_redirects=0,
        )  # fmt: skip
        assert answer.status == 302
        assert await who(second, here.hub) == "oidc-1001"
        # She herself can.
        await here.log_in("ada", page=await new_page(here.browser))
        fourth = await here.log_in("ada")
        await fourth.goto(f"{here.hub.url}hub/logout?everywhere=1")
        assert await who(fourth, here.hub) == await who(second, here.hub) == ""
        assert await who(bystander, here.hub) == "oidc-1002"
        # A cookie that was kept aside is no use either.
        kept = await new_page(here.browser)
        await kept.context.add_cookies(cookies)
        assert await who(kept, here.hub) == ""


ELSEWHERE = [
    "https://evil.example.org/x",
    "//evil.example.org/x",
    "///evil.example.org/x",
    "/%5Cevil.example.org/x",
    "%5C%5Cevil.example.org/x",
    "javascript:alert(1)",
    "http:evil.example.org",
    "https://127.0.0.1@evil.example.org/",
]


async def test_nobody_is_sent_elsewhere_after_the_log_in(
    provider_program: Path, tmp_path: Path
) -> None:
    async with world(provider_program, tmp_path) as here:
        page = await here.log_in("ada")
        for next in ELSEWHERE:
            # Who is in already, and who is not (the provider knows the browser, and asks nothing).
            for _ in range(2):
                await page.goto(f"{here.hub.url}hub/login?next={next}")
                assert page.url.startswith(here.hub.url), next
                await page.context.clear_cookies(name="jupyterhub-hub-login")


async def test_one_goes_on_to_where_one_wanted(provider_program: Path, tmp_path: Path) -> None:
    async with world(provider_program, tmp_path) as here:
        page = await here.log_in("ada", next="/hub/token")
        assert urlsplit(page.url).path == "/hub/token"


async def test_a_changed_list_holds_for_those_who_are_in(
    provider_program: Path, tmp_path: Path
) -> None:
    port = free_port()
    async with openid_provider(provider_program, tmp_path, callback(port), PEOPLE) as provider:
        login = f'[login]\nkind = "oidc"\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\n'
        login += f'client_secret = "{SECRET}"\n[allow]\nusers = '
        async with chromium() as browser:
            async with hub(tmp_path, f"{login}['1001', '1002']\n", port) as running:
                here = World(running, provider, browser)
                ada, newada = await here.log_in("ada"), await here.log_in("newada")
                assert await who(newada, running) == "oidc-1002"
            async with hub(tmp_path, f"{login}['1001']\n", port) as running:
                assert await who(ada, running) == "oidc-1001"
                assert await who(newada, running) == ""
                await newada.goto(f"{running.url}hub/home")
                await expect(newada.locator("body")).to_contain_text(re.compile("oidc-1002"))
