# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy's program, in front of a server on a Unix socket."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application, RequestHandler

from binder_lite.hub.proxy import by_host, find_program, proxy_command
from binder_lite.hub.spawners import socket_url
from integration.hub.hub_world import hub_directory
from integration.login.running import free_port, running, until_answers

pytestmark = [pytest.mark.skipif(find_program(Path("/nowhere")) is None, reason="`make web` first")]
_REQUESTS = 400


class _Refuses(RequestHandler):
    def post(self) -> None:
        self.set_status(403)

    get = post


class _Dies(RequestHandler):
    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.write("data: one\n\n")
        await self.flush()
        connection: Any = self.request.connection
        connection.stream.close()


@contextlib.asynccontextmanager
async def proxied(handler: type[RequestHandler], log: Path) -> AsyncIterator[str]:
    """Give the address of a proxy in front of a server on a socket."""
    port = free_port()
    with hub_directory() as place:
        server = HTTPServer(Application([("/there/.*", handler), (".*", _Refuses)]))
        server.add_socket(bind_unix_socket(str(place / "server.sock"), 0o600))
        words = (*by_host(proxy_command(place), socket_url(place / "server.sock")),
                 "--ip", "127.0.0.1", "--port", str(port),
                 "--api-socket", str(place / "api.sock"))  # fmt: skip
        variables = {"CONFIGPROXY_AUTH_TOKEN": "hush", "PATH": os.environ["PATH"]}
        async with running(words, log, variables=variables) as process:
            address = f"http://127.0.0.1:{port}/"
            await until_answers(address, process, log)
            yield f"{address}there/"
        server.stop()


async def test_what_a_server_answers_at_once_arrives(tmp_path: Path) -> None:
    """A connection that it has closed was written to, and 503 said in place of the answer."""
    log = tmp_path / "proxy.log"
    async with proxied(_Refuses, log) as address, httpx.AsyncClient(trust_env=False) as client:
        statuses = {
            (await client.post(address, content=b"{}")).status_code for _ in range(_REQUESTS)
        }
    assert statuses == {403}, log.read_text()[-3000:]


async def test_an_answer_that_breaks_off_breaks_for_the_client_too(tmp_path: Path) -> None:
    """It waited for ever, and no browser asked again."""
    log = tmp_path / "proxy.log"
    async with proxied(_Dies, log) as address, httpx.AsyncClient(trust_env=False) as client:
        heard = b""
        with pytest.raises(httpx.RemoteProtocolError):
            async with client.stream("GET", address, timeout=30) as answer:
                async for part in answer.aiter_bytes():
                    heard += part
    assert heard == b"data: one\n\n"
