# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes go through, to the session's own socket and to no other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from binder_lite.errors import PortTaken
from binder_lite.sessions.bridge import bridged, check_port, socket_address


@contextlib.asynccontextmanager
async def _echoing(path: Path) -> AsyncIterator[list[bytes]]:
    """A server on a Unix socket that sends back what it gets; gives what it got."""
    got: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            got.append(chunk)
            writer.write(chunk)
            await writer.drain()
        writer.close()

    # The path may be longer than the kernel takes.
    directory = os.open(path.parent, os.O_PATH)
    address = f"/proc/self/fd/{directory}/{path.name}"
    server = await asyncio.start_unix_server(answer, address)
    try:
        yield got
    finally:
        server.close()
        os.close(directory)


async def _send(port: int, data: bytes, host: str = "127.0.0.1") -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(data)
        writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory whose path is too long for a Unix socket's address."""
    place = tmp_path / ("long" * 30)
    place.mkdir()
    return place / "server.sock"


async def test_bytes_go_through_both_ways(place: Path) -> None:
    data = os.urandom(3_000_000)
    async with _echoing(place), bridged(place, 0) as port:
        assert await _send(port, data) == data
        answers = await asyncio.gather(*(_send(port, bytes([n]) * 1000) for n in range(20)))
        assert [answer[0] for answer in answers] == list(range(20))


async def test_localhost_by_its_other_address_is_the_same(place: Path) -> None:
    async with _echoing(place), bridged(place, 0) as port:
        assert await _send(port, b"x", "::1") == b"x"


async def test_only_the_loopback_is_listened_on(place: Path) -> None:
    async with bridged(place, 0) as port:
        for address in _other_addresses():
            with pytest.raises(OSError, match=r"refused|unreachable|timed out|Connect call failed"):
                await asyncio.wait_for(asyncio.open_connection(address, port), 3)


def _other_addresses() -> set[str]:
    with contextlib.suppress(OSError):
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        return {str(each[4][0]) for each in found if not str(each[4][0]).startswith("127.")}
    return set()


async def test_a_socket_that_comes_later_is_found(place: Path) -> None:
    async with bridged(place, 0) as port:
        assert await _send(port, b"") == b""
        async with _echoing(place):
            assert await _send(port, b"now") == b"now"


async def test_a_link_to_another_socket_is_not_followed(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "agent.sock"
    async with _echoing(other) as got, bridged(place, 0) as port:
        place.symlink_to(other)
        assert await _send(port, b"sign this") == b""
        assert got == []
        with pytest.raises(FileNotFoundError), socket_address(place):
            pass
        # Without the link in between it is one.
        with socket_address(other) as address:
            assert address.startswith("/proc/self/fd/")


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, os.mkfifo])
def test_what_is_no_socket_is_none(place: Path, make: object) -> None:
    make(place)  # type: ignore[operator]
    with pytest.raises(FileNotFoundError), socket_address(place):
        pass


async def test_a_port_that_is_taken_is_an_error(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(taken)):
            async with bridged(place, taken):
                pass


async def test_nothing_listens_afterwards_and_connections_end(place: Path) -> None:
    async with _echoing(place):
        async with bridged(place, 0) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x")
            assert await reader.read(1) == b"x"
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


def test_a_port_that_is_taken_is_known_before_it_is_needed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            check_port(port)
    check_port(port)
    check_port(0)
