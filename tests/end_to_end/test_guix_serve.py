# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix through ``binder-lite serve``: a manifest is pasted, built, worked with, resumed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from end_to_end.notebook_page import open_page
from end_to_end.serving import forge, serving, short_place
from end_to_end.test_serve import paste, publish, stop_and_resume, work

pytestmark = [
    pytest.mark.slow, pytest.mark.needs("git", "chromium", "guix"), pytest.mark.timeout(600),
]  # fmt: skip


async def test_a_manifest_is_pasted_worked_with_and_resumed(tmp_path: Path) -> None:
    with short_place() as place:
        publish("manifest-scm", tmp_path, place)
        with forge(place / "git") as url, serving(place, url) as server:
            async with open_page() as tab:
                await paste(tab.page, server, url)
                notebook = await work(tab.page, cells=5, code=4)
                said = re.compile("The first gene matters only where the second is D")
                await expect(notebook.outputs.last).to_have_text(said)
                await stop_and_resume(tab.page, server, notebook)
