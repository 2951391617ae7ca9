# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done about what Guix lacks: another revision that has it, and Guix's importers.

Nobody waits for this who does not ask for a manifest.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from binder_lite.engines.base import Choices
from binder_lite.engines.choice import find_guix
from binder_lite.engines.guix.engine import GuixEngine
from binder_lite.engines.guix.generations import find_generations, read_generations
from binder_lite.engines.guix.installation import Guix
from binder_lite.errors import LaunchError
from binder_lite.events import Message, Result, Step, Steps
from binder_lite.manifests.elsewhere import Elsewhere, best_elsewhere
from binder_lite.manifests.generating import Generated
from binder_lite.manifests.importing import Imports, import_missing
from binder_lite.settings import Settings
from binder_lite.sources.model import Checkout

__all__ = ["import_packages", "look_elsewhere"]


async def look_elsewhere(
    settings: Settings,
    generated: Generated,
    checkout: Checkout,
    only: frozenset[str] = frozenset(),
) -> Steps[Elsewhere | None]:
    """Return the revision of Guix on this machine that has most of what is asked for.

    ``None`` when none has more than the one in use. ``only`` is as it was for ``generated``. What
    goes wrong is told, and no error: the manifest is made without it.
    """
    try:
        finding = Step(_guix(settings, generated, checkout))
        async for event in finding:
            yield event
        engine, guix = finding.result
        programs = await asyncio.to_thread(find_generations, guix.program, home=Path.home())
        reading = Step(read_generations(guix, engine.host, engine.cache, programs))
        async for event in reading:
            yield event
    except LaunchError as error:
        yield Message("building", f"No other revision of Guix was looked at: {error}")
        yield Result(None)
        return
    found = await asyncio.to_thread(
        best_elsewhere, generated.requirements, generated.mapped, reading.result, only=only
    )
    yield Result(found)


async def import_packages(
    settings: Settings, generated: Generated, checkout: Checkout, *, module: str
) -> Steps[Imports]:
    """Run Guix's importers for what is missing; ``module`` names the file that is to have it."""
    finding = Step(_guix(settings, generated, checkout))
    async for event in finding:
        yield event
    importing = Step(import_missing(generated, finding.result[1], module=module))
    async for event in importing:
        yield event
    yield Result(importing.result)


async def _guix(
    settings: Settings, generated: Generated, checkout: Checkout
) -> Steps[tuple[GuixEngine, Guix]]:
    """Return the Guix that was asked for its packages. That of channels is there already."""
    engine = await find_guix(settings)
    finding = Step(engine.guix_of(checkout, generated.requirements, Choices()))
    async for event in finding:
        yield event
    yield Result((engine, finding.result))
