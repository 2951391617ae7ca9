# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite serve`` as a person meets it: paste an address, watch, work, stop, come back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from end_to_end.notebook_page import NotebookPage, open_page
from end_to_end.repositories import git, make_repository
from end_to_end.serving import forge, serving, short_place
from integration.login.running import CLIENT, SECRET, callback, free_port, openid_provider

pytestmark = [
    pytest.mark.slow, pytest.mark.needs("git", "chromium"), pytest.mark.timeout(300),
]  # fmt: skip

_PEOPLE = {"ada": {"sub": "1001", "name": "Ada L.", "email": "ada@example.org"}}


@pytest.fixture
def place() -> Iterator[Path]:
    with short_place() as directory:
        yield directory


def publish(example: str, tmp_path: Path, place: Path) -> None:
    """Put an example where the forge serves it from."""
    study = make_repository(example, tmp_path)
    git(tmp_path, "clone", "--quiet", "--bare", str(study), str(place / "git" / "study.git"))


async def paste(page: Page, server: str, url: str) -> None:
    """Launch it from the first page."""
    await page.goto(server)
    await page.get_by_label("Repository").fill(f"{url}/study.git")
    await page.get_by_role("button", name="Launch").click()


async def work(page: Page, cells: int = 9, code: int = 5) -> NotebookPage:
    """Wait for the notebook and run its cells, ``code`` of which hold code."""
    await page.wait_for_url("**/user/**")
    notebook = NotebookPage(page)
    await expect(notebook.outputs.first.or_(notebook.panel)).to_be_visible()
    await notebook.wait_until_idle()
    await notebook.run_cells(cells, code=code)
    assert notebook.errors == []
    return notebook


async def stop_and_resume(page: Page, server: str, notebook: NotebookPage) -> None:
    """Stop the session on the page of sessions, and come back to it."""
    session = page.url.split("/user/")[1].split("/")[1]
    await page.goto(f"{server}sessions")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("link", name="Resume")).to_be_visible()
    stranger = httpx.get(f"{server}user/somebody/{session}/lab")
    assert stranger.status_code in (302, 403, 404)
    await page.get_by_role("link", name="Resume").click()
    await page.wait_for_url(f"**/{session}/**")
    await expect(notebook.panel).to_be_visible()


async def test_from_an_address_to_a_notebook_and_back(place: Path, tmp_path: Path) -> None:
    publish("requirements-txt", tmp_path, place)
    with forge(place / "git") as url, serving(place, url) as server:
        async with open_page() as tab:
            await paste(tab.page, server, url)
            notebook = await work(tab.page)
            await stop_and_resume(tab.page, server, notebook)


async def test_the_same_with_an_account_at_an_openid_provider(
    place: Path, tmp_path: Path, provider_program: Path
) -> None:
    publish("requirements-txt", tmp_path, place)
    port = free_port()
    async with openid_provider(provider_program, tmp_path, callback(port), _PEOPLE) as provider:
        settings = (
            f'[login]\nkind = "oidc"\nissuer = "{provider.issuer}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n[allow]\nusers = ["1001"]\n'
        )
        with forge(place / "git") as url, serving(place, url, settings, port=port) as server:
            async with open_page() as tab:
                page = tab.page
                await paste(page, server, url)
                await page.get_by_role("link", name="Log in and launch").click()
                await expect(page).to_have_title("Provider")
                await page.get_by_label("Account").fill("ada")
                await page.get_by_role("button").click()
                # Back on the way to the notebook, whose log is told while it is made.
                await page.wait_for_url(f"{server}**")
                notebook = await work(page)
                await stop_and_resume(page, server, notebook)
                there = page.url
                await page.goto(f"{server}sessions")
                await expect(page.locator(".person")).to_have_text("Ada L.")
                await page.get_by_role("link", name="Log out", exact=True).click()
                # The provider asks whether it is to forget her, too.
                await page.get_by_role("button", name="Yes, sign me out").click()
                await expect(page.get_by_text("successful")).to_be_visible()
                await page.goto(f"{server}sessions")
                await expect(page.get_by_role("button", name="Stop")).to_have_count(0)
                # The session asks the hub again who this is, after half a minute at the latest.
                async with asyncio.timeout(60):
                    while await page.title() != "Provider":
                        await asyncio.sleep(2)
                        await page.goto(there)
