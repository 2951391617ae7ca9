# SPDX-License-Identifier: GPL-3.0-or-later
"""Which engine serves a launch, and why. An engine is added here.

With ``auto`` Guix comes first wherever it answers, for what it can give in full: a repository that
has a Guix file, or is in a language that only Guix has, or asks for nothing that Guix lacks. All
else is served by the embedded engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from binder_lite.engines.base import Engine, EngineName
from binder_lite.engines.guix.engine import GuixEngine, find_guix_engine
from binder_lite.engines.guix.installation import why_unavailable
from binder_lite.engines.limits import Limits
from binder_lite.engines.uv.engine import find_uv_engine
from binder_lite.outgoing.web_exit import Reach
from binder_lite.settings import Settings

EngineChoice = Literal["auto", "guix", "uv"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An engine and why it was chosen."""

    engine: Engine
    reason: str


async def find_engine(choice: EngineChoice, settings: Settings) -> Chosen | None:
    """Return the engine of a launch; ``None`` when the repository decides.

    Raises ``EngineUnavailable`` and ``DaemonUnavailable`` for one that was asked for.
    """
    if choice != "auto":
        return Chosen(await named_engine(choice, settings), "asked for")
    if (why := why_unavailable()) is not None:
        return await find_uv(settings, f"the embedded engine; {why}")
    return None


async def named_engine(name: EngineName, settings: Settings) -> Engine:
    """Return one engine. Raises ``EngineUnavailable`` and ``DaemonUnavailable``."""
    if name == "guix":
        return await find_guix(settings)
    return (await find_uv(settings, "asked for")).engine


async def find_guix(settings: Settings) -> GuixEngine:
    """Return the Guix engine. Raises ``EngineUnavailable`` and ``DaemonUnavailable``."""
    return await find_guix_engine(
        settings.cache / "guix",
        session_uid=settings.session_uid,
        limits=_limits(settings),
        reach=_reach(settings),
    )


async def find_uv(settings: Settings, reason: str) -> Chosen:
    """Return the embedded engine, chosen for this ``reason``."""
    engine = await find_uv_engine(
        settings.packages,
        settings.pythons,
        session_uid=settings.session_uid,
        limits=_limits(settings),
        reach=_reach(settings),
    )
    return Chosen(engine, reason)


def _reach(settings: Settings) -> Reach:
    return Reach(settings.network == "open", settings.network_hosts)


def _limits(settings: Settings) -> Limits:
    return Limits(settings.memory_mib, settings.processes, settings.cpus)
