# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service answers where sessions have hosts of their own.

A session's host is its gate's for as long as the session runs, and ours after that. On the server's
own host a session's path leads to the session's host: JupyterHub knows that path alone, and sends
people there after a log-in.
"""

from __future__ import annotations

import re
from typing import Any

from tornado.routing import HostMatches

from binder_lite.hub.settings import ServerSettings
from binder_lite.web.handlers import Handler
from binder_lite.web.refusals import NoSuchPage


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
        mode = self.request.headers.get("Sec-Fetch-Mode", "navigate")
        if self.request.method in ("GET", "HEAD") and mode == "navigate":
            self.redirect(f"{self.service.settings.address}sessions")
            return
        raise NoSuchPage("This session does not run.", hint="Resume it from your sessions.")


def session_paths(settings: ServerSettings) -> list[tuple[str, Any]]:
    """Return the routes on the server's own host, below the prefix."""
    return (
        [(r"user/[^/]+/([a-z0-9]{1,64})/.*", ToSessionHandler)] if settings.session_domain else []
    )


def session_hosts(settings: ServerSettings) -> list[tuple[Any, Any]]:
    """Return the routes on the hosts of sessions, which come before all others."""
    if not settings.session_domain:
        return []
    # A session's id: the server's own host may be in the same domain.
    host = rf"[a-z][a-z0-9]{{19}}\.{re.escape(settings.session_domain)}"
    return [(HostMatches(host), [(r".*", EndedHandler)])]
