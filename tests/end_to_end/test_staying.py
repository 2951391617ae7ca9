# SPDX-License-Identifier: GPL-3.0-or-later
"""The last minutes of a session in a real JupyterLab: the bar, the click to stay, the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from end_to_end.notebook_page import NotebookPage, open_page
from end_to_end.repositories import git, make_repository
from end_to_end.serving import forge, serving, short_place
from integration.page.mock import AXE

pytestmark = [
    pytest.mark.minutes, pytest.mark.slow, pytest.mark.timeout(900),
    pytest.mark.needs("git", "chromium"),
]  # fmt: skip

# The bar is there for a fifth of it: time enough to see it and to click.
_IDLE_SECONDS = 75
_MILLISECONDS = 2 * _IDLE_SECONDS * 1000


@pytest.fixture
def place() -> Iterator[Path]:
    with short_place() as directory:
        yield directory


async def test_the_last_minutes_of_a_session(place: Path, tmp_path: Path) -> None:
    study = make_repository("requirements-txt", tmp_path)
    git(tmp_path, "clone", "--quiet", "--bare", str(study), str(place / "git" / "study.git"))
    settings = f"idle_seconds = {_IDLE_SECONDS}\n"
    with forge(place / "git") as url, serving(place, url, settings) as server:
        async with open_page() as tab:
            page = tab.page
            await page.goto(server)
            await page.get_by_label("Repository").fill(f"{url}/study.git")
            await page.get_by_role("button", name="Launch").click()
            await page.wait_for_url("**/user/**", timeout=_MILLISECONDS)
            await expect(tab.panel).to_be_visible()
            await _stay(page, tab)
            await _come_back(page, tab)
        assert tab.errors == []


async def _stay(page: Page, tab: NotebookPage) -> None:
    bar = page.get_by_role("region", name="Time left of this session")
    stay = bar.get_by_role("button", name="Stay")
    await expect(stay).to_be_visible(timeout=_MILLISECONDS)
    await stay.click()
    await expect(bar).to_have_count(0)
    # It comes again, when nothing is done again, and is put away.
    await expect(stay).to_be_visible(timeout=_MILLISECONDS)
    await tab.screenshot("staying-bar")
    await stay.focus()
    await page.keyboard.press("Escape")
    await expect(bar).to_have_count(0)


async def _come_back(page: Page, tab: NotebookPage) -> None:
    stopped = page.get_by_role("dialog", name="This session was stopped")
    await expect(stopped).to_be_visible(timeout=_MILLISECONDS)
    await tab.screenshot("staying-stopped")
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document.querySelector('binder-lite-staying'))")
    assert found["violations"] == []
    session = page.url.split("/user/")[1].split("/")[1]
    await stopped.get_by_role("link", name="Resume").click()
    # The page of before had the same address.
    await expect(stopped).to_have_count(0)
    await page.wait_for_url(f"**/user/*/{session}/**", timeout=_MILLISECONDS)
    await expect(tab.panel).to_be_visible()
