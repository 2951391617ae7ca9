# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sources a server opens for strangers. Pure, but for :func:`look_up`.

A pasted address makes the server connect to a host of the person's choice. So this computer's own
files are refused, hosts that are not the internet's, and ways to reach one that would use the
operator's keys; and an operator may name what is allowed and what is not.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from binder_lite.errors import BadSource, HostUnreachable, SourceRefused
from binder_lite.sources.model import Source
from binder_lite.sources.safety import shown

_SCHEMES = ("https", "http")
_PORTS = {"https": 443, "http": 80, "git": 9418, "ssh": 22}
_SCP = re.compile(r"(?:(?P<user>[^/:@]+)@)?(?P<host>\[[^\]]*\]|[^/:@]+):(?P<path>(?!//).*)")
# Reached through a translator, these are addresses of the old kind again.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOOKUP_SECONDS = 10
# Threads of their own: a name server that does not answer holds one for longer than we wait.
_LOOKERS = ThreadPoolExecutor(32, "look-up")
# What git is told where it is led to a place that is not open: a status that no forge gives.
NOT_OPENED, NOT_OPENED_REASON = 470, "Not opened by this server"
_WEB_PORTS = (80, 443)
_FIRST_USER_PORT = 1024

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator allows. The patterns match a whole normalised URL.

    When ``allow`` is empty, all public hosts are allowed. What a pattern of ``allow`` names may
    also lie on a private network, or be reached by ssh: the operator has named it. ``deny`` wins.
    ``private_addresses`` opens private networks, ``local_files`` this computer's own directories.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    private_addresses: bool = False
    local_files: bool = False


def normalised(url: str) -> str:
    """Return a repository's URL in the one form that patterns are written for.

    ``https://host/owner/repository``: no login, no default port, host in small letters without
    its last dot, no ``.git``, no percent-encoding that has no need to be.
    """
    if "://" not in url and (found := _SCP.fullmatch(url)):
        url = f"ssh://{found['host']}/{found['path'].lstrip('/')}"
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    host = _bracketed(host)
    scheme = parts.scheme.lower()
    port = "" if parts.port in (None, _PORTS.get(scheme)) else f":{parts.port}"
    names = [name for name in unquote(parts.path).split("/") if name not in ("", ".")]
    path = "/".join(names).removesuffix(".git")
    return f"{scheme}://{host}{port}/{path}"


def check_source(source: Source, policy: Policy) -> bool:
    """Refuse what the policy does not open; return whether its host may be on any network.

    Raises ``SourceRefused``. Where the host leads to is :func:`check_addresses`' business.
    """
    if source.directory is not None and policy.local_files:
        return True
    if source.directory is not None or source.url is None:
        raise SourceRefused(
            "This server opens repositories by their address, not files of its own disk.",
            hint="Push the repository to a forge, and give its https address.",
        )
    url = normalised(source.url)
    if ".." in url.split("/"):
        raise BadSource(f"{shown(url)!r} names no repository.", hint="Leave out the '..'.")
    if _matches(url, policy.deny):
        raise _not_open(url)
    if named := _matches(url, policy.allow):
        return named
    if policy.allow:
        raise _not_open(url)
    scheme = url.partition("://")[0]
    if scheme not in _SCHEMES:
        raise SourceRefused(
            f"This server opens repositories by https and http, not by {scheme}: {shown(url)!r}.",
            hint="Give the repository's https address.",
        )
    return policy.private_addresses


def check_onward(url: str, source: str, policy: Policy, *, storage: bool = False) -> bool:
    """Refuse a connection to ``url`` for the source at ``source``, which may lead on to others.

    Returns whether the host may be on any network. Of a connection for https no more than the host
    is known: so ``deny`` counts where it is about the whole host, and ``allow``, where there is
    one, has to match that host with the source's own path. ``storage``: files of Git LFS lie where
    their server says, and only ``deny`` is asked. Raises ``SourceRefused``, ``BadSource``.
    """
    check_source(Source(source, url=source), policy)
    scheme, host, port = place_of(url)
    _, own_host, own_port = place_of(source)
    top = f"{scheme}://{_bracketed(host)}:{port}/"
    if any(_matches(normalised(each), policy.deny) for each in (top, url)):
        raise _not_open(normalised(top))
    own = host == own_host and port in (own_port, *_WEB_PORTS)
    onward = source if own else top + urlsplit(normalised(source)).path.lstrip("/")
    named = _matches(normalised(onward), policy.allow)
    if policy.allow and not (named or storage):
        raise _not_open(normalised(top))
    if not named and not is_webs(port):
        raise _not_open(normalised(top))
    return named or policy.private_addresses


def is_webs(port: int) -> bool:
    """Tell whether the web may be at a port: not where mail, logins and the like are."""
    return port in _WEB_PORTS or port >= _FIRST_USER_PORT


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _matches(url: str, patterns: Iterable[str]) -> bool:
    return any(re.fullmatch(pattern, url) for pattern in patterns)


def _not_open(url: str) -> SourceRefused:
    return SourceRefused(
        f"This server does not open {shown(url)!r}.",
        hint="Ask whoever runs it which sources it opens, or launch it on your own computer.",
    )


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the internet's, which a stranger may name."""
    ip = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _embedded(ip: _Address) -> _Address:
    """Return the address of the old kind that one of the new kind stands for, or itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip


def check_public(host: str, addresses: Iterable[str]) -> None:
    """Raise ``SourceRefused`` when one of the addresses of ``host`` is not public."""
    if not all(is_public(address) for address in addresses):
        raise SourceRefused(
            f"{shown(host)} is on a private network, where this server opens nothing.",
            hint="Give the address of a repository on the internet.",
        )


def check_name(host: str) -> None:
    """Raise ``SourceRefused`` when ``host`` is the name of something near, wherever it leads to."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        check_public(host, ("127.0.0.1",))


async def look_up(host: str, port: int, *, names: bool = True) -> tuple[str, ...]:
    """Return the addresses of ``host``; without ``names`` only what is an address itself has any.

    Raises ``HostUnreachable``.
    """
    flags = 0 if names else socket.AI_NUMERICHOST
    # It also reads 127.1 and 0x7f000001, as git's libraries do and ipaddress does not.
    looking = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, flags=flags)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            found = await loop.run_in_executor(_LOOKERS, looking)
    except (OSError, UnicodeError, TimeoutError):
        if not names:
            return ()
        raise HostUnreachable(
            f"The host {shown(host)} is not known.", hint="Check the address for a typing error."
        ) from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


async def check_addresses(url: str) -> None:
    """Look up where the host of ``url`` leads to. Raises ``SourceRefused``, ``HostUnreachable``.

    That is for an early word to the person: it is checked again where a connection is made.
    """
    scheme, host, port = place_of(url)
    check_name(host)
    proxied = operators_proxy(scheme, host, port) is not None
    check_public(host, await look_up(host, port, names=not proxied))


def place_of(url: str) -> tuple[str, str, int]:
    """Return the scheme, host and port of a repository's URL."""
    parts = urlsplit(normalised(url))
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)


def operators_proxy(scheme: str, host: str, port: int) -> str | None:
    """Return the URL of the web proxy by which this machine reaches ``host``, if by any.

    That one looks names up and also has the say about them; only what names an address or this
    machine by itself is refused before it is asked.
    """
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return None if proxy_bypass(f"{_bracketed(host)}:{port}") else proxy
