# SPDX-License-Identifier: GPL-3.0-or-later
"""Which engine serves a launch, and why. An engine is added here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from binder_lite.engines.base import Engine
from binder_lite.engines.limits import Limits
from binder_lite.engines.uv.engine import find_uv_engine
from binder_lite.errors import EngineUnavailable
from binder_lite.settings import Settings

EngineChoice = Literal["auto", "guix", "uv"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An engine and why it was chosen."""

    engine: Engine
    reason: str


async def find_engine(choice: EngineChoice, settings: Settings) -> Chosen:
    """Return the engine that is asked for. Raises ``EngineUnavailable``."""
    if choice == "guix":
        raise EngineUnavailable(
            "This version has no Guix engine yet.",
            hint="Launch with --engine uv, which serves Python repositories.",
        )
    limits = Limits(settings.memory_mib, settings.processes, settings.cpus)
    engine = await find_uv_engine(
        settings.packages, settings.pythons, session_uid=settings.session_uid, limits=limits
    )
    reason = "asked for" if choice == "uv" else "the embedded engine; this version has no other"
    return Chosen(engine, reason)
