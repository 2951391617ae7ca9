# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions, badges, login, brand; and every page for everybody: axe, a phone, the keyboard."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from integration.page.mock import PREFIX, Mock, Tab, mocked, opened, require_build

pytestmark = pytest.mark.needs("chromium")

PAGES = {
    "home": "",
    "launch": "v2/gh/example/slow/HEAD?labpath=index.ipynb",
    "failure": "v2/gh/example/failure/HEAD",
    "queue": "v2/gh/example/waiting/HEAD",
    "sessions": "sessions",
    "links": "links",
    "about": "about",
    "status": "status",
    "missing": "nowhere",
}


async def settle(tab: Tab, name: str) -> None:
    """Bring a page to the state in which there is most to see."""
    page = tab.page
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    if name in ("home", "links"):
        await page.get_by_label("Repository").fill("https://github.com/example/oats")
        await expect(page.get_by_label("File to open")).to_be_visible()
    if name in ("launch", "failure"):
        await page.get_by_role("button", name="Show the log").click()
        await expect(page.locator(".xterm-rows")).to_contain_text("Installing")
    if name == "queue":
        await expect(page.locator(".saying")).to_have_text("Number 3 in the queue")
    if name == "sessions":
        await expect(page.get_by_role("article")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_every_page_is_for_everybody(mock: Mock, scheme: str, width: int) -> None:
    context = {
        "viewport": {"width": width, "height": 800},
        "color_scheme": scheme,
        "reduced_motion": "reduce",
    }
    found: dict[str, list[str]] = {}
    async with opened(mock, **context) as tab:
        for name, below in PAGES.items():
            await tab.open(below)
            await settle(tab, name)
            if violations := await tab.violations():
                found[name] = violations
            # Nothing has to be scrolled sideways.
            assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width, name
            if directory := os.environ.get("BINDER_LITE_SCREENSHOTS"):
                picture = Path(directory) / f"page-{name}-{scheme}-{width}.png"
                await tab.page.screenshot(path=picture, full_page=True)
        assert tab.errors == [] and tab.elsewhere == []
    assert found == {}


async def test_nothing_moves_for_those_who_do_not_want_it(mock: Mock) -> None:
    async with opened(mock, reduced_motion="reduce") as tab:
        await tab.open(PAGES["launch"])
        await expect(tab.page.locator(".weaving")).to_be_visible()
        assert await tab.page.evaluate("document.getAnimations().length") == 0


async def test_the_keyboard_reaches_the_content_first(tab: Tab) -> None:
    page = tab.page
    await tab.open("")
    await expect(page.get_by_label("Repository")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Repository")).to_be_focused()


async def test_going_from_page_to_page(tab: Tab) -> None:
    page = tab.page
    await tab.open("")
    await page.get_by_role("link", name="Badges").click()
    await expect(page).to_have_title("Badges and links – binder-lite")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.go_back()
    await expect(page.get_by_label("Repository")).to_be_visible()
    await expect(page).to_have_title("binder-lite")
    await page.get_by_role("link", name=re.compile("Wheat genome")).click()
    await expect(page).to_have_url(re.compile("v2/gh/example/wheat-genome/v1.0$"))


async def test_a_gallery_without_words_says_so(tab: Tab) -> None:
    await tab.open("")
    entry = tab.page.get_by_role("link", name=re.compile("Wheat genome"))
    await expect(entry).to_contain_text("No description")


async def test_badges(tab: Tab) -> None:
    page = tab.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await tab.open("links")
    await page.get_by_label("Repository").fill(
        "https://github.com/example/oats/blob/main/a b.ipynb"
    )
    link = f"{tab.address}v2/gh/example/oats/main?labpath=a%20b.ipynb"
    shown = page.get_by_label("Markdown", exact=True)
    markdown = f"[![Launch on binder-lite]({tab.address}badge_logo.svg)]({link})"
    await expect(shown).to_have_text(markdown)
    await page.get_by_role("button", name="Copy the Markdown").click()
    said = page.get_by_role("status").filter(has_text="Copied: the Markdown")
    await expect(said).to_have_count(1)
    assert await page.evaluate("navigator.clipboard.readText()") == markdown


async def test_stop_and_stay(tab: Tab, mock: Mock) -> None:
    page = tab.page
    await tab.open("sessions")
    rye = page.get_by_role("article", name="example/rye")
    # The service's cookie against cross-site requests does not last as long as a tab.
    await expect(rye).to_be_visible()
    await page.context.clear_cookies()
    await expect(rye).to_contain_text(re.compile(r"Stops in [45] min"))
    await rye.get_by_role("button", name="Stay").click()
    await expect(rye).to_contain_text(re.compile(r"Stops in about (59|60) minutes"))
    await rye.get_by_role("button", name="Stop").click()
    await expect(rye).to_contain_text("stopped")
    said = page.get_by_role("status").filter(has_text="example/rye: stopped")
    await expect(said).to_have_count(1)
    assert mock.changes == ["POST api/sessions/rye/stay", "POST api/sessions/rye/stop"]


async def test_resume_opens_the_session(tab: Tab, mock: Mock) -> None:
    page = tab.page
    await tab.open("sessions")
    await page.get_by_role("link", name="Resume example/barley").click()
    await expect(page).to_have_title(re.compile("example/barley – binder-lite$"))
    await expect(page).to_have_url(re.compile("/user/ada/barley/lab/tree/index.ipynb$"))
    assert mock.changes == ["POST api/sessions/barley/resume"]


async def test_unsaved_work_is_removed_only_on_the_second_word(tab: Tab, mock: Mock) -> None:
    page = tab.page
    await tab.open("sessions")
    await page.get_by_role("button", name="Remove example/barley").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("results/table.csv")
    await dialog.get_by_role("button", name="Remove").click()
    await expect(dialog).to_contain_text("1 commit that is on no remote")
    await expect(dialog).to_contain_text("the server keeps a copy")
    assert await tab.violations() == []
    sure = dialog.get_by_role("button", name="Remove it all the same")
    await expect(sure).to_be_disabled()
    await dialog.get_by_label("I do not need this work").check()
    await sure.click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("article")).to_have_count(2)
    assert mock.changes == [
        "DELETE api/sessions/barley",
        "DELETE api/sessions/barley?force=1",
    ]
    assert "409" in tab.errors.pop()


async def test_every_browser_is_logged_out_from_the_list_of_sessions(tab: Tab) -> None:
    await tab.open("sessions")
    link = tab.page.get_by_role("link", name="Log out in all browsers")
    await expect(link).to_have_attribute("href", re.compile(r"/logout\?everywhere=1$"))
    await expect(tab.page.get_by_text("not used for 60 minutes is stopped")).to_be_visible()


async def test_escape_keeps_the_session(tab: Tab, mock: Mock) -> None:
    page = tab.page
    await tab.open("sessions")
    await page.get_by_role("button", name="Remove example/wheat-genome").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Remove example/wheat-genome")).to_be_focused()
    assert mock.changes == []


async def test_a_stranger_logs_in_and_comes_back_to_the_launch() -> None:
    require_build()
    async with mocked("--stranger") as mock, opened(mock) as tab:
        await tab.open("v2/gh/example/slow/HEAD?labpath=a.ipynb")
        login = tab.page.get_by_role("link", name="Log in and launch")
        following = quote(f"{PREFIX}v2/gh/example/slow/HEAD?labpath=a.ipynb", safe="")
        assert await login.evaluate("link => link.search") == f"?next={following}"
        await login.click()
        await expect(tab.page.locator(".saying")).to_have_text(re.compile("…$"))
        assert tab.errors == []


async def test_a_stranger_is_asked_before_sessions_are_listed() -> None:
    require_build()
    async with mocked("--stranger") as mock, opened(mock) as tab:
        await tab.open("sessions")
        await tab.page.get_by_role("main").get_by_role("link", name="Log in").click()
        await expect(tab.page.get_by_role("article")).to_have_count(3)


async def test_what_axe_finds_is_reported(tab: Tab) -> None:
    await tab.open("about")
    await tab.page.get_by_role("heading", level=1).evaluate(
        "heading => { heading.style.color = '#dddddd'; }"
    )
    assert [found.split(":")[0] for found in await tab.violations()] == ["color-contrast"]


async def test_a_guest_is_not_asked() -> None:
    require_build()
    async with mocked("--guests") as mock, opened(mock) as tab:
        await tab.open("v2/gh/example/slow/HEAD")
        await expect(tab.page.locator(".saying")).to_have_text(re.compile("…$"))
        await expect(tab.page.locator(".person")).to_have_text("Guest")


async def test_the_brand_is_the_operators() -> None:
    require_build()
    async with mocked("--brand") as mock, opened(mock) as tab:
        await tab.open("")
        page = tab.page
        await expect(page).to_have_title("Field Station Notebooks")
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Notebooks of the Field Station"
        )
        await expect(page.get_by_role("contentinfo")).to_contain_text("Run by the Field Station.")
        terms = page.get_by_role("link", name="Terms")
        assert await terms.evaluate("link => new URL(link.href).pathname") == "/terms"
        # A light accent is darkened until it can be read.
        assert await tab.violations() == []


