# SPDX-License-Identifier: GPL-3.0-or-later
"""What a web proxy is asked, and what it hands on: heads of HTTP/1 messages (RFC 9110, 9112). Pure.

One connection serves one request: ``Connection: close`` is said to both sides, so that what follows
a head is the body alone, and is handed on unread.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from binder_lite.errors import BadSettings
from binder_lite.sources.safety import shown

END_OF_HEAD = b"\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REQUEST = re.compile(r"(?P<method>[A-Z]{1,20}) (?P<target>[!-~]+) HTTP/1\.[01]")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
# Of the one connection only, or ours to say.
_NOT_ONWARD = (
    b"connection", b"host", b"http2-settings", b"keep-alive", b"proxy-authenticate",
    b"proxy-authorization", b"proxy-connection", b"upgrade",
)  # fmt: skip
_CLOSE = b"Connection: close"


class BadRequest(ValueError):
    """This is not a request that a web proxy answers."""


@dataclass(frozen=True, slots=True)
class WebProxy:
    """A proxy of the operator's; ``login`` is a name and a password with a colon between."""

    host: str
    port: int
    tls: bool = False
    login: str = field(default="", repr=False)


def parse_proxy(url: str) -> WebProxy:
    """Read a proxy's URL, as in the variable ``https_proxy``. Raises ``BadSettings``."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    with suppress(ValueError):
        if parts.scheme in ("http", "https") and parts.hostname:
            tls = parts.scheme == "https"
            login = parts.username and f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            return WebProxy(parts.hostname, parts.port or (443 if tls else 80), tls, login or "")
    raise BadSettings(
        f"The proxy {shown(url)!r} in the service's environment is no web proxy.",
        hint="Set https_proxy and http_proxy to http://HOST:PORT, or leave both out.",
    )


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """A request's head: where it goes, and with what words."""

    method: str
    host: str
    port: int
    path: str
    fields: tuple[bytes, ...] = ()

    @property
    def tunnel(self) -> bool:
        """Whether nothing but bytes are to be handed on, as for https."""
        return self.method == "CONNECT"

    @property
    def scheme(self) -> str:
        """How the host is spoken to."""
        return "https" if self.tunnel else "http"

    @property
    def authority(self) -> str:
        """The host and port as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.tunnel or self.port != 80 else host

    @property
    def url(self) -> str:
        """Where it goes; of a tunnel's path nothing is known."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def head_for_host(self) -> bytes:
        """Return what the host is sent."""
        return b"" if self.tunnel else self._head(self.path)

    def head_for_proxy(self, proxy: WebProxy) -> bytes:
        """Return what another proxy is sent."""
        target = self.authority if self.tunnel else self.url
        login = b"Proxy-Authorization: Basic " + base64.b64encode(proxy.login.encode())
        return self._head(target, *((login,) if proxy.login else ()))

    def _head(self, target: str, *more: bytes) -> bytes:
        first = f"{self.method} {target} HTTP/1.1".encode()
        host = b"Host: " + self.authority.encode()
        close = () if self.tunnel else (_CLOSE,)
        return b"\r\n".join((first, host, *self.fields, *more, *close)) + END_OF_HEAD


def parse_request(head: bytes) -> ProxyRequest:
    """Read a request's head. Raises ``BadRequest``."""
    first, *fields = head.removesuffix(END_OF_HEAD).split(b"\r\n")
    found = _REQUEST.fullmatch(first.decode("latin-1"))
    if not found:
        raise BadRequest("no request line")
    method, target = found["method"], found["target"]
    tunnel = method == "CONNECT"
    try:
        parts = urlsplit(f"//{target}" if tunnel else target)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadRequest("no address") from error
    rest = parts.path or parts.query if tunnel else parts.fragment
    if parts.scheme != ("" if tunnel else "http") or "@" in parts.netloc or rest:
        raise BadRequest("not a target for a proxy")
    if not _HOST.fullmatch(host) or not (port or (port is None and not tunnel)):
        raise BadRequest("no host or port")
    path = "/" if tunnel else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    onward = () if tunnel else _onward(fields)
    return ProxyRequest(method, host.rstrip(".").lower(), port or 80, path, onward)


def closing(head: bytes) -> bytes:
    """Return an answer's head that says of the connection that it ends with the answer."""
    first, *fields = head.removesuffix(END_OF_HEAD).split(b"\r\n")
    return b"\r\n".join((first, *_onward(fields), _CLOSE)) + END_OF_HEAD


def is_interim(head: bytes) -> bool:
    """Tell whether another answer follows this one (100 Continue)."""
    return re.match(rb"HTTP/1\.\d 1\d\d\b", head) is not None


def is_success(head: bytes) -> bool:
    """Tell whether this answer says that what was asked for is done."""
    return re.match(rb"HTTP/1\.\d 2\d\d\b", head) is not None


def answer(status: int, reason: str) -> bytes:
    """Return an answer of our own."""
    body = reason.encode() + b"\n"
    return (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body


def _onward(fields: list[bytes]) -> tuple[bytes, ...]:
    if any(field[:1] in b" \t" or b":" not in field for field in fields):
        raise BadRequest("a field without a name")
    return tuple(
        field for field in fields if field.partition(b":")[0].strip().lower() not in _NOT_ONWARD
    )
