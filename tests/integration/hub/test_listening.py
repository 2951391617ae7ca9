# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets that the proxy connects to, when many people come at once."""

from __future__ import annotations

import contextlib
import socket

from binder_lite.listening import listening
from integration.hub.hub_world import hub_directory


def test_many_who_connect_at_once_are_not_refused() -> None:
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(hub_directory())
        stack.enter_context(listening(directory, "web.sock"))
        # Nobody answers them yet; as the proxy does it, without waiting.
        for _ in range(200):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect(str(directory / "web.sock"))