async def test_a_page_of_the_operators_own() -> None:
    require_build()
    async with mocked("--brand") as mock, opened(mock) as tab:
        await tab.open("")
        page = tab.page
        await page.get_by_role("link", name="About the Field Station").click()
        await expect(page).to_have_url(f"{mock.address}pages/field-station")
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_have_text("About the Field Station")
        await expect(heading).to_be_focused()
        await expect(page).to_have_title("About the Field Station – Field Station Notebooks")
        await expect(page.get_by_role("heading", name="Who we are", level=2)).to_be_visible()
        assert await tab.violations() == []
        await page.reload()
        await expect(heading).to_have_text("About the Field Station")
        assert tab.errors == []
        await tab.open("pages/nothing")
        await expect(heading).to_have_text("There is no such page")


async def test_people_are_called_by_their_names(tab: Tab) -> None:
    await tab.open("")
    person = tab.page.locator(".person")
    await expect(person).to_have_text("Ada Lovelace")
    await expect(person).to_have_attribute("title", "forge-815")


async def test_a_service_that_does_not_answer(mock: Mock) -> None:
    async with opened(mock) as tab:
        await tab.page.route("**/api/config", lambda route: route.abort())
        await tab.open("")
        await expect(tab.page.get_by_role("alert")).to_contain_text("does not answer")
