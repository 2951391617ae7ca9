# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of a session: lets its owner through to the session's server, and nobody else.

No environment has to contain JupyterHub so, and none of the hub's tokens enters a container. It
listens on a Unix socket that the hub's proxy alone opens. What is handed on is in
:mod:`.forwarding`, the way to the server in :mod:`.upstream`.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import httpcore
from jupyterhub import __version__ as hub_version
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, UserNotAllowed
from jupyterhub.services.auth import HubOAuthenticated as Authenticated
from jupyterhub.utils import get_browser_protocol
from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.routing import Matcher, PathMatches, Rule
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from binder_lite.hub.access import HubAccess, allowed_origin
from binder_lite.hub.adding import Addition, can_be_added_to, followed_by, is_document
from binder_lite.hub.forwarding import Caller, inward_headers, outward_headers, target
from binder_lite.hub.upstream import LONGEST_MESSAGE, DoesNotAnswer, Refused, Upstream, telling

log = logging.getLogger("binder_lite.gate")

_READING = ("GET", "HEAD", "OPTIONS")
# What a page brings along by elements of its own, whose content no script can read. A script's
# own requests have the destination "empty", and cannot say another.
_ELEMENTS = frozenset({
    "audio", "audioworklet", "font", "image", "manifest", "script", "sharedworker", "style",
    "track", "video", "worker",
})  # fmt: skip
# The same for every person; Jupyter serves them without asking who it is.
_PUBLIC = ("static/", "lab/static/", "lab/extensions/", "lab/api/themes/", "nbextensions/")
# JupyterLab writes down its layout every ten seconds, also when nobody is there.
_UNATTENDED = ("lab/api/workspaces/",)
_PING_SECONDS = 30
_BODY_CHUNKS = 4
_SMALL_BODY_BYTES = 1 << 20
_CORS_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_CORS_HEADERS = "accept, authorization, content-type, x-requested-with, x-xsrftoken"


@dataclass(slots=True)
class Traffic:
    """When the person, or a kernel for them, last did something.

    A page that is only open asks for news again and again; that is not counted. ``last`` is for
    showing; what is idle is told by a clock that nobody moves.
    """

    last: datetime = field(default_factory=lambda: datetime.now(UTC))
    _clock: float = field(default_factory=time.monotonic)

    def seen(self) -> None:
        """Something was done just now."""
        self.last = datetime.now(UTC)
        self._clock = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """How long nothing was done."""
        return time.monotonic() - self._clock


@dataclass(frozen=True, slots=True)
class Gate:
    """What the handlers share."""

    access: HubAccess
    upstream: Upstream
    authentication: HubOAuth
    traffic: Traffic
    added: Addition | None = None


def make_gate(
    access: HubAccess, upstream: Upstream, traffic: Traffic, added: Addition | None = None
) -> Application:
    """Return the application that serves all below the session's prefix.

    ``added`` is what the pages of the session's server get besides.
    """
    gate = Gate(access, upstream, access.authentication(), traffic, added)
    given = {"gate": gate}
    prefix = access.prefix
    rules = [
        Rule(PathMatches(f"{prefix}oauth_callback"), CallbackHandler, given),
        Rule(PathMatches(f"{prefix}logout"), LogoutHandler, given),
        *(
            Rule(PathMatches(re.escape(path)), handler, {**given, **more})
            for path, handler, more in (added.rules if added else ())
        ),
        Rule(_WebSocketBelow(prefix), SocketHandler, given),
        Rule(PathMatches(f"{prefix}.*"), ProxyHandler, given),
    ]
    return Application(
        cast(Any, rules),
        default_handler_class=NothingHere,
        cookie_secret=secrets.token_bytes(32),
        log_function=_log_request,
        websocket_max_message_size=LONGEST_MESSAGE,
        websocket_ping_interval=_PING_SECONDS,
        xsrf_cookies=False,  # JupyterHub's own check is made for each request.
    )


