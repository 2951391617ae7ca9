# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit: the one way by which git of a server reaches other hosts.

Git is told a host's name, and redirects and answers of Git LFS tell it others. Who owns a name may
let it lead anywhere, and elsewhere a moment later. So git runs in a network of its own, in which
nothing is but this web proxy (:mod:`binder_lite.inside.behind_exit`). The exit looks a name up
once, judges its addresses, and connects to the very address that it has judged.

What is asked of a proxy is read in :mod:`.proxy_requests`; who may go where is for
:mod:`binder_lite.sources.policy` to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from binder_lite.errors import LaunchError, SourceRefused
from binder_lite.inside import behind_exit
from binder_lite.listening import listening
from binder_lite.outgoing.proxy_requests import (
    END_OF_HEAD,
    ESTABLISHED,
    BadRequest,
    ProxyRequest,
    WebProxy,
    answer,
    closing,
    is_interim,
    is_success,
    parse_proxy,
    parse_request,
)
from binder_lite.sources.leaving import STORAGE
from binder_lite.sources.policy import (
    NOT_OPENED,
    NOT_OPENED_REASON,
    Policy,
    check_name,
    check_onward,
    check_public,
    look_up,
    operators_proxy,
)
from binder_lite.sources.safety import shown

log = logging.getLogger("binder_lite.exit")

_SOCKET = "exit.sock"
_CHUNK = 65536
_LONGEST_HEAD = 65536
_HAND_OVER_SECONDS = 10
_REST_SECONDS = 1
_SECONDS_BETWEEN_LINES = 1

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LookUp = Callable[..., Awaitable[tuple[str, ...]]]
Connect = Callable[..., Awaitable[Streams]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitLimits:
    """How many connections there may be at once, and for how many seconds each may do what."""

    connections: int = 200
    head: float = 20.0
    connect: float = 20.0
    idle: float = 300.0
    whole: float = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Leaver:
    """What leaves: git for the source at ``url``, or for files of Git LFS; a session has no URL."""

    url: str
    storage: bool = False


async def connect_to(address: str, port: int, *, tls: bool = False) -> Streams:
    """Connect to an address, or to the operator's own proxy."""
    return await asyncio.open_connection(address, port, limit=_LONGEST_HEAD, ssl=tls or None)


# Says whether a URL may be anywhere, or only on the internet. Raises ``SourceRefused``.
Judge = Callable[[Leaver, str], bool]


def by_policy(policy: Policy) -> Judge:
    """Return what judges where git may go."""
    return lambda leaver, url: check_onward(url, leaver.url, policy, storage=leaver.storage)


class Exit:
    """A web proxy for each git or session that comes to it; ``judge`` has the say."""

    def __init__(
        self,
        judge: Judge,
        limits: ExitLimits | None = None,
        *,
        look_up: LookUp = look_up,
        connect: Connect = connect_to,
    ) -> None:
        self._judge = judge
        self._limits = limits or ExitLimits()
        self._look_up = look_up
        self._connect = connect
        self._connections = 0
        self._says_again = 0.0

    async def run(self, listener: socket.socket) -> None:
        """Let out whoever connects to the Unix socket ``listener``, until cancelled."""
        loop = asyncio.get_running_loop()
        async with _tasks() as begin:
            while True:
                try:
                    control, _ = await loop.sock_accept(listener)
                except OSError as error:  # too many open files, which passes
                    log.warning("The exit lets nobody out for a moment: %s", error)
                    await asyncio.sleep(_REST_SECONDS)
                else:
                    begin(self._serve(control))

    async def _serve(self, control: socket.socket) -> None:
        """Be the proxy of one that leaves until it and all that it started have ended."""
        loop = asyncio.get_running_loop()
        with control:
            handed = await asyncio.to_thread(_receive, control)
            if handed is None:
                self._say("What came to the exit brought nothing to answer at.")
                return
            leaver, listener = handed
            async with _tasks() as begin:

                def connected(*streams: *Streams) -> None:
                    begin(self.answer(leaver, streams))

                server = await asyncio.start_server(connected, sock=listener, limit=_LONGEST_HEAD)
                try:
                    with contextlib.suppress(ConnectionError):
                        await loop.sock_sendall(control, b"\n")
                        await loop.sock_recv(control, 1)
                finally:
                    server.close()

    def _say(self, message: str) -> None:
        """Log what one that leaves has tried, which it may do without end: not too often."""
        now = time.monotonic()
        if now >= self._says_again:
            self._says_again = now + _SECONDS_BETWEEN_LINES
            log.info("%s", message)

    async def answer(self, leaver: Leaver, streams: Streams) -> None:
        """Do what one connection asks for."""
        reader, writer = streams
        self._connections += 1
        # When the other side has gone, or is as good as gone, there is nobody to tell.
        with contextlib.suppress(OSError, EOFError, BadRequest):
            try:
                async with asyncio.timeout(self._limits.whole):
                    await self._answer(leaver, reader, writer)
                    await writer.drain()
            finally:
                self._connections -= 1
                writer.close()

    async def _answer(
        self, leaver: Leaver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(self._limits.head):
                request = parse_request(await reader.readuntil(END_OF_HEAD))
        except (BadRequest, asyncio.LimitOverrunError):
            writer.write(answer(400, "Bad request"))
            return
        if self._connections > self._limits.connections:
            writer.write(answer(503, "Too many connections"))
            return
        try:
            outside = await self._go(leaver, request)
        except SourceRefused as refused:
            self._say(f"{refused.message} It is where {shown(leaver.url) or 'a session'} led.")
            writer.write(answer(NOT_OPENED, NOT_OPENED_REASON))
        except (LaunchError, OSError, EOFError, asyncio.LimitOverrunError):
            writer.write(answer(502, "The host does not answer"))
        else:
            await self._relay(request, (reader, writer), outside)

    async def _go(self, leaver: Leaver, request: ProxyRequest) -> Streams:
        """Connect to where a request leads, and say there what it asks for.

        Raises ``LaunchError``, of which ``SourceRefused``, ``OSError``, ``EOFError``.
        """
        host, port = request.host, request.port
        anywhere = self._judge(leaver, request.url)
        proxy = operators_proxy(request.scheme, host, port)
        addresses = await self._look_up(host, port, names=proxy is None)
        if not anywhere:
            check_name(host)
            check_public(host, addresses)
        async with asyncio.timeout(self._limits.connect):
            if proxy is not None:
                return await self._go_by(parse_proxy(proxy), request)
            streams = await self._connect_to_one(addresses, port)
            streams[1].write(request.head_for_host())
            return streams

    async def _go_by(self, proxy: WebProxy, request: ProxyRequest) -> Streams:
        reader, writer = await self._connect(proxy.host, proxy.port, tls=proxy.tls)
        writer.write(request.head_for_proxy(proxy))
        if request.tunnel and not is_success(head := await reader.readuntil(END_OF_HEAD)):
            writer.close()
            status = head.partition(b"\r\n")[0].decode("latin-1")
            self._say(f"The proxy {proxy.host} leads to no {request.host}: {shown(status)}")
            raise ConnectionError("the proxy refuses")
        return reader, writer

    async def _connect_to_one(self, addresses: tuple[str, ...], port: int) -> Streams:
        failed = OSError("the host has no address")
        for address in addresses:
            try:
                # One that is silent, as IPv6 may be, leaves time for the others.
                async with asyncio.timeout(self._limits.connect / len(addresses)):
                    return await self._connect(address, port)
            except OSError as error:
                failed = error
        raise failed

    async def _relay(self, request: ProxyRequest, within: Streams, outside: Streams) -> None:
        """Hand bytes on until the host has said all, or nothing is said for too long."""
        loop = asyncio.get_running_loop()
        (reader, writer), (outer_reader, outer_writer) = within, outside
        try:
            async with asyncio.timeout(self._limits.idle) as silence, _tasks() as begin:

                def heard() -> None:
                    silence.reschedule(loop.time() + self._limits.idle)

                begin(_pump(reader, outer_writer, heard))
                if request.tunnel:
                    writer.write(ESTABLISHED)
                else:
                    await _hand_head_on(outer_reader, writer)
                await _pump(outer_reader, writer, heard)
        finally:
            outer_writer.close()


async def _hand_head_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(END_OF_HEAD)
    while is_interim(head):
        writer.write(head)
        head = await reader.readuntil(END_OF_HEAD)
    writer.write(closing(head))


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[], None]
) -> None:
    while chunk := await reader.read(_CHUNK):
        heard()
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


