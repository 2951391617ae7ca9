# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit of one session or build, which has no network but the web's public hosts.

Without it they reach what this machine reaches: services on its loopback interface, the
local network, the address at which a cloud gives a machine its credentials.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from binder_lite.errors import SourceRefused
from binder_lite.listening import listening
from binder_lite.outgoing.exit import Exit, Judge, check_proxies, letting_out
from binder_lite.sources.policy import is_webs, place_of
from binder_lite.sources.safety import shown

SOCKET = "exit.sock"


@dataclass(frozen=True, slots=True)
class Reach:
    """What programs in a sandbox reach that has a network.

    ``near``: all that the machine reaches. Otherwise the internet's web, and the hosts that are
    ``named`` wherever these are.
    """

    near: bool = True
    named: tuple[str, ...] = ()


def to_the_web(named: Collection[str]) -> Judge:
    """Return what judges where it may go; hosts that are ``named`` may be on any network."""

    def judge(_: object, url: str) -> bool:
        _scheme, host, port = place_of(url)
        if host in named:
            return True
        if not is_webs(port):
            raise SourceRefused(
                f"Port {port} of {shown(host)} is not reached from here.",
                hint="Only the web is open to sessions and builds.",
            )
        return False

    return judge


@contextlib.asynccontextmanager
async def web_exit(
    run: Path,
    named: Collection[str],
    hand_over: Callable[[Path], None],
    *,
    made: Callable[[Judge], Exit] = Exit,
) -> AsyncIterator[None]:
    """Keep an exit open in the directory ``run`` for as long as the block lasts.

    ``hand_over`` gives the socket to the user that is to leave by it. Raises ``BadSettings`` when
    this machine's own proxy is none that can be gone through.
    """
    check_proxies()
    with listening(run, SOCKET) as listener:
        hand_over(run / SOCKET)
        async with letting_out(listener, made(to_the_web(named))):
            yield
