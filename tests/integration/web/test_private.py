# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository that one person's login opens: nothing of it is another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from binder_lite import preparing
from binder_lite.engines.choice import Chosen
from binder_lite.environments import builds_directory, list_environments
from binder_lite.settings import space_of
from binder_lite.sources.model import Login, Source
from binder_lite.web.people import Asker, Person
from fakes import InstantEngine, InstantRecipe
from integration.sources.conftest import Origin, Serve, serve
from integration.web.world import launch, serving, settings_of

__all__ = ["serve"]


async def test_what_one_persons_login_opened_is_that_persons(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = Origin.make(tmp_path / "web" / "origin")
    commit = origin.commit({"notes.txt": "hers"})
    server = serve(tmp_path / "web", login="oauth2:her-secret")
    asked: list[str] = []

    async def find_engine(*_: Any) -> Chosen:
        return Chosen(InstantEngine(made=InstantRecipe(key="uv-hers")), "asked for")

    async def login_of(asker: Asker, _source: Source) -> Login | None:
        assert isinstance(asker, Person)
        asked.append(asker.name)
        return Login("oauth2", "her-secret") if asker.name == "ada" else None

    monkeypatch.setattr(preparing, "find_engine", find_engine)
    repository = f"git/{quote(f'{server.url}/origin', safe='')}"
    async with serving(settings_of(tmp_path)) as world:
        world.service.launches._login_of = login_of
        hers = await launch(world.client("ada"), f"/build/{repository}/main")
        assert hers[-1].data["kind"] == "ready", hers[-1].data
        assert "her-secret" not in str([event.data for event in hers])
        # By its commit too, for which the host is not asked where there is a mirror.
        for ref in ("main", commit):
            for client in (world.client("ben"), world.client("ada-2")):
                events = await launch(client, f"/build/{repository}/{ref}")
                assert events[-1].data["code"] == "login-needed", events[-1].data
        again = await launch(world.client("ada"), f"/build/{repository}/{commit}")
        assert again[-1].data["kind"] == "ready"
        settings = world.service.settings.session_settings()
        assert list_environments(settings.environments) == []
        own = settings.in_space(space_of("ada")).environments
        assert [each.key for each in list_environments(own)] == ["uv-hers"]
        (builds_directory(own) / "uv-hers" / "build.log").write_text("hers\n")
        path = "/api/builds/uv-hers/log"
        assert (await world.client("ada").get(path)).text == "hers\n"
        assert (await world.client("ben").get(path)).status_code == 404
        assert asked.count("ada") == 2
    stored = [
        file for file in tmp_path.rglob("*") if file.is_file() and "home" not in file.parts[3:5]
    ]
    assert not [file for file in stored if b"her-secret" in file.read_bytes()]
