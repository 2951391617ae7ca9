# SPDX-License-Identifier: GPL-3.0-or-later
"""Obtains an environment in a process of its own: ``obtaining.py ROOT GATE COUNTER``.

Prints each event's message on a line, and last the environment's name.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from binder_lite.environments import obtain
from binder_lite.events import Step

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import SlowRecipe


async def main() -> None:
    """Do what the arguments say."""
    root, gate, counter = map(Path, sys.argv[1:])
    recipe = SlowRecipe(key="uv-slow", gate=gate, counter=counter)
    step = Step(obtain(root, recipe, engine="uv", source="test"))
    async for event in step:
        print(event.message, flush=True)
    print(f"obtained {step.result.name}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
