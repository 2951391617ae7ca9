# SPDX-License-Identifier: GPL-3.0-or-later
"""A Guix session in a real browser: the kernel is there, cells run, pictures are drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from end_to_end.launcher import launched
from end_to_end.notebook_page import open_page
from end_to_end.repositories import file_url, make_repository
from end_to_end.test_browser import run_in_browser

pytestmark = [
    pytest.mark.needs("git", "chromium", "guix"),
    pytest.mark.usefixtures("launcher_variables"),
]


@pytest.mark.parametrize(
    ("example", "kernel", "last"),
    [
        ("manifest-scm", "Python 3 (ipykernel)", "The first gene matters only where"),
        ("r-manifest", "R", "The hybrid is heavier than both parents"),
    ],
)
async def test_a_manifest_s_notebook_opens_and_draws(
    example: str, kernel: str, last: str, tmp_path: Path
) -> None:
    repository = make_repository(example, tmp_path)
    async with launched(file_url(repository)) as launch, open_page() as page:
        assert launch.ready.engine == "guix"
        await run_in_browser(page, launch, repository, f"guix-{example}")
        await expect(page.panel.locator(".jp-Toolbar-kernelName")).to_have_text(kernel)
        await expect(page.outputs.last).to_have_text(re.compile(last))
        picture = page.outputs.locator("img")
        await expect(picture).to_be_visible()


async def test_the_classic_notebook_opens_with_its_kernel(tmp_path: Path) -> None:
    repository = make_repository("manifest-scm", tmp_path)
    async with (
        launched(file_url(repository), "--ui", "notebook") as launch,
        open_page() as page,
    ):
        tab = page.page
        await tab.goto(launch.ready.url)
        await expect(tab.locator("#kernel_indicator")).to_contain_text("Python 3 (ipykernel)")
        await expect(tab.locator(".cell").first).to_contain_text("Two genes, one trait")
        await expect(tab.locator("#kernel_indicator_icon")).to_have_attribute(
            "title", "Kernel Idle"
        )
        await tab.evaluate("Jupyter.notebook.execute_all_cells()")
        said = tab.locator(".output_area", has_text="The first gene matters only where")
        await expect(said).to_be_visible()
        await expect(tab.locator(".output_area img")).to_be_visible()
        await page.screenshot("guix-classic")
        assert await tab.locator(".modal.in, #update-notification-container:visible").count() == 0
