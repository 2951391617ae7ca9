# SPDX-License-Identifier: GPL-3.0-or-later
"""The login's settings → JupyterHub's configuration of authenticators."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from traitlets.config import Config

from binder_lite.errors import BadSettings
from binder_lite.hub.account_logins import AccountLogin, GitHubLogin, ProviderLogin
from binder_lite.hub.accounts import people_names
from binder_lite.hub.providers import Provider, provider_of
from binder_lite.hub.settings_checks import KINDS
from binder_lite.hub.settings_model import Login, ServerSettings
from binder_lite.hub.temporary import TemporaryLogin

_LOOKS_SECONDS = 300
_KEY_VARIABLE = "JUPYTERHUB_CRYPT_KEY"


def configure_login(c: Config, settings: ServerSettings) -> None:
    """Tell JupyterHub how people log in. Raises ``BadSettings``.

    Makes ``<data>/hub`` and, for logins by account, the key in it that encrypts their tokens.
    """
    login = settings.login
    c.JupyterHub.cookie_max_age_days = login.days
    c.JupyterHub.trusted_downstream_ips = list(settings.trusted_proxies)
    c.Authenticator.auto_login = True
    settings.hub.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not login.is_ours:
        raise BadSettings(
            'login.kind is "hub", but there is no other JupyterHub whose login counts.',
            hint="Set another kind; this one is for `configure(c)` in a JupyterHub's own file.",
        )
    if login.kind == "temporary":
        _configure_temporary(c, settings)
    elif login.kind in KINDS:
        _configure_accounts(c, settings, provider_of(settings))
    else:
        _configure_class(c, settings)


def _configure_temporary(c: Config, settings: ServerSettings) -> None:
    c.JupyterHub.authenticator_class = TemporaryLogin
    c.Authenticator.allow_all = True
    c.TemporaryLogin.logins_per_hour = settings.login.logins_per_hour
    c.TemporaryLogin.people = settings.login.people
    c.TemporaryLogin.remove_seconds = settings.login.remove_seconds
    c.TemporaryLogin.sessions = str(settings.session_settings().sessions)


def _configure_accounts(c: Config, settings: ServerSettings, provider: Provider) -> None:
    login, allow = settings.login, settings.allow
    prefix = login.prefix or login.kind
    _remember_provider(settings.hub / "providers.json", prefix, provider.identity)
    kind: type[AccountLogin] = GitHubLogin if login.kind == "github" else ProviderLogin
    c.JupyterHub.authenticator_class = kind
    _keep_tokens(c, settings.hub / "crypt-key")

    c.OAuthenticator.allow_all = allow.everyone
    c.OAuthenticator.allowed_users = people_names(prefix, allow.users)
    # Else whoever was once let in would stay on the list for ever.
    c.OAuthenticator.allow_existing_users = False
    c.OAuthenticator.admin_users = people_names(prefix, settings.admins)
    c.AccountLogin.allowed_account_groups = set(allow.groups)

    c.OAuthenticator.login_service = provider.title
    c.OAuthenticator.client_id = login.client_id
    c.OAuthenticator.client_secret = login.client_secret
    c.OAuthenticator.authorize_url = provider.authorize_url
    c.OAuthenticator.token_url = provider.token_url
    c.OAuthenticator.userdata_url = provider.user_url
    c.OAuthenticator.scope = list(provider.scopes)
    c.OAuthenticator.extra_authorize_params = dict(provider.parameters)
    c.OAuthenticator.basic_auth = login.send_secret_in == "header"  # noqa: S105
    c.OAuthenticator.userdata_token_method = login.send_token_in
    c.OAuthenticator.enable_pkce = True
    c.OAuthenticator.logout_redirect_url = provider.logout_url
    if settings.public_url:
        c.OAuthenticator.oauth_callback_url = f"{settings.address}hub/oauth_callback"

    c.AccountLogin.account_prefix = prefix
    c.AccountLogin.id_field = provider.id_field
    c.AccountLogin.login_field = provider.login_field
    c.AccountLogin.name_field = provider.name_field
    c.AccountLogin.groups_field = provider.groups_field
    c.AccountLogin.forge = provider.forge
    c.AccountLogin.recheck_seconds = login.recheck_seconds
    if login.recheck_seconds:
        # JupyterHub looks at an account no more often than this.
        c.Authenticator.auth_refresh_age = min(login.recheck_seconds, _LOOKS_SECONDS)
    if kind is ProviderLogin:
        c.ProviderLogin.issuer = provider.issuer
    _set_options(c[kind.__name__], login)


def _configure_class(c: Config, settings: ServerSettings) -> None:
    """Any other authenticator: it makes names of people by itself, and lists hold those."""
    login = settings.login
    c.JupyterHub.authenticator_class = login.kind
    c.Authenticator.auto_login = False
    c.Authenticator.allow_all = settings.allow.everyone
    c.Authenticator.allowed_users = set(settings.allow.users)
    c.Authenticator.allow_existing_users = False
    c.Authenticator.admin_users = set(settings.admins)
    _set_options(c[login.kind.rpartition(".")[2]], login)


def _set_options(section: Any, login: Login) -> None:
    for name, value in login.options.items():
        section[name] = value


def _keep_tokens(c: Config, file: Path) -> None:
    """Let JupyterHub keep access tokens, encrypted; the key is the operator's, or ours in a file.

    The key is in no variable, which each process that the hub starts could read.
    """
    c.Authenticator.enable_auth_state = True
    if os.environ.get(_KEY_VARIABLE):
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w", encoding="ascii") as new:
            new.write(secrets.token_hex(32))
    if file.stat().st_mode & 0o077:
        raise BadSettings(
            f"{file} encrypts people's tokens, and others on this machine may read it.",
            hint=f"chmod 600 {file}",
        )
    c.CryptKeeper["keys"] = [file.read_text(encoding="ascii").strip()]


def _remember_provider(file: Path, prefix: str, identity: str) -> None:
    """Refuse to give the people of one provider the names, and so the sessions, of another's."""
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if known.setdefault(prefix, identity) != identity:
        raise BadSettings(
            f"People whose names begin with {prefix}- have logged in by {known[prefix]}, "
            f"and the settings now name {identity}: they would get each other's sessions.",
            hint="Set login.prefix to something new. If the provider only moved, "
            f"change its address in {file}.",
        )
    file.write_text(json.dumps(known, indent=2), encoding="utf-8")
