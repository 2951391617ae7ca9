# SPDX-License-Identifier: GPL-3.0-or-later
"""Many readers of one build's log, of which one hangs: it asks, and takes nothing.

The readers are plain connections in one process. Each counts the lines that it was sent, which is
all it does, since it shares the machine with what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub_sides import Ours
from memory import own_mib
from sides import Clock

_LAUNCHES = 10
_RECEIVED_BYTES = 64 * 1024
_LINE = b'"kind":"log"'
_END = b'"phase":"ready"'
_FAILED = b'"phase":"failed"'


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one build: its own seconds, each reader's lines, the service's memory.

    ``lines`` has a number for each reader that heard the end, ``last`` is when the last one did.
    """

    build_seconds: float
    lines: tuple[int, ...]
    last: float
    before_mib: float
    most_mib: float
    after_mib: float


async def read_build(ours: Ours, repository: str, readers: int, *, hanging: bool) -> Heard:
    """Build a repository with so many readers; one more hangs if there is to be one."""
    web = ours.web()
    before, clock = own_mib(web), Clock()
    address = ours.spec(repository, "?build_only=1")
    launches = min(readers, _LAUNCHES)
    heads = [await _Reader.begin(address, ours.somebody()) for _ in range(launches)]
    others = [
        await _Reader.begin(address, heads[number % launches].headers, heads[number % launches])
        for number in range(readers - launches)
    ]
    socket = str(ours.data / "hub/web.sock")
    stuck = await _Reader.begin(address, heads[0].headers, heads[0], socket) if hanging else None
    most = [before]
    watching = asyncio.create_task(_watch(web, most))
    everybody = [*heads, *others]
    await asyncio.gather(*(reader.read_on(clock) for reader in everybody))
    watching.cancel()
    after = own_mib(web)
    if stuck:
        stuck.close()
    for reader in everybody:
        reader.close()
    return Heard(
        build_seconds=heads[0].seconds,
        lines=tuple(reader.lines for reader in everybody if reader.ended),
        last=max(reader.ended for reader in everybody),
        before_mib=before,
        most_mib=max(most),
        after_mib=after,
    )


async def _watch(pid: int, seen: list[float]) -> None:
    while True:
        seen.append(await asyncio.to_thread(own_mib, pid))
        await asyncio.sleep(0.5)


class _Reader:
    """One connection; its first event tells which launch it is."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        headers: dict[str, str],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.headers = headers
        self.launch = ""
        self.lines = 0
        self.ended = 0.0
        self.seconds = 0.0
        self._rest = b""

    @classmethod
    async def begin(
        cls,
        address: str,
        headers: dict[str, str],
        other: _Reader | None = None,
        socket: str | None = None,
    ) -> _Reader:
        """Launch, or read what ``other`` launched from its beginning."""
        parts = urlsplit(address)
        if socket:
            reader, writer = await asyncio.open_unix_connection(socket)
        else:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        asked = dict(headers)
        if other:
            asked["Last-Event-ID"] = f"{other.launch}.0.0"
        said = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
        # By HTTP/1.0, whose answers are not cut into chunks, so that marks are found whole.
        first = f"GET {parts.path}?{parts.query} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
        writer.write(f"{first}{said}\r\n".encode())
        await writer.drain()
        made = cls(reader, writer, headers)
        if other:
            made.launch = other.launch
            return made
        while b"\nid: " not in made._rest or not made._rest.endswith(b"\n"):
            text = await reader.read(_RECEIVED_BYTES)
            if not text:
                sys.exit(f"no launch: {made._rest.decode()}")
            made._take(text)
        made.launch = made._rest.partition(b"\nid: ")[2].partition(b".")[0].decode()
        return made

    async def read_on(self, clock: Clock) -> None:
        """Read until the build has ended."""
        while not self.ended:
            text = await self._reader.read(_RECEIVED_BYTES)
            self._take(text)
            if not text or _END in self._rest or _FAILED in self._rest:
                break
        if _END in self._rest:
            self.ended = clock()
            line = self._rest[self._rest.rfind(b"data: ") :].partition(b"\n")[0]
            self.seconds = float(json.loads(line.removeprefix(b"data: "))["time"])

    def _take(self, text: bytes) -> None:
        """Count lines; keep what may be the beginning of a mark."""
        whole = self._rest + text
        self.lines += whole.count(_LINE) - self._rest.count(_LINE)
        self._rest = whole[-4096:]

    def close(self) -> None:
        self._writer.close()
