# SPDX-License-Identifier: GPL-3.0-or-later
"""Spares: hosts that were started ahead, with a container whose server is imported.

A spare's directory becomes that of the session that is made in it. ``python -m
binder_lite.hub.spares N`` keeps N of them ready; a used one is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess  # noqa: TID251 - a spare becomes a session's host, which outlives us
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from binder_lite.hub.files import CONTROL, SPARE, decode_call, listening
from binder_lite.hub.host import log_to, run_session, until_told
from binder_lite.hub.spawners import began
from binder_lite.launch import warm_slot
from binder_lite.settings import read_settings
from binder_lite.storage import lock, read_record, write_record

log = logging.getLogger("binder_lite.spares")

_POLL_SECONDS = 0.5
_PAUSE_SECONDS = 30.0
_LONGEST_CALL = 2**16
# One that is claimed, and told nothing for so long, is nobody's.
_CLAIMED_SECONDS = 120.0
# One whose keeper was killed waits this long for the next.
_ALONE_SECONDS = 60.0
_CLAIMED = "claimed.json"
_KEEPER = "spares.lock"


@dataclass(frozen=True, slots=True)
class Spare:
    """Who waits: process id, and when it began."""

    pid: int
    began: str

    @property
    def waits(self) -> bool:
        """Whether that process is still there."""
        return bool(self.began) and began(self.pid) == self.began


def find_spares(sessions: Path) -> list[Path]:
    """Return the directories of those that wait for anybody."""
    found = []
    for file in sessions.glob(f"*/{SPARE}"):
        spare = read_record(file, Spare)
        if spare and spare.waits:
            found.append(file.parent)
    return found


def claim_spare(sessions: Path) -> Path | None:
    """Take a spare for oneself and return its directory; ``None`` when there is none.

    A session is to be made in it (:func:`binder_lite.launch.new_session`) within two minutes.
    """
    for directory in find_spares(sessions):
        # Of several who try only one finds the file.
        with contextlib.suppress(FileNotFoundError):
            (directory / SPARE).rename(directory / _CLAIMED)
            return directory
    return None


async def be_spare(variables: Mapping[str, str]) -> None:
    """Warm a container, wait to be told which session this is, then be that session's host."""
    settings = read_settings(variables)
    async with warm_slot(settings) as slot:
        directory = slot.box.directory
        try:
            with listening(directory, CONTROL) as control:
                write_record(directory / SPARE, Spare(os.getpid(), began(os.getpid())))
                log_to(directory)  # By which the keeper knows that this one is ready.
                told = await _until_called(control, directory)
        finally:
            for name in (SPARE, _CLAIMED):
                (directory / name).unlink(missing_ok=True)
        if told is not None:
            await run_session(directory.name, told, slot)


async def _until_called(control: socket.socket, directory: Path) -> dict[str, str] | None:
    """Return the variables that the spawner sends; ``None`` when who claimed it went away."""
    called: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ValueError, OSError, msgspec.MsgspecError):
            told = decode_call(await reader.readline())
            if not called.done():
                called.set_result(told)
        writer.close()

    server = await asyncio.start_unix_server(listen, sock=control, limit=_LONGEST_CALL)
    try:
        claimed = alone = 0.0
        while claimed < _CLAIMED_SECONDS and alone < _ALONE_SECONDS and directory.exists():
            await asyncio.wait((called,), timeout=_POLL_SECONDS)
            if called.done():
                return called.result()
            taken = (directory / _CLAIMED).exists()
            claimed = claimed + _POLL_SECONDS if taken else 0.0
            alone = 0.0 if taken or _is_kept(directory.parent) else alone + _POLL_SECONDS
        return None
    finally:
        server.close()


def _is_kept(sessions: Path) -> bool:
    """Tell whether a keeper runs for the spares in this directory."""
    held = lock(sessions.parent / _KEEPER, shared=True)
    if held is not None:
        os.close(held)
    return held is None


async def keep_spares(wanted: int, variables: Mapping[str, str]) -> None:
    """Keep so many spares ready until cancelled; those that still wait are ended then."""
    sessions = read_settings(variables).sessions
    # By which spares know that they are kept: the kernel gives it free when we die.
    while (held := lock(sessions.parent / _KEEPER)) is None:
        await asyncio.sleep(_POLL_SECONDS)
    starting: list[subprocess.Popen[bytes]] = []
    used: list[subprocess.Popen[bytes]] = []
    try:
        while True:
            ready = [each for each in starting if _has_let_go(each)]
            starting = [each for each in starting if each not in ready]
            if ready:
                await asyncio.sleep(_POLL_SECONDS)  # One that has failed is about to end.
            failed = [each for each in ready if each.poll()]
            # Those that were once started are remembered, so that their end is noticed.
            used = [each for each in (*used, *ready) if each.poll() is None]
            if failed:
                log.warning("A spare could not be started; it has said why above.")
                await asyncio.sleep(_PAUSE_SECONDS)
            for _ in range(wanted - len(find_spares(sessions)) - len(starting)):
                starting.append(_start(variables))
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        os.close(held)
        for each in starting:
            each.terminate()
        while directory := claim_spare(sessions):
            spare = read_record(directory / _CLAIMED, Spare)
            if spare and spare.waits:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(spare.pid, signal.SIGTERM)


def _has_let_go(spare: subprocess.Popen[bytes]) -> bool:
    """Tell whether a spare waits or has ended: it prints elsewhere from then on.

    Its record alone would not do: a session may take it at once.
    """
    assert spare.stdout  # noqa: S101 - it was started with a pipe
    os.set_blocking(spare.stdout.fileno(), False)
    try:
        if os.read(spare.stdout.fileno(), _LONGEST_CALL):
            return False
    except BlockingIOError:
        return False
    spare.stdout.close()
    return True


def _start(variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # Nothing of the hub's: what it needs of that, the spawner tells it.
    env = {name: value for name, value in variables.items() if not name.startswith("JUPYTERHUB_")}
    env.pop("JPY_API_TOKEN", None)
    return subprocess.Popen(
        [sys.executable, "-m", "binder_lite.hub.host", "--spare"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def main() -> int:
    """Keep spares until told to end."""
    logging.basicConfig(level=logging.INFO)

    async def keep() -> int:
        return await until_told(asyncio.create_task(keep_spares(int(sys.argv[1]), os.environ)))

    return asyncio.run(keep())


if __name__ == "__main__":
    sys.exit(main())
