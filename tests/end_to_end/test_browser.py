# SPDX-License-Identifier: GPL-3.0-or-later
"""The printed URL in a real browser: nothing is asked, the kernel is idle, cells run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from end_to_end.launcher import Launch, launched
from end_to_end.notebook_page import NotebookPage, open_page
from end_to_end.repositories import file_url, make_repository

pytestmark = [
    pytest.mark.needs("git", "chromium"),
    pytest.mark.usefixtures("launcher_variables"),
]

FOUND = "Found: chromosome 4, within 20 Mb of where the gene was hidden."

# Notebook 7's own page throws this while it starts, with a plain `jupyter notebook` too.
KNOWN_ERRORS = {"Cannot read properties of undefined (reading 'schema')"}


async def run_in_browser(page: NotebookPage, launch: Launch, repository: Path, name: str) -> None:
    """Open what the launcher printed, run all cells, and see that nothing was asked meanwhile."""
    await page.open(launch.ready.url)
    await page.wait_until_idle()
    await page.screenshot(f"{name}-opened")
    # One at once would be seen here; one that comes late, at the end.
    await expect(page.dialogs).to_have_count(0)
    cells = json.loads((repository / launch.ready.path).read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    await page.run_cells(len(cells), code=len(code))
    await page.screenshot(f"{name}-run")
    await expect(page.dialogs).to_have_count(0)
    assert set(page.errors) <= KNOWN_ERRORS


@pytest.mark.parametrize(
    ("ui", "address"), [("lab", "/lab/tree/index.ipynb"), ("notebook", "/notebooks/index.ipynb")]
)
async def test_the_demo_opens_and_draws(ui: str, address: str, tmp_path: Path) -> None:
    repository = make_repository("requirements-txt", tmp_path)
    async with (
        launched(file_url(repository), "--engine", "uv", "--ui", ui) as launch,
        open_page() as page,
    ):
        assert f"{address}?token=" in launch.ready.url
        await run_in_browser(page, launch, repository, f"demo-{ui}")
        await expect(page.outputs.last).to_have_text(re.compile(re.escape(FOUND)))
        picture = page.outputs.locator("img")
        await expect(picture).to_be_visible()
        box = await picture.bounding_box()
        assert box is not None and box["width"] > 500


@pytest.mark.parametrize("path", ["index.ipynb", "conda.ipynb"])
async def test_a_kernel_that_does_not_exist_here_is_not_asked_for(
    path: str, tmp_path: Path
) -> None:
    repository = make_repository("wrong-kernel-name", tmp_path)
    async with (
        launched(file_url(repository), "--engine", "uv", "--path", path) as launch,
        open_page() as page,
    ):
        await run_in_browser(page, launch, repository, f"kernel-{Path(path).stem}")
        await expect(page.outputs.last).to_have_text(re.compile("remarkably near"))


async def test_names_outside_ascii_open(tmp_path: Path) -> None:
    repository = make_repository("non-ascii-names", tmp_path)
    async with (
        launched(file_url(repository), "--engine", "uv") as launch,
        open_page() as page,
    ):
        await run_in_browser(page, launch, repository, "non-ascii")
        await expect(page.outputs.last).to_have_text(re.compile(r"α = 1\.75 µm"))


async def test_an_environments_extension_works_in_the_page(tmp_path: Path) -> None:
    repository = make_repository("front-end-extension", tmp_path)
    async with (
        launched(file_url(repository), "--engine", "uv") as launch,
        open_page() as page,
    ):
        await run_in_browser(page, launch, repository, "extension")
        slider = page.panel.locator(".jupyter-widgets .noUi-handle")
        await slider.focus()
        await page.page.keyboard.press("ArrowRight")
        await expect(page.panel).to_contain_text("15 tests: 54%")
