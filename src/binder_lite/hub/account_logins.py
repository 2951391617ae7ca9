# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterHub authenticators for people with an account somewhere, upon those of oauthenticator.

State, PKCE and the exchange of code and token are oauthenticator's. Ours is who somebody is (the
stable id), who may come in, and logging out everywhere.
"""

from __future__ import annotations

import time
from typing import Any

import jwt
from jupyterhub import orm
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from oauthenticator.oauth2 import OAuthenticator, OAuthLogoutHandler
from tornado.web import HTTPError
from traitlets import Integer, Set, Unicode

from binder_lite.hub.accounts import (
    STATE,
    Account,
    account_in,
    groups_in,
    id_in,
    person_name,
    text_in,
    to_state,
)

_CHECKED = "checked"
_EXPIRES = "expires_at"
# A forge's token is renewed so long before it ends: longer than JupyterHub waits between two looks.
_RENEW_SECONDS = 600


class LogoutHandler(OAuthLogoutHandler):  # type: ignore[misc]
    """Logs this browser out; with ``?everywhere=1`` all browsers of the person."""

    async def handle_logout(self) -> None:
        """Make every cookie and every token that a browser got useless."""
        await super().handle_logout()
        user = self.current_user
        # A session may be on another host of the same domain.
        site = self.request.headers.get("Sec-Fetch-Site", "none")
        asked_elsewhere = site not in ("same-origin", "none")
        if user and self.get_argument("everywhere", "") == "1" and not asked_elsewhere:
            forget_browsers(self.db, user.orm_user)


def forget_browsers(db: Any, user: orm.User) -> None:
    """Log the person out in every browser: log-in cookies, and the tokens of OAuth's clients.

    Tokens that the person made in order to use the API stay, and so do sessions.
    """
    user.cookie_id = orm.new_token()
    for token in db.query(orm.APIToken).filter_by(user_id=user.id):
        if token.session_id:
            db.delete(token)
    db.commit()


class AccountLogin(OAuthenticator):  # type: ignore[misc]
    """What our authenticators share: the names of people, and who of them may come in."""

    logout_handler = LogoutHandler

    account_prefix = Unicode(help="What the people's names begin with.").tag(config=True)
    id_field = Unicode("sub", help="Where the stable id is in the user's data.").tag(config=True)
    login_field = Unicode(help="Where the login name is, for display.").tag(config=True)
    name_field = Unicode("name", help="Where the person's name is.").tag(config=True)
    groups_field = Unicode(help="Where the person's groups are.").tag(config=True)
    allowed_account_groups = Set(Unicode(), help="Members of these may come in.").tag(config=True)
    forge = Unicode(help="The host whose repositories the token opens.").tag(config=True)
    recheck_seconds = Integer(0, help="Ask the provider again this often.").tag(config=True)

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """Return the person's name, made of the stable id."""
        account_id = id_in(user_info, self.id_field)
        if not account_id:
            # The answer itself is not logged: it holds personal data.
            self.log.error("The provider's answer has no id in the field %r", self.id_field)
            raise HTTPError(502, "The login provider did not say which account this is.")
        return person_name(self.account_prefix, account_id)

    async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Keep the account in the encrypted state, and the name for display."""
        auth_model = await super().update_auth_model(auth_model)
        state = auth_model["auth_state"]
        info = state[self.user_auth_state_key]
        name = auth_model["name"]
        member_of = set[str]()
        if self.allowed_account_groups and not self._is_listed(name):
            member_of = await self.groups_of(state) & self.allowed_account_groups
        account = Account(
            id=id_in(info, self.id_field),
            login=text_in(info, self.login_field),
            name=text_in(info, self.name_field),
            forge=self.forge,
            member_of=tuple(sorted(member_of)),
        )
        state[STATE] = to_state(account)
        state[_CHECKED] = time.time()
        auth_model["user_info"] = {"name": account.shown, "login": account.login}
        # None would keep what somebody once was.
        auth_model["admin"] = name in self.admin_users
        return auth_model

    async def groups_of(self, state: dict[str, Any]) -> set[str]:
        """Return the account's groups."""
        return groups_in(state[self.user_auth_state_key], self.groups_field)

    async def token_to_user(self, token_info: dict[str, Any]) -> Any:
        """Ask who the token belongs to, and note when it ends while that is known."""
        seconds = token_info.get("expires_in")
        if isinstance(seconds, int | float):
            token_info.setdefault(_EXPIRES, time.time() + seconds)
        return await super().token_to_user(token_info)

    def _is_listed(self, name: str) -> bool:
        return self.allow_all or name in self.allowed_users or name in self.admin_users

    def _may_enter(self, name: str, account: Account | None) -> bool:
        if self._is_listed(name):
            return True
        return account is not None and bool(set(account.member_of) & self.allowed_account_groups)

    async def check_allowed(self, username: str, auth_model: dict[str, Any] | None) -> bool:
        """Let in who is listed or in an allowed group; tell others the id that was not found."""
        if auth_model and self._may_enter(username, account_in(auth_model["auth_state"])):
            return True
        raise HTTPError(
            403,
            f"Your account is not on the list of those who may use this server. "
            f"Its operator can add it: {username}",
        )

    async def refresh_user(self, user: Any, handler: Any = None, **more: Any) -> Any:
        """See whether the person may still be here; ask the provider only as often as configured.

        The settings are asked each time, so that who was taken off a list is out after a restart.
        """
        state = await user.get_auth_state()
        account = account_in(state)
        if account is None or person_name(self.account_prefix, account.id) != user.name:
            return False
        if not self._may_enter(user.name, account):
            return False
        if self.forge and _ends_soon(state):
            return await self._renew(user, state, handler)
        age = time.time() - state.get(_CHECKED, 0)
        # Of what is in the future, since the clock was set back, nobody knows how old it is.
        if not self.recheck_seconds or 0 <= age < self.recheck_seconds:
            return True
        return await self._ask_again(user, handler, **more)

    async def _renew(self, user: Any, state: dict[str, Any], handler: Any) -> Any:
        """Get another token for the person's private repositories; who they are stays as it is."""
        words = self.build_refresh_token_request_params(state["refresh_token"])
        try:
            token_info = await self.get_token_info(handler, words)
            token_info.setdefault("refresh_token", state["refresh_token"])
            model = await self._token_to_auth_model(token_info)
        except Exception as error:  # Only their private repositories are out of reach.
            self.log.warning("The token of %s is not renewed: %s", user.name, type(error).__name__)
            return True
        if model["name"] != user.name:
            return False
        return model if self._may_enter(user.name, account_in(model["auth_state"])) else False

    async def _ask_again(self, user: Any, handler: Any, **more: Any) -> Any:
        try:
            model = await super().refresh_user(user, handler, **more)
        except HTTPError:
            raise
        except Exception as error:  # A provider that is away locks nobody out of running work.
            self.log.warning("The login provider cannot be asked about %s: %r", user.name, error)
            return True
        if isinstance(model, dict) and not self._may_enter(
            user.name, account_in(model["auth_state"])
        ):
            return False
        return model


