# SPDX-License-Identifier: GPL-3.0-or-later
"""A launcher for tests: ``driver.py REPORT REQUEST`` does one launch and writes what it saw.

REPORT is the number of a file descriptor that receives JSON lines, so that standard output is the
command's alone. It stops the session when its standard input ends.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import sys
import threading
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from binder_lite import launch
from binder_lite.errors import LaunchError
from binder_lite.events import Step
from binder_lite.settings import read_settings
from binder_lite.sources.url import parse_source

_ADD_KEY = {"x86_64": 248, "aarch64": 217}


def main() -> None:
    """Do what the arguments say."""
    report = os.fdopen(int(sys.argv[1]), "w", buffering=1)
    os.set_inheritable(report.fileno(), False)
    request = json.loads(sys.argv[2])
    if key := request.pop("key", ""):
        _plant_key(key)

    def say(kind: str, **values: Any) -> None:
        report.write(json.dumps({"kind": kind, **values}, default=str) + "\n")

    try:
        asyncio.run(_launch(request, say))
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    # The thread that reads standard input cannot be stopped.
    os._exit(0)


async def _launch(request: dict[str, Any], say: Any) -> None:
    settings = read_settings().in_space(request.pop("space", ""))
    if resumed := request.pop("resume", ""):
        step = Step(launch.resume(resumed, settings, **request))
    else:
        source = parse_source(request.pop("source"), cwd=Path.cwd())
        command = tuple(request.pop("command", ()))
        asked = launch.Request(source=source, command=command, **request)
        step = Step(launch.launch(asked, settings))
    try:
        async for event in step:
            say("event", phase=event.phase, message=event.message, type=type(event).__name__)
    except LaunchError as error:
        details = error.details
        say("failed", code=error.code, message=error.message, last_lines=details.last_lines)
        return
    running = step.result
    say(
        "running",
        session=running.session.id,
        directory=running.session.directory,
        environment=running.session.environment,
        ready=asdict(running.ready) if running.ready else None,
    )
    waiting = asyncio.create_task(running.wait())
    ended = asyncio.get_running_loop().create_future()
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
    farewell = await (waiting if waiting.done() else running.stop())
    waiting.cancel()
    say("farewell", **asdict(farewell))


def _wait_for_end(ended: asyncio.Future[None]) -> None:
    """Wait for the end of standard input, in a thread that nobody waits for."""
    sys.stdin.read()
    ended.get_loop().call_soon_threadsafe(ended.set_result, None)


def _plant_key(secret: str) -> None:
    """Put a secret into the session keyring, as a Kerberos login does."""
    libc = ctypes.CDLL(None, use_errno=True)
    payload = secret.encode()
    session_keyring = -3
    number = _ADD_KEY[os.uname().machine]
    libc.syscall(number, b"user", b"binder-lite", payload, len(payload), session_keyring)


if __name__ == "__main__":
    main()
