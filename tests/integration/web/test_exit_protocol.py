# SPDX-License-Identifier: GPL-3.0-or-later
"""What the exit answers, request by request."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from binder_lite.outgoing.exit import (
    Exit,
    ExitLimits,
    Leaver,
    Streams,
    by_policy,
    connect_to,
)
from binder_lite.outgoing.proxy_requests import END_OF_HEAD
from binder_lite.sources.policy import Policy, look_up

PUBLIC, SILENT = "93.184.215.14", "93.184.215.99"
SOURCE = Leaver("https://forge.example/o/r")


@asynccontextmanager
async def listening(do: Callable[[Streams], Awaitable[None]]) -> AsyncIterator[int]:
    """Serve on a loopback port, and leave no connection behind."""
    tasks: set[asyncio.Task[None]] = set()

    async def answer(*streams: *Streams) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await do(streams)
        finally:
            await close(streams[1])
            tasks.discard(task)

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=65536)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class World:
    """An exit on loopback, and hosts that do as a test says."""

    def __init__(self) -> None:
        self.looked_up: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.addresses: tuple[str, ...] = (PUBLIC,)
        self.ports: dict[str, int] = {}
        self.port = 0

    async def look_up(self, host: str, port: int, *, names: bool = True) -> tuple[str, ...]:
        self.looked_up.append(host)
        if host.endswith(".example"):
            return self.addresses if names else ()
        return await look_up(host, port, names=False)

    async def connect(self, address: str, port: int, *, tls: bool = False) -> Streams:
        self.connected.append((address, port))
        if address not in self.ports:
            await asyncio.sleep(3600)
        return await connect_to("127.0.0.1", self.ports[address])

    @asynccontextmanager
    async def exit(self, policy: Policy | None = None, **limits: float) -> AsyncIterator[None]:
        made = Exit(
            by_policy(policy or Policy()),
            ExitLimits(**limits),  # type: ignore[arg-type]
            look_up=self.look_up,
            connect=self.connect,
        )

        async with listening(partial(made.answer, SOURCE)) as self.port:
            yield

    @asynccontextmanager
    async def host(
        self, address: str, do: Callable[[bytes, Streams], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Let a server be at ``address`` that reads a head and then does as it is told."""

        async def answer(streams: Streams) -> None:
            with contextlib.suppress(OSError, EOFError):
                await do(await streams[0].readuntil(END_OF_HEAD), streams)

        async with listening(answer) as self.ports[address]:
            yield

    async def ask(self, said: bytes, until: bytes = b"") -> bytes:
        """Send bytes to the exit, and return what it answers, up to ``until`` or to its end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(said)
            async with asyncio.timeout(60):
                return await (reader.readuntil(until) if until else reader.read())
        finally:
            await close(writer)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return World()


async def greet(_: bytes, streams: Streams) -> None:
    streams[1].write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi")
    await streams[1].drain()
    await streams[0].read()


async def echo(head: bytes, streams: Streams) -> None:
    streams[1].write(head)
    while chunk := await streams[0].read(65536):
        streams[1].write(chunk)
        await streams[1].drain()


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1:443", "localhost:443", "127.1:443", "0x7f000001:443", "2130706433:443",
        "0177.0.0.1:443", "[::1]:443", "[::ffff:127.0.0.1]:443", "[::ffff:7f00:1]:443",
        "[64:ff9b::7f00:1]:443", "[2002:7f00:1::1]:443", "[fe80::1]:443", "10.0.0.1:443",
        "169.254.169.254:80", "224.0.0.1:443", "0.0.0.0:443", "metadata.google.internal:80",
        "forge.example:22", "forge.example:25", "forge.example:993", "denied.example:443",
    ],
)  # fmt: skip
async def test_what_is_not_opened(place: str, world: World) -> None:
    async with world.exit(Policy(deny=(r"https?://denied\.example(:443)?/.*",))):
        said = await world.ask(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 470 Not opened by this server\r\n")
        said = await world.ask(f"GET http://{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 470 Not opened by this server\r\n")
    assert world.connected == []


async def test_one_that_tries_without_end_does_not_fill_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "binder_lite.exit")
    async with world.exit():
        for _ in range(50):
            await world.ask(b"CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n")
    seconds = caplog.records[-1].created - caplog.records[0].created
    assert 1 <= len(caplog.records) <= seconds + 2
    assert "127.0.0.1 is on a private network" in caplog.text


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: forge.example\r\n\r\n",
        b"GET https://forge.example/ HTTP/1.1\r\n\r\n",
        b"GET ftp://forge.example/ HTTP/1.1\r\n\r\n",
        b"GET http://user@forge.example/ HTTP/1.1\r\n\r\n",
        b"GET http://127.0.0.1%2eforge.example/ HTTP/1.1\r\n\r\n",
        b"GET http://forge.example:99999/ HTTP/1.1\r\n\r\n",
        b"CONNECT forge.example HTTP/1.1\r\n\r\n",
        b"CONNECT forge.example:0 HTTP/1.1\r\n\r\n",
        b"CONNECT :443 HTTP/1.1\r\n\r\n",
        b"CONNECT forge.example:443/x HTTP/1.1\r\n\r\n",
        b"GET http://forge.example/ HTTP/1.1\r\n Host: folded\r\n\r\n",
        b"GET http://forge.example/ HTTP/2\r\n\r\n",
        b"\x05\x01\x00\r\n\r\n",
        b"GET http://forge.example/ HTTP/1.1\r\nX: " + 70000 * b"x" + END_OF_HEAD,
    ],
)
async def test_what_is_no_request_of_a_proxy(head: bytes, world: World) -> None:
    async with world.exit():
        assert (await world.ask(head)).startswith(b"HTTP/1.1 400 ")
    assert world.connected == []


async def test_a_name_is_looked_up_once_and_its_address_connected_to(world: World) -> None:
    async with world.exit(), world.host(PUBLIC, greet):
        said = await world.ask(b"GET http://forge.example/ HTTP/1.1\r\n\r\n", b"hi")
    assert said.endswith(b"hi")
    assert world.looked_up == ["forge.example"]
    assert world.connected == [(PUBLIC, 80)]


async def test_a_request_goes_on_without_what_was_for_the_proxy(world: World) -> None:
    got: list[bytes] = []

    async def keep(head: bytes, streams: Streams) -> None:
        got.append(head + await streams[0].readexactly(4))
        streams[1].write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await greet(head, streams)

    async with world.exit(), world.host(PUBLIC, keep):
        said = await world.ask(
            b"POST http://forge.example:8080/a?b=c HTTP/1.1\r\nHost: other.example\r\n"
            b"Proxy-Authorization: Basic eDp5\r\nProxy-Connection: Keep-Alive\r\n"
            b"Connection: keep-alive\r\nAuthorization: Basic YTpi\r\nContent-Length: 4\r\n"
            b"\r\nbody",
            b"hi",
        )
    assert got == [
        b"POST /a?b=c HTTP/1.1\r\nHost: forge.example:8080\r\nAuthorization: Basic YTpi\r\n"
        b"Content-Length: 4\r\nConnection: close\r\n\r\nbody"
    ]
    assert said == (
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    )


async def test_a_host_that_does_not_answer(world: World) -> None:
    async with world.exit(connect=0.2):
        said = await world.ask(b"CONNECT forge.example:443 HTTP/1.1\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 502 ")


async def test_an_address_that_is_silent_leaves_time_for_the_next(world: World) -> None:
    async with world.exit(connect=1), world.host(PUBLIC, greet):
        world.addresses = (SILENT, PUBLIC)
        said = await world.ask(b"GET http://forge.example/ HTTP/1.1\r\n\r\n", b"hi")
    assert said.endswith(b"hi")
    assert world.connected == [(SILENT, 80), (PUBLIC, 80)]


async def test_one_private_address_among_public_ones_is_enough(world: World) -> None:
    world.addresses = (PUBLIC, "10.0.0.1")
    async with world.exit(), world.host(PUBLIC, greet):
        said = await world.ask(b"GET http://forge.example/ HTTP/1.1\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 470 ")
    assert world.connected == []


async def test_a_host_that_falls_silent(world: World) -> None:
    async with world.exit(idle=0.2), world.host(PUBLIC, greet):
        # The host waits for more, and says nothing after its greeting.
        said = await world.ask(b"CONNECT forge.example:443 HTTP/1.1\r\n\r\nhello\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b"hi")


async def test_a_head_that_does_not_end(world: World) -> None:
    async with world.exit(head=0.2):
        assert await world.ask(b"GET http://forge.example/ HTTP/1.1\r\n") == b""


async def test_a_hundred_connections_at_once_and_one_too_many(world: World) -> None:
    async with world.exit(connections=100), world.host(PUBLIC, echo):
        streams = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", world.port) for _ in range(100))
        )
        data = 300 * b"x" * 1000

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"CONNECT forge.example:443 HTTP/1.1\r\n\r\n")
            await reader.readuntil(END_OF_HEAD)
            writer.write(b"hello\r\n\r\n")
            assert await reader.readexactly(9) == b"hello\r\n\r\n"

        async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            writer.write_eof()
            assert await reader.read() == data
            await close(writer)

        async with asyncio.timeout(120):
            await asyncio.gather(*(talk(*each) for each in streams))
            said = await world.ask(b"CONNECT forge.example:443 HTTP/1.1\r\n\r\n")
            assert said.startswith(b"HTTP/1.1 503 ")
            await asyncio.gather(*(end(*each) for each in streams))


@pytest.fixture
def proxied(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://ada:s%40crt@proxy.institute:3128")
    monkeypatch.setenv("no_proxy", "direct.example")
    return world


async def test_the_proxy_of_an_institute_is_gone_through(proxied: World) -> None:
    got: list[bytes] = []

    async def lead(head: bytes, streams: Streams) -> None:
        got.append(head)
        if head.startswith(b"CONNECT"):
            streams[1].write(b"HTTP/1.1 200 Here\r\nX-By: proxy\r\n\r\n")
            head = await streams[0].readuntil(END_OF_HEAD)
        await greet(head, streams)

    async with proxied.exit(), proxied.host("proxy.institute", lead), proxied.host(PUBLIC, greet):
        said = await proxied.ask(b"GET http://forge.example/a HTTP/1.1\r\n\r\n", b"hi")
        assert said.endswith(b"hi")
        reader, writer = await asyncio.open_connection("127.0.0.1", proxied.port)
        writer.write(b"CONNECT forge.example:443 HTTP/1.1\r\n\r\n")
        assert b"proxy" not in await reader.readuntil(END_OF_HEAD)
        writer.write(b"hello\r\n\r\n")
        assert (await reader.readuntil(b"hi")).endswith(b"hi")
        await close(writer)
        said = await proxied.ask(b"GET http://direct.example/a HTTP/1.1\r\n\r\n", b"hi")
        assert said.endswith(b"hi")
        said = await proxied.ask(b"CONNECT 127.1:443 HTTP/1.1\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 470 ")
        said = await proxied.ask(b"CONNECT localhost:443 HTTP/1.1\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 470 ")
    login = b"Proxy-Authorization: Basic YWRhOnNAY3J0\r\n"
    assert got == [
        b"GET http://forge.example/a HTTP/1.1\r\nHost: forge.example\r\n" + login
        + b"Connection: close\r\n\r\n",
        b"CONNECT forge.example:443 HTTP/1.1\r\nHost: forge.example:443\r\n" + login + b"\r\n",
    ]  # fmt: skip
    assert proxied.connected == [("proxy.institute", 3128)] * 2 + [(PUBLIC, 80)]


async def test_a_proxy_of_an_institute_that_refuses(proxied: World) -> None:
    async def refuse(_: bytes, streams: Streams) -> None:
        streams[1].write(b"HTTP/1.1 407 Who are you\r\n\r\n")

    async with proxied.exit(), proxied.host("proxy.institute", refuse):
        said = await proxied.ask(b"CONNECT forge.example:443 HTTP/1.1\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 502 ")
