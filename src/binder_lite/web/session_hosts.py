# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service answers at the addresses of sessions.

A session's path is its gate's for as long as the session runs, and ours after that. Where sessions
have hosts of their own, the same goes for the host; the path on the server's own host then leads to
the session's host: JupyterHub knows that path alone, and sends people there after a log-in.
"""

from __future__ import annotations

import re
from typing import Any

from tornado.routing import HostMatches

from binder_lite.errors import NoSuchPage
from binder_lite.hub.settings import ServerSettings
from binder_lite.web.handlers import Handler
from binder_lite.web.same_origin import is_navigation


class ToSessionHandler(Handler):
    """``user/NAME/ID/…`` on the server's host."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are: the session's gate does."""

    def get(self, session: str) -> None:
        """Send the browser on to the session's host."""
        self.set_header("Referrer-Policy", "no-referrer")
        self.redirect(self.service.settings.session_origin(session) + self.request.uri)


class EndedHandler(Handler):
    """Any address at the host of a session that does not run."""

    def prepare(self) -> None:  # type: ignore[override]
        """Send people to their sessions, and tell programs that there is nothing.

        No page of ours is shown here: what the session has left in the browser could act on it.
        """
        if not is_navigation(self.request.method, self.request.headers):
            raise NoSuchPage("This session does not run.", hint="Resume it from your sessions.")
        self.redirect(self._instead)

    @property
    def _instead(self) -> str:
        return f"{self.service.settings.address}sessions"


class EndedPathHandler(EndedHandler):
    """``user/NAME/ID/…`` on the host that all share: the session is resumed, if it is theirs."""

    @property
    def _instead(self) -> str:
        return f"{self.service.settings.prefix}sessions?resume={self.path_args[0]}"


def session_paths(settings: ServerSettings) -> list[tuple[str, Any]]:
    """Return the routes on the server's own host, below the prefix."""
    handler = ToSessionHandler if settings.session_domain else EndedPathHandler
    return [(r"user/[^/]+/([a-z0-9]{1,64})/.*", handler)]


def session_hosts(settings: ServerSettings) -> list[tuple[Any, Any]]:
    """Return the routes on the hosts of sessions, which come before all others."""
    if not settings.session_domain:
        return []
    # A session's id: the server's own host may be in the same domain.
    host = rf"[a-z][a-z0-9]{{19}}\.{re.escape(settings.session_domain)}"
    return [(HostMatches(host), [(r".*", EndedHandler)])]
