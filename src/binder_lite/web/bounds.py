# SPDX-License-Identifier: GPL-3.0-or-later
"""What one piece of work for strangers may take of time and of the disk, and its end when it does.

Nothing stops a program from writing more between two looks; that needs a quota of the file system.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from binder_lite.storage import tree_size

# What ends sooner is not worth a look.
_SETTLING_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """``seconds`` that it may take, and bytes that it may write (``size``); 0 means any number.

    What was written is looked at every ``measure_seconds``.
    """

    seconds: float = 0
    size: int = 0
    measure_seconds: float = 10


class TooLong(Exception):
    """Its time was up."""


class TooLarge(Exception):
    """It had written too much."""


@contextlib.asynccontextmanager
async def bounded(
    bounds: Bounds, place: Path | None, *, shared: bool = False
) -> AsyncIterator[None]:
    """Cancel the block when it exceeds its bounds; ``place`` is the directory that it writes below.

    What is in a ``shared`` place a second after the beginning does not count: it is of others.
    Raises ``TooLong`` and ``TooLarge``.
    """
    exceeded: type[Exception] = TooLong
    timeout = asyncio.timeout(bounds.seconds or None)

    async def measure(place: Path) -> None:
        nonlocal exceeded
        most = bounds.size
        if shared:
            await asyncio.sleep(min(_SETTLING_SECONDS, bounds.measure_seconds))
            most += await asyncio.to_thread(tree_size, place)
        while await asyncio.to_thread(tree_size, place, most=most) <= most:
            await asyncio.sleep(bounds.measure_seconds)
        exceeded = TooLarge
        timeout.reschedule(asyncio.get_running_loop().time())

    measuring = asyncio.create_task(measure(place)) if place and bounds.size else None
    try:
        async with timeout:
            yield
    except TimeoutError as error:
        if not timeout.expired():
            raise
        raise exceeded from error
    finally:
        if measuring:
            measuring.cancel()


def shown_seconds(seconds: float) -> str:
    """Return a length of time for a person."""
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:g} seconds"
