# SPDX-License-Identifier: GPL-3.0-or-later
"""The page and what belongs to it: login and logout, badges, static and brand files."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.httputil import url_concat
from tornado.web import StaticFileHandler

from binder_lite.errors import LaunchError, NoSuchPage, NotYours
from binder_lite.web.badges import badge
from binder_lite.web.brand_pages import find_page
from binder_lite.web.handlers import Handler
from binder_lite.web.page import HEADERS, Head, is_hashed
from binder_lite.web.people import Person
from binder_lite.web.same_origin import is_navigation, safe_next
from binder_lite.web.specs import shown_spec, source_of, spec_of

_DESCRIPTION = (
    "Open a git repository of notebooks as a running notebook, with the software it asks for."
)
_YEAR_SECONDS = 365 * 24 * 3600
_PICTURES = {".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif"}


class PageHandler(Handler):
    """The page, whichever of its addresses is asked for."""

    async def get(self, launched: str = "") -> None:
        """Send it, with what a shared link shows of it."""
        spec = self.spec("v2/") if launched else ""
        if not spec:
            self.show(self.service.settings.name)
            return
        person = self.asker.name if isinstance(self.asker, Person) else ""
        shown = _shown(spec)
        self.show(
            f"{shown} · {self.service.settings.name}",
            f"Open {shown} as a running notebook.",
            {"build-token": self.service.tokens.make(spec, person)},
        )

    def show(self, title: str, about: str = "", metas: Mapping[str, str] | None = None) -> None:
        """Send the page under a title; ``about`` is what its description begins with."""
        settings = self.service.settings
        description = settings.brand.texts.get("description", "")
        head = Head(
            title=title,
            description=f"{about} {description}".strip() or _DESCRIPTION,
            address=self.base + self.request.path.removeprefix(settings.prefix),
            picture=f"{self.base}badge.svg",
            metas=metas or {},
        )
        _ = self.xsrf_token  # Sets the cookie that the page's script sends back in a header.
        self.set_header("Content-Type", "text/html; charset=utf-8")
        style = f"{settings.prefix}brand/style" if settings.brand.style else ""
        self.write(self.service.page.html(settings.prefix, head, style))


class BrandPageHandler(PageHandler):
    """``pages/NAME``: the page around one of the operator's own."""

    async def get(self, name: str = "") -> None:
        """Send it under that page's title; where there is none, it says so."""
        settings = self.service.settings
        try:
            title, _ = find_page(settings.brand.pages, name)
        except NoSuchPage:
            self.set_status(404)
            title = "No such page"
        self.show(f"{title} · {settings.name}")


class MissingHandler(PageHandler):
    """Any other address: the page that says so, and for programs an error."""

    async def prepare(self) -> None:
        """Say that there is nothing."""
        if not is_navigation(self.request.method, self.request.headers):
            raise NoSuchPage("There is nothing at this address.", hint="Begin at the first page.")
        await super().prepare()
        self.set_status(404)


def _shown(spec: str) -> str:
    try:
        return shown_spec(spec_of(source_of(spec, {})).text)
    except LaunchError:
        return "A repository"


class LoginHandler(Handler):
    """Sends people to JupyterHub's login, and from there to where they were going."""

    async def get(self) -> None:
        """Go there."""
        after = safe_next(self.get_query_argument("next", ""), self.service.settings.prefix)
        if isinstance(self.asker, Person):
            self.redirect(after)
            return
        auth = self.hub_auth
        verifier, challenge, method = auth.generate_pkce_code_challenge()
        words = {"code_challenge": challenge, "code_challenge_method": method}
        words["state"] = auth.set_state_cookie(self, next_url=after, code_verifier=verifier)
        self.redirect(url_concat(auth.login_url, words))


class CallbackHandler(Handler, HubOAuthCallbackHandler):  # type: ignore[misc] # no types there
    """Where JupyterHub sends people back to."""

    def set_default_headers(self) -> None:
        """Tell nobody this page's address, which holds a code."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")

    def write_error(self, status_code: int, **_: Any) -> None:
        """Tell a person that the login did not succeed."""
        self.set_status(status_code)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        login = escape(f"{self.service.settings.prefix}login")
        self.finish(
            '<!doctype html><html lang="en"><title>Login</title><h1>The login did not succeed</h1>'
            "<p>It took too long, or began in another browser. "
            f'<a href="{login}">Log in again</a>.</p></html>'
        )


class LogoutHandler(Handler):
    """Forgets the person here, and goes on to JupyterHub's logout."""

    async def get(self) -> None:
        """Go there, unless another page than ours sent the browser."""
        site = self.request.headers.get("Sec-Fetch-Site", "same-origin")
        if site not in ("same-origin", "none"):
            raise NotYours("Another site asked to log you out.", hint="Use this server's own page.")
        self.hub_auth.clear_cookie(self)
        everywhere = self.get_query_argument("everywhere", "") == "1"
        more = "?everywhere=1" if everywhere else ""
        self.redirect(f"{self.hub_auth.hub_host}{self.hub_auth.hub_prefix}logout{more}")


class BadgeHandler(Handler):
    """``badge.svg`` and ``badge_logo.svg``."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are: badges stand on other people's pages."""

    def get(self, logo: str | None) -> None:
        """Draw it."""
        self.set_header("Content-Type", "image/svg+xml")
        self.set_header("Cache-Control", "public, max-age=3600")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.write(badge(self.service.settings.name, logo=logo is not None))


class StaticHandler(StaticFileHandler):
    """The page's own files."""

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep for good what has its content's hash in its name."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        kept = f"public, max-age={_YEAR_SECONDS}, immutable" if is_hashed(path) else "no-cache"
        self.set_header("Cache-Control", kept)


class BrandHandler(Handler):
    """The pictures and the style that the operator's settings name."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are."""

    def get(self, kind: str, number: str | None = None) -> None:
        """Send one."""
        settings = self.service.settings
        suffixes = _PICTURES
        file: Path | None = settings.brand.logo
        if kind == "gallery":
            at = int(number or 0)
            file = settings.gallery[at].picture if at < len(settings.gallery) else None
        elif kind == "style":
            file, suffixes = settings.brand.style, {".css"}
        if file is None or file.suffix.lower() not in suffixes or not file.is_file():
            raise NoSuchPage("There is no such file.")
        kind_of_file = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self.set_header("Content-Type", kind_of_file)
        # An SVG that is opened by itself is a document, which could hold scripts.
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.set_header("Cache-Control", "public, max-age=3600")
        self.write(file.read_bytes())
