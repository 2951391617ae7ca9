# SPDX-License-Identifier: GPL-3.0-or-later
"""The sweep over people's sessions: what they take on the disk, and which were kept long enough.

And over the rescue copies of those that people have removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from binder_lite.errors import LaunchError
from binder_lite.sessions.store import Session
from binder_lite.web.disk import DiskUse, shown
from binder_lite.web.retention import (
    DAY,
    Rules,
    Unused,
    forget_unused,
    next_step,
    read_unused,
    sweep_rescued,
    write_unused,
)
from binder_lite.web.sessions import Sessions, is_visit

log = logging.getLogger("binder_lite.web")

_SWEEP_SECONDS = 300.0
# As long as the token that opens a session which a program launched for a stranger.
_VISIT = DAY


class Keeper:
    """Looks at all sessions now and then, for as long as the service runs."""

    def __init__(
        self,
        sessions: Sessions,
        disk: DiskUse,
        rules: Rules,
        rescued: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._disk = disk
        self._rules = rules
        self._rescued = rescued
        self._clock = clock
        # Those that were so at the last look, and are stopped if they are at this one.
        self._far_over: set[str] = set()

    async def run(self) -> None:
        """Sweep until cancelled; a sweep that fails is logged, and the next one made."""
        last = self._clock()
        while True:
            now = self._clock()
            try:
                await self.sweep(now - last)
            except Exception:
                log.exception("the sweep over sessions failed")
            last = now
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self, passed: float) -> None:
        """Look at all sessions; ``passed`` is the time in seconds since the last look."""
        found = await asyncio.to_thread(self._sessions.all)
        self._disk.keep_only(found)
        await self._disk.measure(found)
        far_over = set()
        for session in found:
            with contextlib.suppress(FileNotFoundError):  # Its owner has removed it meanwhile.
                if self._sessions.is_running(session):
                    forget_unused(session)
                    if self._disk.is_far_over(session) and session.id in self._far_over:
                        await self._stop(session)
                    elif self._disk.is_over(session):
                        log.warning("takes %s", self._size(session), extra=_named(session))
                        if self._disk.is_far_over(session):
                            far_over.add(session.id)
                else:
                    await self._count(session, passed)
        self._far_over = far_over
        await asyncio.to_thread(self._sessions.remove_half_made)
        for name in await asyncio.to_thread(sweep_rescued, self._rescued, self._rules, passed):
            log.info("the rescue copy is removed", extra={"session": name})

    async def _stop(self, session: Session) -> None:
        with _logging(session):
            await self._sessions.stop(session)
            log.warning("stopped: takes %s", self._size(session), extra=_named(session))

    async def _count(self, session: Session, passed: float) -> None:
        """Count the time that a stopped session was unused, and remove it when it is due."""
        seen = read_unused(session)
        unused = replace(seen, seconds=seen.seconds + passed) if seen else Unused()
        rules = replace(self._rules, keep=_VISIT) if is_visit(session) else self._rules
        has_work, step = False, next_step(unused, rules, has_work=False)
        if step != "keep":
            has_work = bool(await self._sessions.work(session))
            step = next_step(unused, rules, has_work=has_work)
        if step == "remove":
            await self._remove(session, unused, has_work=has_work)
            return
        if step == "notice":
            unused = replace(unused, noticed=unused.seconds)
            days = self._rules.notice / DAY
            log.info("will be removed in %g days, with work", days, extra=_named(session))
        write_unused(session, unused)

    async def _remove(self, session: Session, unused: Unused, *, has_work: bool) -> None:
        with _logging(session):
            await self._sessions.expire(session)
            days, work = unused.seconds / DAY, "with" if has_work else "without"
            log.info("removed, %s unsaved work, unused for %.1f days", work, days,
                     extra=_named(session))  # fmt: skip

    def _size(self, session: Session) -> str:
        return shown(self._disk.of(session) or 0)


@contextlib.contextmanager
def _logging(session: Session) -> Iterator[None]:
    """Log what could not be done with one session, and go on with the others."""
    try:
        yield
    except LaunchError as error:
        log.warning("%s: %s", error.code, error.message, extra=_named(session))


def _named(session: Session) -> dict[str, str]:
    return {"session": session.id}
