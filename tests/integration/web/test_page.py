# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service tells the page: who one is, the operator's own pages, and streams at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from binder_lite.hub.settings_model import Brand, Page
from integration.sources.conftest import serve
from integration.web.test_launching import Repository, repository
from integration.web.world import launch, serving, settings_of

__all__ = ["repository", "serve"]


async def test_a_person_is_called_as_their_login_calls_them(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        user = (await world.client("ada").get("/api/config")).json()["user"]
        assert user == {"name": "ada", "shown": "Ada Example", "admin": False}
        assert (await world.client().get("/api/config")).json()["user"] is None


async def test_a_page_of_the_operators_own(tmp_path: Path) -> None:
    file = tmp_path / "about-us.md"
    file.write_text("# Barley\n\nWe count <b>it</b>.\n")
    links = (
        Page(title="About <us>", file=file),
        Page(title="Data", href="https://data.example.org/"),
    )
    settings = settings_of(tmp_path, prefix="/x/", brand=Brand(pages=links))
    async with serving(settings) as world:
        client = world.client()
        assert (await client.get("/x/api/config")).json()["brand"]["pages"] == [
            {"title": "About <us>", "href": "pages/about-us"},
            {"title": "Data", "href": "https://data.example.org/"},
        ]
        assert (await client.get("/x/api/pages/about-us")).json() == {
            "title": "About <us>",
            "html": "<h2>Barley</h2>\n<p>We count &lt;b&gt;it&lt;/b&gt;.</p>\n",
        }
        shown = await client.get("/x/pages/about-us")
        assert shown.status_code == 200
        assert "<title>About &lt;us&gt; · binder-lite</title>" in shown.text
        file.unlink()
        for name in ("about-us", "other"):
            assert (await client.get(f"/x/api/pages/{name}")).status_code == 404
            missing = await client.get(f"/x/pages/{name}")
            assert missing.status_code == 404
            assert re.search("<title>No such page", missing.text)


async def test_who_comes_back_is_answered_at_once(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binder_lite.web.launches.KEEPALIVE_SECONDS", 3600)
    repository.slow()
    async with serving(settings_of(tmp_path)) as world:
        heard = await launch(world.client("ada"), repository.build, until="log")
        place = {"Accept": "text/event-stream", "Last-Event-ID": heard[-1].id}
        client = world.client("ada")
        async with client.stream("GET", repository.build, headers=place) as answer:
            assert answer.status_code == 200
            assert await anext(answer.aiter_lines()) == ":keepalive"
        repository.gate.touch()
