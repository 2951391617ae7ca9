# SPDX-License-Identifier: GPL-3.0-or-later
"""How much one address or person may ask for: open streams, and launches in a while. Pure."""

from __future__ import annotations

import contextlib
import ipaddress
from collections import Counter, deque
from collections.abc import Callable, Iterator

from binder_lite.errors import TooMany

_MOST_ADDRESSES = 10_000


def client_of(address: str) -> str:
    """Return whom an address counts as: one household or firm has a whole /64 of the new kind."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


class Streams:
    """The open streams, by client."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many are open."""
        return self._open.total()

    @contextlib.contextmanager
    def one(self, client: str) -> Iterator[None]:
        """Count a stream for as long as the block lasts. Raises ``TooMany``."""
        if self._most and self._open[client] >= self._most:
            raise TooMany(
                f"{self._most} streams are open from your address, which is the most here.",
                hint="Close some pages of this server, then try again.",
            )
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


class Rate:
    """At most ``most`` of something in ``seconds``, by client. ``most`` of 0 means no limit."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float], what: str = "requests"
    ) -> None:
        self._what = what
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def count(self, client: str) -> None:
        """Count one. Raises ``TooMany``, without counting."""
        if not self._most:
            return
        now = self._clock()
        if len(self._times) > _MOST_ADDRESSES:
            self._forget(now)
        times = self._times.setdefault(client, deque())
        while times and now - times[0] >= self._seconds:
            times.popleft()
        if len(times) >= self._most:
            wait = self._seconds - (now - times[0])
            raise TooMany(
                f"{self._most} {self._what} in {self._seconds / 60:.0f} minutes are the most here.",
                hint=f"Try again in {wait / 60:.0f} minutes."
                if wait >= 120
                else f"Try again in {wait:.0f} seconds.",
                seconds=wait,
            )
        times.append(now)

    def _forget(self, now: float) -> None:
        for client, times in list(self._times.items()):
            if now - times[-1] >= self._seconds:
                del self._times[client]
