# SPDX-License-Identifier: GPL-3.0-or-later
"""The two servers of the comparison: `binder-lite serve`, and plain JupyterHub.

Both run JupyterHub of the same version behind the same proxy program, for the length of a block,
in directories of the benchmark's own. Comparing and printing is left to others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from uv import find_uv_bin

from sides import PYTHON, Clock, environment, started

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from binder_lite.hub.proxy import proxy_command
from binder_lite.hub.spares import find_spares
from end_to_end.notebook_client import open_client

_SERVE = Path(sys.executable).with_name("binder-lite")
_LONGEST_SECONDS = 300.0
_POLL_SECONDS = 0.01
_STEP_SECONDS = 0.1
_TOKEN = "a-token-of-the-benchmark-0123456789"
_PLAIN = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite:///{place}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "{place}/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{place}/people/{{username}}"
c.Spawner.cmd = ["{place}/venv/bin/jupyterhub-singleuser"]
c.Spawner.notebook_dir = "{repository}"
c.Spawner.args = {args}
c.Spawner.environment = {{"PYTHONNOUSERSITE": "1"}}
c.ConfigurableHTTPProxy.command = {proxy}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = "{place}/proxy.pid"
c.ConfigurableHTTPProxy.auth_token = "{token}"
c.JupyterHub.services = [{{"name": "bench", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{
    "name": "bench", "services": ["bench"],
    "scopes": ["admin:users", "admin:servers", "access:servers"],
}}]
"""


@dataclass(frozen=True, slots=True)
class Started:
    """A server that a launch came to: how to reach it, its first process, and when it was there.

    ``ready`` is when that was told, ``answered`` the first 200, both in seconds since the launch
    was asked for.
    """

    base: str
    token: str
    pid: int
    ready: float
    answered: float


async def first_cell(server: Started, clock: Clock) -> float:
    """Run `1+1` in a kernel; return when its result was there."""
    metadata = {"kernelspec": {"name": "python3"}}
    async with (
        open_client(server.base, server.token) as browser,
        browser.kernel("index.ipynb", metadata) as kernel,
    ):
        result = await kernel.execute("1+1")
        seconds = clock()
    if result.text != "2":
        sys.exit(f"a cell failed: {result.error or result.text!r}")
    return seconds


async def until_answered(http: httpx.AsyncClient, base: str, token: str) -> None:
    """Ask for `/api/status` until it is given."""
    headers = {"Authorization": f"token {token}"}
    deadline = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < deadline:
        if (await http.get(f"{base}api/status", headers=headers)).status_code == 200:
            return
        await asyncio.sleep(_POLL_SECONDS)
    sys.exit(f"{base} does not answer")


def client() -> httpx.AsyncClient:
    """Return a client without limits of its own."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(timeout=_LONGEST_SECONDS, limits=limits, trust_env=False)


class Server:
    """What both sides have: an address, a first process, a log."""

    def __init__(self, url: str, process: subprocess.Popen[str], log: Path) -> None:
        self.url = url
        self.process = process
        self._log = log

    def wait_until_up(self, path: str) -> None:
        """Wait until an address of the server answers with 200."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url + path, trust_env=False).status_code == 200:
                    return
            time.sleep(_STEP_SECONDS)
        sys.exit(f"no server at {self.url}:\n{self.said()}")

    def said(self) -> str:
        """Return the end of what it has logged."""
        return self._log.read_text()[-5000:]


