# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of launch.py as far as it goes without building: a plan, and what pins it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from binder_lite.command import Command
from binder_lite.engines.base import Pin
from binder_lite.engines.choice import Chosen
from binder_lite.environments import find_among
from binder_lite.events import Result, Step, Steps
from binder_lite.preparing import Read, Request, choose, read
from binder_lite.requirements.guix.jupyter import GUIX_KERNEL, parse_guix_cells, request_lines
from binder_lite.requirements.model import Requirements
from binder_lite.requirements.notebooks import parse_code_cells
from binder_lite.sessions.container import waiting_command
from binder_lite.settings import Settings
from binder_lite.slots import session_box
from binder_lite.sources.model import PinnedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a launch would do."""

    pinned: PinnedSource
    requirements: Requirements
    engine: str
    reason: str
    environment: str
    built: bool
    software: str
    packages: tuple[str, ...]
    added: tuple[str, ...]
    path: str
    kernel: str
    command: Command
    remarks: tuple[str, ...]
    asks: tuple[str, ...]


async def _look(request: Request, settings: Settings) -> Steps[tuple[Chosen, Read]]:
    """Choose the engine and read the repository, for those who build nothing."""
    choosing = Step(choose(request, settings))
    async for event in choosing:
        yield event
    chosen, looked = choosing.result
    reading = Step(read(request, chosen.engine, settings, looked))
    async for event in reading:
        yield event
    yield Result((chosen, reading.result))


async def plan(request: Request, settings: Settings) -> Steps[Plan]:
    """Say what :func:`launch` would do, up to and without the build."""
    looking = Step(_look(request, settings))
    async for event in looking:
        yield event
    chosen, found = looking.result
    key = found.recipe.key
    environment = find_among(settings.visible_environments, key)
    directory = environment.directory if environment else settings.environments / key / "1"
    box = session_box(settings, settings.sessions / "…", request, workspace=None)
    box = replace(box, environment=directory)
    first = waiting_command(Path("python"), 3, warm=not request.command)
    notebook = found.notebook
    yield Result(
        Plan(
            pinned=found.checkout.pinned,
            requirements=found.requirements,
            engine=chosen.engine.name,
            reason=chosen.reason,
            environment=environment.name if environment else key,
            built=environment is not None,
            software=found.recipe.software,
            packages=found.recipe.packages,
            added=found.recipe.added,
            path=found.path,
            kernel=request.kernel or (notebook.kernel_name if notebook else ""),
            command=chosen.engine.enclose(box, first),
            remarks=(*found.recipe.notices, *found.recipe.remarks),
            asks=await asyncio.to_thread(_asks, found),
        )
    )


def _asks(found: Read) -> tuple[str, ...]:
    """Return what the notebook's own cells will ask Guix for."""
    if found.notebook is None or found.notebook.kernel_name != GUIX_KERNEL:
        return ()
    file = found.checkout.directory / found.path
    return request_lines(parse_guix_cells(parse_code_cells(file.read_bytes(), found.path)))


async def pin(request: Request, settings: Settings) -> Steps[tuple[Pin, str]]:
    """Return the file that pins the source's environment, and in which folder it belongs.

    Raises ``CannotPin``.
    """
    looking = Step(_look(request, settings))
    async for event in looking:
        yield event
    _, found = looking.result
    file = next(iter(found.requirements.build_files), "")
    yield Result((found.recipe.pin(), str(Path(file).parent)))