class _WebSocketBelow(Matcher):
    """Matches requests to become a WebSocket."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        wants = request.headers.get("Upgrade", "").lower() == "websocket"
        return {} if wants and request.path.startswith(self._prefix) else None


def _log_request(handler: RequestHandler) -> None:
    """Log without the query, where tokens are."""
    request = handler.request
    status = handler.get_status()
    if status < 400 and request.method in _READING:
        return  # An open page asks for news all the time.
    level = logging.INFO if status < 500 else logging.WARNING
    duration = 1000 * request.request_time()
    log.log(level, "%s %s %d %.0f ms", request.method, request.path, status, duration)


class NothingHere(RequestHandler):
    """What is not below the prefix."""

    def prepare(self) -> None:
        """Answer 404."""
        raise HTTPError(404)


class Guarded(Authenticated, RequestHandler):  # type: ignore[misc] # JupyterHub has no types
    """A handler that lets in who has a scope that gives access to this server."""

    def initialize(self, gate: Gate) -> None:
        """Take what handlers share."""
        self.gate = gate
        self.hub_auth = gate.authentication
        self.set_default_headers()  # Which ran before there was a gate.

    def set_default_headers(self) -> None:
        """Say which JupyterHub this is made for, as a server of JupyterHub does."""
        self.set_header("X-JupyterHub-Version", hub_version)
        origin = self.request.headers.get("Origin")
        access = getattr(self, "gate", None) and self.gate.access
        if origin and access and access.origins:
            self.set_header("Vary", "Origin")
            if allowed := allowed_origin(origin, access.origins):
                self.set_header("Access-Control-Allow-Origin", allowed)
                self.set_header("Access-Control-Allow-Methods", _CORS_METHODS)
                self.set_header("Access-Control-Allow-Headers", _CORS_HEADERS)

    @property
    def caller(self) -> Caller:
        """How the browser reached us."""
        request = self.request
        return Caller(
            address=request.remote_ip or "",
            protocol=get_browser_protocol(request),
            host=request.host,
        )

    @property
    def is_page(self) -> bool:
        """Tell whether a browser asks for something to show, and not a program for data."""
        headers = self.request.headers
        mode = headers.get("Sec-Fetch-Mode")
        wanted = mode == "navigate" if mode else "text/html" in headers.get("Accept", "")
        return wanted and self.request.method in ("GET", "HEAD")

    @property
    def is_from_elsewhere(self) -> bool:
        """Tell whether a page of another site makes the request; programs name no site."""
        origin = self.request.headers.get("Origin", "")
        own = {self.request.host, self.gate.access.public_host} - {""}
        return bool(origin) and urlsplit(origin).netloc not in own

    async def find_user(self) -> Any:
        """Return who this is, or ``None``. Raises ``UserNotAllowed``."""
        user = await self.hub_auth.get_user(self, sync=False)
        return user and self.check_hub_user(user)

    def get_current_user(self) -> None:
        """Return nobody: JupyterHub's way of finding out would hold up all other requests."""
        return

    async def admit(self) -> None:
        """Return when the person may use this server; else answer, or raise 403."""
        try:
            self.current_user = await self.find_user()
        except UserNotAllowed as error:
            raise HTTPError(403, reason="This session belongs to somebody else") from error
        if self.current_user is None:
            if not self.is_page:
                raise HTTPError(403, reason="Log in first")
            self.redirect(self.get_login_url())
            return
        if self.is_from_elsewhere and not getattr(self, "_token_authenticated", False):
            # The browser sends the person's cookie along with what any page asks for.
            raise HTTPError(403, reason="Pages of other sites need the session's token")
        self.hub_auth._persist_url_token_if_set(self)
        if self.is_page:
            # Which sets the cookie that the page's scripts answer with.
            _ = self.xsrf_token

    def check_xsrf_cookie(self) -> None:
        """Ask for the token of JupyterHub's cookie, but for what a page's elements bring along.

        JupyterHub asks for it wherever a script could read the answer: another session's page has
        the same origin.
        """
        request = self.request
        if request.method in _READING:
            path = request.path.removeprefix(self.gate.access.prefix)
            destination = request.headers.get("Sec-Fetch-Dest", "")
            same_site = request.headers.get("Sec-Fetch-Site") == "same-origin"
            if same_site and (destination in _ELEMENTS or path.startswith(_PUBLIC)):
                return
        super().check_xsrf_cookie()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a page with a page and a program with JSON."""
        message = self._reason
        if self.is_page:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"
            )
            self.finish(error_page(status_code, message, self.gate.access.prefix))
        else:
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps({"message": message, "reason": message}))

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Pass over a body that nobody wants."""
        return None


@stream_request_body
class CallbackHandler(Guarded, HubOAuthCallbackHandler):  # type: ignore[misc]
    """The end of a login at the hub."""

    async def prepare(self) -> None:
        """Find out whether the person is logged in already: some go back in their history."""
        with contextlib.suppress(UserNotAllowed):
            self.current_user = await self.find_user()


@stream_request_body
class LogoutHandler(Guarded):
    """Log out of this server, and go on to the hub to log out there."""

    async def get(self) -> None:
        """Clear this server's cookie."""
        self.hub_auth.clear_cookie(self)
        self.redirect(f"{self.hub_auth.hub_host}{self.hub_auth.hub_prefix}logout")


