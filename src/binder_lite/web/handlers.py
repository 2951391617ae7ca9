# SPDX-License-Identifier: GPL-3.0-or-later
"""What all routes have in common: who asks, whether their own page made the request, errors."""

from __future__ import annotations

import logging
import math
import re
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from jupyterhub.services.auth import HubOAuthenticated, UserNotAllowed
from tornado.web import HTTPError, RequestHandler

from binder_lite.errors import LaunchError, NoSuchPage, NotLoggedIn, NotYours, TooMany, UnsavedWork
from binder_lite.web.disk import explained
from binder_lite.web.events_stream import clean
from binder_lite.web.limits import client_of
from binder_lite.web.page import HEADERS
from binder_lite.web.people import Asker, Person, Stranger
from binder_lite.web.same_origin import is_same_origin
from binder_lite.web.service import Service
from binder_lite.web.transcripts import Json

log = logging.getLogger("binder_lite.web")
_SAFE = ("GET", "HEAD", "OPTIONS")
_MOST_LISTED = 100
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]+")


class Handler(HubOAuthenticated, RequestHandler):  # type: ignore[misc] # JupyterHub has no types
    """A route of the service."""

    service: Service

    def initialize(self) -> None:
        """Take what all routes share."""
        self.service = self.application.settings["service"]
        self.hub_auth = self.service.auth
        self.stranger = Stranger(address=client_of(self.request.remote_ip or ""))
        self.asker: Asker = self.stranger

    def set_default_headers(self) -> None:
        """Send what keeps our pages from being used by others."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Server", "binder-lite")
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:
        """Find out who asks; refuse a request to change something that is not from our page."""
        self.request_id = uuid.uuid4().hex[:12]
        self.set_header("X-Request-Id", self.request_id)
        self.asker = await self._asker()
        if self.request.method not in _SAFE and not self._by_token:
            # Without a person too: nobody's page may make a stranger's browser do things.
            try:
                self.check_xsrf_cookie()
            except HTTPError as error:
                raise NotYours(
                    "The request does not come from this server's own page.",
                    hint="Load the page again.",
                ) from error

    @property
    def _by_token(self) -> bool:
        return bool(getattr(self, "_token_authenticated", False))

    async def _asker(self) -> Asker:
        model = await self.hub_auth.get_user(self, sync=False)
        if not model:
            return self.stranger
        try:
            self.check_hub_user(model)
        except UserNotAllowed:
            if self._by_token:
                raise NotYours(
                    "This token does not give access to launches.",
                    hint="Make one with the scope access:services!service=binder-lite.",
                ) from None
            return self.stranger
        if model.get("kind") == "service":
            # A program that launches for its own people, each of whom gets a temporary account.
            return Stranger(address=f"service {model['name']}", trusted=True)
        told = (model.get("user_info") or {}).get("name")
        return Person(
            name=model["name"],
            shown=told if isinstance(told, str) else "",
            admin=bool(model.get("admin")),
            by_token=self._by_token,
        )

    def get_current_user(self) -> Any:
        """Return what ``prepare`` found out, for JupyterHub's own code, which would wait for it."""
        return getattr(self, "_cached_hub_user", None)

    # Tornado's own, under a name of ours: JupyterHub's is called as JupyterLab's is, and a cookie
    # of this path would be taken for that of every session below it.
    xsrf_token = RequestHandler.xsrf_token

    def check_xsrf_cookie(self) -> None:
        """Judge whether the cookie counts: what changes something needs the page's own header.

        JupyterHub asks for that header with every request that a script makes. A stream of events
        cannot send one; for what only reads, the browser's word is enough.
        """
        if self.request.method not in _SAFE:
            # A session's page, on a host in the same domain, can set our cookie; not its origin.
            if self._is_from_elsewhere:
                raise HTTPError(403, "the request comes from another site's page")
            RequestHandler.check_xsrf_cookie(self)
        elif not is_same_origin(self.request.headers, self.request.host):
            raise HTTPError(403, "the cookie does not count for a request of another site")

    @property
    def _is_from_elsewhere(self) -> bool:
        """Whether the browser says that another origin's page made the request."""
        headers = self.request.headers
        told = "Sec-Fetch-Site" in headers or "Origin" in headers
        return told and not is_same_origin(headers, self.request.host)

    def person(self) -> Person:
        """Return who has logged in. Raises ``NotLoggedIn``."""
        if not isinstance(self.asker, Person):
            raise NotLoggedIn("You are not logged in.", hint="Log in, then try again.")
        return self.asker

    @property
    def base(self) -> str:
        """This server's address as the asker knows it, with the prefix."""
        settings = self.service.settings
        if settings.public_url:
            return settings.address
        host = self.request.host if _HOST.fullmatch(self.request.host) else settings.bind
        return f"{self.request.protocol}://{host}{settings.prefix}"

    @property
    def client(self) -> str:
        """Return whom limits count: a person, or a stranger's address."""
        return self.asker.name if isinstance(self.asker, Person) else self.asker.address

    def count_look_up(self) -> None:
        """Count that the server asks another host for somebody. Raises ``TooMany``."""
        self.service.look_ups.count(self.client)

    def may_look_up(self) -> bool:
        """Count it, and tell whether it is within the limit."""
        try:
            self.count_look_up()
        except LaunchError:
            return False
        return True

    def spec(self, route: str) -> str:
        """Return the spec as it stands in the address, its escaped slashes with it."""
        return self.request.path.removeprefix(self.service.settings.prefix + route)

    def answer(self, value: Json, status: int = 200) -> None:
        """Send JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.write(msgspec.json.encode(value))

    def error_in(self, kwargs: Mapping[str, Any]) -> BaseException | None:
        """Return what went wrong: a full disk, where that made something else fail."""
        error = kwargs.get("exc_info", (None, None))[1]
        if not isinstance(error, Exception) or isinstance(error, HTTPError):
            return error
        return explained(error, self.service.settings.session_settings())

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send what went wrong as JSON."""
        error = self.error_in(kwargs)
        if isinstance(error, LaunchError):
            fields: dict[str, Json] = {
                "code": error.code, "message": clean(error.message), "hint": clean(error.hint),
            }  # fmt: skip
            if isinstance(error, UnsavedWork):
                fields["unsaved"] = [clean(each) for each in error.work[:_MOST_LISTED]]
            if isinstance(error, TooMany) and error.seconds is not None:
                self.set_header("Retry-After", math.ceil(error.seconds))
            self.answer(fields, error.http_status)
            return
        if status_code == 404:
            said, code = "There is nothing at this address.", NoSuchPage.code
        elif status_code < 500:
            said, code = self._reason or "The request is not right.", "bad-request"
        else:
            said, code = "Something went wrong in binder-lite itself.", "internal-error"
        self.answer({"code": code, "message": clean(said), "hint": ""}, status_code)

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Log mistakes of ours; what a person may see is no such thing."""
        if isinstance(value, LaunchError):
            log.info("%s: %s", value.code, clean(value.message))
        else:
            super().log_exception(kind, value, trace)
