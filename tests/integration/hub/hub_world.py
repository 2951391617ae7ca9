# SPDX-License-Identifier: GPL-3.0-or-later
"""A real JupyterHub with our configuration, on a free port, and sessions made for it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from binder_lite.hub.spares import claim_spare
from binder_lite.inside.session import DEFERRED
from binder_lite.sessions.server import deferring
from binder_lite.sessions.store import Session, read_session
from binder_lite.settings import Settings

TOKEN = "a-token-for-tests-0123456789"
PASSWORD = "a-password-for-tests-0123456789"
_EXAMPLE = Path(__file__).parents[3] / "examples/requirements-txt"
_MAKE = Path(__file__).with_name("make_session.py")
_CONFIG = f"""
from binder_lite.hub.configuring import SERVICE, configure_whole
from binder_lite.hub.settings import read_server_settings

c = get_config()
configure_whole(c, read_server_settings())
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {PASSWORD!r}
c.Authenticator.allow_all = True
# What the tests do, the web service would do.
others = [service for service in c.JupyterHub.services if service["name"] != SERVICE]
c.JupyterHub.services = [*others, {{"name": SERVICE, "api_token": {TOKEN!r}}}]
"""


class Hub:
    """A hub and what it has started; ``url`` is the server's root."""

    def __init__(self, directory: Path, **variables: str) -> None:
        self.directory = directory
        self.settings = Settings(data=directory / "data", cache=directory / "cache")
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # The same for all its life: which Python is found depends on it.
        self.variables = {
            **{k: v for k, v in os.environ.items() if not k.startswith("BINDER_LITE_")},
            # The person's own, so that no Python in it is taken, which a session could not read.
            "HOME": pwd.getpwuid(os.geteuid()).pw_dir,
            "XDG_CONFIG_HOME": str(directory / "home"),
            "BINDER_LITE_DATA": str(self.settings.data),
            "BINDER_LITE_CACHE": str(self.settings.cache),
            "BINDER_LITE_SERVE_BIND": f"127.0.0.1:{self.port}",
            "BINDER_LITE_SERVE_SPARES": "0",
            "BINDER_LITE_SERVE_ENVIRONMENT_SPARES": "0",
            **deferring(os.environ, DEFERRED),
            **variables,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.log = directory / "hub.log"
        (directory / "config.py").write_text(_CONFIG)
        (self.settings.data / "hub").mkdir(parents=True, exist_ok=True)
        (directory / "home").mkdir(mode=0o711)

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(self.directory / "config.py")],
                cwd=self.settings.data / "hub",
                env=self.variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self._process.poll() is None, self.log.read_text()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/hub/api/").status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """Kill the hub's own process, and no other."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop the hub as an operator does."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def api(self, method: str, path: str, token: str = TOKEN, **more: Any) -> httpx.Response:
        """Call the hub's API."""
        headers = {"Authorization": f"token {token}"}
        url = f"{self.url}/hub/api/{path}"
        return httpx.request(method, url, headers=headers, timeout=60, **more)

    def person(self, name: str) -> str:
        """Make a person, and return a token that is theirs."""
        self.api("POST", f"users/{name}")
        token: str = self.api("POST", f"users/{name}/tokens", json={}).json()["token"]
        return token

    def session(self, owner: str, spare: Path | None = None) -> Session:
        """Make a session, as the web service would."""
        words = [str(_EXAMPLE), owner, *([str(spare)] if spare else [])]
        made = subprocess.run(
            [sys.executable, _MAKE, *words], env=self.variables, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        return read_session(self.settings.sessions, made.stdout.strip())

    def spare(self) -> Path:
        """Wait for a spare and take it."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if found := claim_spare(self.settings.sessions):
                return found
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-5000:])

    def begin(self, session: Session, **more: Any) -> httpx.Response:
        """Start a session's server, and wait until it runs."""
        path = f"users/{session.owner}/servers/{session.id}"
        answer = self.api("POST", path, **more)
        end = time.monotonic() + 120
        while answer.status_code == 202 and time.monotonic() < end:
            time.sleep(0.1)
            server = self.server(session)
            if server.get("ready"):
                return answer
            assert server.get("pending"), self.said(session)
        assert answer.status_code < 300, answer.text + self.said(session)
        return answer

    def said(self, session: Session) -> str:
        """Return what hub and host have logged."""
        logs = (
            self.log,
            *(session.directory / "logs" / name for name in ("host.log", "server.log")),
        )
        return "\n".join(log.read_text()[-4000:] for log in logs if log.exists())

    def server(self, session: Session) -> dict[str, Any]:
        """Return what the hub knows of a session's server."""
        user = self.api("GET", f"users/{session.owner}?include_stopped_servers").json()
        found: dict[str, Any] = user["servers"].get(session.id, {})
        return found

    def end(self, session: Session) -> None:
        """Stop a session's server, and wait until it has."""
        self.api("DELETE", f"users/{session.owner}/servers/{session.id}")
        self.wait_until_stopped(session)

    def wait_until_stopped(self, session: Session) -> None:
        """Wait until the hub knows that the session has stopped."""
        end = time.monotonic() + 40
        while time.monotonic() < end:
            if self.server(session).get("stopped", True):
                return
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-5000:])

    def address(self, session: Session, path: str = "") -> str:
        """Return a session's address as people reach it."""
        return f"{self.url}/user/{session.owner}/{session.id}/{path}"

    def host(self, session: Session) -> int:
        """Return the process id of a session's host."""
        state = self.api("GET", f"users/{session.owner}").json()["servers"][session.id]["state"]
        return int(state["pid"])


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def hub_directory() -> Iterator[Path]:
    """Make a directory whose sockets' paths are short, and that sessions' users may pass."""
    directory = Path(tempfile.mkdtemp(prefix="Hub-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def serving(directory: Path, **variables: str) -> Iterator[Hub]:
    """Run a hub for as long as the block lasts, and end its sessions with it."""
    hub = Hub(directory, **variables)
    try:
        hub.start()
        yield hub
    finally:
        with contextlib.suppress(httpx.TransportError):
            for user in hub.api("GET", "users").json():
                for name, server in (user["servers"] or {}).items():
                    if not server.get("stopped"):
                        hub.api("DELETE", f"users/{user['name']}/servers/{name}")
        hub.stop()
