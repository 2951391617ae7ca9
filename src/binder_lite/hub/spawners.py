# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterHub's spawners of sessions.

A server's name is its session's id. What is started is known from the session's record alone:
what a client sends along with a request to start a server counts for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess  # noqa: TID251 - a host outlives us, which binder_lite.process prevents
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

from jupyterhub.spawner import Spawner
from tornado.web import HTTPError
from traitlets import Instance, Unicode, default

from binder_lite.errors import SessionNotFound
from binder_lite.hub.files import CONTROL, GATE, encode_call, read_steps, takes_token_in_url
from binder_lite.hub.settings_model import ServerSettings
from binder_lite.process import host_environment
from binder_lite.sessions.bridge import socket_address
from binder_lite.sessions.store import Session, read_running, read_session, state

_POLL_SECONDS = 0.01
_PROGRESS_SECONDS = 0.2
_STOP_SECONDS = 20.0
_KILL_SECONDS = 5.0
# sockaddr_un's, without the byte that ends it.
_LONGEST_PATH = 107
_PLAIN = re.compile(rb"[a-z0-9_-]")


def socket_url(path: Path) -> str:
    """Return the URL of a Unix socket, as JupyterHub and its proxy read it.

    Both take what stands there for a host's name, and make it lower case. A path that is too long
    is told from the directory that both run in.
    """
    words = os.fsencode(path)
    if len(words) > _LONGEST_PATH:
        words = os.fsencode(os.path.relpath(path))
    letters = (bytes([byte]) for byte in words)
    host = "".join(
        letter.decode() if _PLAIN.match(letter) else f"%{letter[0]:02x}" for letter in letters
    )
    return f"http+unix://{host}"


class SessionSpawner(Spawner):  # type: ignore[misc] # JupyterHub has no types
    """Makes any spawner one of sessions: ``class Mine(SessionSpawner, SlurmSpawner)``."""

    server_settings = Instance(ServerSettings, help="The settings of this server.").tag(config=True)

    @default("start_timeout")
    def _default_start_timeout(self) -> int:
        return 600  # An environment that was removed is built again.

    @default("poll_interval")
    def _default_poll_interval(self) -> int:
        return 5

    @property
    def session(self) -> Session:
        """The session that this server's name means. Raises 404, or 403 for another person's."""
        settings = self.server_settings.session_settings()
        try:
            if not self.name:
                raise SessionNotFound("A server without a name is no session.")
            found = read_session(settings.sessions, self.name)
            if found.id != self.name:
                raise SessionNotFound(f"There is no session {self.name!r}.")
        except SessionNotFound as error:
            raise HTTPError(404, reason=error.message) from error
        if not found.owner or found.owner != self.user.name:
            raise HTTPError(403, reason="This session belongs to somebody else.")
        return found

    def get_args(self) -> list[str]:
        """Return what the host is told: the session, and nothing that a client said."""
        return [self.session.id]

    @default("cmd")
    def _default_cmd(self) -> list[str]:
        return [sys.executable, "-m", "binder_lite.hub.host"]

    def get_env(self) -> dict[str, str]:
        """Return the host's variables; none of them enters the container."""
        env: dict[str, str] = {**super().get_env(), **host_variables(self.server_settings)}
        env.pop("JPY_API_TOKEN", None)
        if takes_token_in_url(self.session.directory):
            env |= {"JUPYTERHUB_ALLOW_TOKEN_IN_URL": "1"}
        return env

    async def start(self) -> Any:
        """Start the session's host."""
        _ = self.session  # Which refuses before anything else is done.
        return await super().start()

    # JupyterHub asks of each spawner that it says all three.
    async def stop(self, now: bool = False) -> None:
        """Stop the session's host."""
        await super().stop(now)

    async def poll(self) -> int | None:
        """Tell whether the session's host runs."""
        status: int | None = await super().poll()
        return status

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Tell what the host does."""
        directory = self.session.directory
        told = 0
        while True:
            for step in read_steps(directory)[told:]:
                told += 1
                yield {"progress": min(90, 10 * told), "message": step.message}
            await asyncio.sleep(_PROGRESS_SECONDS)


def host_variables(settings: ServerSettings) -> dict[str, str]:
    """Return the variables by which a host knows this server's settings."""
    own = settings.session_settings()
    values = {
        "BINDER_LITE_DATA": own.data,
        "BINDER_LITE_CACHE": own.cache,
        "BINDER_LITE_MEMORY_MIB": own.memory_mib,
        "BINDER_LITE_PROCESSES": own.processes,
        "BINDER_LITE_CPUS": own.cpus,
        "BINDER_LITE_NETWORK": own.network,
        "BINDER_LITE_NETWORK_HOSTS": " ".join(own.network_hosts),
        "BINDER_LITE_SESSION_UID": own.session_uid,
        "BINDER_LITE_IDLE_SECONDS": settings.idle_seconds,
        "BINDER_LITE_MAX_AGE_SECONDS": settings.max_age_seconds,
        "BINDER_LITE_CORS_ORIGINS": " ".join(settings.cors_origins),
        "BINDER_LITE_TRUSTED_PROXIES": " ".join(settings.trusted_proxies),
    }
    # systemd's, where it enforces the limits of a session.
    runtime = {k: v for k, v in os.environ.items() if k == "XDG_RUNTIME_DIR"}
    named = {name: str(value) for name, value in values.items()}
    return {**host_environment(), **runtime, **named}


