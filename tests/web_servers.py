# SPDX-License-Identifier: GPL-3.0-or-later
"""Web servers of a test, on loopback, that end with it."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextlib.contextmanager
def http_server(
    handler: Callable[..., BaseHTTPRequestHandler],
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> Iterator[int]:
    """Answer with ``handler`` for as long as the block lasts; give the port."""
    web = ThreadingHTTPServer((host, 0), handler)
    if tls:
        web.socket = tls.wrap_socket(web.socket, server_side=True)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield web.server_address[1]
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


@contextlib.contextmanager
def asked_server() -> Iterator[tuple[int, list[str]]]:
    """Run a server that has nothing; give its port, and what it is asked."""
    asked: list[str] = []

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http_server(Asked) as port:
        yield port, asked
