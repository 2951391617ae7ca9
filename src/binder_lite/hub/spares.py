# SPDX-License-Identifier: GPL-3.0-or-later
"""Spares: hosts that were started ahead (``spare.py``), each with a server that is imported.

``python -m binder_lite.hub.spares N M`` keeps N of them ready for any session whose server is the
shared one, and one for each of up to M environments that have a server of their own and are often
asked for. A used one is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess  # noqa: TID251 - a spare becomes a session's host, which outlives us
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from binder_lite.environments import find_environment
from binder_lite.hub.demand import note_asked, often_asked
from binder_lite.hub.files import SPARE
from binder_lite.hub.host import until_told
from binder_lite.hub.spawners import began
from binder_lite.settings import Settings, read_settings
from binder_lite.storage import lock, read_record, write_record

log = logging.getLogger("binder_lite.spares")

_POLL_SECONDS = 0.5
_LONGEST_READ = 2**16
# Before another is started of a kind of which one has failed so soon after it was.
_PAUSE_SECONDS = 30.0
_SOON_SECONDS = 60.0
_CLAIMED = "claimed.json"
_KEEPER = "spares.lock"


@dataclass(frozen=True, slots=True)
class Spare:
    """Who waits: process id, and when it began; ``environment`` is that whose server it is."""

    pid: int
    began: str
    environment: str = ""

    @property
    def waits(self) -> bool:
        """Whether that process is still there."""
        return bool(self.began) and began(self.pid) == self.began


def offer(directory: Path, environment: str) -> None:
    """Say that this process is a spare, in whose directory a session may be made."""
    write_record(directory / SPARE, Spare(os.getpid(), began(os.getpid()), environment))


def no_spare(directory: Path) -> None:
    """Say that there is no spare here, or no longer."""
    for name in (SPARE, _CLAIMED):
        (directory / name).unlink(missing_ok=True)


def find_spares(sessions: Path) -> dict[Path, Spare]:
    """Return those that wait for anybody, by their directories."""
    found = {}
    for file in sessions.glob(f"*/{SPARE}"):
        spare = read_record(file, Spare)
        if spare and spare.waits:
            found[file.parent] = spare
    return found


def claim_spare(sessions: Path, environment: str = "") -> Path | None:
    """Take a spare for oneself and return its directory; ``None`` when there is none.

    With an ``environment`` it is one that has imported this one's own server, and that it was asked
    for is noted. A session is to be made in it (:func:`binder_lite.launch.new_session`) within two
    minutes.
    """
    if environment:
        note_asked(sessions.parent, environment)
    for directory, spare in find_spares(sessions).items():
        if spare.environment == environment and _claim(directory):
            return directory
    return None


def _claim(directory: Path) -> bool:
    """Take the spare that waits here; of several who try only one finds the file."""
    with contextlib.suppress(FileNotFoundError):
        (directory / SPARE).rename(directory / _CLAIMED)
        return True
    return False


def is_claimed(directory: Path) -> bool:
    """Tell whether somebody has taken the spare that waits here."""
    return (directory / _CLAIMED).exists()


def is_kept(sessions: Path) -> bool:
    """Tell whether a keeper runs for the spares in this directory."""
    held = lock(sessions.parent / _KEEPER, shared=True)
    if held is not None:
        os.close(held)
    return held is None


def wanted_spares(shared: int, own: int, settings: Settings) -> Counter[str]:
    """Return how many spares there are to be, by environment; ``""`` is the shared server's.

    Up to ``own`` environments have one each: those that are there and asked for most.
    """
    root = settings.shared_environments
    asked = often_asked(settings.sessions.parent) if own else []
    found = (find_environment(root, key) for key in asked)
    names = [environment.name for environment in found if environment][:own]
    return Counter({"": shared, **dict.fromkeys(names, 1)})


@dataclass(frozen=True, slots=True, eq=False)
class _Started:
    """A spare's process, which may be a session's host by now."""

    process: subprocess.Popen[bytes]
    environment: str
    at: float

    @property
    def has_failed(self) -> bool:
        """Whether it has ended in error as soon as it was started."""
        return bool(self.process.poll()) and time.monotonic() - self.at < _SOON_SECONDS


class _Keeper:
    """What was started, what failed, and what is to be done about it."""

    def __init__(self, shared: int, own: int, variables: Mapping[str, str]) -> None:
        self._shared, self._own = shared, own
        self._variables = variables
        self._settings = read_settings(variables)
        self._starting: list[_Started] = []
        # Silent since the last look: they wait, or have failed and are about to end.
        self._silent: list[_Started] = []
        # Remembered, so that their end is noticed.
        self._used: list[_Started] = []
        self._paused: dict[str, float] = {}

    def look(self) -> None:
        """Start what is missing, and end what nobody asks for any more."""
        self._sort()
        wanted = wanted_spares(self._shared, self._own, self._settings)
        waiting = find_spares(self._settings.sessions)
        there = Counter(spare.environment for spare in waiting.values())
        there.update(each.environment for each in (*self._starting, *self._silent))
        for environment, missing in (wanted - there).items():
            if time.monotonic() >= self._paused.get(environment, 0.0):
                started = (_start(environment, self._variables) for _ in range(missing))
                self._starting.extend(started)
        for directory, spare in waiting.items():
            if spare.environment not in wanted:
                _end(directory, spare)

    def _sort(self) -> None:
        everything = (*self._starting, *self._silent, *self._used)
        for failed in {each.environment for each in everything if each.has_failed}:
            log.warning("A spare could not be started; it has said why above.")
            self._paused[failed] = time.monotonic() + _PAUSE_SECONDS
        used = (*self._used, *self._silent)
        self._used = [each for each in used if each.process.poll() is None]
        self._silent = [each for each in self._starting if _has_let_go(each.process)]
        self._starting = [each for each in self._starting if each not in self._silent]

    def end(self) -> None:
        """End all that are nobody's yet."""
        for each in self._starting:
            each.process.terminate()
        for directory, spare in find_spares(self._settings.sessions).items():
            _end(directory, spare)


