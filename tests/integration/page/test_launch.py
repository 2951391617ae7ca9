# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches, as a person sees them: success, failure, the queue, logs, breaks."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from integration.page.mock import Mock, Tab

pytestmark = pytest.mark.needs("chromium")

FAVICON = "document.querySelector('link[rel=icon]').dataset.mood"


async def test_pasted_understood_launched_opened(tab: Tab) -> None:
    page = tab.page
    await tab.open("")
    await page.get_by_label("Repository").fill(
        "https://github.com/example/oats/blob/main/a/b.ipynb"
    )
    await expect(page.get_by_label("Branch, tag or commit")).to_have_value("main")
    await expect(page.get_by_label("File to open")).to_have_value("a/b.ipynb")
    offered = page.locator("#refs option")
    await expect(offered).to_have_count(5)
    await page.get_by_label("Branch, tag or commit").fill("topic/new-model")
    await page.get_by_role("button", name="Launch").click()
    await expect(page).to_have_url(re.compile(r"v2/gh/example/oats/topic/new-model\?labpath="))
    # Going back from the session leads home, and launches nothing again.
    await expect(page).to_have_url(re.compile("/user/ada/oats/doc/tree/a/b.ipynb$"))
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Open a repository"))


async def test_enter_right_after_pasting_launches(tab: Tab) -> None:
    page = tab.page
    await tab.open("")
    await page.get_by_label("Repository").fill("https://github.com/example/slow/blob/v1.0/x.ipynb")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"v2/gh/example/slow/v1.0\?labpath=x.ipynb$"))


async def test_what_is_not_understood_is_said(tab: Tab) -> None:
    page = tab.page
    await tab.open("")
    field = page.get_by_label("Repository")
    await field.fill("wheat")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="is no repository")).to_be_visible()
    await expect(field).to_have_attribute("aria-invalid", "true")
    assert "400" in tab.errors.pop()  # The browser's own word on the answer.
    # The Enter of before is not kept for what is typed later.
    await field.fill("https://github.com/example/slow")
    await expect(page.get_by_label("File to open")).to_be_visible()
    await expect(page).to_have_url(tab.address)


async def test_steps_times_and_what_was_found(tab: Tab, mock: Mock) -> None:
    page = tab.page
    await tab.open("v2/gh/example/slow/HEAD")
    steps = page.locator(".steps > li")
    await expect(steps.nth(1)).to_contain_text("Found commit 4f2a9c81d3e0.")
    await expect(steps.nth(1)).to_contain_text(re.compile(r"0\.\d s"))
    await expect(steps.nth(0)).to_contain_text("the repository asks for Python packages only")
    await expect(steps.nth(2)).to_contain_text("names no versions")
    await expect(steps.nth(2)).to_contain_text("21.4 of 38.6 MB")
    found = page.get_by_role("region", name="What was found")
    await expect(found).to_contain_text("binder/requirements.txt, runtime.txt")
    await expect(found).to_contain_text("uv: the repository asks for Python packages only")
    await expect(page).to_have_title("Building the software · example/slow – binder-lite")
    assert await page.evaluate(FAVICON) == "working"
    await expect(page.locator(".clock")).to_contain_text("to go")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".saying")).to_have_text("Cancelled.")
    async with asyncio.timeout(10):
        while mock.changes != ["DELETE api/launches/mock"]:
            await asyncio.sleep(0.05)
    await page.get_by_role("button", name="Launch again").click()
    await expect(page.locator(".saying")).to_have_text(re.compile("…$"))


async def test_a_failure_says_what_to_do(tab: Tab) -> None:
    page = tab.page
    await tab.open("v2/gh/example/failure/HEAD")
    problem = page.get_by_role("alert")
    await expect(problem).to_contain_text("no package named “pandsa”")
    await expect(problem).to_contain_text("Did you mean “pandas”?")
    await expect(problem).to_contain_text("we can conclude that your requirements")
    whole = problem.get_by_role("link", name="Whole log")
    assert await whole.evaluate("link => link.href") == f"{tab.address}api/builds/uv-3f9c2a71d0/log"
    await expect(page).to_have_title("Failed · example/failure – binder-lite")
    assert await page.evaluate(FAVICON) == "failed"
    await problem.get_by_role("button", name="Try again").click()
    await expect(problem).to_have_count(0)
    await expect(page.get_by_role("alert")).to_contain_text("pandsa")


async def test_too_many_sessions_leads_to_them(tab: Tab) -> None:
    await tab.open("v2/gh/example/full/HEAD")
    await tab.page.get_by_role("link", name="Your sessions").click()
    await expect(tab.page.get_by_role("heading", level=1)).to_be_focused()


async def test_the_queue_shows_the_position(tab: Tab) -> None:
    await tab.open("v2/gh/example/waiting/HEAD")
    await expect(tab.page.locator(".saying")).to_have_text("Number 3 in the queue")


async def lines_of_the_log(tab: Tab) -> list[str]:
    """Return the lines of a launch that has told all of its twelve."""
    page = tab.page
    await page.get_by_role("button", name="Show the log").click()
    await page.get_by_role("button", name="Plain text").click()
    text = page.get_by_label("The log as text")
    await expect(text).to_contain_text("[12/12]")
    return (await text.inner_text()).splitlines()


