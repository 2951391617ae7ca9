# SPDX-License-Identifier: GPL-3.0-or-later
"""What people's sessions take on the disk: measured now and then, and compared with the limits.

Nothing stops a program from writing more between two looks; that needs a quota of the file system.
What is left of the disk is looked at, too: a little is kept for the hub's database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from binder_lite.errors import DiskFull, HubFailed, LaunchError, OverQuota
from binder_lite.room import make_room, server_key
from binder_lite.sessions.store import Session, list_sessions
from binder_lite.settings import Settings
from binder_lite.storage import free_bytes, tree_size

log = logging.getLogger("binder_lite.web")

# A file without content takes a place too.
_LEAST_BYTES = 1024
# So far above its limit a session may run on.
_MARGIN = 1.1
# What takes more than so many times what it may is not resumed, not even to make room in it.
_MOST_RESUMED = 2.0
MIB = 1024**2
# Between two looks at how much is free.
_LOOK_SECONDS = 60.0
# With less than this nobody launches: the hub writes too, for those whose sessions run.
_RESERVE_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLimits:
    """Bytes of one session and of all sessions of one person; 0 means any number."""

    session: int = 0
    person: int = 0

    @property
    def largest(self) -> float:
        """Where measuring may stop: what is more, is too much."""
        most = _MOST_RESUMED * max(self.session, self.person)
        return 1.1 * most if most else float("inf")


class DiskUse:
    """The sizes of the sessions below ``root``, as last measured."""

    def __init__(self, root: Path, limits: DiskLimits) -> None:
        self._root = root
        self.limits = limits
        self._sizes: dict[str, int] = {}
        self._measuring = asyncio.Lock()

    async def measure(self, sessions: Iterable[Session]) -> None:
        """Look at the sessions' files, one session after the other."""
        async with self._measuring:
            for session in sessions:
                self._sizes[session.id] = await asyncio.to_thread(
                    tree_size, session.directory, least=_LEAST_BYTES, most=self.limits.largest
                )

    def of(self, session: Session) -> int | None:
        """Return the bytes of a session, ``None`` when nobody has looked yet."""
        return self._sizes.get(session.id)

    def is_over(self, session: Session, margin: float = 1.0) -> bool:
        """Tell whether a session takes more than it may, as far as is known."""
        return 0 < self.limits.session * margin < self._sizes.get(session.id, 0)

    def is_far_over(self, session: Session) -> bool:
        """Tell whether it takes so much more that it may not run."""
        return self.is_over(session, _MARGIN)

    def keep_only(self, sessions: Iterable[Session]) -> None:
        """Forget those that are no more."""
        there = {session.id for session in sessions}
        self._sizes = {id: size for id, size in self._sizes.items() if id in there}

    async def admit_person(self, name: str) -> None:
        """Raise ``OverQuota`` when a person's sessions take what all of them may."""
        limit = self.limits.person
        if not limit or self._used(self._of_person(name)) < limit:
            return
        # Something may have been removed since.
        await self.measure(self._of_person(name))
        if (used := self._used(self._of_person(name))) >= limit:
            raise OverQuota(
                f"The files of your sessions take {shown(used)}, and {shown(limit)} are allowed.",
                hint="Resume one to remove files in it, or remove sessions that you no longer "
                "need, on the page of your sessions.",
            )

    async def admit_session(self, session: Session) -> None:
        """Raise ``OverQuota`` when a stopped session takes so much that it may not even tidy up."""
        if not self.is_over(session, _MOST_RESUMED):
            return
        await self.measure([session])
        if self.is_over(session, _MOST_RESUMED):
            raise OverQuota(
                f"The files of this session take {self._taken(session)}.",
                hint="Ask whoever runs this server for what is in it, or remove it.",
            )

    def warning(self, session: Session) -> str | None:
        """Return what the person is told who resumes a session that takes too much."""
        if not self.is_far_over(session):
            return None
        return (
            f"The files of this session take {self._taken(session)}. "
            "Remove what you do not need: in some minutes it is stopped again if they still do."
        )

    def _taken(self, session: Session) -> str:
        return f"{shown(self._sizes[session.id])}, and {shown(self.limits.session)} are allowed"

    def _of_person(self, name: str) -> list[Session]:
        return [session for session in list_sessions(self._root) if session.owner == name]

    def _used(self, sessions: Iterable[Session]) -> int:
        return sum(self._sizes.get(session.id, 0) for session in sessions)


def shown(size: int) -> str:
    """Return a number of bytes for a person."""
    return f"{size / 1024**3:.1f} GiB" if size >= 1024**3 else f"{size / MIB:.0f} MiB"


def disks_of(settings: Settings) -> tuple[Path, ...]:
    """Return the places that may each be a file system of its own."""
    return settings.data, settings.sessions, settings.cache


def check_room(*places: Path, least: int = _RESERVE_BYTES) -> None:
    """Raise ``DiskFull`` when fewer than ``least`` bytes are free at one of these places."""
    for place in places:
        if free_bytes(place) < least:
            raise DiskFull(
                f"The disk of this server is full: less than {shown(least)} are free.",
                hint="Whoever runs this server can make room, for example with "
                "`binder-lite environments remove --unused`.",
            )


async def keep_room(settings: Settings, least: int) -> None:
    """See to it that ``least`` bytes are free, as far as what nobody needs can be removed."""
    while least:
        try:
            before = await asyncio.to_thread(_free, settings)
            if before < least:
                await asyncio.to_thread(make_room, settings, least, await server_key(settings))
                freed = await asyncio.to_thread(_free, settings) - before
                if freed > MIB:
                    log.info("removed what no session needs: %s more are free", shown(freed))
        except Exception:
            log.exception("no room could be made")
        await asyncio.sleep(_LOOK_SECONDS)


def _free(settings: Settings) -> int:
    return min(free_bytes(settings.data), free_bytes(settings.cache))


def explained(error: Exception, settings: Settings) -> Exception:
    """Return ``DiskFull`` for what a full disk made fail in the hub, or in us; else the error."""
    if isinstance(error, LaunchError) and not isinstance(error, HubFailed):
        return error
    try:
        check_room(*disks_of(settings))
    except DiskFull as full:
        return full
    return error
