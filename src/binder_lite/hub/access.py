# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session's gate needs to know of the hub: read from the variables that spawners set.

Read once and handed on as a value: a spare is told them after it has imported everything, when
JupyterHub's own classes have looked at its environment already.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec
from jupyterhub.services.auth import HubOAuth

from binder_lite.errors import BadSettings

# So long a person is believed to be logged in, without asking the hub.
CACHE_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAccess:
    """Where the hub is, who this server is to it, and who may use this server.

    ``prefix`` is the server's path, beginning and ending with a slash. ``scopes``: one of them is
    needed. ``origins`` are those of other sites whose pages may call the server, with a token.
    ``trusted_proxies`` are believed when they name the address of a caller. ``host_cookies``: the
    session has a host of its own, and its cookies are for that host alone.
    """

    api_url: str
    api_token: str = field(repr=False)
    activity_url: str
    client_id: str
    callback: str
    scopes: frozenset[str]
    prefix: str
    hub_prefix: str
    host: str = ""
    public_url: str = ""
    server_name: str = ""
    token_in_url: bool = False
    host_cookies: bool = False
    cookie_options: Mapping[str, object] = field(default_factory=dict)
    origins: frozenset[str] = frozenset()
    trusted_proxies: frozenset[str] = frozenset()

    @property
    def cookies(self) -> str:
        """What the names of the cookies begin with that the session's own server sets."""
        return f"{self.server_name or 'session'}-"

    @property
    def public_host(self) -> str:
        """Host and port under which browsers know the hub; empty when that is not configured."""
        return urlsplit(self.public_url).netloc

    def authentication(self) -> HubOAuth:
        """Return JupyterHub's own client, which logs people in and checks their tokens."""
        return HubOAuth(
            api_url=self.api_url,
            api_token=self.api_token,
            oauth_client_id=self.client_id,
            oauth_redirect_uri=self.callback,
            oauth_authorization_url=f"{self.host}{self.hub_prefix}api/oauth2/authorize",
            access_scopes=set(self.scopes),
            base_url=self.prefix,
            hub_prefix=self.hub_prefix,
            hub_host=self.host,
            allow_token_in_url=self.token_in_url,
            cookie_options=dict(self.cookie_options),
            cookie_host_prefix_enabled=self.host_cookies,
            cache_max_age=CACHE_SECONDS,
        )


def allowed_origin(origin: str, allowed: Collection[str]) -> str | None:
    """Return what ``Access-Control-Allow-Origin`` says to this origin; ``None``: nothing."""
    if "*" in allowed:
        return "*"
    return origin if origin and origin in allowed else None


def read_access(variables: Mapping[str, str]) -> HubAccess:
    """Read what a spawner says in variables. Raises ``BadSettings`` when something is missing."""
    try:
        base = variables["JUPYTERHUB_BASE_URL"].rstrip("/")
        return HubAccess(
            api_url=variables["JUPYTERHUB_API_URL"],
            api_token=variables["JUPYTERHUB_API_TOKEN"],
            activity_url=variables["JUPYTERHUB_ACTIVITY_URL"],
            client_id=variables["JUPYTERHUB_CLIENT_ID"],
            callback=variables["JUPYTERHUB_OAUTH_CALLBACK_URL"],
            scopes=_scopes(variables["JUPYTERHUB_OAUTH_ACCESS_SCOPES"]),
            prefix=variables["JUPYTERHUB_SERVICE_PREFIX"].rstrip("/") + "/",
            hub_prefix=f"{base}/hub/",
            host=variables.get("JUPYTERHUB_HOST", ""),
            public_url=variables.get("JUPYTERHUB_PUBLIC_HUB_URL", ""),
            server_name=variables.get("JUPYTERHUB_SERVER_NAME", ""),
            token_in_url=variables.get("JUPYTERHUB_ALLOW_TOKEN_IN_URL", "") in ("1", "true"),
            host_cookies=variables.get("JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED", "") == "1",
            cookie_options=json.loads(variables.get("JUPYTERHUB_COOKIE_OPTIONS") or "{}"),
            origins=frozenset(variables.get("BINDER_LITE_CORS_ORIGINS", "").split()),
            trusted_proxies=frozenset(variables.get("BINDER_LITE_TRUSTED_PROXIES", "").split()),
        )
    except (KeyError, ValueError, msgspec.ValidationError) as error:
        raise BadSettings(
            f"A session's host was started without what a spawner says: {error}.",
            hint="Hosts are started by JupyterHub, through binder-lite's spawner.",
        ) from error


def _scopes(text: str) -> frozenset[str]:
    """Read the scopes; without any JupyterHub's client would let in everybody who is logged in."""
    scopes = frozenset(msgspec.json.decode(text, type=list[str]))
    if not scopes:
        raise ValueError("no scope is named that gives access")
    return scopes