class LocalSessionSpawner(SessionSpawner):
    """Runs hosts on this machine, as the user who runs the hub; they outlive it.

    A spare that the session was made in is told what it is; else a new host is started.
    """

    started = Unicode(help="When the process began, as the kernel counts it.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pid = 0
        self._child: subprocess.Popen[bytes] | None = None

    def load_state(self, state: dict[str, Any]) -> None:
        """Remember the process after a restart of the hub."""
        super().load_state(state)
        self.pid, self.started = state.get("pid", 0), state.get("started", "")

    def get_state(self) -> dict[str, Any]:
        """Return what a later hub needs to know the process again."""
        state: dict[str, Any] = super().get_state()
        return {**state, "pid": self.pid, "started": self.started} if self.pid else state

    def clear_state(self) -> None:
        """Forget the process."""
        super().clear_state()
        self.pid, self.started, self._child = 0, "", None

    async def start(self) -> str:
        """Start the session's host and return where its gate is."""
        session = self.session
        env = self.get_env()
        self.pid = await _adopt(session.directory, env)
        if not self.pid:
            await self._end_stray(session)
            self.pid = self._start_host(session.directory, env)
        self.started = began(self.pid)
        gate = session.directory / GATE
        while not gate.is_socket():
            if await self.poll() is not None:
                raise _failure(session.directory)
            await asyncio.sleep(_POLL_SECONDS)
        return socket_url(gate)

    async def _end_stray(self, session: Session) -> None:
        """End a host that no hub knows: the one that was just starting it was killed."""
        stray = read_running(session)
        if stray and state(session) == "running":
            self.pid, self.started, self._child = stray.pid, began(stray.pid), None
            await self.stop()

    def _start_host(self, directory: Path, env: dict[str, str]) -> int:
        # What a host that was killed left; the new one's shows that it is ready.
        (directory / GATE).unlink(missing_ok=True)
        self._child = subprocess.Popen(
            [*self.cmd, *self.get_args()],
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self._child.pid

    async def poll(self) -> int | None:
        """Tell whether the host runs: a later process of the same number is none of ours."""
        if self._child is not None:
            status = self._child.poll()
            return status if status is None else abs(status)
        runs = self.pid and self.started and began(self.pid) == self.started
        return None if runs else 0

    async def stop(self, now: bool = False) -> None:
        """Ask the host to end, kernels first; make it after a while."""
        for number, seconds in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
            if now and number == signal.SIGTERM:
                continue
            if await self.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while await self.poll() is None:
                        await asyncio.sleep(5 * _POLL_SECONDS)


def began(pid: int) -> str:
    """Return when a process began, in the kernel's ticks since the machine did; "" for none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


async def _adopt(directory: Path, env: dict[str, str]) -> int:
    """Tell the spare that waits in this directory what it is; return its process, 0 for none."""
    control = socket.socket(socket.AF_UNIX)
    control.setblocking(False)
    loop = asyncio.get_running_loop()
    with control:
        try:
            with socket_address(directory / CONTROL) as address:
                await loop.sock_connect(control, address)
            credentials = control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            pid, uid, _group = struct.unpack("3i", credentials)
            if uid != os.geteuid():
                return 0
            await loop.sock_sendall(control, encode_call(env))
            return int(pid)
        except OSError:
            return 0


def _failure(directory: Path) -> HTTPError:
    """Return the error that the host told of."""
    failed = [step for step in read_steps(directory) if step.phase == "failed"]
    message = failed[-1].message if failed else "The session's host ended before it was ready."
    error: Any = HTTPError(500, reason=message.splitlines()[0])
    error.jupyterhub_message = f"{message} {failed[-1].hint}" if failed else message
    return cast(HTTPError, error)
