# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of people, providers, and what JupyterHub is told; the flows are in integration/login."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import jwt
import pytest
from tornado.web import HTTPError
from traitlets.config import Config

from binder_lite.errors import BadSettings
from binder_lite.hub.account_logins import AccountLogin, GitHubLogin, ProviderLogin
from binder_lite.hub.accounts import (
    Account,
    account_in,
    groups_in,
    id_in,
    people_names,
    person_name,
    text_in,
    to_state,
)
from binder_lite.hub.auth import configure_login
from binder_lite.hub.providers import provider_of
from binder_lite.hub.settings import Allow, Login, ServerSettings
from binder_lite.hub.temporary import Rate, TemporaryLogin, network

SECRET = "hush"
DOCUMENT = {
    "issuer": "https://sso.example.org",
    "authorization_endpoint": "https://sso.example.org/auth",
    "token_endpoint": "https://sso.example.org/token",
    "userinfo_endpoint": "https://sso.example.org/me",
    "end_session_endpoint": "https://sso.example.org/end",
}


def settings(tmp_path: Path, kind: str, **more: Any) -> ServerSettings:
    allow = more.pop("allow", Allow(users=("1",)))
    admins = more.pop("admins", ())
    public_url = more.pop("public_url", "")
    login = Login(kind=kind, client_id="ours", client_secret=SECRET, **more)
    return ServerSettings(
        data=tmp_path / "data", cache=tmp_path, login=login, allow=allow, admins=admins,
        public_url=public_url,
    )  # fmt: skip


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is answered instead of the network; empty when nothing answers."""
    known: dict[str, Any] = {}

    def get(url: str, **_: object) -> httpx.Response:
        if url not in known:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json=known[url], request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx, "get", get)
    return known


# Names.


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("1234", "github-1234"),
        ("0000-0002-1825-0097", "github-0000-0002-1825-0097"),
        ("248289761001", "github-248289761001"),
        ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "github-f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    ],
)
def test_plain_ids_are_readable(account: str, name: str) -> None:
    assert person_name("github", account) == name


def test_no_two_accounts_share_a_name() -> None:
    hashed = person_name("oidc", "Abc").removeprefix("oidc-")
    ids = ["abc", "Abc", "ABC", "a/b", "a%2fb", "..", "a b", "ä", "", "a" * 64, "a" * 65, hashed]
    names = [person_name("oidc", each) for each in ids]
    assert len(set(names)) == len(ids)
    assert all(name == name.lower() and "/" not in name and len(name) < 80 for name in names)


def test_listed_accounts_are_understood_with_and_without_prefix() -> None:
    expected = {"github-1", "github-2", person_name("github", "Ab")}
    assert people_names("github", ["1", "github-2", "Ab"]) == expected


@pytest.mark.parametrize(
    ("value", "id"),
    [(12, "12"), ("x", "x"), (None, ""), (True, ""), (1.5, ""), ([1], ""), ({"a": 1}, "")],
)
def test_only_texts_and_numbers_are_ids(value: object, id: str) -> None:
    assert id_in({"user": {"id": value}}, "user.id") == id
    assert id_in([], "user.id") == id_in({"user": 3}, "user.id") == ""


def test_texts_for_display_are_made_harmless() -> None:
    assert text_in({"name": " A\x1b[31m\nB\u202e "}, "name") == "A[31mB"
    assert len(text_in({"name": "x" * 1000}, "name")) == 120
    assert text_in({"name": 3}, "name") == text_in({}, "") == ""


@pytest.mark.parametrize(
    ("value", "groups"),
    [
        (["a", "b", 3, ""], {"a", "b"}),
        ("a", {"a"}),
        ([{"name": "a"}, {"nam": "b"}], {"a"}),
        ({"name": "a"}, {"a"}),
        (False, set()),
        (None, set()),
    ],
)
def test_groups_come_in_several_forms(value: object, groups: set[str]) -> None:
    assert groups_in({"groups": value}, "groups") == groups


def test_an_account_keeps_its_token_only_for_a_forge() -> None:
    account = Account(id="1", name="A", member_of=("g",))
    state = {"account": to_state(account), "access_token": SECRET}
    assert account_in(state) == account
    state["account"] = to_state(replace(account, forge="github.com"))
    found = account_in(json.loads(json.dumps(state)))
    assert found and found.token == SECRET and SECRET not in repr(found)
    assert account_in(None) is account_in({}) is account_in({"account": {"id": 3}}) is None


# Providers.


def test_github(tmp_path: Path) -> None:
    provider = provider_of(settings(tmp_path, "github"))
    assert provider.authorize_url == "https://github.com/login/oauth/authorize"
    assert provider.user_url == "https://api.github.com/user"
    assert (provider.id_field, provider.login_field, provider.scopes) == ("id", "login", ())
    ours = provider_of(
        settings(
            tmp_path, "github", url="https://git.example.org/", private_repositories=True,
            allow=Allow(groups=("org",)), title="Ours",
        )
    )  # fmt: skip
    assert ours.user_url == "https://git.example.org/api/v3/user"
    assert ours.scopes == ("read:org", "repo")
    assert (ours.forge, ours.title) == ("git.example.org", "Ours")


@pytest.mark.parametrize(
    ("kind", "url", "user_url"),
    [
        ("gitlab", "", "https://gitlab.com/oauth/userinfo"),
        ("gitlab", "https://gl.example.org", "https://gl.example.org/oauth/userinfo"),
        ("gitea", "https://tea.example.org", "https://tea.example.org/login/oauth/userinfo"),
        ("forgejo", "https://codeberg.org/", "https://codeberg.org/login/oauth/userinfo"),
    ],
)
def test_forges(tmp_path: Path, kind: str, url: str, user_url: str) -> None:
    provider = provider_of(settings(tmp_path, kind, url=url))
    assert provider.user_url == user_url
    assert provider.id_field == "sub" and provider.forge == ""


def test_google_people_are_known_by_sub(tmp_path: Path) -> None:
    provider = provider_of(settings(tmp_path, "google"))
    assert provider.id_field == "sub" and provider.groups_field == "hd"


def test_openid_is_discovered_and_remembered(tmp_path: Path, answers: dict[str, Any]) -> None:
    wanted = settings(tmp_path, "oidc", issuer="https://sso.example.org")
    with pytest.raises(BadSettings, match="does not answer"):
        provider_of(wanted)
    answers["https://sso.example.org/.well-known/openid-configuration"] = DOCUMENT
    provider = provider_of(wanted)
    assert provider.token_url == "https://sso.example.org/token"
    assert provider.logout_url == "https://sso.example.org/end?client_id=ours"
    assert provider.issuer == provider.identity == "https://sso.example.org"
    answers.clear()
    assert provider_of(wanted) == provider


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"issuer": "https://evil.example.org"}, "says that the issuer is"),
        ({"token_endpoint": "http://sso.example.org/token"}, "is not encrypted"),
        ({"userinfo_endpoint": "ftp://sso.example.org"}, "is not encrypted"),
        ({"token_endpoint": 3}, "is no OpenID configuration"),
    ],
)
def test_a_document_that_cannot_be_trusted_is_refused(
    tmp_path: Path, answers: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    answers["https://sso.example.org/.well-known/openid-configuration"] = DOCUMENT | change
    with pytest.raises(BadSettings, match=message):
        provider_of(settings(tmp_path, "oidc", issuer="https://sso.example.org"))
    assert not list((tmp_path / "data").glob("hub/openid*"))


def test_orcid_uses_its_issuer(tmp_path: Path, answers: dict[str, Any]) -> None:
    answers["https://orcid.org/.well-known/openid-configuration"] = DOCUMENT | {
        "issuer": "https://orcid.org"
    }
    provider = provider_of(settings(tmp_path, "orcid"))
    assert (provider.title, provider.scopes, provider.id_field) == ("ORCID", ("openid",), "sub")


def test_plain_oauth_says_everything_itself(tmp_path: Path) -> None:
    provider = provider_of(
        settings(
            tmp_path, "oauth2", authorize_url="https://a.org/a", token_url="https://a.org/t",
            user_url="https://a.org/u", id_field="user_id", groups_field="group.group_name",
            scopes=("profile", "group"),
        )
    )  # fmt: skip
    assert (provider.title, provider.id_field, provider.scopes) == (
        "a.org", "user_id", ("profile", "group"),
    )  # fmt: skip
    assert provider.logout_url == "" and provider.issuer == ""


# What JupyterHub is told.


def configured(wanted: ServerSettings) -> Config:
    c = Config()
    configure_login(c, wanted)
    return c


def test_accounts_are_configured(tmp_path: Path) -> None:
    wanted = settings(
        tmp_path, "github", admins=("7",), public_url="https://nb.example.org", days=3,
        allow=Allow(users=("1",), groups=("org:team",)), options={"custom_403_message": "No"},
    )  # fmt: skip
    c = configured(wanted)
    login = GitHubLogin(config=c)
    assert c.JupyterHub.authenticator_class is GitHubLogin
    assert (login.client_id, login.client_secret) == ("ours", SECRET)
    assert login.allowed_users == {"github-1"} and login.admin_users == {"github-7"}
    assert login.allowed_account_groups == {"org:team"}
    assert not login.allow_existing_users and not login.allow_all
    assert login.enable_pkce and login.enable_auth_state and login.auto_login
    assert login.oauth_callback_url == "https://nb.example.org/hub/oauth_callback"
    assert login.custom_403_message == "No"
    assert c.JupyterHub.cookie_max_age_days == 3


def test_the_key_is_made_once_and_is_the_operators_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUPYTERHUB_CRYPT_KEY", raising=False)
    wanted = settings(tmp_path, "github")
    (key,) = configured(wanted).CryptKeeper["keys"]
    file = wanted.hub / "crypt-key"
    assert file.stat().st_mode & 0o777 == 0o600 and len(bytes.fromhex(key)) == 32
    assert configured(wanted).CryptKeeper["keys"] == [key]
    file.chmod(0o644)
    with pytest.raises(BadSettings, match="others on this machine may read it"):
        configured(wanted)
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", "ab" * 32)
    assert "keys" not in configured(wanted).CryptKeeper


def test_another_provider_does_not_get_the_first_ones_people(tmp_path: Path) -> None:
    configured(settings(tmp_path, "gitea", url="https://one.example.org"))
    configured(settings(tmp_path, "gitea", url="https://one.example.org"))
    configured(settings(tmp_path, "github"))
    with pytest.raises(BadSettings) as raised:
        configured(settings(tmp_path, "gitea", url="https://two.example.org"))
    assert "get each other's sessions" in raised.value.message
    configured(settings(tmp_path, "gitea", url="https://two.example.org", prefix="second"))


@pytest.mark.parametrize(("recheck", "looks"), [(0, 300), (60, 60), (3600, 300)])
def test_accounts_are_looked_at_as_often_as_asked(tmp_path: Path, recheck: int, looks: int) -> None:
    login = GitHubLogin(config=configured(settings(tmp_path, "github", recheck_seconds=recheck)))
    assert (login.recheck_seconds, login.auth_refresh_age) == (recheck, looks)


def test_temporary_people_are_configured(tmp_path: Path) -> None:
    c = configured(ServerSettings(data=tmp_path, cache=tmp_path))
    login = TemporaryLogin(config=c)
    assert login.allow_all and login.auto_login
    assert login.sessions == str(tmp_path / "sessions")
    assert not (tmp_path / "hub" / "crypt-key").exists()


def test_any_class_gets_its_options(tmp_path: Path) -> None:
    kind = "jupyterhub.auth.DummyAuthenticator"
    c = configured(settings(tmp_path, kind, options={"password": "x"}, admins=("me",)))
    assert c.JupyterHub.authenticator_class == kind
    assert c.DummyAuthenticator.password == "x"
    assert c.Authenticator.admin_users == {"me"} and c.Authenticator.allowed_users == {"1"}


# Who somebody is, and who may come in.


@pytest.fixture
def login(tmp_path: Path) -> Iterator[ProviderLogin]:
    wanted = settings(
        tmp_path, "oauth2", authorize_url="https://a.org/a", token_url="https://a.org/t",
        user_url="https://a.org/u", id_field="user_id", groups_field="groups",
        allow=Allow(users=("1",), groups=("geneticists",)), admins=("9",),
    )  # fmt: skip
    yield ProviderLogin(config=configured(wanted))


async def model_of(login: AccountLogin, info: dict[str, Any]) -> dict[str, Any]:
    """Return what JupyterHub would get for such a user's data."""
    token = {"access_token": SECRET, "token_type": "Bearer"}
    name = login.user_info_to_username(info)
    state = login.build_auth_state_dict(token, info)
    return await login.update_auth_model({"name": name, "admin": None, "auth_state": state})