async def test_a_broken_connection_goes_on_where_it_was(tab: Tab) -> None:
    await tab.open("v2/gh/example/broken/HEAD")
    lines = await lines_of_the_log(tab)
    assert len(lines) == len(set(lines)) > 12
    tab.errors.clear()  # The browser says that the connection broke.


async def test_a_connection_that_falls_silent_is_made_again(tab: Tab) -> None:
    page = tab.page
    await page.clock.install()
    await tab.open("v2/gh/example/silent/HEAD")
    await expect(page.locator(".steps")).to_contain_text("names no versions")
    lost = page.get_by_role("status").filter(has_text="Connection lost; trying again…")
    await expect(lost).to_have_count(0)
    await page.clock.fast_forward(61_000)
    lines = await lines_of_the_log(tab)
    assert len(lines) == len(set(lines)) > 12
    await expect(lost).to_have_count(0)


async def test_what_is_tried_again_is_said(tab: Tab) -> None:
    page = tab.page
    await page.clock.install()
    await page.route("**/build/**", lambda route: route.abort())
    await tab.open("v2/gh/example/slow/HEAD")
    said = page.get_by_role("status").filter(has_text="Connection lost; trying again…")
    await expect(said).to_be_visible()
    await page.unroute("**/build/**")
    await page.clock.fast_forward(10_000)
    await expect(said).to_have_count(0)
    await expect(page.locator(".steps")).to_contain_text("names no versions")
    tab.errors.clear()  # The browser says that nothing was reached.


async def test_a_service_that_was_started_again_tells_the_launch_once(tab: Tab) -> None:
    await tab.open("v2/gh/example/restarted/HEAD")
    lines = await lines_of_the_log(tab)
    assert len(lines) == len(set(lines)) > 12
    assert lines[0] == "The service was started again, and goes on with this launch."
    tab.errors.clear()


async def test_a_long_log_is_searched_and_scrolled(tab: Tab) -> None:
    page = tab.page
    await tab.open("v2/gh/example/long-log/HEAD")
    await page.get_by_role("button", name="Show the log").click()
    rows = page.locator(".xterm-rows")
    await expect(rows).to_contain_text("package-20000==")
    await page.get_by_label("Search the log").fill("package-1234=")
    await expect(page.locator(".matches")).to_have_text("1 of 1")
    await expect(rows).to_contain_text("package-1234==")
    await page.get_by_role("button", name="Follow the end").click()
    await expect(rows).to_contain_text("package-20000==")
    await page.get_by_label("Search the log").fill("barley")
    await expect(page.locator(".matches")).to_have_text("Not found")


async def test_a_log_follows_its_end_unless_scrolled_away(tab: Tab) -> None:
    page = tab.page
    await tab.open("v2/gh/example/growing/HEAD")
    await page.get_by_role("button", name="Show the log").click()
    rows = page.locator(".xterm-rows")
    await expect(rows).to_contain_text(re.compile(r"package-\d{3,}="))
    await page.get_by_label("Log; arrow keys scroll it").focus()
    await page.keyboard.press("Home")
    await expect(rows).to_contain_text("package-1=")
    last_line = page.locator(".last-line")
    seen = await last_line.text_content()
    assert seen
    await expect(last_line).not_to_have_text(seen)
    await expect(rows).to_contain_text("package-1=")
    await page.keyboard.press("End")
    await expect(rows).not_to_contain_text("package-1=")
    await expect(page.get_by_role("button", name="Follow the end")).to_have_count(0)
    # The log is no trap for the keyboard.
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="Copy the log")).to_be_focused()


async def test_the_log_is_copied(tab: Tab) -> None:
    page = tab.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await tab.open("v2/gh/example/failure/HEAD")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_role("button", name="Show the log").click()
    await page.get_by_role("button", name="Copy the log").click()
    await expect(page.get_by_role("status").filter(has_text="Copied: the log")).to_have_count(1)
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Engine: uv") and "[8/8] Installing package-8" in copied


async def test_hostile_text_is_only_text(tab: Tab) -> None:
    page = tab.page
    await tab.open("v2/gh/example/hostile/HEAD")
    await expect(page.get_by_role("alert")).to_contain_text("<b>bold</b>")
    await page.get_by_role("button", name="Show the log").click()
    await expect(page.locator(".xterm-rows")).to_contain_text("<img src=x")
    await page.get_by_role("button", name="Plain text").click()
    await expect(page.get_by_label("The log as text")).to_contain_text("<img src=x")
    assert await page.evaluate("window.owned") is None
    assert "owned" not in await page.title()


async def test_a_session_that_is_a_script_is_not_opened(tab: Tab) -> None:
    page = tab.page
    await tab.open("v2/gh/example/evil-url/HEAD")
    await expect(page).to_have_title(re.compile("^Ready"))
    await expect(page.get_by_role("link", name="Open the notebook")).to_have_count(0)
    assert await page.evaluate("window.owned") is None


async def test_a_link_cannot_lead_out_of_the_session(tab: Tab) -> None:
    await tab.open("v2/gh/example/oats/HEAD?urlpath=..%2F..%2F..%2Fhub%2Flogout")
    await expect(tab.page).to_have_url(re.compile("/user/ada/oats/lab/tree/index.ipynb$"))
