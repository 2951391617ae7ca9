# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit of one session, which has no network but the web's public hosts.

Without it a session reaches what this machine reaches: services on its loopback interface, the
local network, the address at which a cloud gives a machine its credentials.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

from binder_lite.inside.behind_exit import PORT
from binder_lite.listening import listening
from binder_lite.outgoing.exit import Exit, Judge, check_proxies, letting_out
from binder_lite.sources.policy import SourceRefused, is_webs, place_of
from binder_lite.sources.safety import shown

SOCKET = "exit.sock"
_PROXY = f"http://127.0.0.1:{PORT}"
_OWN = "localhost,127.0.0.1,::1"
# What programs read; some know only the small letters, some only the large.
VARIABLES = {
    "http_proxy": _PROXY,
    "https_proxy": _PROXY,
    "no_proxy": _OWN,
    "HTTP_PROXY": _PROXY,
    "HTTPS_PROXY": _PROXY,
    "NO_PROXY": _OWN,
}


def to_the_web(named: Collection[str]) -> Judge:
    """Return what judges where a session may go; hosts that are ``named`` may be on any network."""

    def judge(_: object, url: str) -> bool:
        _scheme, host, port = place_of(url)
        if host in named:
            return True
        if not is_webs(port):
            raise SourceRefused(
                f"Sessions of this server do not reach port {port} of {shown(host)}.",
                hint="Only the web is open to them.",
            )
        return False

    return judge


@contextlib.asynccontextmanager
async def session_exit(
    run: Path,
    named: Collection[str],
    hand_over: Callable[[Path], None],
    *,
    made: Callable[[Judge], Exit] = Exit,
) -> AsyncIterator[None]:
    """Keep a session's exit open in its directory ``run`` for as long as the block lasts.

    ``hand_over`` gives the socket to the session's user. Raises ``BadSettings`` when this machine's
    own proxy is none that can be gone through.
    """
    check_proxies()
    with listening(run, SOCKET) as listener:
        hand_over(run / SOCKET)
        async with letting_out(listener, made(to_the_web(named))):
            yield
