# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of the launcher, of which a test wants the result alone."""

from __future__ import annotations

from typing import TypeVar

from binder_lite.events import Step, Steps

T = TypeVar("T")


async def result_of(steps: Steps[T]) -> T:
    """Go through all steps and return what they end with. Raises what they raise."""
    step = Step(steps)
    async for _ in step:
        pass
    return step.result
