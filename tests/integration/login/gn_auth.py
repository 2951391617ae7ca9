# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for gn-auth: plain OAuth2 with its addresses and answers, and its unkind ways.

It knows nothing of OpenID or PKCE. Clients say who they are in the token request's body.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import url_concat
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler


@dataclass(slots=True)
class GnAuth:
    """What the stand-in knows: its client, its people, and the codes and tokens it gave."""

    client_id: str
    client_secret: str
    redirect_uri: str
    people: Mapping[str, Mapping[str, Any]]
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    url: str = ""
    answers: int = 200


class _Handler(RequestHandler):
    def initialize(self, known: GnAuth) -> None:
        self.known = known


class _Authorise(_Handler):
    def get(self) -> None:
        if self.get_argument("client_id") != self.known.client_id:
            raise HTTPError(400)
        self.finish(
            '<!doctype html><title>gn-auth</title><form method="post">'
            '<label>Email <input name="user:email"></label> <button>Sign in</button></form>'
        )

    def post(self) -> None:
        person = self.known.people[self.get_body_argument("user:email")]
        code = secrets.token_urlsafe(16)
        self.known.codes[code] = person["user_id"]
        state = self.get_query_argument("state")
        self.redirect(url_concat(self.known.redirect_uri, {"code": code, "state": state}))


class _Token(_Handler):
    def post(self) -> None:
        known = self.known
        named = (self.get_body_argument("client_id"), self.get_body_argument("client_secret"))
        person = known.codes.pop(self.get_body_argument("code"), None)
        if named != (known.client_id, known.client_secret) or person is None:
            self.set_status(400)
            self.finish({"error": "invalid_grant"})
            return
        token = secrets.token_urlsafe(32)
        known.tokens[token] = person
        self.finish({"access_token": token, "token_type": "Bearer", "expires_in": 3600})


class _User(_Handler):
    def get(self) -> None:
        token = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        person = self.known.tokens.get(token)
        if person is None or self.known.answers != 200:
            raise HTTPError(401 if person is None else self.known.answers)
        self.finish(next(dict(each) for each in self.known.people.values() if
                         each["user_id"] == person))  # fmt: skip


@contextlib.asynccontextmanager
async def gn_auth(known: GnAuth) -> AsyncIterator[GnAuth]:
    """Serve it on a free port of loopback; ``known.url`` says where."""
    shared = {"known": known}
    server = HTTPServer(
        Application(
            [
                ("/auth/authorise", _Authorise, shared),
                ("/auth/token", _Token, shared),
                ("/auth/user/", _User, shared),
            ]
        )
    )
    (listening,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([listening])
    known.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield known
    finally:
        server.stop()
        await server.close_all_connections()
