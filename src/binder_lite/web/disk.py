# SPDX-License-Identifier: GPL-3.0-or-later
"""What people's sessions take on the disk: measured now and then, and compared with the limits.

Nothing stops a program from writing more between two looks; that needs a quota of the file system.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from binder_lite.sessions.store import Session, list_sessions
from binder_lite.storage import tree_size
from binder_lite.web.refusals import OverQuota

# A file without content takes a place too.
_LEAST_BYTES = 1024
# So far above its limit a session still may be resumed, to make room in it.
_MARGIN = 1.1
_MIB = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLimits:
    """Bytes of one session and of all sessions of one person; 0 means any number."""

    session: int = 0
    person: int = 0

    @property
    def largest(self) -> float:
        """Where measuring may stop: what is more, is too much."""
        most = max(self.session * _MARGIN, self.person)
        return 2 * most if self.session or self.person else float("inf")


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
                hint="Remove sessions that you no longer need on the page of your sessions.",
            )

    async def admit_session(self, session: Session) -> None:
        """Raise ``OverQuota`` when a stopped session takes far more than it may."""
        if not self.is_far_over(session):
            return
        await self.measure([session])
        if self.is_far_over(session):
            raise OverQuota(
                f"The files of this session take {shown(self._sizes[session.id])}, "
                f"and {shown(self.limits.session)} are allowed.",
                hint="Ask whoever runs this server for what is in it, or remove it.",
            )

    def _of_person(self, name: str) -> list[Session]:
        return [session for session in list_sessions(self._root) if session.owner == name]

    def _used(self, sessions: Iterable[Session]) -> int:
        return sum(self._sizes.get(session.id, 0) for session in sessions)


def shown(size: int) -> str:
    """Return a number of bytes for a person."""
    return f"{size / 1024**3:.1f} GiB" if size >= 1024**3 else f"{size / _MIB:.0f} MiB"
