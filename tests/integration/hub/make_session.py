# SPDX-License-Identifier: GPL-3.0-or-later
"""``make_session.py SOURCE OWNER [SPARE]``: makes a session, as the web service would."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from binder_lite.launch import new_session
from binder_lite.preparing import Request, choose, prepare
from binder_lite.settings import read_settings
from binder_lite.sources.url import parse_source

sys.path.insert(0, str(Path(__file__).parents[2]))

from steps import result_of


async def make(words: list[str]) -> str:
    """Return the id of the new session."""
    settings = read_settings()
    request = Request(source=parse_source(words[0], cwd=Path("/")), engine="uv")
    chosen, looked = await result_of(choose(request, settings))
    prepared = await result_of(prepare(request, chosen.engine, settings, looked))
    spare = Path(words[2]) if words[2:] else None
    made = await new_session(
        request, prepared, chosen.engine, settings, owner=words[1], directory=spare
    )
    return made.id


if __name__ == "__main__":
    print(asyncio.run(make(sys.argv[1:])))
