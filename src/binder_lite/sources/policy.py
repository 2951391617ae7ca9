# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sources a server opens for strangers. Pure, but for :func:`check_addresses`.

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
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from binder_lite.errors import BadSource, HostUnreachable, LaunchError
from binder_lite.sources.model import Source
from binder_lite.sources.safety import shown

_SCHEMES = ("https", "http", "git")
_PORTS = {"https": 443, "http": 80, "git": 9418, "ssh": 22}
_SCP = re.compile(r"(?:(?P<user>[^/:@]+)@)?(?P<host>\[[^\]]*\]|[^/:@]+):(?P<path>(?!//).*)")
# Reached through a translator, these are addresses of the old kind again.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOOKUP_SECONDS = 10

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class SourceRefused(LaunchError):
    """This server does not open sources of this kind or from this place."""

    code = "source-refused"
    exit_status = 70
    http_status = 403


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
    host = f"[{host}]" if ":" in host else host
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
            f"This server has no key for {scheme}, and so does not open {shown(url)!r}.",
            hint="Give the repository's https address.",
        )
    return policy.private_addresses


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


async def check_addresses(url: str) -> None:
    """Look up where the host of ``url`` leads to. Raises ``SourceRefused``, ``HostUnreachable``.

    A host that is reached through a web proxy is looked up by that, which also has the say;
    only what names an address or this computer by itself is refused then.
    """
    parts = urlsplit(normalised(url))
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        check_public(host, ("127.0.0.1",))
    proxied = _proxied(parts.scheme, host)
    loop = asyncio.get_running_loop()
    flags = socket.AI_NUMERICHOST if proxied else 0
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            # It also reads 127.1 and 0x7f000001, as git's libraries do and ipaddress does not.
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError, TimeoutError):
        if proxied:
            return
        raise HostUnreachable(
            f"The host {shown(host)} is not known.", hint="Check the address for a typing error."
        ) from None
    check_public(host, {str(entry[4][0]) for entry in found})


def _proxied(scheme: str, host: str) -> bool:
    proxies = getproxies()
    return (scheme in proxies or "all" in proxies) and not proxy_bypass(host)