class Person(SimpleNamespace):
    """A user as far as an authenticator asks."""

    async def get_auth_state(self) -> Any:
        return self.state


async def test_listed_people_come_in(login: ProviderLogin) -> None:
    model = await model_of(login, {"user_id": 1, "name": "Ada", "email": "a@example.org"})
    assert model["name"] == "oauth2-1" and model["admin"] is False
    assert model["user_info"] == {"name": "Ada", "login": ""}
    assert await login.check_allowed("oauth2-1", model)


async def test_administrators_come_in_and_are_so_no_longer_than_listed(
    login: ProviderLogin,
) -> None:
    model = await model_of(login, {"user_id": "9"})
    assert model["admin"] is True and await login.check_allowed("oauth2-9", model)
    login.admin_users = set()
    assert (await model_of(login, {"user_id": "9"}))["admin"] is False


async def test_members_of_groups_come_in(login: ProviderLogin) -> None:
    model = await model_of(login, {"user_id": "5", "groups": ["geneticists", "others"]})
    assert account_in(model["auth_state"]) == Account(id="5", member_of=("geneticists",))
    assert await login.check_allowed("oauth2-5", model)


async def test_others_are_told_their_id(login: ProviderLogin) -> None:
    model = await model_of(login, {"user_id": "6", "groups": ["others"], "name": "oauth2-1"})
    with pytest.raises(HTTPError) as raised:
        await login.check_allowed("oauth2-6", model)
    assert raised.value.status_code == 403 and "oauth2-6" in str(raised.value)


