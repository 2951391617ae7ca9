# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a server as values. ``settings.py`` reads them.

``docs/reference/serve-settings.md`` lists every one; a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from binder_lite.settings import Settings

Count = Annotated[int, msgspec.Meta(ge=0)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How people log in. ``settings_checks.py`` knows which keys belong to which kind.

    ``kind`` is one of the names there, or the class of any JupyterHub authenticator as
    ``module.Class``; its own traits are then in ``options``. It is ``hub`` where we are added to a
    JupyterHub that has a login of its own.
    """

    kind: str = "temporary"
    title: str = ""
    prefix: str = ""
    url: str = ""
    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    client_secret_file: Path | None = None
    authorize_url: str = ""
    token_url: str = ""
    user_url: str = ""
    logout_url: str = ""
    scopes: tuple[str, ...] = ()
    id_field: str = ""
    login_field: str = ""
    name_field: str = ""
    groups_field: str = ""
    send_token_in: Literal["header", "url"] = "header"  # noqa: S105 - a place
    send_secret_in: Literal["body", "header"] = "body"  # noqa: S105 - a place
    private_repositories: bool = False
    recheck_seconds: Count = 0
    days: AtLeastOne = 14
    public_demo: bool = False
    logins_per_hour: Count = 20
    people: Count = 200
    remove_seconds: AtLeastOne = 3600
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_accounts(self) -> bool:
        """Whether people log in with accounts, by a class of ours."""
        return self.is_ours and self.kind != "temporary" and "." not in self.kind

    @property
    def is_ours(self) -> bool:
        """Whether these settings decide how people log in."""
        return self.kind != "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """Who of those who have an account may come in; the administrators may always."""

    everyone: bool = False
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which repositories may be opened; patterns match the whole normalised URL."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    private_addresses: bool = False
    local_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What one server, one person, one build and one session may take; 0 means no limit.

    ``network`` and ``network_hosts`` are the launcher's, see :mod:`binder_lite.settings`.
    """

    fetch_seconds: Count = 1800
    fetch_disk_mib: Count = 20480
    concurrent_builds: AtLeastOne = 2
    build_seconds: Count = 3600
    build_disk_mib: Count = 20480
    sessions_per_person: Count = 5
    sessions: Count = 50
    memory_mib: Count = 4096
    processes: Count = 1024
    cpus: Count = 2
    disk_mib: Count = 10240
    disk_mib_per_person: Count = 20480
    free_disk_mib: Count = 2048
    network: Literal["open", "web", "none"] = "open"
    network_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """A repository that the first page offers."""

    title: str
    source: str
    description: str = ""
    path: str = ""
    picture: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page links to: an address, or a Markdown file that is shown as a page."""

    title: str
    href: str = ""
    file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How the pages look and what they say."""

    logo: Path | None = None
    style: Path | None = None
    colours: Mapping[str, str] = field(default_factory=dict)
    footer: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What an operator may choose for a server.

    ``bind`` is host and port that the proxy listens on, ``public_url`` the address that people
    know (empty: that of ``bind``), ``prefix`` the path below it. ``session_host`` is ``*.`` and the
    domain in which each session has a host of its own (empty: all share the server's). Ages are in
    seconds but for ``keep_days``, after which a stopped session is removed, and
    ``notice_days``, for which one with unsaved work is kept longer.
    """

    data: Path
    cache: Path
    session_uid: AtLeastOne = 64208
    name: str = "binder-lite"
    bind: str = "127.0.0.1:8000"
    public_url: str = ""
    prefix: str = "/"
    session_host: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    database: str = field(default="", repr=False)
    admins: tuple[str, ...] = ()
    idle_seconds: Count = 3600
    max_age_seconds: Count = 0
    keep_days: Count = 30
    notice_days: AtLeastOne = 7
    spares: Count = 1
    environment_spares: Count = 2
    trust: bool = False
    allow_missing: bool = False
    cors_origins: tuple[str, ...] = ()
    login: Login = field(default_factory=Login)
    allow: Allow = field(default_factory=Allow)
    sources: Sources = field(default_factory=Sources)
    limits: ServerLimits = field(default_factory=ServerLimits)
    brand: Brand = field(default_factory=Brand)
    gallery: tuple[GalleryEntry, ...] = ()

    @property
    def hub(self) -> Path:
        """What JupyterHub keeps: its database, keys and process ids."""
        return self.data / "hub"

    @property
    def web_socket(self) -> Path:
        """Where the web service listens, in a directory that nobody else may enter."""
        return self.hub / "web.sock"

    @property
    def has_spares(self) -> bool:
        """Whether servers wait for sessions, or may come to."""
        return bool(self.spares or self.environment_spares)

    @property
    def host(self) -> str:
        """The host part of ``bind``, without the brackets of an IPv6 address."""
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port of ``bind``."""
        return int(self.bind.rpartition(":")[2])

    @property
    def address(self) -> str:
        """Where people find the server: ``public_url``, or ``bind``; ends with the prefix."""
        root = self.public_url.rstrip("/") or f"http://{self.bind}"
        return root + self.prefix

    @property
    def session_domain(self) -> str:
        """The domain whose hosts are sessions; empty when they share the server's host."""
        return self.session_host.removeprefix("*.")

    @property
    def is_encrypted(self) -> bool:
        """Whether people reach the server by TLS."""
        return self.address.startswith("https:")

    @property
    def host_cookies(self) -> bool:
        """Whether cookies are such that no other host of the domain, a session's, can set them."""
        return bool(self.session_domain) and self.is_encrypted

    def session_origin(self, session: str) -> str:
        """Return scheme, host and port of the session's own; empty when it shares the server's."""
        if not self.session_domain:
            return ""
        public = urlsplit(self.public_url)
        port = f":{public.port}" if public.port else ""
        return f"{public.scheme}://{session}.{self.session_domain}{port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server, as far as the settings say."""
        public = urlsplit(self.public_url).hostname or ""
        return self.host in _LOOPBACK[:-1] and public in _LOOPBACK

    def session_settings(self) -> Settings:
        """Return the launcher's settings for what this server builds and starts."""
        return Settings(
            data=self.data,
            cache=self.cache,
            memory_mib=self.limits.memory_mib,
            processes=self.limits.processes,
            cpus=self.limits.cpus,
            network=self.limits.network,
            network_hosts=self.limits.network_hosts,
            session_uid=self.session_uid,
        )
