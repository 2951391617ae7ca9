# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate between a pretended hub and a pretended session's server, all in this process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
from jupyterhub.httpclient import JupyterHubHTTPClient
from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets, bind_unix_socket
from tornado.web import Application, RequestHandler, stream_request_body
from tornado.websocket import WebSocketHandler

from binder_lite.hub.access import HubAccess
from binder_lite.hub.gate import Traffic, make_gate
from binder_lite.hub.staying import Lifetime, Remaining, make_addition
from binder_lite.hub.upstream import Upstream

PREFIX = "/user/ada/abc/"
OWNER, OTHER, INNER = "ada-token", "eve-token", "inner-token"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_SCOPE = "access:servers!server=ada/abc"


class _HubUser(RequestHandler):
    def get(self) -> None:
        users = {
            f"token {OWNER}": {"name": "ada", "kind": "user", "scopes": [_SCOPE]},
            f"token {OTHER}": {
                "name": "eve",
                "kind": "user",
                "scopes": ["access:servers!server=eve/xyz"],
            },
        }
        user = users.get(self.request.headers.get("Authorization", ""))
        self.set_status(200 if user else 403)
        self.finish(json.dumps(user or {"message": "no such token"}))


class _HubToken(RequestHandler):
    def post(self) -> None:
        self.finish({"access_token": OWNER if self.get_argument("code") == "ada" else OTHER})


@stream_request_body
class _Inner(RequestHandler):
    def initialize(self, seen: list[Any]) -> None:
        self._seen = seen
        self._size = 0

    def prepare(self) -> None:
        self._seen.append(self.request)

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)

    async def get(self) -> None:
        if "slow" in self.request.path:
            self.write("first ")
            await self.flush()
            await asyncio.sleep(0.3)
            self.finish("second")
        elif "token" in self.request.path:
            self.write(f'<script>{{"token": "{INNER[:4]}')
            await self.flush()
            self.finish(f'{INNER[4:]}"}}</script>')
        elif "redirect" in self.request.path:
            self.redirect(PREFIX + "lab?reset")
        elif "breaks" in self.request.path:
            self.set_header("Content-Length", "1000")
            self.write("few")
            await self.flush()
            cast(HTTP1Connection, self.request.connection).stream.close()
        else:
            self.set_header("Set-Cookie", "theme=dark; Path=/")
            self.set_header("Clear-Site-Data", '"*"')
            self.set_header("Access-Control-Allow-Origin", "*")
            self.finish(f"{self.request.method} {self.request.uri} {self._size}")

    head = post = put = patch = delete = options = get


class _InnerSocket(WebSocketHandler):
    def initialize(self, seen: list[Any]) -> None:
        self._seen = seen
        seen.append(self)
        self.closed_with: tuple[int | None, str | None] | None = None

    def prepare(self) -> None:
        if "refused" in self.request.path:
            self.set_status(404)
            self.finish()

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return "v1.kernel" if "v1.kernel" in subprotocols else None

    async def on_message(self, message: str | bytes) -> None:
        if message == "end":
            self.close(4001, "as you say")
            return
        await self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        self.closed_with = (self.close_code, self.close_reason)


async def _stop(server: HTTPServer) -> None:
    server.stop()
    await server.close_all_connections()


@dataclass
class World:
    """``http`` speaks to the gate, as the hub's proxy would; ``seen`` is what came through."""

    http: httpx.AsyncClient
    gate: Path
    inner: Path
    access: HubAccess
    traffic: Traffic
    seen: list[Any] = field(default_factory=list)


@contextlib.asynccontextmanager
async def world(
    directory: Path,
    *,
    token_in_url: bool = False,
    origins: frozenset[str] = frozenset(),
    lifetime: Lifetime | None = None,
) -> AsyncIterator[World]:
    """Run all three for as long as the block lasts; a ``lifetime`` brings the bar that tells it."""
    async with contextlib.AsyncExitStack() as stack:
        hub = HTTPServer(
            Application([("/hub/api/user", _HubUser), ("/hub/api/oauth2/token", _HubToken)])
        )
        sockets = bind_sockets(0, "127.0.0.1")
        hub.add_sockets(sockets)
        stack.push_async_callback(_stop, hub)
        stack.push_async_callback(JupyterHubHTTPClient.loop_instance().close)
        api = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/hub/api"
        access = HubAccess(
            api_url=api,
            api_token="server-token",
            activity_url=f"{api}/users/ada/activity",
            client_id="jupyterhub-user-ada-abc",
            callback=f"{PREFIX}oauth_callback",
            scopes=frozenset({_SCOPE}),
            prefix=PREFIX,
            hub_prefix="/hub/",
            server_name="abc",
            token_in_url=token_in_url,
            origins=origins,
        )
        seen: list[Any] = []
        given = {"seen": seen}
        inner = HTTPServer(
            Application([(f"{PREFIX}ws.*", _InnerSocket, given), (".*", _Inner, given)]),
            max_body_size=2**30,
        )
        inner.add_socket(bind_unix_socket(str(directory / "inner.sock"), 0o600))
        stack.push_async_callback(_stop, inner)
        upstream = Upstream(directory / "inner.sock", INNER)
        stack.push_async_callback(upstream.close)
        traffic = Traffic(LONG_AGO)
        bar = make_addition(access, Remaining(lifetime, traffic)) if lifetime else None
        application = make_gate(access, upstream, traffic, bar)
        gate = HTTPServer(application, xheaders=True, max_body_size=2**30)
        gate.add_socket(bind_unix_socket(str(directory / "gate.sock"), 0o600))
        stack.push_async_callback(_stop, gate)
        transport = httpx.AsyncHTTPTransport(uds=str(directory / "gate.sock"))
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://hub.example")
        )
        yield World(http, directory / "gate.sock", directory / "inner.sock", access, traffic, seen)
