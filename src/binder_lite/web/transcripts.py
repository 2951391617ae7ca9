# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build or launch has told so far, for any number of readers that come and go.

Each reader has a position of its own and asks for what follows it, so nobody's slowness is
anybody else's: nothing waits in a queue for a reader. The last part is in memory, all before it in
a file without a name, which goes with the process.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

Json: TypeAlias = "str | int | float | bool | list[Json] | Mapping[str, Json] | None"

_TAIL_BYTES = 256 * 1024
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """One event as JSON, when it was told (seconds of the transcript's clock), where it ends."""

    at: float
    fields: bytes
    end: int


class Transcript:
    """Events in the order in which they were told, and whether more will come.

    ``readers`` is how many follow it now.

    When the disk is full, what would go to the file is lost to readers that are so far behind;
    the build goes on.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._file: int | None = None
        self._lost_until = 0
        self._tail = bytearray()
        self._tail_start = 0
        self._grown = asyncio.Event()
        self.closed = False
        self.readers = 0

    def __del__(self) -> None:
        if self._file is not None:
            os.close(self._file)

    @property
    def size(self) -> int:
        """The position after the last event."""
        return self._tail_start + len(self._tail)

    def tell(self, fields: Mapping[str, Json], at: float) -> None:
        """Add an event."""
        if self.closed:
            raise ValueError("the transcript is closed")
        self._tail += b"%.3f " % at + msgspec.json.encode(fields) + b"\n"
        if len(self._tail) > 2 * _TAIL_BYTES:
            self._spill()
        self.wake()

    def close(self) -> None:
        """Say that no more events come."""
        self.closed = True
        self.wake()

    def read(self, position: int) -> list[Told]:
        """Return the events that follow ``position``: not all at once when they are many.

        A position that is none (a client's word) counts as the beginning.
        """
        if not 0 <= position <= self.size:
            position = 0
        text = self._bytes(position)
        if self._lost_until > position:
            position = self._lost_until
        found = []
        for line in text.splitlines(keepends=True):
            position += len(line)
            at, _, fields = line.rstrip(b"\n").partition(b" ")
            try:
                found.append(Told(float(at), fields, position))
            except ValueError:
                continue  # The rest of a line, after a position that was none.
        return found

    @property
    def grown(self) -> asyncio.Event:
        """What is set when there is more to look at; to be taken before one looks."""
        return self._grown

    def wake(self) -> None:
        """Let all who wait look again."""
        self._grown.set()
        self._grown = asyncio.Event()

    def _spill(self) -> None:
        cut = self._tail.rfind(b"\n", 0, len(self._tail) - _TAIL_BYTES) + 1
        try:
            if self._file is None:
                with tempfile.TemporaryFile(dir=self._directory) as file:
                    self._file = os.dup(file.fileno())
            written = os.pwrite(self._file, self._tail[:cut], self._tail_start)
            if written < cut:
                raise OSError("short write")
        except OSError:
            self._lost_until = self._tail_start + cut
        self._tail_start += cut
        del self._tail[:cut]

    def _bytes(self, position: int) -> bytes:
        """Return whole lines from ``position`` on, or from what is not lost."""
        position = max(position, self._lost_until)
        if position >= self._tail_start or self._file is None:
            start = max(0, position - self._tail_start)
            return _whole_lines(bytes(self._tail[start : start + _CHUNK_BYTES * 4]))
        length = _CHUNK_BYTES
        while True:
            wanted = min(length, self._tail_start - position)
            read = _whole_lines(os.pread(self._file, wanted, position))
            if read or wanted < length:
                return read
            length *= 2


def _whole_lines(text: bytes) -> bytes:
    return text[: text.rfind(b"\n") + 1]
