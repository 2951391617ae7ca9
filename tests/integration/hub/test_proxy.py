# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy's program, in front of a server on a Unix socket."""

from __future__ import annotations

import os
from pathlib import Path

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


async def test_what_a_server_answers_at_once_arrives(tmp_path: Path) -> None:
    """A connection that it has closed was written to, and 503 said in place of the answer."""
    port = free_port()
    with hub_directory() as place:
        server = HTTPServer(Application([(".*", _Refuses)]))
        server.add_socket(bind_unix_socket(str(place / "server.sock"), 0o600))
        words = (*by_host(proxy_command(place), socket_url(place / "server.sock")),
                 "--ip", "127.0.0.1", "--port", str(port),
                 "--api-socket", str(place / "api.sock"))  # fmt: skip
        log = tmp_path / "proxy.log"
        variables = {"CONFIGPROXY_AUTH_TOKEN": "hush", "PATH": os.environ["PATH"]}
        async with running(words, log, variables=variables) as process:
            address = f"http://127.0.0.1:{port}/"
            await until_answers(address, process, log)
            async with httpx.AsyncClient(trust_env=False) as client:
                statuses = {
                    (await client.post(address, content=b"{}")).status_code
                    for _ in range(_REQUESTS)
                }
        server.stop()
    assert statuses == {403}, log.read_text()[-3000:]