@contextlib.asynccontextmanager
async def _tasks() -> AsyncIterator[Callable[[Coroutine[None, None, None]], None]]:
    """Give what begins tasks; those that have not ended with the block are cancelled then."""
    tasks: set[asyncio.Task[None]] = set()

    def begin(work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    try:
        yield begin
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _receive(control: socket.socket) -> tuple[Leaver, socket.socket] | None:
    """Take over what somebody behind the exit listens on, and what it is about."""
    control.settimeout(_HAND_OVER_SECONDS)
    descriptors: list[int] = []
    try:
        said, descriptors, _, _ = socket.recv_fds(control, _LONGEST_HEAD, 1)
        aim, _, url = said.decode().partition(" ")
        listener = socket.socket(fileno=descriptors.pop())
    except (OSError, ValueError, IndexError):
        return None
    finally:
        control.setblocking(False)
    listener.setblocking(False)
    return Leaver(url, storage=aim == STORAGE), listener


def check_proxies() -> None:
    """Raise ``BadSettings`` when this machine's own proxy is none that can be gone through."""
    for scheme in ("http", "https"):
        if proxy := operators_proxy(scheme, "example.org", 443):
            parse_proxy(proxy)


@contextlib.asynccontextmanager
async def letting_out(listener: socket.socket, exit: Exit) -> AsyncIterator[None]:
    """Let out whoever connects to ``listener`` for as long as the block lasts."""
    running = asyncio.create_task(exit.run(listener))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@contextlib.asynccontextmanager
async def exit_at(
    directory: Path, policy: Policy, bwrap: Path, *, made: Callable[[Judge], Exit] = Exit
) -> AsyncIterator[tuple[str, ...]]:
    """Keep the exit for git open for as long as the block lasts.

    Gives the words that let git run behind it (see :mod:`binder_lite.sources.leaving`). Raises
    ``BadSettings`` when this machine's own proxy is none that can be gone through.
    """
    check_proxies()
    with listening(directory, _SOCKET) as listener:
        async with letting_out(listener, made(by_policy(policy))):
            yield (
                str(bwrap), "--die-with-parent", "--unshare-net", "--dev-bind", "/", "/", "--",
                sys.executable, "-I", "-S", behind_exit.__file__, str(directory / _SOCKET),
            )  # fmt: skip
