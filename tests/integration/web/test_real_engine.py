# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches with the real engine, as far as JupyterHub: many at once, one build, whole sessions."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from binder_lite.hub.settings import ServerSettings
from binder_lite.sessions.store import read_session
from binder_lite.storage import remove_tree
from integration.sources.conftest import Origin, Serve, serve
from integration.web.world import launch, serving, settings_of
from people import make_person, names

__all__ = ["serve"]

_EXAMPLE = Path(__file__).parents[3] / "examples" / "requirements-txt"
_COUNT = 12


def _spec(url: str) -> str:
    return f"git/{quote(f'{url}/origin', safe='')}/main"


@pytest.fixture(autouse=True)
def no_forges() -> None:
    """The package index is to be reached here, by https."""


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    """Settings whose data is the test run's, so that packages are there already."""
    own = make_person(names()[0]).settings
    return replace(settings_of(tmp_path), data=own.data, cache=own.cache)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_many_launches_of_an_example_build_it_once(
    tmp_path: Path, serve: Serve, settings: ServerSettings
) -> None:
    origin = Origin.make(tmp_path / "web" / "origin")
    shutil.copytree(_EXAMPLE, origin.path, dirs_exist_ok=True)
    # The time makes the repository a new one; the build tells how often it ran.
    script = (
        f"#!/bin/sh\necho {time.time_ns()} > new.txt\n"
        "echo built by $(cat /proc/sys/kernel/random/uuid)\n"
    )
    (origin.path / "postBuild").write_text(script)
    (origin.path / "postBuild").chmod(0o755)
    origin.commit()
    spec = _spec(serve(tmp_path / "web").url)
    async with serving(settings) as world:
        clients = [world.client(f"person-{number}") for number in range(_COUNT)]
        found = await asyncio.gather(
            *(launch(each, f"/build/{spec}?engine=uv") for each in clients)
        )
        ready = [events[-1].data for events in found]
        assert {each["kind"] for each in ready} == {"ready"}, ready
        assert len({each["environment"] for each in ready}) == 1
        said = {
            event.data["message"] for events in found for event in events
            if event.data["message"].startswith("built by")
        }  # fmt: skip
        assert len(said) == 1
        for events in found:  # All have heard it, whenever they came.
            assert said & {event.data["message"] for event in events}
        key = ready[0]["environment"].split("/")[0]
        assert said.pop() in (await world.client().get(f"/api/builds/{key}/log")).text
    sessions = settings.session_settings().sessions
    for number, each in enumerate(ready):
        session = read_session(sessions, each["session"])
        assert session.owner == f"person-{number}"
        assert not session.opened
        notebook = json.loads((session.workspace / "index.ipynb").read_text())
        assert notebook["cells"]
        remove_tree(session.directory)


@pytest.mark.timeout(300)
async def test_a_build_that_fails_says_why_with_the_tools_own_words(
    tmp_path: Path, serve: Serve, settings: ServerSettings
) -> None:
    origin = Origin.make(tmp_path / "web" / "origin")
    origin.commit({"requirements.txt": "no-such-package-of-anybodys-7f3a==99\n"})
    spec = _spec(serve(tmp_path / "web").url)
    async with serving(settings) as world:
        failed = (await launch(world.client("ada"), f"/build/{spec}?engine=uv"))[-1].data
        assert (failed["code"], failed["status_code"]) == ("package-not-found", 422), failed
        assert failed["hint"]
        assert any("no-such-package-of-anybodys-7f3a" in line for line in failed["last_lines"])
        assert (await world.client().get(f"/{failed['log']}")).status_code == 200
