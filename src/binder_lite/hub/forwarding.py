# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session's gate hands on in each direction, and what it keeps back. Pure.

A session's server is hostile: what it answers must not reach beyond its own path on an origin that
it shares with the hub and with other sessions. And it learns nothing of the person's other cookies
and tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote_plus

Headers: TypeAlias = Iterable[tuple[str, str]]

# RFC 9110, section 7.6.1, and their old companions.
_HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
# Ours to say, or nobody's business inside. ``origin`` was checked here, and the server could not
# know which are right.
_KEPT_BACK = frozenset({
    "authorization", "cookie", "expect", "forwarded", "host", "origin", "x-csrftoken",
    "x-xsrftoken", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
    "x-forwarded-prefix", "x-real-ip", "x-scheme",
})  # fmt: skip
# Each works on the whole origin: a session could log everybody out, take over other pages with a
# service worker, lead the origin elsewhere or have its errors reported to a stranger.
_ORIGIN_WIDE = frozenset({
    "alt-svc", "clear-site-data", "nel", "origin-agent-cluster", "public-key-pins", "report-to",
    "reporting-endpoints", "server", "service-worker-allowed", "set-cookie",
    "strict-transport-security", "x-jupyterhub-version",
})  # fmt: skip
_TOKENS = ("token", "_xsrf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """How the person's browser reached the gate."""

    address: str
    protocol: str
    host: str


def target(uri: str) -> str:
    """Return the request target without tokens in its query, all else as it came."""
    path, mark, query = uri.partition("?")
    kept = [part for part in query.split("&") if unquote_plus(part.split("=")[0]) not in _TOKENS]
    return path + mark + "&".join(kept) if any(kept) else path


def inward_headers(
    headers: Headers, caller: Caller, *, token: str, cookies: str
) -> list[tuple[str, str]]:
    """Return the headers for the session's server: ``token`` is its own.

    ``cookies`` begins the names of the cookies that are the server's.
    """
    headers = list(headers)
    dropped = _HOP_BY_HOP | _KEPT_BACK | _named_by_connection(headers)
    kept = [(name, value) for name, value in headers if name.lower() not in dropped]
    own = [own_cookies(value, cookies) for name, value in headers if name.lower() == "cookie"]
    if any(own):
        kept.append(("Cookie", "; ".join(filter(None, own))))
    return [
        ("Host", caller.host),
        *kept,
        ("Authorization", f"token {token}"),
        ("X-Forwarded-For", caller.address),
        ("X-Forwarded-Proto", caller.protocol),
        ("X-Forwarded-Host", caller.host),
    ]


def own_cookies(header: str, cookies: str) -> str:
    """Return the server's own part of a ``Cookie`` header, under the names that it gave."""
    parts = (part.strip() for part in header.split(";"))
    return "; ".join(part[len(cookies) :] for part in parts if part.startswith(cookies))


def outward_headers(headers: Headers, *, prefix: str, cookies: str) -> list[tuple[str, str]]:
    """Return the headers for the browser: nothing that works beyond ``prefix``.

    A cookie gets a name of the session's and a path below ``prefix``. The answer's
    ``Content-Length`` stays: the body is handed on as it is.
    """
    headers = list(headers)
    dropped = _HOP_BY_HOP | _ORIGIN_WIDE | _named_by_connection(headers)
    kept = []
    for name, value in headers:
        lowered = name.lower()
        if lowered == "set-cookie":
            if cookie := _confined_cookie(value, prefix, cookies):
                kept.append((name, cookie))
        elif lowered not in dropped and not lowered.startswith("access-control-"):
            kept.append((name, value))
    return kept


def _confined_cookie(header: str, prefix: str, cookies: str) -> str | None:
    pair, *attributes = (part.strip() for part in header.split(";"))
    name, equals, _value = pair.partition("=")
    # Its check of cross-site requests is the gate's now, whose cookie has the same name.
    if not equals or not name or name == "_xsrf":
        return None
    path = prefix
    kept = []
    for attribute in attributes:
        key, _, value = attribute.partition("=")
        if key.strip().lower() == "path" and value.strip().startswith(prefix):
            path = value.strip()
        elif key.strip().lower() not in ("path", "domain"):
            kept.append(attribute)
    return "; ".join([cookies + pair, f"Path={path}", *kept])


def _named_by_connection(headers: Headers) -> frozenset[str]:
    """Return the headers that ``Connection`` calls hop-by-hop."""
    values = (value for name, value in headers if name.lower() == "connection")
    return frozenset(word.strip().lower() for value in values for word in value.split(","))