@stream_request_body
class ProxyHandler(Guarded):
    """Hands a request on to the session's server, and its answer back, as they come."""

    def initialize(self, gate: Gate) -> None:
        """Take what handlers share."""
        super().initialize(gate)
        self._body: asyncio.Queue[bytes | None] = asyncio.Queue(_BODY_CHUNKS)
        self._refusal: HTTPError | None = None
        self._asking: asyncio.Task[httpcore.Response] | None = None
        self._task: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Let the person in and begin to ask the server, before the body has come."""
        request = self.request
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            self.set_status(204)
            await self.finish()
            return
        try:
            await self.admit()
        except HTTPError as error:
            if not self._has_small_body:
                raise
            # An answer before the body closes the connection, on which the proxy is still writing:
            # it would tell of an error of its own instead.
            self._refusal = error
            return
        if self._finished:
            return
        path = request.path.removeprefix(self.gate.access.prefix)
        if self.is_page or (request.method not in _READING and not path.startswith(_UNATTENDED)):
            self.gate.traffic.seen()
        self._asking = asyncio.create_task(self._ask())

    @property
    def _has_small_body(self) -> bool:
        length = self.request.headers.get("Content-Length", "")
        return length.isdecimal() and 0 < int(length) <= _SMALL_BODY_BYTES

    async def data_received(self, chunk: bytes) -> None:
        """Hand on a piece of the body, as fast as the server takes it."""
        await self._put(chunk)

    async def _put(self, chunk: bytes | None) -> None:
        if self._asking is None or self._asking.done():
            return  # The server has answered without reading to the end.
        putting = asyncio.create_task(self._body.put(chunk))
        await asyncio.wait({putting, self._asking}, return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()

    async def _ask(self) -> httpcore.Response:
        request = self.request
        headers = inward_headers(
            request.headers.get_all(),
            self.caller,
            token=self.gate.upstream.token,
            cookies=self.gate.access.cookies,
        )
        if self.is_page:
            # Its answer is looked through.
            headers = [(k, v) for k, v in headers if k.lower() not in ("accept-encoding", "range")]
        chunked = "Transfer-Encoding" in request.headers
        if chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        has_body = chunked or request.headers.get("Content-Length", "0") != "0"
        body = self._chunks() if has_body else None
        uri = target(request.uri or "")
        return await self.gate.upstream.send(request.method or "GET", uri, headers, body)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self._body.get()) is not None:
            yield chunk

    async def _proxy(self) -> None:
        if self._refusal:
            raise self._refusal
        await self._put(None)
        assert self._asking  # noqa: S101 - prepare() has made it
        self._task = asyncio.current_task()
        try:
            response = await self._asking
        except DoesNotAnswer as error:
            log.warning("The session's server does not answer: %s", error)
            raise HTTPError(503, reason="The session's server does not answer") from error
        try:
            await self._hand_back(response)
        except (StreamClosedError, asyncio.CancelledError):
            log.info("The browser left before the end of %s", self.request.path)
        except DoesNotAnswer as error:
            log.warning("The session's server broke off: %s", error)
            self._break_off()
        finally:
            with contextlib.suppress(Exception):
                await response.aclose()

    async def _hand_back(self, response: httpcore.Response) -> None:
        self.set_status(response.status, _reason(response))
        self.clear_header("Content-Type")
        self.clear_header("Server")
        access = self.gate.access
        raw = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers
        ]
        for name, value in outward_headers(raw, prefix=access.prefix, cookies=access.cookies):
            if name.lower() != "date":
                self.add_header(name, value)
        chunks = response.aiter_stream()
        if self._headers.get("Content-Type", "").startswith("text/html"):
            # Jupyter writes its token into its pages.
            self.clear_header("Content-Length")
            chunks = without(self.gate.upstream.token.encode(), chunks)
        if (added := self.gate.added) and self._is_shown(response.status, raw):
            chunks = followed_by(added.element, chunks)
        with telling():
            # The headers at once: there are answers whose body takes its time.
            await self.flush()
            async for chunk in chunks:
                self.write(chunk)
                await self.flush()
        await self.finish()

    def _is_shown(self, status: int, headers: list[tuple[str, str]]) -> bool:
        """Tell whether the answer is a page in a tab, to which something can be added."""
        asked = self.is_page and is_document(self.request.headers)
        return asked and can_be_added_to(self.request.method or "", status, headers)

    def _break_off(self) -> None:
        """Let the browser see that the answer is not whole."""
        if self.request.connection and (stream := getattr(self.request.connection, "stream", None)):
            stream.close()

    def on_connection_close(self) -> None:
        """Stop what was for a browser that has left."""
        super().on_connection_close()
        for task in (self._asking, self._task):
            if task:
                task.cancel()

    get = head = post = put = patch = delete = options = _proxy


class SocketHandler(Guarded, WebSocketHandler):
    """Hands a WebSocket's messages on in both directions."""

    def initialize(self, gate: Gate) -> None:
        """Take what handlers share."""
        super().initialize(gate)
        self._inner: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Let the person in and open the server's end, before the browser is told yes."""
        if not self.check_origin(self.request.headers.get("Origin", "")):
            raise HTTPError(403, reason="Pages of other sites are not let in")
        # Never a redirect: a script cannot follow one.
        if self.request.method != "GET":
            raise HTTPError(405)
        await self.admit()
        headers = inward_headers(
            self.request.headers.get_all(),
            self.caller,
            token=self.gate.upstream.token,
            cookies=self.gate.access.cookies,
        )
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        names = [name.strip() for name in offered.split(",") if name.strip()]
        try:
            uri = target(self.request.uri or "")
            self._inner = await self.gate.upstream.open_websocket(uri, headers, names)
        except Refused as error:
            raise HTTPError(error.status) from error
        except DoesNotAnswer as error:
            raise HTTPError(503, reason="The session's server does not answer") from error

    @property
    def is_page(self) -> bool:
        """A WebSocket is none."""
        return False

    def check_origin(self, origin: str) -> bool:
        """Let in pages of this host and of configured ones, and programs."""
        allowed = allowed_origin(origin, self.gate.access.origins)
        return allowed is not None or not self.is_from_elsewhere

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose what the server has chosen."""
        return self._inner.subprotocol if self._inner else None

    def open(self, *args: str, **kwargs: str) -> None:
        """Begin to hand back what the server sends."""
        self.set_nodelay(True)
        self._reading = asyncio.create_task(self._hand_back())

    async def on_message(self, message: str | bytes) -> None:
        """Hand on; the next message is read when this one is taken."""
        self.gate.traffic.seen()
        if self._inner:
            with contextlib.suppress(ConnectionClosed):
                await self._inner.send(message)

    async def _hand_back(self) -> None:
        inner = self._inner
        assert inner  # noqa: S101 - opened before the browser was told yes
        try:
            async for message in inner:
                await self.write_message(message, binary=isinstance(message, bytes))
        except (ConnectionClosed, WebSocketClosedError, StreamClosedError):
            pass
        self.close(_sendable(inner.close_code), inner.close_reason or None)

    def on_finish(self) -> None:
        """Close the server's end when the browser's never opened."""
        if self.get_status() != 101:
            self.on_close()

    def on_close(self) -> None:
        """Close the server's end as the browser closed its own."""
        if self._inner:
            code = _sendable(self.close_code) or 1001
            closing = self._inner.close(code, self.close_reason or "")
            self._closing = asyncio.create_task(closing)


