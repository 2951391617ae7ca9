# SPDX-License-Identifier: GPL-3.0-or-later
"""A session that runs: waiting for its end, stopping it, and what is said in farewell."""

from __future__ import annotations

import asyncio
import contextlib
import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from binder_lite.engines.base import EngineName
from binder_lite.engines.sandbox import Host
from binder_lite.sessions.server import Activity, ServerClient
from binder_lite.sessions.store import Session
from binder_lite.sessions.unsaved import unsaved

_IDLE_POLL_SECONDS = 5.0
_SHUTDOWN_SECONDS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Where a running server is reached, and what it serves."""

    url: str
    token: str
    session: str
    engine: EngineName
    environment: str
    commit: str | None
    path: str
    kernel: str
    open_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What is left when a session has ended.

    ``unsaved`` names what is only in the workspace; ``exit_status`` is that of the command or
    server, 0 when we stopped it.
    """

    session: str
    workspace: Path
    unsaved: tuple[str, ...]
    reason: str
    exit_status: int


class Running:
    """A session whose container runs.

    ``ready`` is ``None`` for a command of the person's, which begins with the waiting, when
    nothing else writes to the terminal any more (``begin``). ``client`` speaks to its server.
    """

    def __init__(
        self,
        session: Session,
        process: asyncio.subprocess.Process,
        host: Host,
        stack: contextlib.AsyncExitStack,
        *,
        ready: Ready | None = None,
        client: ServerClient | None = None,
        begin: Callable[[], None] = lambda: None,
    ) -> None:
        self.session = session
        self.ready = ready
        self.client = client
        self._process = process
        self._host = host
        self._stack = stack
        self._begin = begin
        self._began = datetime.now(UTC)
        self._farewell: Farewell | None = None

    async def wait(self, idle_timeout: float = 0) -> Farewell:
        """Wait until the server or command ends, or nothing happened for ``idle_timeout`` s.

        When the waiting is cancelled everything below is stopped first.
        """
        self._begin()
        try:
            ended = asyncio.create_task(self._process.wait())
            try:
                if idle_timeout and self.client:
                    idle = asyncio.create_task(self._until_idle(self.client, idle_timeout))
                    await asyncio.wait((ended, idle), return_when=asyncio.FIRST_COMPLETED)
                    idle.cancel()
                    await asyncio.gather(idle, return_exceptions=True)
                else:
                    await asyncio.wait((ended,))
            finally:
                ended.cancel()
            status = self._process.returncode
            if status is None:
                return await self._end(f"no activity for {idle_timeout:g} s", 0)
            what = "the server" if self.ready else "the command"
            return await self._end(f"{what} ended with status {status}", status)
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def stop(self) -> Farewell:
        """Stop everything below, kernels first, and say what is left."""
        return await self._end("stopped", 0)

    async def _end(self, reason: str, status: int) -> Farewell:
        if self._farewell is None:
            await self._ask_to_end()
            await self._stack.aclose()
            session = self.session
            self._farewell = Farewell(
                session=session.id,
                workspace=session.workspace,
                unsaved=await unsaved(session, self._host),
                reason=reason,
                exit_status=128 - status if status < 0 else status,
            )
        return self._farewell

    async def _ask_to_end(self) -> None:
        """Let the server shut its kernels down, so that what they do at exit is done."""
        if self.client is None or self._process.returncode is not None:
            return
        with contextlib.suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(_SHUTDOWN_SECONDS):
                await self.client.shut_down()
                await self._process.wait()

    async def _until_idle(self, client: ServerClient, seconds: float) -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                activity = await client.activity()
                if self._idle_seconds(activity) >= seconds:
                    return
            await asyncio.sleep(min(_IDLE_POLL_SECONDS, seconds / 4))

    def _idle_seconds(self, activity: Activity) -> float:
        if activity.busy:
            return 0.0
        last = max(self._began, activity.last or self._began)
        return (datetime.now(UTC) - last).total_seconds()


def write_open_file(directory: Path, url: str) -> Path:
    """Write the page that opens ``url``, so that no token is in a browser's arguments."""
    file = directory / "open.html"
    address = html.escape(url, quote=True)
    file.touch(mode=0o600)
    file.write_text(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="refresh" content="0; url={address}">\n'
        "<title>Opening the notebook</title></head>\n"
        f'<body><p><a href="{address}">Open the notebook</a></p></body></html>\n',
        encoding="utf-8",
    )
    return file
