# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterLab's or Notebook's page in a real browser: what a person sees and does there."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright, expect

# A page loads several megabytes of scripts, and shares the machine with other tests.
MILLISECONDS = 60_000
# Nothing that reaches out of this machine, and no sandbox of its own: as root it would not start.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NotebookPage:
    """A tab that shows a notebook."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> None:
        """Follow a printed URL and wait until the notebook is there, from its first cell on."""
        await self._page.goto(url)
        await expect(self._first_cell).to_be_visible()

    @property
    def panel(self) -> Locator:
        """The notebook in front; tabs of earlier visits come back behind it."""
        return self._page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    @property
    def _first_cell(self) -> Locator:
        # The page draws cells as it finds time, and not from the top.
        return self.panel.locator('.jp-Cell[data-windowed-list-index="0"]')

    @property
    def dialogs(self) -> Locator:
        """Everything that asks the person something: dialogues and notifications."""
        return self._page.locator(".jp-Dialog, .Toastify__toast")

    @property
    def outputs(self) -> Locator:
        """What the cells have put out."""
        return self.panel.locator(".jp-OutputArea-output")

    @property
    def page(self) -> Page:
        """The browser's own tab, for what is seldom needed."""
        return self._page

    async def wait_until_idle(self) -> None:
        """Wait until the page shows that the kernel lives and has nothing to do."""
        # Before there is any kernel the indicator says "idle" too, beside the name "No Kernel".
        name = self.panel.locator(".jp-Toolbar-kernelName")
        await expect(name).not_to_have_text("No Kernel")
        indicator = self.panel.locator(".jp-Notebook-ExecutionIndicator")
        await expect(indicator).to_have_attribute("data-status", "idle")

    async def run_cells(self, count: int, *, code: int) -> None:
        """Press Shift+Enter on each of ``count`` cells, and wait for the ``code`` ones among them.

        The kernel must be new: the last cell that runs is known by its number.
        """
        await self._first_cell.click(position={"x": 5, "y": 5})
        await self._page.keyboard.press("Escape")
        for _ in range(count):
            await self._page.keyboard.press("Shift+Enter")
        last = self.panel.locator(".jp-InputPrompt", has_text=f"[{code}]:")
        await expect(last).to_be_visible()
        await self.wait_until_idle()

    async def screenshot(self, name: str) -> None:
        """Keep a picture where BINDER_LITE_SCREENSHOTS says, if it does."""
        if directory := os.environ.get("BINDER_LITE_SCREENSHOTS"):
            Path(directory).mkdir(parents=True, exist_ok=True)
            await self._page.screenshot(path=Path(directory) / f"{name}.png")


@contextlib.asynccontextmanager
async def open_page() -> AsyncIterator[NotebookPage]:
    """Start Debian's Chromium, without a screen, with an empty profile, and open a tab."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=list(_FLAGS)
        )
        try:
            page = await browser.new_page(viewport={"width": 1400, "height": 1500})
            page.set_default_timeout(MILLISECONDS)
            expect.set_options(timeout=MILLISECONDS)
            yield NotebookPage(page)
        finally:
            await browser.close()
