# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes, below the server's prefix."""

from __future__ import annotations

import re
from typing import Any

from tornado.web import Application

from binder_lite.web import api, pages
from binder_lite.web.build_tokens import derived
from binder_lite.web.handlers import log
from binder_lite.web.page import STATIC
from binder_lite.web.service import Service
from binder_lite.web.session_hosts import session_hosts, session_paths
from binder_lite.web.stream_handlers import BuildHandler, SessionEventsHandler

_ID = "([a-z0-9]{1,64})"
_NAME = "([A-Za-z0-9_-]{1,80})"

# The spec is taken as it stands in the address: its escaped slashes are part of it.
ROUTES: list[tuple[str, Any]] = [
    (r"", pages.PageHandler),
    (r"(?:about|sessions|links|status)/?", pages.PageHandler),
    (r"v2/(.+)", pages.PageHandler),
    (rf"pages/{_NAME}", pages.BrandPageHandler),
    (r"build/(.+)", BuildHandler),
    (r"login", pages.LoginHandler),
    (r"logout", pages.LogoutHandler),
    (r"oauth_callback", pages.CallbackHandler),
    (r"badge(_logo)?\.svg", pages.BadgeHandler),
    (r"brand/(logo|style)", pages.BrandHandler),
    (r"brand/(gallery)/([0-9]{1,4})", pages.BrandHandler),
    (r"health", api.HealthHandler),
    (r"health/seen", api.SeenHandler),
    (r"versions", api.VersionsHandler),
    (r"metrics", api.MetricsHandler),
    (r"api/repoproviders", api.ProvidersHandler),
    (r"api/config", api.ConfigHandler),
    (rf"api/pages/{_NAME}", api.BrandPageHandler),
    (r"api/parse", api.ParseHandler),
    (r"api/refs", api.RefsHandler),
    (r"api/gallery", api.GalleryHandler),
    (r"api/recent", api.RecentHandler),
    (r"api/status", api.StatusHandler),
    (r"api/sessions", api.SessionsHandler),
    (rf"api/sessions/{_ID}", api.SessionHandler),
    (rf"api/sessions/{_ID}/(stop|resume|stay)", api.SessionActionHandler),
    (rf"api/sessions/{_ID}/events", SessionEventsHandler),
    (r"api/launches/([A-Za-z0-9_-]{1,64})", api.LaunchHandler),
    (r"api/builds/([^/]{1,256})/log", api.LogHandler),
]


# Not JupyterHub's name, which is JupyterLab's as well; the page's script knows it.
XSRF_COOKIE = "binder-lite-xsrf"


def make_app(service: Service, key: bytes) -> Application:
    """Return the application; ``key`` signs its cookies."""
    settings = service.settings
    prefix = re.escape(settings.prefix)
    static = (rf"{prefix}static/(.*)", pages.StaticHandler, {"path": str(STATIC)})
    return Application(
        [
            *session_hosts(settings),
            *((prefix + path, handler) for path, handler in (*ROUTES, *session_paths(settings))),
            static,
        ],
        default_handler_class=pages.MissingHandler,
        service=service,
        cookie_secret=derived(key, "cookies"),
        # Handlers see to it themselves: a request with a token needs no cookie's header.
        xsrf_cookies=False,
        xsrf_cookie_name=f"__Host-{XSRF_COOKIE}" if settings.host_cookies else XSRF_COOKIE,
        xsrf_cookie_kwargs={
            "path": "/" if settings.host_cookies else settings.prefix,
            "samesite": "Strict",
            "secure": settings.is_encrypted,
        },
        log_function=_log,
    )


def _log(handler: Any) -> None:
    """Log a request without its query, which may hold a token."""
    request = handler.request
    log.info(
        "%s %s %s",
        handler.get_status(),
        request.method,
        request.path,
        extra={
            "request": getattr(handler, "request_id", ""),
            "milliseconds": round(1000 * request.request_time()),
        },
    )
