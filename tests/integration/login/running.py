# SPDX-License-Identifier: GPL-3.0-or-later
"""A real JupyterHub with our login, a real OpenID provider, and browsers; all on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page, async_playwright

from binder_lite.inside.session import DEFERRED
from binder_lite.sessions.server import deferring

PROVIDER = Path(__file__).parent / "provider"
SECRET = "the-clients-secret"
CLIENT = "binder-lite"
_SECONDS = 60
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-proxy-server", "--disable-background-networking")

# The hub alone: what is tried here is before any session, so it needs neither proxy nor spawner.
_CONFIGURATION = """\
import os
from pathlib import Path
from jupyterhub.proxy import Proxy
from jupyterhub.spawner import SimpleLocalProcessSpawner
from binder_lite.hub.auth import configure_login
from binder_lite.hub.settings import read_server_settings

class NoProxy(Proxy):
    should_start = False
    async def add_route(self, routespec, target, data):
        pass
    async def delete_route(self, routespec):
        pass
    async def get_all_routes(self):
        return {{}}
    async def check_routes(self, *arguments):
        pass

c = get_config()  # noqa: F821
configure_login(c, read_server_settings(Path({file!r})))
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = SimpleLocalProcessSpawner
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.default_url = "{prefix}hub/home"
c.JupyterHub.hub_port = {port}
c.JupyterHub.bind_url = "http://127.0.0.1:{port}{prefix}"
c.JupyterHub.db_url = "sqlite:///{data}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{data}/cookie_secret"
c.JupyterHub.services = [{{"name": "looker", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "looker", "services": ["looker"], "scopes": ["admin:users", "admin:auth_state"]}},
]
"""
TOKEN = "token-of-the-looking-service"


def node() -> str | None:
    """Return Node: the one of PyPI's package beside this Python, or the machine's."""
    beside = Path(sys.executable).with_name("node")
    return str(beside) if beside.exists() else shutil.which("node")


def callback(port: int) -> str:
    """Return where a hub on this port takes the provider's answers."""
    return f"http://127.0.0.1:{port}/hub/oauth_callback"


def free_port() -> int:
    """Return a port of loopback that was free just now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str], log: Path, *, told: str = "", variables: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program in a session of its own until the block ends; what it says is in ``log``."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **(variables or {})},
            cwd=log.parent,
            start_new_session=True,
        )
        try:
            assert process.stdin
            process.stdin.write(told.encode())
            process.stdin.close()
            yield process
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


async def until_answers(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait until something answers at the address."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(_SECONDS * 10):
            with contextlib.suppress(httpx.TransportError):
                await client.get(url)
                return
            assert process.returncode is None, log.read_text(errors="replace")[-3000:]
            await asyncio.sleep(0.1)
    raise AssertionError(f"{url} does not answer: {log.read_text(errors='replace')[-3000:]}")


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub that runs: where, and its log."""

    url: str
    log: Path

    async def people(self) -> dict[str, dict[str, Any]]:
        """Return the people that the hub knows, by name, with their auth_state."""
        headers = {"Authorization": f"token {TOKEN}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            listed = (await client.get(f"{self.url}hub/api/users")).raise_for_status().json()
            names = [each["name"] for each in listed]
            answers = [await client.get(f"{self.url}hub/api/users/{name}") for name in names]
        return {answer.json()["name"]: answer.raise_for_status().json() for answer in answers}


@contextlib.asynccontextmanager
async def hub(tmp_path: Path, settings: str, port: int, *, prefix: str = "/") -> AsyncIterator[Hub]:
    """Run JupyterHub, whose login the text of ``serve.toml`` configures."""
    file = tmp_path / "serve.toml"
    file.write_text(f'data = "data"\nprefix = "{prefix}"\n{settings}')
    file.chmod(0o600)
    data = tmp_path / "hub-data"
    data.mkdir(exist_ok=True)
    configuration = tmp_path / "jupyterhub_config.py"
    configuration.write_text(
        _CONFIGURATION.format(file=str(file), port=port, data=data, token=TOKEN, prefix=prefix)
    )
    log = tmp_path / "hub.log"
    command = (sys.executable, "-m", "jupyterhub", "--config", str(configuration))
    async with running(command, log, variables=deferring(os.environ, DEFERRED)) as process:
        url = f"http://127.0.0.1:{port}{prefix}"
        await until_answers(f"{url}hub/health", process, log)
        yield Hub(url, log)


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """A provider that runs."""

    issuer: str

    async def let_codes_expire_after(self, seconds: int) -> None:
        """Give new codes this life."""
        await self._tell("code-seconds", str(seconds))

    async def hold(self, *, on: bool) -> None:
        """Show the answers for the hub in the browser, instead of sending the browser there."""
        await self._tell("hold", "1" if on else "0")

    async def _tell(self, what: str, value: str) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(f"{self.issuer}/test/{what}", content=value)


@contextlib.asynccontextmanager
async def openid_provider(
    installed: Path, tmp_path: Path, callback: str, people: Mapping[str, Mapping[str, str]]
) -> AsyncIterator[OpenIdProvider]:
    """Run the provider that ``installed`` holds, for the hub that takes answers at ``callback``."""
    port = free_port()
    settings = {
        "port": port,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": [callback],
        "people": people,
    }
    program = node()
    assert program
    log = tmp_path / "provider.log"
    command = (program, str(installed / "provider.mjs"))
    async with running(command, log, told=json.dumps(settings)) as process:
        issuer = f"http://127.0.0.1:{port}"
        await until_answers(issuer, process, log)
        yield OpenIdProvider(issuer)


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Debian's Chromium; each context of it is a browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=list(_FLAGS)
        )
        try:
            yield browser
        finally:
            await browser.close()


async def new_page(browser: Browser) -> Page:
    """Open a browser with an empty profile, and a tab in it."""
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(30_000)
    return page


async def who(page: Page, hub: Hub) -> str:
    """Return the name of the person that the hub takes this browser for, or an empty text."""
    answer = await page.context.request.get(f"{hub.url}hub/home", max_redirects=0)
    if answer.status != 200:
        return ""
    text = await answer.text()
    return text.partition('user: "')[2].partition('"')[0]