@pytest.mark.parametrize("info", [{}, {"user_id": ""}, {"user_id": None}, {"sub": "1"}])
def test_without_an_id_nobody_comes_in(login: ProviderLogin, info: dict[str, Any]) -> None:
    with pytest.raises(HTTPError) as raised:
        login.user_info_to_username(info)
    assert raised.value.status_code == 502


async def test_who_was_taken_off_the_list_is_out(login: ProviderLogin) -> None:
    model = await model_of(login, {"user_id": "1"})
    person = Person(name="oauth2-1", state=model["auth_state"])
    assert await login.refresh_user(person) is True
    login.allowed_users = set()
    assert await login.refresh_user(person) is False
    member = await model_of(login, {"user_id": "5", "groups": ["geneticists"]})
    person = Person(name="oauth2-5", state=member["auth_state"])
    assert await login.refresh_user(person) is True
    login.allowed_account_groups = {"others"}
    assert await login.refresh_user(person) is False


async def test_people_of_an_earlier_login_are_out(login: ProviderLogin) -> None:
    model = await model_of(login, {"user_id": "1"})
    assert await login.refresh_user(Person(name="github-1", state=model["auth_state"])) is False
    assert await login.refresh_user(Person(name="oauth2-1", state=None)) is False


async def test_a_provider_that_is_away_locks_nobody_out(login: ProviderLogin) -> None:
    model = await model_of(login, {"user_id": "1"})
    state = model["auth_state"] | {"checked": 0}
    login.recheck_seconds = 60

    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    login.httpfetch = away
    assert await login.refresh_user(Person(name="oauth2-1", state=state)) is True


