# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a whole server with a brand: ours, and JupyterHub's own around the log-in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from end_to_end.notebook_page import open_page
from end_to_end.serving import serving, short_place
from integration.page.mock import AXE, require_build

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium"), pytest.mark.timeout(300)]

_BRAND = Path(__file__).parents[2] / "examples" / "brands" / "genenetwork"


@pytest.fixture
def place() -> Iterator[Path]:
    with short_place() as directory:
        yield directory


_FORM = """\
[login]
kind = "jupyterhub.auth.DummyAuthenticator"
options = {password = "hush"}
[allow]
everyone = true
"""


def settings(login: str = "") -> str:
    """Return settings with GeneNetwork's look."""
    look = (_BRAND / "serve.toml").read_text()
    look = look[look.index("[brand]") :]
    for file in ("logo.svg", "style.css", "about-genenetwork.md"):
        look = look.replace(f'"{file}"', f'"{_BRAND / file}"')
    return f'name = "GeneNetwork Notebooks"\nprefix = "/nb/"\n{login}{look}'


async def shown(page: Page, name: str, heading: str) -> None:
    """Wait for a page, and find what is wrong with it for whom, light and dark."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    await expect(page.get_by_role("link", name="GeneNetwork Notebooks")).to_be_visible()
    await expect(page.get_by_role("contentinfo")).to_contain_text("people of GeneNetwork")
    line = "getComputedStyle(document.querySelector('.top')).borderTopColor"
    assert await page.evaluate(line) == "rgb(51, 102, 153)"
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        # JupyterHub's script follows when it is told.
        theme = "document.documentElement.dataset.bsTheme"
        await page.wait_for_function(f"[undefined, '{scheme}'].includes({theme})")
        if directory := os.environ.get("BINDER_LITE_SCREENSHOTS"):
            for width in (1280, 360):
                await page.set_viewport_size({"width": width, "height": 800})
                picture = Path(directory) / f"hub-{name}-{scheme}-{width}.png"
                await page.screenshot(path=picture, full_page=True)
        found = await page.evaluate("axe.run(document)")
        wrong = [
            (each["id"], node["html"][:200])
            for each in found["violations"]
            for node in each["nodes"]
        ]
        assert wrong == [], f"{name}, {scheme}"
    # Nothing has to be scrolled sideways on a phone.
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360, name


async def test_the_log_in_and_what_comes_after_wear_the_brand(place: Path) -> None:
    require_build()
    with serving(place, "https://example.org", settings(_FORM), path="/nb/") as server:
        async with open_page() as tab:
            page = tab.page
            await page.emulate_media(reduced_motion="reduce")
            await page.set_viewport_size({"width": 360, "height": 800})
            await page.goto(f"{server}pages/about-genenetwork")
            await shown(page, "brand-page", "About GeneNetwork")
            await page.goto(server)
            await shown(page, "stranger", "Open a GeneNetwork analysis as a running notebook")
            await page.get_by_role("link", name="Log in", exact=True).click()
            await shown(page, "login", "Sign in")
            await page.get_by_label("Username").fill("ada")
            await page.get_by_label("Password:").fill("hush")
            await page.get_by_role("button", name="Sign in").click()
            await expect(page.locator(".person")).to_have_text("ada")
            await page.goto(f"{server}sessions")
            await shown(page, "sessions", "Sessions")
            await page.goto(f"{server}hub/home")
            await shown(page, "home", "Nothing is started here")
            await page.goto(f"{server}hub/nowhere")
            await shown(page, "missing", "There is no such page")
            await page.goto(f"{server}hub/token")
            await page.get_by_role("link", name="Sessions").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")


async def test_a_person_who_has_logged_out_is_told_so(place: Path) -> None:
    require_build()
    with serving(place, "https://example.org", settings(), path="/nb/") as server:
        async with open_page() as tab:
            page = tab.page
            await page.emulate_media(reduced_motion="reduce")
            await page.set_viewport_size({"width": 360, "height": 800})
            await page.goto(f"{server}hub/home")
            await expect(page.locator(".account")).to_contain_text("Visitor")
            await page.get_by_role("link", name="Log out").click()
            await shown(page, "logout", "You are logged out")
            await page.get_by_role("link", name="Home").click()
            await expect(page).to_have_url(server)
