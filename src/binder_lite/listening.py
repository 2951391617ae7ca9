# SPDX-License-Identifier: GPL-3.0-or-later
"""Unix sockets that listen."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_BACKLOG = 4096


@contextmanager
def listening(directory: Path, name: str) -> Iterator[socket.socket]:
    """Listen on a socket in ``directory`` for as long as the block lasts, however long the path.

    Only this user may connect.
    """
    path = directory / name
    path.unlink(missing_ok=True)
    parent = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    listener = socket.socket(socket.AF_UNIX)
    try:
        # Under another name until it listens: who sees it can connect.
        address = f"/proc/self/fd/{parent}/.{name}"
        with suppress(FileNotFoundError):
            os.unlink(address)  # noqa: PTH108 - no Path is what this is
        listener.bind(address)
        os.chmod(address, 0o600)  # noqa: PTH101
        # Whom a full queue of a Unix socket turns away is refused at once, and does not wait.
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        (directory / f".{name}").rename(path)
        yield listener
    finally:
        listener.close()
        os.close(parent)
        path.unlink(missing_ok=True)