async def test_a_recheck_asks_for_groups_again(login: ProviderLogin) -> None:
    info: dict[str, Any] = {"user_id": "5", "groups": ["geneticists"]}
    model = await model_of(login, info)
    login.recheck_seconds = 60

    async def answer(*_: object, **__: object) -> dict[str, Any]:
        return info

    login.httpfetch = answer
    person = Person(name="oauth2-5", state=model["auth_state"] | {"checked": 0})
    renewed = await login.refresh_user(person)
    assert renewed["name"] == "oauth2-5"
    # Asked before the clock was set back, which is nobody knows when.
    person.state = renewed["auth_state"] | {"checked": time.time() + 86400}
    assert (await login.refresh_user(person))["name"] == "oauth2-5"
    info["groups"] = []
    assert await login.refresh_user(person) is False


async def test_a_forges_token_is_renewed_before_it_ends(tmp_path: Path) -> None:
    login = ProviderLogin(
        config=configured(
            settings(tmp_path, "gitlab", private_repositories=True, allow=Allow(everyone=True))
        )
    )
    sent: list[dict[str, Any]] = []

    async def answer(url: str, *_: object, **more: Any) -> dict[str, Any]:
        if not url.endswith("/oauth/token"):
            return {"sub": "5", "nickname": "ada"}
        sent.append(more)
        if len(sent) > 1:
            raise ConnectionRefusedError
        return {"access_token": "new", "token_type": "Bearer", "expires_in": 60}

    login.httpfetch = answer
    token = {
        "access_token": "old",
        "token_type": "Bearer",
        "expires_in": 7200,
        "refresh_token": "r",
    }
    model = await login._token_to_auth_model(token)
    person = Person(name="gitlab-5", state=model["auth_state"])
    assert await login.refresh_user(person) is True and not sent
    was_set_back = dict(person.state) | {"checked": time.time() + 86400}
    assert isinstance(await login.refresh_user(Person(name="gitlab-5", state=was_set_back)), dict)
    sent.clear()
    person.state["token_response"]["expires_at"] -= 6700
    renewed = await login.refresh_user(person)
    account = account_in(renewed["auth_state"])
    assert account and (account.token, account.forge) == ("new", "gitlab.com")
    assert renewed["auth_state"]["refresh_token"] == "r"
    # It cannot be renewed once more, and the person stays in.
    person.state = renewed["auth_state"]
    assert await login.refresh_user(person) is True and len(sent) == 2


