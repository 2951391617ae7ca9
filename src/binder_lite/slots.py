# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that start before it is known what they will serve, and spares, which wait for it.

The way to a container is the same for a launch, whose container imports its server while the
environment is made, and for a spare, whose session is made when somebody asks for one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from binder_lite.engines.base import Box, Engine, Recipe
from binder_lite.engines.choice import named_engine
from binder_lite.engines.limits import Limits
from binder_lite.environments import (
    Environment,
    find_environment,
    obtain,
    read_environment,
    using,
)
from binder_lite.errors import EnvironmentNotFound
from binder_lite.events import Message, Result, Step, Steps
from binder_lite.preparing import Prepared, Request
from binder_lite.sessions.assignment import waiting_assignment
from binder_lite.sessions.container import Container, contained, try_container
from binder_lite.sessions.serving import server_log, wait_until_waiting
from binder_lite.sessions.store import new_session_directory, running_here
from binder_lite.settings import Settings
from binder_lite.sources.model import Source
from binder_lite.storage import remove_tree


@dataclass(slots=True, kw_only=True)
class Slot:
    """A session's directory and container, before it is known what it will serve.

    What was entered on ``stack`` lasts as long as the session runs. ``resumed``: it has run
    before. A directory that is not ``kept`` goes with the stack: nothing of a person's was in it.
    ``variables`` are put into its environment.
    """

    engine: Engine
    box: Box
    stack: contextlib.AsyncExitStack
    resumed: bool = False
    kept: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    shared_server: Environment | None = None
    container: Container | None = None

    def forget_unless_kept(self) -> None:
        """Remove the directory, unless a session is in it."""
        if not self.kept:
            remove_tree(self.box.directory)


def session_box(
    settings: Settings, directory: Path, request: Request, workspace: Path | None
) -> Box:
    """Return the shape of a session's container, as far as it is known before the repository."""
    return Box(
        directory=directory,
        environments=settings.visible_environments,
        network=request.network and settings.network == "open",
        workspace=workspace,
        terminal=bool(request.command) and os.isatty(0),
        limits=Limits(settings.memory_mib, settings.processes, settings.cpus),
    )


async def beside(slot: Slot, request: Request, settings: Settings) -> Steps[None]:
    """Do what can be done while the environment is made.

    Where each environment has its own server, a container starts when that is known. A command
    needs no server, and all else imports the shared one.
    """
    recipe = slot.engine.server_recipe()
    steps = None
    if recipe is not None:
        command = bool(request.command)
        steps = try_container(slot.engine, slot.box) if command else _warm(slot, recipe, settings)
    if steps:
        async for event in Step(steps):
            yield event
    yield Result(None)


async def _warm(slot: Slot, recipe: Recipe, settings: Settings) -> Steps[None]:
    """Start the slot's container, with the shared server imported and waiting in it."""
    root, engine = settings.shared_environments, slot.engine
    if find_environment(root, recipe.key) is None:
        yield Message("launching", "Installing the notebook server, once for all sessions.")
    obtaining = Step(obtain(root, recipe, engine=engine.name, source="the notebook server"))
    async for event in obtaining:
        # Beside the build of the environment; the phase tells the two apart.
        yield replace(event, phase="launching")
    slot.shared_server = obtaining.result
    interpreter = engine.server_interpreter(slot.shared_server.directory)
    await slot.stack.enter_async_context(using(slot.shared_server))
    slot.container = await contain(slot, interpreter, warm=True)
    yield Result(None)


async def contain(slot: Slot, interpreter: Path, *, warm: bool) -> Container:
    """Start the slot's container, whose output goes to the server's log."""
    log = slot.stack.enter_context(server_log(slot.box.directory).open("ab"))
    container = contained(slot.engine, slot.box, interpreter, warm=warm, output=log.fileno())
    return await slot.stack.enter_async_context(container)


def spare_for(
    request: Request, prepared: Prepared, engine: Engine, settings: Settings
) -> str | None:
    """Return of which environment a spare must be to become this session (:func:`warm_slot`).

    ``""`` is any that has imported the shared server; ``None``: no spare does, since a spare has
    the network and shows the environments that all share.
    """
    environment = prepared.environment
    if not request.network or environment.root != settings.shared_environments:
        return None
    if engine.server_recipe() is not None:
        return ""
    return environment.name if engine.activate(environment.directory).servers else None


@contextlib.asynccontextmanager
async def warm_slot(settings: Settings, environment: str = "") -> AsyncIterator[Slot]:
    """Give a spare for as long as the block lasts: a container whose server is imported.

    That is the server that sessions of the embedded engine share, or the own one of the
    ``environment`` of this name, which may be removed all the same. A directory in which no session
    was made goes with the block. Raises ``EnvironmentNotFound`` and ``ServerFailed``.
    """
    found = read_environment((settings.shared_environments,), environment) if environment else None
    if environment and found is None:
        raise EnvironmentNotFound(f"There is no environment {environment!r}.")
    engine = await named_engine(found.engine if found else "uv", settings)
    request = Request(source=Source(text=""), engine=engine.name)
    async with contextlib.AsyncExitStack() as stack:
        directory = new_session_directory(settings.sessions)
        box = session_box(settings, directory, request, None)
        slot = Slot(engine=engine, box=box, stack=stack)
        # First, so that nothing is left of one that a full disk keeps from running.
        stack.callback(slot.forget_unless_kept)
        stack.enter_context(running_here(directory))
        engine.hand_over(directory)
        if found:
            await _warm_own(slot, found)
        else:
            async for _ in Step(beside(slot, request, settings)):
                pass
        yield slot


async def _warm_own(slot: Slot, environment: Environment) -> None:
    """Start the slot's container, with the environment's own server imported and waiting in it."""
    activation = slot.engine.activate(environment.directory)
    slot.box = replace(slot.box, environment=environment.directory, nesting=activation.nesting)
    slot.container = await contain(slot, activation.interpreter, warm=False)
    slot.container.prepare(waiting_assignment(activation, secrets.token_urlsafe(32)))
    directory = slot.box.directory
    await wait_until_waiting(slot.container, directory / "run", server_log(directory))