def _sendable(code: int | None) -> int | None:
    """Return a close code that may be sent; 1005, 1006 and 1015 only describe what happened."""
    return code if code and (code not in (1005, 1006, 1015)) else None


def _reason(response: httpcore.Response) -> str | None:
    phrase = response.extensions.get("reason_phrase", b"").decode("latin-1")
    return phrase if phrase.isprintable() and phrase else None


async def without(secret: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what ``chunks`` hold but for ``secret``, wherever it is cut."""
    held = b""
    async for chunk in chunks:
        held = (held + chunk).replace(secret, b"")
        # What may be the beginning of it waits for the rest.
        cut = next(
            (
                n
                for n in range(min(len(secret) - 1, len(held)), 0, -1)
                if secret.startswith(held[-n:])
            ),
            0,
        )
        ready, held = held[: len(held) - cut], held[len(held) - cut :]
        if ready:
            yield ready
    if held:
        yield held


def error_page(status: int, message: str, prefix: str) -> str:
    """Return the page for when there is nothing else to show."""
    said = html.escape(message)
    hint = (
        "It may be starting or have ended. Try again in a moment, or look at your sessions."
        if status == 503
        else "Go back to your sessions, or log in as somebody else."
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{said}</title>\n<style>:root {{ color-scheme: light dark }} "
        "body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; "
        "padding: 0 1rem }</style></head>\n"
        f"<body><main><h1>{said}</h1>\n<p>{hint}</p>\n"
        f'<p><a href="{html.escape(prefix, quote=True)}">Try again</a></p></main></body></html>\n'
    )
