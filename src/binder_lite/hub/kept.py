# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m binder_lite.hub.kept MODULE …``: a module that is started again when it is killed.

It ends with the hub, and whatever it has started ends with it: what a killed program leaves
running, such as git or a build, becomes this process's child, and is ended before anything begins
again. JupyterHub would notice only after half a minute, and know nothing of what is left.

With ``--leave`` in front of the module what it has started is left alone: spares become hosts.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path

from binder_lite.hub.with_hub import adopt_orphans, end_with_parent

log = logging.getLogger("binder_lite.kept")

_PAUSE_SECONDS = 0.2
# Between two deaths that follow each other soon.
_LONG_PAUSE_SECONDS = 5.0
_SOON_SECONDS = 10.0
_ENDING_SECONDS = 10.0
# Less than the ten that JupyterHub gives a service.
_STOP_SECONDS = 8


class _Kept:
    """The module's process, and whether we were told to end it."""

    def __init__(self, words: list[str], *, leave: bool) -> None:
        self._leave = leave
        self._words = [sys.executable, "-m", "binder_lite.hub.with_hub", *words]
        self._pid = 0
        self._told = False

    def end(self, *_: object) -> None:
        """Let it end, and start it no more."""
        if not self._told:
            signal.alarm(_STOP_SECONDS)
        self._told = True
        self._send(signal.SIGTERM)

    def kill(self, *_: object) -> None:
        """End it: it has been asked to, and has not."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def run(self) -> int:
        """Keep it until it ends by itself or we are told; return its exit status."""
        while True:
            began = time.monotonic()
            status = self._run_once()
            if not self._leave:
                end_all_below()
            if self._told:
                return 0
            if status >= 0:
                return status
            name = signal.Signals(-status).name
            log.warning("%s was ended by %s; starting it again", self._words[3], name)
            soon = time.monotonic() - began < _SOON_SECONDS
            until = time.monotonic() + (_LONG_PAUSE_SECONDS if soon else _PAUSE_SECONDS)
            while time.monotonic() < until and not self._told:
                time.sleep(_PAUSE_SECONDS / 2)

    def _run_once(self) -> int:
        self._pid = os.posix_spawn(self._words[0], self._words, os.environ)
        if self._told:
            self._send(signal.SIGTERM)  # Told just before it was there.
        ended = status = 0
        # Orphans are ours to reap, too.
        while ended != self._pid:
            ended, status = os.waitpid(-1, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)


def end_all_below() -> None:
    """Kill all children, and theirs, which become ours."""
    until = time.monotonic() + _ENDING_SECONDS
    while (pids := _children()) and time.monotonic() < until:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.01)


def _children() -> list[int]:
    pid = os.getpid()
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []  # A kernel that does not tell.


def main() -> int:
    """Keep the module that the arguments name."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    end_with_parent()
    words = sys.argv[1:]
    leave = words[0] == "--leave"
    if not leave:
        adopt_orphans()
    kept = _Kept(words[leave:], leave=leave)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, kept.end)
    signal.signal(signal.SIGALRM, kept.kill)
    return kept.run()


if __name__ == "__main__":
    sys.exit(main())
