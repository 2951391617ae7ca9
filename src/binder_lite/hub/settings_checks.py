# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server's settings must hold together, beyond the types of the single values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Set
from dataclasses import fields
from urllib.parse import SplitResult, urlsplit

from binder_lite.errors import BadSettings
from binder_lite.hub.settings_model import Login, Page, ServerSettings

# What each kind of login needs, and what else it understands.
_ACCOUNT = {"client_id", "client_secret"}
_FIELDS = {"id_field", "login_field", "name_field", "groups_field"}
_URLS = {"authorize_url", "token_url", "user_url"}
_NEEDED: dict[str, set[str]] = {
    "temporary": set(),
    "github": _ACCOUNT,
    "gitlab": _ACCOUNT,
    "gitea": _ACCOUNT | {"url"},
    "forgejo": _ACCOUNT | {"url"},
    "google": _ACCOUNT,
    "orcid": _ACCOUNT,
    "oidc": _ACCOUNT | {"issuer"},
    "oauth2": _ACCOUNT | _URLS | {"id_field"},
    "hub": set(),
}
_ANY = {"kind", "title", "days"}
_ACCOUNTS_TAKE = _ANY | {
    "client_secret_file", "prefix", "scopes", "recheck_seconds", "options", "logout_url",
}  # fmt: skip
_TAKEN: dict[str, set[str]] = {
    "temporary": _ANY | {"public_demo", "logins_per_hour", "people", "remove_seconds"},
    "github": _ACCOUNTS_TAKE | {"url", "private_repositories"},
    "gitlab": _ACCOUNTS_TAKE | {"url", "private_repositories"},
    "gitea": _ACCOUNTS_TAKE | {"private_repositories"},
    "forgejo": _ACCOUNTS_TAKE | {"private_repositories"},
    "google": _ACCOUNTS_TAKE,
    "orcid": _ACCOUNTS_TAKE | {"issuer"},
    "oidc": _ACCOUNTS_TAKE | _FIELDS | {"send_secret_in"},
    "oauth2": _ACCOUNTS_TAKE | _FIELDS | {"send_token_in", "send_secret_in"},
    "hub": {"kind"},
}
KINDS = tuple(_NEEDED)
_CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_BIND = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\s/\[\]]+):(\d{1,5})")
_PREFIX = re.compile(r"/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*")
_SESSION_HOST = re.compile(r"\*(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_COLOUR = re.compile(r"#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_PAGE_FILE = re.compile(r"[A-Za-z0-9_-]{1,80}\.md")
_ACCOUNT_PREFIX = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check(settings: ServerSettings, given: Set[str]) -> None:
    """Raise ``BadSettings`` for what cannot be used together; ``given`` are the login's keys."""
    _check_addresses(settings)
    _check_login(settings, given)
    _check_sources(settings)
    _check_looks(settings)


def _bad(name: str, value: object, hint: str) -> BadSettings:
    return BadSettings(f"The setting {name} is {value!r}.", hint=hint)


def _check_addresses(settings: ServerSettings) -> None:
    found = _BIND.fullmatch(settings.bind)
    if not found or int(found[2]) > 65535:
        raise _bad(
            "bind", settings.bind, "It is a host and a port, as in 127.0.0.1:8000 or [::1]:8000."
        )
    if not _PREFIX.fullmatch(settings.prefix):
        raise _bad("prefix", settings.prefix, "It begins and ends with a slash, as in /notebooks/.")
    if settings.public_url:
        parts = _web_address("public_url", settings.public_url)
        if parts.path not in ("", "/"):
            raise _bad("public_url", settings.public_url, "It has no path; set prefix to the path.")
    _check_session_host(settings)
    for origin in settings.cors_origins:
        if origin != "*" and _web_address("cors_origins", origin).path:
            raise _bad("cors_origins", origin, "An origin has no path: https://example.org.")
    for proxy in settings.trusted_proxies:
        try:
            ipaddress.ip_address(proxy)
        except ValueError:
            raise _bad("trusted_proxies", proxy, "It lists addresses such as 10.0.0.2.") from None


def _check_session_host(settings: ServerSettings) -> None:
    if not settings.session_host:
        return
    if not _SESSION_HOST.fullmatch(settings.session_host):
        raise _bad(
            "session_host",
            settings.session_host,
            "It is a star and a domain in small letters, as in *.notebooks.example.org.",
        )
    if not settings.public_url:
        raise BadSettings(
            "session_host is set, and public_url is not.",
            hint="Set public_url: its scheme and port are those of the sessions' hosts too.",
        )


def _web_address(name: str, text: str, *, encrypted: bool = False) -> SplitResult:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        known = None
    if not known or parts.query or parts.fragment or parts.username is not None:
        raise _bad(name, text, "It is a web address, as in https://example.org.")
    if encrypted and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise _bad(name, text, "Secrets go there, so it must begin with https://.")
    return parts


def _check_login(settings: ServerSettings, given: Set[str]) -> None:
    login = settings.login
    _check_kind(login, given)
    if login.prefix and not _ACCOUNT_PREFIX.fullmatch(login.prefix):
        raise _bad("login.prefix", login.prefix, "It is made of small letters, digits and hyphens.")
    for name in ("url", "issuer", "authorize_url", "token_url", "user_url"):
        if text := getattr(login, name):
            _web_address(f"login.{name}", text, encrypted=True)
    if login.logout_url:
        _web_address("login.logout_url", login.logout_url)
    if not login.is_ours:
        _refuse_people(settings)
        return
    if login.kind == "temporary":
        _refuse_people(settings)
        _check_temporary(settings)
        return
    if not (settings.allow.everyone or settings.allow.users or settings.allow.groups):
        if settings.admins:
            return
        raise BadSettings(
            "The settings let nobody in.",
            hint="List accounts in allow.users or allow.groups, or set allow.everyone = true.",
        )
    untold = login.kind in ("oidc", "oauth2") and not login.groups_field
    if settings.allow.groups and (untold or login.kind == "orcid"):
        raise BadSettings(
            f"allow.groups is set, and a login by {login.kind} does not tell of groups.",
            hint="Name the field that lists them in login.groups_field."
            if untold
            else "List the accounts in allow.users.",
        )


def _check_kind(login: Login, given: Set[str]) -> None:
    if login.kind not in KINDS:
        if not _CLASS.fullmatch(login.kind):
            raise _bad(
                "login.kind",
                login.kind,
                f"It is one of {', '.join(KINDS)}, or an authenticator's class as module.Class.",
            )
        needed, taken = set[str](), _ANY | {"options"}
    else:
        needed, taken = _NEEDED[login.kind], _TAKEN[login.kind]
    for name in sorted(given - needed - taken):
        raise BadSettings(
            f"The setting login.{name} has no meaning for a login by {login.kind}.",
            hint=f"Remove it. This kind takes: {', '.join(_in_order(needed | taken))}.",
        )
    for name in _in_order(needed):
        if not getattr(login, name):
            more = ", login.client_secret_file" if name == "client_secret" else ""
            raise BadSettings(
                f"A login by {login.kind} needs the setting login.{name}.",
                hint=f"Set login.{name}{more} or the variable "
                f"BINDER_LITE_SERVE_LOGIN_{name.upper()}.",
            )


def _in_order(names: Set[str]) -> Iterator[str]:
    return (each.name for each in fields(Login) if each.name in names)


def _refuse_people(settings: ServerSettings) -> None:
    if settings.admins or settings.allow.users or settings.allow.groups:
        kind = settings.login.kind
        raise BadSettings(
            f"admins and allow name people, but a {kind} login knows nobody."
            if kind == "temporary"
            else "admins and allow name people, but that is up to the JupyterHub we are added to.",
            hint="Choose another login.kind, or remove admins and allow.",
        )


def _check_temporary(settings: ServerSettings) -> None:
    if not (settings.is_local or settings.login.public_demo):
        where = settings.public_url or settings.bind
        raise BadSettings(
            f"Everybody who reaches {where} could start sessions, since there is no login.",
            hint="Set login.kind. If that is what you want, set login.public_demo = true.",
        )


def _check_sources(settings: ServerSettings) -> None:
    for name in ("allow", "deny"):
        for pattern in getattr(settings.sources, name):
            try:
                re.compile(pattern)
            except re.error as error:
                raise BadSettings(
                    f"sources.{name} has {pattern!r}, which is no regular expression: {error}.",
                    hint="For instance: https://github\\.com/genenetwork/.*",
                ) from error


def _check_looks(settings: ServerSettings) -> None:
    brand = settings.brand
    for kind, entries in (("colours", brand.colours), ("texts", brand.texts)):
        for name in entries:
            if not _NAME.fullmatch(name):
                raise _bad(f"brand.{kind}", name, "Names are small letters, digits and hyphens.")
    for name, colour in brand.colours.items():
        if not _COLOUR.fullmatch(colour):
            raise _bad(f"brand.colours.{name}", colour, "It is a colour such as #1a7f64.")
    for page in brand.pages:
        _check_page(page)
    names = [page.file.stem for page in brand.pages if page.file]
    if twice := [name for name in names if names.count(name) > 1]:
        raise _bad("brand.pages", twice[0], "Two pages would have this name; rename a file.")


def _check_page(page: Page) -> None:
    if bool(page.href) == bool(page.file):
        raise _bad("brand.pages", page.title, "A page has an href or a file, and not both.")
    if page.file is None:
        _link("brand.pages", page.href)
    elif not _PAGE_FILE.fullmatch(page.file.name):
        said = "It is a Markdown file with a name such as about-us.md."
        raise _bad("brand.pages", page.file.name, said)
    elif not page.file.is_file():
        raise _bad("brand.pages", str(page.file), "There is no such file.")


def _link(name: str, href: str) -> None:
    """Refuse what is no path here and no web address: ``javascript:`` and its like."""
    if not re.fullmatch(r"https?://[^/\s].*|/(?![/\\]).*|mailto:\S+", href):
        raise _bad(name, href, "It begins with https:// or, for a page of this server, with /.")