async def keep_spares(shared: int, own: int, variables: Mapping[str, str]) -> None:
    """Keep spares ready until cancelled; those that still wait are ended then.

    There are ``shared`` with the shared server, and one for each of up to ``own`` environments.
    """
    sessions = read_settings(variables).sessions
    # By which spares know that they are kept: the kernel gives it free when we die.
    while (held := lock(sessions.parent / _KEEPER)) is None:
        await asyncio.sleep(_POLL_SECONDS)
    keeper = _Keeper(shared, own, variables)
    try:
        while True:
            keeper.look()
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        os.close(held)
        keeper.end()


def _has_let_go(spare: subprocess.Popen[bytes]) -> bool:
    """Tell whether a spare waits or has ended: it prints elsewhere from then on.

    Its record alone would not do: a session may take it at once.
    """
    assert spare.stdout  # noqa: S101 - it was started with a pipe
    os.set_blocking(spare.stdout.fileno(), False)
    try:
        if os.read(spare.stdout.fileno(), _LONGEST_READ):
            return False
    except BlockingIOError:
        return False
    spare.stdout.close()
    return True


def _start(environment: str, variables: Mapping[str, str]) -> _Started:
    # Nothing of the hub's: what it needs of that, the spawner tells it.
    env = {name: value for name, value in variables.items() if not name.startswith("JUPYTERHUB_")}
    env.pop("JPY_API_TOKEN", None)
    words = [environment] if environment else []
    process = subprocess.Popen(
        [sys.executable, "-m", "binder_lite.hub.spare", *words],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    return _Started(process, environment, time.monotonic())


def _end(directory: Path, spare: Spare) -> None:
    """End a spare, unless somebody takes it first."""
    if _claim(directory):
        with contextlib.suppress(ProcessLookupError):
            os.kill(spare.pid, signal.SIGTERM)


def main() -> int:
    """Keep spares until told to end."""
    logging.basicConfig(level=logging.INFO)
    shared, own = (int(word) for word in sys.argv[1:3])

    async def keep() -> int:
        return await until_told(asyncio.create_task(keep_spares(shared, own, os.environ)))

    return asyncio.run(keep())


if __name__ == "__main__":
    sys.exit(main())
