# SPDX-License-Identifier: GPL-3.0-or-later
"""A container that is started before its repository is known serves it when it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from binder_lite.engines.base import Box, Choices, Engine
from binder_lite.engines.limits import Limits
from binder_lite.engines.uv.engine import find_uv_engine
from binder_lite.environments import Environment, obtain
from binder_lite.events import Step
from binder_lite.outgoing.web_exit import Reach
from binder_lite.requirements.model import Origin, Requirement, Requirements
from binder_lite.sessions.assignment import Assignment, server_assignment
from binder_lite.sessions.bridge import bridged
from binder_lite.sessions.container import Container, contained
from binder_lite.sessions.server import SOCKET, wait_until_ready
from binder_lite.sessions.store import Session, new_session_directory
from binder_lite.settings import Settings
from binder_lite.sources.model import Checkout, PinnedSource, Source
from binder_lite.storage import remove_tree
from end_to_end.notebook_client import open_client
from people import make_person, names

_TOKEN = "a-token-of-a-test"
_NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": "import os, six; print(six.__name__, open('data.txt').read(), os.getcwd())",
        }
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "P", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@dataclass(slots=True)
class Spare:
    """A container that waits, and what is needed to use it."""

    engine: Engine
    settings: Settings
    directory: Path
    container: Container
    interpreter: Path
    log: Path


@pytest.fixture
async def spare() -> AsyncIterator[Spare]:
    """A container with the server imported, and no word yet of any repository."""
    settings = make_person(names()[0]).settings
    engine = await find_uv_engine(
        settings.packages,
        settings.pythons,
        session_uid=settings.session_uid,
        limits=Limits(),
        reach=Reach(),
    )
    step = Step(
        obtain(settings.environments, engine.server_recipe(), engine="uv", source="the server")
    )
    async for _event in step:
        pass
    interpreter = engine.server_interpreter(step.result.directory)
    directory = new_session_directory(settings.sessions)
    log = directory / "logs/server.log"
    engine.hand_over(directory)
    box = Box(directory=directory, environments=settings.visible_environments)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(remove_tree, directory)
        output = stack.enter_context(log.open("wb"))
        container = await stack.enter_async_context(
            contained(engine, box, interpreter, warm=True, output=output.fileno())
        )
        yield Spare(engine, settings, directory, container, interpreter, log)


async def _build(spare: Spare, repository: Path) -> Environment:
    """Build an environment that nobody had when the container started."""
    pinned = PinnedSource(Source(str(repository), directory=repository), None)
    wanted = Requirements(
        packages=(Requirement("six", Origin("requirements.txt", 1)),), reads_tree=True
    )
    deciding = Step(spare.engine.recipe(Checkout(pinned, repository), wanted, Choices()))
    async for _event in deciding:
        pass
    building = Step(
        obtain(spare.settings.environments, deciding.result, engine="uv", source="a test")
    )
    events = [event.message async for event in building]
    assert events, "it was there already"
    return building.result


async def test_a_container_serves_a_repository_that_was_unknown_when_it_started(
    spare: Spare, tmp_path: Path
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "data.txt").write_text(f"{time.time_ns()}")
    (repository / "Übung 1.ipynb").write_text(json.dumps(_NOTEBOOK))
    environment = await _build(spare, repository)
    assert spare.container.process.returncode is None

    workspace = spare.directory / "home/work"
    workspace.mkdir()
    for file in repository.iterdir():
        (workspace / file.name).write_bytes(file.read_bytes())
    spare.engine.hand_over(workspace)
    session = Session(
        id=spare.directory.name,
        directory=spare.directory,
        workspace=workspace,
        source=str(repository),
        commit=None,
        path="Übung 1.ipynb",
        engine="uv",
        environment=environment.name,
        created=datetime.now(UTC),
    )
    activation = spare.engine.activate(environment.directory)
    began = time.monotonic()
    spare.container.assign(
        server_assignment(session, activation, "/user/ada/", _TOKEN, spare.interpreter)
    )
    run = spare.directory / "run"
    await wait_until_ready(spare.container.process, run, "/user/ada/", _TOKEN, spare.log)
    assert time.monotonic() - began < 10

    async with (
        bridged(run / SOCKET, 0) as port,
        open_client(f"http://127.0.0.1:{port}/user/ada/", _TOKEN) as client,
    ):
        runs = await client.run_notebook("Übung 1.ipynb")
        said = (repository / "data.txt").read_text()
        assert [cell.text for cell in runs] == [f"six {said} /home/jovyan/work\n"]


async def test_a_container_is_told_once(spare: Spare) -> None:
    assignment = Assignment(env={"PATH": "/usr/bin:/bin"}, cwd="/", argv=("echo", "told"))
    spare.container.assign(assignment)
    with pytest.raises(RuntimeError, match="already"):
        spare.container.assign(assignment)
    async with asyncio.timeout(30):
        assert await spare.container.process.wait() == 0
    assert spare.log.read_text().endswith("told\n")


async def test_a_spare_that_nobody_wants_ends_by_itself(spare: Spare) -> None:
    spare.container.close()
    async with asyncio.timeout(30):
        assert await spare.container.process.wait() == 0
