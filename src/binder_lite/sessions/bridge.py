# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on a Unix socket, reached at a port of the loopback interface.

Bytes are handed on as they come; what they mean is between browser and server.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from binder_lite.errors import PortTaken

_CHUNK = 65536


@contextlib.contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Give an address of the Unix socket at ``path`` for as long as the block lasts.

    It is short enough for the kernel (107 bytes), and it is the socket itself: the session may
    put a symbolic link to one of the host's in its place. Raises ``FileNotFoundError`` when there
    is no socket, or something else.
    """
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except NotADirectoryError as error:
        raise FileNotFoundError(path) from error
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(f"{path} is no socket")
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def check_port(port: int) -> None:
    """Raise ``PortTaken`` when another program listens on ``port``; 0 is any.

    So that it is told before a build, not after.
    """
    with socket.socket() as listener:
        # As asyncio's servers do it: connections that are over do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise _not_ours(port, error) from error


def _not_ours(port: int, error: OSError) -> PortTaken:
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortTaken(
            f"Port {port} is for the system's own programs.",
            hint="Choose one from 1024 on with --port, or leave it out to get a free one.",
        )
    return PortTaken(
        f"Port {port} is taken by another program.",
        hint="Choose another with --port, or leave it out to get a free one.",
    )


@contextlib.asynccontextmanager
async def bridged(path: Path, port: int) -> AsyncIterator[int]:
    """Listen on the loopback interface for as long as the block lasts; give the port.

    ``port`` 0 takes a free one. Raises ``PortTaken``.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is in a task
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await _hand_on(path, reader, writer)

    try:
        first = await asyncio.start_server(connect, "127.0.0.1", port)
    except OSError as error:
        raise _not_ours(port, error) from error
    chosen: int = first.sockets[0].getsockname()[1]
    servers = [first]
    # "localhost" means this address too; nobody else should answer there.
    with contextlib.suppress(OSError):
        servers.append(await asyncio.start_server(connect, "::1", chosen))
    try:
        yield chosen
    finally:
        for server in servers:
            server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _hand_on(path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with socket_address(path) as address:
            inner_reader, inner_writer = await asyncio.open_unix_connection(address)
    except OSError:
        writer.close()
        return
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(reader, inner_writer))
            group.create_task(_pump(inner_reader, writer))
    except* OSError:
        pass
    finally:
        for each in (writer, inner_writer):
            each.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
