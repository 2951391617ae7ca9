# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's server as its gate speaks to it: HTTP and WebSockets over its Unix socket.

Headers and bodies go through as they are; what may go through is in :mod:`.forwarding`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path

import httpcore
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from binder_lite.sessions.bridge import socket_address

_CONNECT_SECONDS = 10.0
# The longest message in either direction; a kernel's answer with a large picture fits.
LONGEST_MESSAGE = 128 * 2**20
# What the client library writes itself.
_HANDSHAKE = frozenset({"host", "origin", "content-length", "user-agent"})


class DoesNotAnswer(Exception):
    """The session's server cannot be reached, or broke off."""


class Refused(Exception):
    """The session's server answered a WebSocket's handshake with another status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the session's server answered {status}")
        self.status = status


class _Sockets(httpcore.AnyIOBackend):
    """Opens the session's socket and nothing that the session may have put in its place."""

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the socket at ``path``."""
        try:
            with socket_address(Path(path)) as address:
                return await super().connect_unix_socket(address, timeout, socket_options)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class Upstream:
    """The session's server. ``token`` is its own and never leaves the gate."""

    def __init__(self, path: Path, token: str) -> None:
        self.token = token
        self._path = path
        self._pool = httpcore.AsyncConnectionPool(
            uds=str(path),
            network_backend=_Sockets(),
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=30,
        )

    async def close(self) -> None:
        """Let go of all connections."""
        await self._pool.aclose()

    async def send(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: AsyncIterator[bytes] | None,
    ) -> httpcore.Response:
        """Send a request and return the answer, whose body is still to come.

        It must be closed (``aclose``). Raises ``DoesNotAnswer``.
        """
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=b"http", host=b"localhost", target=target.encode("latin-1")),
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            content=body,
            extensions={"timeout": {"connect": _CONNECT_SECONDS}},
        )
        with telling():
            return await self._pool.handle_async_request(request)

    async def open_websocket(
        self, target: str, headers: Sequence[tuple[str, str]], subprotocols: Sequence[str]
    ) -> ClientConnection:
        """Open a WebSocket. Raises ``DoesNotAnswer`` and ``Refused``."""
        kept = [
            (name, value)
            for name, value in headers
            if name.lower() not in _HANDSHAKE and not name.lower().startswith("sec-websocket-")
        ]
        opened = socket.socket(socket.AF_UNIX)
        opened.setblocking(False)
        try:
            with socket_address(self._path) as address:
                await asyncio.get_running_loop().sock_connect(opened, address)
            return await connect(
                f"ws://localhost{target}",
                sock=opened,
                additional_headers=kept,
                subprotocols=[Subprotocol(name) for name in subprotocols] or None,
                compression=None,
                max_size=LONGEST_MESSAGE,
                ping_interval=None,
                open_timeout=_CONNECT_SECONDS,
                proxy=None,
            )
        except InvalidStatus as error:
            opened.close()
            raise Refused(error.response.status_code) from error
        except (OSError, InvalidHandshake, EOFError) as error:
            opened.close()
            raise DoesNotAnswer(str(error)) from error
        except BaseException:
            opened.close()
            raise


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Raise ``DoesNotAnswer`` for what goes wrong on the way to or from the server."""
    try:
        yield
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise DoesNotAnswer(str(error) or type(error).__name__) from error
