# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterHub's configuration, from the settings of a server.

``configure`` adds binder-lite to any JupyterHub; ``configure_whole`` also decides the rest of it,
for ``binder-lite serve``. What JupyterHub keeps is in ``<data>/hub``, in which it must run.
"""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from binder_lite.errors import BadSettings
from binder_lite.hub.looks import configure_looks
from binder_lite.hub.proxy import SocketProxy, by_host, proxy_command
from binder_lite.hub.settings import ServerSettings, read_server_settings
from binder_lite.hub.settings_model import Login
from binder_lite.hub.spawners import (
    LocalSessionSpawner,
    SessionSpawner,
    host_variables,
    socket_url,
)
from binder_lite.storage import writing

SERVICE = "binder-lite"
_KEPT = (sys.executable, "-m", "binder_lite.hub.kept")
# What the web service does in a person's name: makes temporary people, starts and stops their
# sessions, gives programs a token for one of them.
_SCOPES = [
    "admin:users", "admin:servers", "access:servers", "tokens", "users:activity", "read:hub",
]  # fmt: skip


def configure(c: Any, settings: ServerSettings | None = None) -> None:
    """Add our spawner and service to a JupyterHub's configuration ``c``.

    Without ``settings`` they are read from where an operator keeps them. Who may log in stays that
    JupyterHub's, and strangers launch nothing. Its proxy becomes one that knows Unix sockets, which
    sessions and the service listen on. A spawner class that ``c`` has must be one of sessions.

    Raises ``BadSettings`` and ``ToolMissing``.
    """
    settings = settings or read_server_settings()
    if settings.login not in (Login(), Login(kind="hub")):
        raise BadSettings(
            f"The settings have a login by {settings.login.kind}, and this JupyterHub has its own.",
            hint="Remove the table [login]; or let `binder-lite serve` start JupyterHub.",
        )
    spawner = c.JupyterHub.get("spawner_class", SessionSpawner)
    if not (isinstance(spawner, type) and issubclass(spawner, SessionSpawner)):
        raise BadSettings(
            f"The configuration has a spawner of its own, {spawner}, which starts no sessions.",
            hint="Leave c.JupyterHub.spawner_class out, or make it one: "
            "`class Mine(SessionSpawner, Theirs)`, from binder_lite.hub.spawners.",
        )
    _add(c, replace(settings, login=Login(kind="hub")))


def _add(c: Any, settings: ServerSettings) -> None:
    make_hub_directory(settings)
    c.JupyterHub.proxy_class = SocketProxy
    if "command" not in c.ConfigurableHTTPProxy:
        c.ConfigurableHTTPProxy.command = proxy_command(settings.hub / "proxy")
    c.JupyterHub.allow_named_servers = True
    if "spawner_class" not in c.JupyterHub:
        c.JupyterHub.spawner_class = LocalSessionSpawner
    c.SessionSpawner.server_settings = settings
    c.JupyterHub.services = [
        *_given(c.JupyterHub.services),
        _web_service(settings, c.JupyterHub.hub_connect_url),
        *_spares_service(settings),
    ]
    c.JupyterHub.load_roles = [
        *_given(c.JupyterHub.load_roles),
        {"name": SERVICE, "scopes": _SCOPES, "services": [SERVICE]},
        # Everybody who may log in may use the page.
        {"name": "user", "scopes": ["self", f"access:services!service={SERVICE}"]},
    ]
    c.JupyterHub.hub_routespec = f"{settings.prefix}hub/"
    c.Proxy.extra_routes = {settings.prefix: socket_url(settings.web_socket)}


def configure_whole(c: Any, settings: ServerSettings) -> None:
    """Decide all that ``binder-lite serve`` needs of JupyterHub. Raises ``ToolMissing``."""
    make_hub_directory(settings)
    hub = settings.hub
    c.JupyterHub.bind_url = f"http://{settings.bind}{settings.prefix}"
    if settings.public_url:
        c.JupyterHub.public_url = settings.address
    c.JupyterHub.trusted_downstream_ips = list(settings.trusted_proxies)
    c.JupyterHub.db_url = settings.database or f"sqlite:///{hub}/jupyterhub.sqlite"
    c.JupyterHub.upgrade_db = True
    c.JupyterHub.cookie_secret_file = str(hub / "cookie_secret")
    c.JupyterHub.pid_file = str(hub / "jupyterhub.pid")
    # Sockets: on a port any session could answer in the hub's place while it is away.
    c.JupyterHub.hub_bind_url = c.JupyterHub.hub_connect_url = socket_url(hub / "hub.sock")
    c.JupyterHub.hub_socket_mode = 0o600
    c.ConfigurableHTTPProxy.api_url = socket_url(hub / "proxy.sock")
    command = proxy_command(hub / "proxy")
    if settings.session_domain:
        command = by_host(command, socket_url(settings.web_socket))
        c.SocketProxy.public_host = urlsplit(settings.public_url).hostname
        c.SocketProxy.session_domain = settings.session_domain
        # Else a session's page could set, for all of the domain, the cookies of a log-in.
        c.JupyterHub.cookie_host_prefix_enabled = settings.host_cookies
    c.ConfigurableHTTPProxy.command = command
    c.ConfigurableHTTPProxy.auth_token = kept_secret(hub / "proxy_token")
    c.ConfigurableHTTPProxy.pid_file = str(hub / "proxy.pid")
    c.ConfigurableHTTPProxy.log_level = "warn"
    # Sessions outlive the hub.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.default_url = settings.prefix
    c.JupyterHub.active_server_limit = settings.limits.sessions
    c.JupyterHub.log_format = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    configure_looks(c, settings)
    _add(c, settings)


def make_hub_directory(settings: ServerSettings) -> None:
    """Make the directory of what JupyterHub keeps, which nobody else may read."""
    with writing("what the server keeps", settings.hub):
        settings.hub.mkdir(parents=True, exist_ok=True)
        settings.hub.chmod(0o700)
        settings.session_settings().sessions.mkdir(parents=True, exist_ok=True)


def kept_secret(file: Path) -> str:
    """Return the secret that a file keeps, which is made when it is not there."""
    with writing("a secret of the server", file):
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            file.chmod(0o600)
        else:
            with os.fdopen(descriptor, "w") as new:
                new.write(secrets.token_hex(32))
    return file.read_text().strip()


def _web_service(settings: ServerSettings, hub: Any) -> dict[str, Any]:
    """Return our service. JupyterHub is told no address: its route is the prefix itself."""
    # JupyterHub would name a port of its socket to services, which there is not.
    own = isinstance(hub, str) and hub.startswith("http+unix")
    api = {"JUPYTERHUB_API_URL": f"{hub}{settings.prefix}hub/api"} if own else {}
    return {
        "name": SERVICE,
        "command": [*_KEPT, "binder_lite.web"],
        "oauth_no_confirm": True,
        "oauth_client_id": f"service-{SERVICE}",
        "oauth_redirect_uri": f"{settings.prefix}oauth_callback",
        "environment": {
            **host_variables(settings),
            **_settings_file(),
            "BINDER_LITE_SERVE_LOGIN_KIND": settings.login.kind,
            **api,
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{settings.prefix}oauth_callback",
            "JUPYTERHUB_SERVICE_PREFIX": settings.prefix,
        },
    }


def _spares_service(settings: ServerSettings) -> list[dict[str, Any]]:
    """Return what keeps spares ready, if there are to be any."""
    if not settings.has_spares:
        return []
    return [
        {
            "name": f"{SERVICE}-spares",
            "command": [
                *_KEPT,
                "--leave",
                "binder_lite.hub.spares",
                str(settings.spares),
                str(settings.environment_spares),
            ],
            "environment": host_variables(settings),
        }
    ]


def _settings_file() -> dict[str, str]:
    """Return the variables in which settings are, for our service to read them again."""
    return {k: v for k, v in os.environ.items() if k.startswith("BINDER_LITE_SERVE_")}


def _given(value: Any) -> list[Any]:
    """Return the list that a configuration has; one that was not set is a lazy value."""
    return list(value) if isinstance(value, list) else []
