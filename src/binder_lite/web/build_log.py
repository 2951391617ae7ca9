# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of builds, and who may read them.

A build leaves its whole log beside the environment. It is everybody's who could have started the
build: where the repository needed somebody's credential, it is that person's alone, until somebody
else shows that they can reach the same files.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from binder_lite.command import redact
from binder_lite.environments import builds_directory
from binder_lite.events import printable
from binder_lite.storage import read_record, write_record, writing
from binder_lite.web.people import Asker, Person
from binder_lite.web.refusals import NoSuchPage

_KEY = re.compile(r"[a-z]+-[A-Za-z0-9_.+-]{1,200}")
_READERS = "readers.json"
_CHUNK_BYTES = 256 * 1024
_LONGEST = 8192
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read a log: everybody, or these."""

    everybody: bool = False
    names: tuple[str, ...] = ()


class BuildLogs:
    """The logs of the environments below ``root``."""

    def __init__(self, root: Path) -> None:
        self._builds = builds_directory(root)

    def allow(self, key: str, private_to: str | None) -> None:
        """Let a person read the log of this build; everybody, when it is nobody's secret."""
        directory = self._builds / key
        before = read_record(directory / _READERS, Readers) or Readers()
        names = before.names
        if private_to and private_to not in names:
            names = (*names, private_to)
        after = Readers(before.everybody or private_to is None, names)
        if after != before:
            with writing("the log's readers", directory):
                directory.mkdir(parents=True, exist_ok=True)
                write_record(directory / _READERS, after)

    def find(self, key: str, asker: Asker) -> Path:
        """Return the log of a build. Raises ``NoSuchPage``, also for another person's."""
        if _KEY.fullmatch(key) and ".." not in key:
            readers = read_record(self._builds / key / _READERS, Readers) or Readers()
            theirs = isinstance(asker, Person) and (asker.admin or asker.name in readers.names)
            log = self._builds / key / "build.log"
            if (readers.everybody or theirs) and log.is_file():
                return log
        raise NoSuchPage(
            "There is no log of this build.", hint="It may have been removed with its environment."
        )


async def read_log(log: Path) -> AsyncIterator[str]:
    """Yield a log's text in parts, without terminal escapes and secrets, however long it is."""
    with log.open("rb") as file:
        while part := await asyncio.to_thread(_part, file):
            yield part


def _part(file: BinaryIO) -> str:
    part = file.read(_CHUNK_BYTES)
    if not part.endswith(b"\n"):
        part += file.readline(_LONGEST)
    # As one text: line by line, a hundred megabytes would take a minute.
    text = redact(part.decode(errors="replace"))
    if _CONTROL.search(text):
        text = "\n".join(printable(line.rstrip("\r")) for line in text.split("\n"))
    return text
