# SPDX-License-Identifier: GPL-3.0-or-later
"""The login's settings → where a provider is asked what, as plain values.

OpenID Connect's discovery document is fetched once at start; the last good one is kept, so that the
server starts while the provider is away.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from binder_lite.errors import BadSettings
from binder_lite.hub.settings_model import Login, ServerSettings

_SECONDS = 10
_LONGEST_DOCUMENT = 1 << 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ORCID = "https://orcid.org"
# The forges whose private repositories a token opens, and the scope that reads them.
_READS_REPOSITORIES = {
    "github": "repo",
    "gitlab": "read_repository",
    "gitea": "read:repository",
    "forgejo": "read:repository",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who logs people in. ``identity`` names whose ids they are; ``forge`` is a host or empty."""

    title: str
    identity: str
    authorize_url: str
    token_url: str
    user_url: str
    scopes: tuple[str, ...]
    id_field: str
    login_field: str = ""
    name_field: str = "name"
    groups_field: str = ""
    forge: str = ""
    issuer: str = ""
    logout_url: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


class Discovery(msgspec.Struct, frozen=True):
    """What we need of a provider's ``/.well-known/openid-configuration``."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    end_session_endpoint: str = ""


def provider_of(settings: ServerSettings) -> Provider:
    """Return the provider that the settings name. Raises ``BadSettings``; asks OpenID's document.

    For kinds that are neither ``temporary`` nor a class.
    """
    login = settings.login
    provider = _provider(login, bool(settings.allow.groups), settings.hub)
    if login.private_repositories:
        more = _READS_REPOSITORIES[login.kind]
        host = urlsplit(provider.identity).netloc
        provider = replace(provider, forge=host, scopes=(*provider.scopes, more))
    return replace(
        provider,
        title=login.title or provider.title,
        scopes=login.scopes or provider.scopes,
        logout_url=login.logout_url or provider.logout_url,
    )


def _provider(login: Login, groups: bool, keep: Path) -> Provider:
    match login.kind:
        case "github":
            return _github(login.url.rstrip("/") or "https://github.com", groups)
        case "gitlab":
            return _gitlab(login.url.rstrip("/") or "https://gitlab.com")
        case "gitea" | "forgejo":
            return _gitea(login.kind, login.url.rstrip("/"), groups)
        case "google":
            return _google()
        case "orcid":
            issuer = login.issuer or _ORCID
            found = discover(issuer, keep)
            return replace(_openid(login, found), title="ORCID", scopes=("openid",))
        case "oidc":
            return _openid(login, discover(login.issuer, keep))
    return Provider(
        title=urlsplit(login.authorize_url).netloc,
        identity=login.user_url,
        authorize_url=login.authorize_url,
        token_url=login.token_url,
        user_url=login.user_url,
        scopes=(),
        id_field=login.id_field,
        login_field=login.login_field,
        name_field=login.name_field or "name",
        groups_field=login.groups_field,
    )


def _github(url: str, groups: bool) -> Provider:
    api = "https://api.github.com" if url == "https://github.com" else f"{url}/api/v3"
    return Provider(
        title="GitHub",
        identity=url,
        authorize_url=f"{url}/login/oauth/authorize",
        token_url=f"{url}/login/oauth/access_token",
        user_url=f"{api}/user",
        scopes=("read:org",) if groups else (),
        id_field="id",
        login_field="login",
    )


def _gitlab(url: str) -> Provider:
    return Provider(
        title="GitLab",
        identity=url,
        authorize_url=f"{url}/oauth/authorize",
        token_url=f"{url}/oauth/token",
        user_url=f"{url}/oauth/userinfo",
        scopes=("openid", "profile"),
        id_field="sub",
        login_field="nickname",
        groups_field="groups",
    )


def _gitea(kind: str, url: str, groups: bool) -> Provider:
    return Provider(
        title=kind.capitalize(),
        identity=url,
        authorize_url=f"{url}/login/oauth/authorize",
        token_url=f"{url}/login/oauth/access_token",
        user_url=f"{url}/login/oauth/userinfo",
        scopes=("openid", "profile", *(("groups",) if groups else ())),
        id_field="sub",
        login_field="preferred_username",
        groups_field="groups",
    )


def _google() -> Provider:
    return Provider(
        title="Google",
        identity="https://accounts.google.com",
        issuer="https://accounts.google.com",
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
        user_url="https://openidconnect.googleapis.com/v1/userinfo",
        scopes=("openid", "email", "profile"),
        id_field="sub",
        login_field="email",
        groups_field="hd",
        parameters=(("prompt", "select_account"),),
    )


def _openid(login: Login, found: Discovery) -> Provider:
    logout = found.end_session_endpoint
    return Provider(
        title=urlsplit(found.issuer).netloc,
        identity=found.issuer,
        issuer=found.issuer,
        authorize_url=found.authorization_endpoint,
        token_url=found.token_endpoint,
        user_url=found.userinfo_endpoint,
        scopes=("openid", "profile"),
        id_field=login.id_field or "sub",
        login_field=login.login_field or "preferred_username",
        name_field=login.name_field or "name",
        groups_field=login.groups_field,
        logout_url=logout and f"{logout}?client_id={quote(login.client_id, safe='')}",
    )


def discover(issuer: str, keep: Path) -> Discovery:
    """Fetch the issuer's document, or read the last good one. Raises ``BadSettings``."""
    kept = keep / f"openid-{hashlib.sha256(issuer.encode()).hexdigest()[:16]}.json"
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = httpx.get(url, timeout=_SECONDS).raise_for_status()
        content = answer.content[:_LONGEST_DOCUMENT]
        found = _checked(content, issuer, url)
    except httpx.HTTPError as error:
        if not kept.exists():
            raise BadSettings(
                f"The login's provider does not answer at {url}: "
                f"{str(error) or type(error).__name__}.",
                hint="Compare login.issuer with the provider's documentation.",
            ) from error
        return _checked(kept.read_bytes(), issuer, str(kept))
    keep.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(content)
    return found


def _checked(content: bytes, issuer: str, origin: str) -> Discovery:
    try:
        found = msgspec.json.decode(content, type=Discovery)
    except msgspec.DecodeError as error:
        raise BadSettings(
            f"{origin} is no OpenID configuration: {error}.",
            hint='Use login.kind = "oauth2" for a provider without OpenID.',
        ) from error
    # As the specification demands: else one provider could pass off another's people as its own.
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise BadSettings(
            f"{origin} says that the issuer is {found.issuer!r}, and login.issuer is {issuer!r}.",
            hint="Set login.issuer to what the provider calls itself, if you trust it.",
        )
    endpoints = (found.authorization_endpoint, found.token_endpoint, found.userinfo_endpoint)
    for endpoint in endpoints:
        parts = urlsplit(endpoint)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise BadSettings(
                f"{origin} names {endpoint}, which is not encrypted.",
                hint="Secrets would go there. Ask the provider to mend its configuration.",
            )
    return found
