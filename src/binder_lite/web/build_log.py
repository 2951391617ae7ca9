# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of builds, and who may read them.

A build leaves its whole log beside the environment. Where the repository needed somebody's login
both are in that person's private space, and nobody else's. Of the others it is everybody's, once
somebody has asked this server for that build: what the operator built otherwise may be of anything.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO

from binder_lite.command import redact
from binder_lite.environments import builds_directory
from binder_lite.errors import NoSuchPage
from binder_lite.events import printable
from binder_lite.settings import Settings, space_of
from binder_lite.storage import writing
from binder_lite.web.people import Asker, Person

_KEY = re.compile(r"[a-z]+-[A-Za-z0-9_.+-]{1,200}")
_LOG = "build.log"
_PUBLIC = "public"
_CHUNK_BYTES = 256 * 1024
_LONGEST = 8192
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class BuildLogs:
    """The logs of these settings' environments."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def allow(self, key: str) -> None:
        """Let everybody read the log of this build."""
        directory = builds_directory(self._settings.shared_environments) / key
        with writing("the log's readers", directory):
            directory.mkdir(parents=True, exist_ok=True)
            (directory / _PUBLIC).touch()

    def find(self, key: str, asker: Asker) -> Path:
        """Return the log of a build. Raises ``NoSuchPage``, also for another person's."""
        if _KEY.fullmatch(key) and ".." not in key:
            for log in self._readable(key, asker):
                if log.is_file():
                    return log
        raise NoSuchPage(
            "There is no log of this build.", hint="It may have been removed with its environment."
        )

    def _readable(self, key: str, asker: Asker) -> Iterator[Path]:
        roots: list[Path] = []
        if isinstance(asker, Person):
            own = self._settings.in_space(space_of(asker.name)).environments
            roots = self._settings.all_environments if asker.admin else [own]
        for root in roots:
            yield builds_directory(root) / key / _LOG
        shared = builds_directory(self._settings.shared_environments) / key
        if (shared / _PUBLIC).exists():
            yield shared / _LOG


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
