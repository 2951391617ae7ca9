# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix through ``binder-lite serve``: a manifest is pasted, built, worked with, resumed."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import expect

from end_to_end.notebook_client import open_client
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


async def test_an_environment_that_is_often_asked_for_has_a_spare(tmp_path: Path) -> None:
    with short_place() as place:
        publish("manifest-scm", tmp_path, place)
        sessions = place / "data/sessions"
        with forge(place / "git") as url, serving(place, url, environment_spares=1) as server:
            address = f"{server}build/git/{quote(f'{url}/study.git', safe='')}/HEAD"
            first = await launch(address)
            assert not list(sessions.glob("*/spare.json"))
            await launch(address)
            spare = wait_for_spare(sessions)
            assert json.loads(spare.read_bytes())["environment"] == first["environment"]
            third = await launch(address)
            assert third["session"] == spare.parent.name
            async with open_client(third["url"], third["token"]) as client:
                ran = await client.run_notebook(third["path"])
            assert [cell.error for cell in ran] == [None] * 4
            assert "The first gene matters only where the second is D" in ran[-1].text
            # Another takes its place.
            assert wait_for_spare(sessions).parent != spare.parent
        assert not list(sessions.glob("*/spare.json"))


async def launch(address: str) -> dict[str, Any]:
    """Launch as BinderHub's clients do, and return what is told of the session."""
    headers = {"Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(timeout=300, headers=headers) as http,
        http.stream("GET", address) as stream,
    ):
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                assert event["phase"] != "failed", event
                if event["phase"] == "ready":
                    return event
    raise AssertionError("the stream ended before the launch")


def wait_for_spare(sessions: Path) -> Path:
    """Wait until a spare waits, and return its record."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if found := list(sessions.glob("*/spare.json")):
            return found[0]
        time.sleep(0.1)
    raise AssertionError("no spare waits")