class Ours(Server):
    """`binder-lite serve` with temporary people; its sessions are in ``sessions``."""

    def __init__(
        self, url: str, process: subprocess.Popen[str], log: Path, data: Path, spares: int
    ) -> None:
        super().__init__(url, process, log)
        self.data = data
        self.sessions = data / "sessions"
        self._spares = spares
        self._people = 0

    def spec(self, repository: str, more: str = "") -> str:
        """Return the address of a repository's launch."""
        return f"{self.url}build/git/{quote(repository, safe='')}/HEAD{more}"

    def somebody(self) -> dict[str, str]:
        """Return the headers of a person at an address of their own: limits count by address."""
        self._people += 1
        address = f"198.18.{self._people // 250}.{self._people % 250 + 1}"
        return {"Accept": "text/event-stream", "X-Forwarded-For": address}

    async def launch(self, http: httpx.AsyncClient, repository: str, clock: Clock) -> Started:
        """Launch as BinderHub's clients do, and wait for the server's first 200."""
        event = await self.told(http, self.spec(repository), self.somebody())
        ready = clock()
        await until_answered(http, event["url"], event["token"])
        answered = clock()
        running = json.loads((self.sessions / event["session"] / "running.json").read_bytes())
        return Started(event["url"], event["token"], running["pid"], ready, answered)

    async def told(
        self, http: httpx.AsyncClient, address: str, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Follow a launch to its end, and return the event that says it is ready."""
        async with http.stream("GET", address, headers=headers) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data: "):
                    continue
                event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if event["phase"] == "ready":
                    return event
                if event["phase"] == "failed":
                    sys.exit(f"no session: {event}\n{self.said()}")
        sys.exit(f"a stream ended before its launch:\n{self.said()}")

    def stop(self, servers: Sequence[Started]) -> None:
        """End sessions and wait until they are gone."""
        self._end([server.pid for server in servers])

    def _end(self, hosts: Sequence[int]) -> None:
        for pid in hosts:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in hosts:
            _until(lambda pid=pid: not _is_there(pid), self)

    def end_sessions(self) -> None:
        """End the sessions that run, which outlive a server, and wait until they are gone."""
        hosts = []
        for file in self.sessions.glob("*/running.json"):
            with contextlib.suppress(ValueError, KeyError, OSError):
                hosts.append(int(json.loads(file.read_bytes())["pid"]))
        self._end(hosts)

    def wait_for_spares(self) -> None:
        """Wait until all spares are ready."""
        _until(lambda: len(find_spares(self.sessions)) >= self._spares, self)

    def spares(self) -> list[int]:
        """Return the first processes of the spares that wait."""
        directories = find_spares(self.sessions)
        return [json.loads((each / "spare.json").read_bytes())["pid"] for each in directories]

    def built(self) -> int:
        """Return how many builds the server says to have done."""
        total = 0.0
        for line in httpx.get(f"{self.url}metrics", trust_env=False).text.splitlines():
            if line.startswith("binder_lite_builds_total{"):
                total += float(line.rpartition(" ")[2])
        return int(total)

    def web(self) -> int:
        """Return the process of the web service."""
        for pid, words in _commands():
            if b"binder_lite.web" in words and str(self.data).encode() in _variables(pid):
                return pid
        sys.exit("the web service was not found")


@contextlib.contextmanager
def serving(
    place: Path, sources: str, spares: int, most: int, environment_spares: int = 0
) -> Iterator[Ours]:
    """Run `binder-lite serve` for repositories of ``sources``, and up to ``most`` sessions."""
    address = f"127.0.0.1:{free_port()}"
    (place / "home").mkdir(parents=True, exist_ok=True)
    config, data = place / "serve.toml", place / "data"
    config.write_text(
        f'bind = "{address}"\ndata = "{data}"\ncache = "{place}/cache"\nspares = {spares}\n'
        f"environment_spares = {environment_spares}\n"
        f'[sources]\nallow = ["{sources}/.*"]\n'
        f"[limits]\nsessions = {most}\nmemory_mib = 0\ncpus = 0\n"
        "[login]\npeople = 0\nlogins_per_hour = 0\n"
    )
    config.chmod(0o600)
    argv, log = [str(_SERVE), "serve", "--config", str(config)], place / "log"
    with started(argv, environment(place / "home"), place, log) as process:
        ours = Ours(f"http://{address}/", process, log, data, spares + environment_spares)
        try:
            ours.wait_until_up("health")
            yield ours
            # By itself, so that it ends what it has started.
            process.send_signal(signal.SIGTERM)
            process.wait(_LONGEST_SECONDS)
        finally:
            ours.end_sessions()


class Plain(Server):
    """JupyterHub with SimpleLocalProcessSpawner; its servers have JupyterLab."""

    def __init__(self, url: str, process: subprocess.Popen[str], log: Path, place: Path) -> None:
        super().__init__(url, process, log)
        self._place = place
        self._people = 0

    async def start(self, http: httpx.AsyncClient) -> tuple[Started, Clock]:
        """Start the server of a new person by the hub's API, and wait for its first 200.

        The person is there when the clock starts.
        """
        self._people += 1
        name = f"person{self._people}"
        (self._place / "people" / name).mkdir(parents=True)
        headers = {"Authorization": f"token {_TOKEN}"}
        person = f"{self.url}hub/api/users/{name}"
        (await http.post(person, headers=headers)).raise_for_status()
        clock = Clock()
        (await http.post(f"{person}/server", headers=headers)).raise_for_status()
        ready, base = clock(), f"{self.url}user/{name}/"
        await until_answered(http, base, _TOKEN)
        answered = clock()
        return Started(base, _TOKEN, self._process_of(name), ready, answered), clock

    async def stop(self, http: httpx.AsyncClient, server: Started) -> None:
        """End a server and wait until it is gone."""
        name = server.base.rstrip("/").rpartition("/")[2]
        headers = {"Authorization": f"token {_TOKEN}"}
        await http.delete(f"{self.url}hub/api/users/{name}/server", headers=headers)
        _until(lambda: not _is_there(server.pid), self)

    def _process_of(self, name: str) -> int:
        prefix = f"JUPYTERHUB_SERVICE_PREFIX=/user/{name}/".encode()
        for pid, words in _commands():
            if any(b"jupyterhub-singleuser" in word for word in words):
                variables = _variables(pid)
                if prefix in variables.split(b"\0") and str(self._place).encode() in b" ".join(
                    words
                ):
                    return pid
        sys.exit(f"{name}'s server was not found")


@contextlib.contextmanager
def plain_hub(place: Path, repository: Path) -> Iterator[Plain]:
    """Install JupyterLab for plain JupyterHub, with bytecode, and run it."""
    (place / "home").mkdir(parents=True)
    env = environment(place / "home")
    python, version = place / "venv/bin/python", _hub_version()
    for argv in (
        [find_uv_bin(), "venv", "--quiet", "--python", str(PYTHON), str(place / "venv")],
        [find_uv_bin(), "pip", "install", "--quiet", "--python", str(python),
         f"jupyterhub=={version}", "jupyterlab", "ipykernel"],
        [str(python), "-m", "compileall", "-q", str(place / "venv")],
    ):  # fmt: skip
        subprocess.run(argv, env=env, check=argv[0] != str(python))
    port, hub_port, proxy_port = free_port(), free_port(), free_port()
    config, log = place / "config.py", place / "log"
    config.write_text(
        _PLAIN.format(
            port=port, hub_port=hub_port, proxy_port=proxy_port, place=place, token=_TOKEN,
            repository=repository, proxy=proxy_command(place),
            args=["--allow-root"] if os.geteuid() == 0 else [],
        )
    )  # fmt: skip
    argv = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    with started(argv, env, place, log) as process:
        plain = Plain(f"http://127.0.0.1:{port}/", process, log, place)
        plain.wait_until_up("hub/health")
        yield plain
        process.send_signal(signal.SIGTERM)  # By itself, so that it ends what it has started.
        process.wait(_LONGEST_SECONDS)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _hub_version() -> str:
    import jupyterhub

    return str(jupyterhub.__version__)


def _until(true: Any, server: Server) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not true():
        if time.monotonic() > deadline:
            sys.exit(f"waited too long:\n{server.said()}")
        time.sleep(_STEP_SECONDS)


def _is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _commands() -> Iterator[tuple[int, list[bytes]]]:
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield int(directory.name), (directory / "cmdline").read_bytes().split(b"\0")


def _variables(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