def _ends_soon(state: dict[str, Any]) -> bool:
    """Whether the token ends soon, for all that the clock tells, and can be renewed."""
    now, ends = time.time(), state.get("token_response", {}).get(_EXPIRES)
    was_set_back = now < state.get(_CHECKED, 0)
    ends_soon = ends and (was_set_back or now > ends - _RENEW_SECONDS)
    return bool(state.get("refresh_token") and ends_soon)


class ProviderLogin(AccountLogin, GenericOAuthenticator):  # type: ignore[misc]
    """For every provider that says all in one answer about the user, with OpenID or without."""

    issuer = Unicode(help="Of OpenID: who must have signed the id token.").tag(config=True)

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """Ask who the token belongs to; with OpenID it must be whom the id token names."""
        info = await super().token_to_user(token_info)
        id_token = token_info.get("id_token")
        if self.issuer and id_token:
            self._compare(id_token, info)
        if not isinstance(info, dict):
            raise HTTPError(502, "The login provider's answer is not understood.")
        return info

    def _compare(self, id_token: str, info: object) -> None:
        try:
            # It came from the provider itself over TLS, which stands for the signature (OpenID
            # Connect Core 3.1.3.7); how old it is matters when it is issued only.
            claims = jwt.decode(
                id_token,
                audience=self.client_id,
                issuer=self.issuer,
                options={"verify_signature": False, "verify_aud": True, "verify_iss": True},
            )
        except jwt.InvalidTokenError as error:
            self.log.error("The id token is refused: %s", type(error).__name__)
            raise HTTPError(502, "The login provider's id token is not for this server.") from None
        if claims.get("sub") is None or claims["sub"] != (
            info.get("sub") if isinstance(info, dict) else None
        ):
            raise HTTPError(502, "The login provider names two different accounts.")


class GitHubLogin(AccountLogin, GitHubOAuthenticator):  # type: ignore[misc]
    """GitHub, whose organisations and teams are asked for one by one."""

    async def groups_of(self, state: dict[str, Any]) -> set[str]:
        """Return those of the allowed organisations and teams that have the account."""
        login = text_in(state[self.user_auth_state_key], "login")
        token = state["token_response"]
        return {
            group
            for group in self.allowed_account_groups
            if await self._check_membership_allowed_organizations(
                group, login, token["access_token"], token["token_type"]
            )
        }