@pytest.mark.parametrize(
    ("claims", "refused"),
    [
        ({"sub": "1", "aud": "ours", "iss": "https://sso.example.org"}, ""),
        ({"sub": "2", "aud": "ours", "iss": "https://sso.example.org"}, "two different accounts"),
        ({"sub": "1", "aud": "theirs", "iss": "https://sso.example.org"}, "not for this server"),
        ({"sub": "1", "aud": "ours", "iss": "https://evil.example.org"}, "not for this server"),
        ({"aud": "ours", "iss": "https://sso.example.org"}, "two different accounts"),
    ],
)
async def test_the_id_token_must_name_the_same_account(
    tmp_path: Path, answers: dict[str, Any], claims: dict[str, Any], refused: str
) -> None:
    answers["https://sso.example.org/.well-known/openid-configuration"] = DOCUMENT
    wanted = settings(tmp_path, "oidc", issuer="https://sso.example.org")
    login = ProviderLogin(config=configured(wanted))

    async def answer(*_: object, **__: object) -> dict[str, Any]:
        return {"sub": "1"}

    login.httpfetch = answer
    id_token = jwt.encode(claims, "x" * 32, algorithm="HS256")
    token = {"access_token": SECRET, "token_type": "Bearer", "id_token": id_token}
    if refused:
        with pytest.raises(HTTPError) as raised:
            await login.token_to_user(token)
        assert refused in str(raised.value)
    else:
        assert await login.token_to_user(token) == {"sub": "1"}


async def test_githubs_groups_are_asked_with_the_login_name(tmp_path: Path) -> None:
    login = GitHubLogin(
        config=configured(settings(tmp_path, "github", allow=Allow(groups=("org", "org:team"))))
    )
    asked = []

    async def answer(url: str, *_: object, **__: object) -> Any:
        asked.append(url)
        return SimpleNamespace(code=204 if url.endswith("/orgs/org/members/ada") else 404, body=b"")

    login.httpfetch = answer
    model = await model_of(login, {"id": 5, "login": "ada", "name": None, "email": "a@b.org"})
    assert model["name"] == "github-5" and model["user_info"]["name"] == "ada"
    assert len(asked) == 2 and all("/ada" in url for url in asked)
    assert account_in(model["auth_state"]) == Account(id="5", login="ada", member_of=("org",))
    assert await login.check_allowed("github-5", model)


# Temporary people.


def test_new_people_from_one_address_are_limited() -> None:
    now = 0.0
    rate = Rate(2, clock=lambda: now)
    assert [rate.allows("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert rate.allows("192.0.2.2")
    now = 3601.0
    assert rate.allows("192.0.2.1")
    assert all(Rate(0).allows("192.0.2.1") for _ in range(100))


def test_addresses_are_counted_by_network_and_not_for_ever() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:2") == "2001:db8::/64"
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert network("fe80::1%eth0") == "fe80::/64" and network("x") == "x"
    rate = Rate(1)
    for number in range(10_050):
        rate.allows(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(rate._times) == 10_000


def test_a_hub_of_ours_needs_a_login_of_ours(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="no other JupyterHub"):
        configured(ServerSettings(data=tmp_path, cache=tmp_path, login=Login(kind="hub")))
