# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m binder_lite.hub.spare [ENVIRONMENT]``: a host before it is known which session it is.

It has its container, with the server that sessions share imported in it, or the environment's own.
Its directory becomes that of the session that is made in it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Mapping

import msgspec

from binder_lite.errors import ServerFailed
from binder_lite.hub.files import CONTROL, decode_call
from binder_lite.hub.host import log_to, run_session, say_to_log, until_told
from binder_lite.hub.spares import is_claimed, is_kept, no_spare, offer
from binder_lite.listening import listening
from binder_lite.settings import read_settings
from binder_lite.slots import Slot, warm_slot

_POLL_SECONDS = 0.5
_LONGEST_CALL = 2**16
# One that is claimed, and told nothing for so long, is nobody's.
_CLAIMED_SECONDS = 120.0
# One whose keeper was killed waits this long for the next.
_ALONE_SECONDS = 60.0


async def be_spare(variables: Mapping[str, str], environment: str = "") -> None:
    """Warm a container, wait to be told which session this is, then be that session's host."""
    settings = read_settings(variables)
    async with warm_slot(settings, environment) as slot:
        directory = slot.box.directory
        try:
            with listening(directory, CONTROL) as control:
                offer(directory, environment)
                log_to(directory)  # By which the keeper knows that this one is ready.
                told = await _until_called(control, slot)
        finally:
            no_spare(directory)
        if told is not None:
            await run_session(directory.name, told, slot)


async def _until_called(control: socket.socket, slot: Slot) -> dict[str, str] | None:
    """Return the variables that the spawner sends; ``None`` when this spare is nobody's any more.

    Raises ``ServerFailed`` when what waits in the container has ended.
    """
    called: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ValueError, OSError, msgspec.MsgspecError):
            told = decode_call(await reader.readline())
            if not called.done():
                called.set_result(told)
        writer.close()

    directory = slot.box.directory
    server = await asyncio.start_unix_server(listen, sock=control, limit=_LONGEST_CALL)
    try:
        claimed = alone = 0.0
        while claimed < _CLAIMED_SECONDS and alone < _ALONE_SECONDS and _has_all(slot):
            await asyncio.wait((called,), timeout=_POLL_SECONDS)
            if called.done():
                return called.result()
            taken = is_claimed(directory)
            claimed = claimed + _POLL_SECONDS if taken else 0.0
            alone = 0.0 if taken or is_kept(directory.parent) else alone + _POLL_SECONDS
        return None
    finally:
        server.close()


def _has_all(slot: Slot) -> bool:
    """Tell whether directory and environment are still there; both may be removed."""
    assert slot.container  # noqa: S101 - a spare has one
    if slot.container.process.returncode is not None:
        raise ServerFailed("The container of a spare has ended.", hint="Its log says why.")
    environment = slot.box.environment
    return slot.box.directory.exists() and (environment is None or environment.exists())


def main() -> int:
    """Wait for the session that needs a server of this kind."""
    parser = argparse.ArgumentParser(prog="python -m binder_lite.hub.spare")
    parser.add_argument("environment", nargs="?", default="")
    words = parser.parse_args()
    say_to_log()

    async def wait() -> int:
        return await until_told(asyncio.create_task(be_spare(os.environ, words.environment)))

    return asyncio.run(wait())


if __name__ == "__main__":
    sys.exit(main())
