# SPDX-License-Identifier: GPL-3.0-or-later
"""People's sessions: made, started through JupyterHub, listed, stopped, kept awake, removed.

Everything is of the owner only; another person's session is one that does not exist.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from binder_lite import errors
from binder_lite.engines.base import Engine
from binder_lite.engines.sandbox import Host, read_host
from binder_lite.errors import (
    Details,
    HubFailed,
    LaunchError,
    ServerFailed,
    SessionNotFound,
    SessionRunning,
    TooMany,
    UnsavedWork,
)
from binder_lite.events import Result, Step, Steps, Warn
from binder_lite.hub.files import (
    SPARE,
    HostStep,
    allow_token_in_url,
    begin_steps,
    event_of,
    read_activity,
    read_steps,
    stay,
    takes_token_in_url,
    write_variables,
)
from binder_lite.hub.temporary import PREFIX
from binder_lite.launch import new_session
from binder_lite.preparing import Prepared
from binder_lite.sessions.server import page_path
from binder_lite.sessions.serving import server_log
from binder_lite.sessions.store import (
    Session,
    list_sessions,
    read_session,
    remove_half_made,
    remove_session,
    state,
)
from binder_lite.sessions.unsaved import unsaved
from binder_lite.settings import Settings
from binder_lite.slots import spare_for
from binder_lite.web.disk import DiskLimits, DiskUse
from binder_lite.web.hub_client import HubClient
from binder_lite.web.launch import Launch
from binder_lite.web.launch_records import Made
from binder_lite.web.people import Asker, Person, Stranger
from binder_lite.web.retention import Rules, removed_at
from binder_lite.web.session_words import launch_variables, ready_of, title_of
from binder_lite.web.specs import parse_pasted, spec_of
from binder_lite.web.transcripts import Json

_POLL_SECONDS = 0.05
_START_SECONDS = 900
_UNSAVED_SECONDS = 20
_SHOWN_LINES = 20
_MOST_UNSAVED = 20
_BY_CODE = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, LaunchError)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How many sessions may run, of one person and in all; 0 means any number.

    ``visitors``: how many people that programs launch for may have sessions, running or not.
    """

    per_person: int = 5
    total: int = 50
    visitors: int = 0
    token_seconds: int = 24 * 3600


class Sessions:
    """The sessions below ``settings.sessions``, as JupyterHub's named servers.

    ``claim_spare`` takes a spare's directory for a session, if one is free: of the environment that
    it is told, or any with the shared server. ``origin`` returns a session's own, by its id; empty
    when it shares the server's.
    """

    def __init__(
        self,
        settings: Settings,
        hub: HubClient,
        limits: SessionLimits,
        *,
        prefix: str = "/",
        origin: Callable[[str], str] = lambda _: "",
        disk: DiskUse | None = None,
        rules: Rules | None = None,
        claim_spare: Callable[[str], Path | None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._hub = hub
        self._limits = limits
        self._prefix = prefix
        self._origin = origin
        self._disk = disk or DiskUse(settings.sessions, DiskLimits())
        self._rules = rules or Rules()
        self._claim_spare = claim_spare
        self._host: Host | None = None
        self._looks = asyncio.Semaphore(4)
        self._unsaved: dict[str, tuple[float, tuple[str, ...]]] = {}
        self.starting: set[str] = set()

    async def admit(self, asker: Asker, theirs: int, pending: int) -> None:
        """Raise ``TooMany`` when no session is left for them.

        Of the launches that are ``pending``, ``theirs`` are the asker's.
        """
        found = await asyncio.to_thread(list_sessions, self._settings.sessions)
        running = await asyncio.to_thread(self._running, found)
        limit = self._limits
        if isinstance(asker, Person):
            theirs += running.get(asker.name, 0)
        if isinstance(asker, Person) and limit.per_person and theirs >= limit.per_person:
            raise TooMany(
                f"{theirs} of your sessions run, and {limit.per_person} are allowed.",
                hint="Stop one of them on the page of your sessions; its files are kept.",
            )
        if limit.total and sum(running.values()) + pending >= limit.total:
            raise TooMany(
                f"All {limit.total} sessions of this server are taken.",
                hint="Try again later.",
            )
        if isinstance(asker, Stranger) and limit.visitors:
            visitors = {each.owner for each in found if is_visit(each)}
            if len(visitors) >= limit.visitors:
                raise TooMany(
                    "This server has as many visitors as it can.", hint="Try again tomorrow."
                )

    def _running(self, sessions: Iterable[Session]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for session in sessions:
            if session.id not in self.starting and state(session) == "running":
                counts[session.owner] = counts.get(session.owner, 0) + 1
        return counts

    def is_running(self, session: Session) -> bool:
        """Tell whether a session runs or starts."""
        return session.id in self.starting or state(session) == "running"

    def running(self) -> int:
        """Return how many sessions run or start."""
        found = list_sessions(self._settings.sessions)
        return sum(self._running(found).values()) + len(self.starting)

    def spares(self) -> int:
        """Return how many spare servers wait."""
        return sum(1 for _ in self._settings.sessions.glob(f"*/{SPARE}"))

    async def open_new(
        self, launch: Launch, prepared: Prepared, engine: Engine, made: Callable[[Made], None]
    ) -> Steps[Mapping[str, Json]]:
        """Make a session and start its server; the result is what ``ready`` tells of it."""
        asker, creating = launch.asker, None
        if isinstance(asker, Person):
            owner = asker.name
        else:
            owner = PREFIX + secrets.token_hex(8)
            creating = asyncio.create_task(self._hub.create_user(owner))
        fits = spare_for(launch.request, prepared, engine, self._settings)
        spare = None if fits is None else self._claim_spare(fits)
        try:
            session = await new_session(
                launch.request, prepared, engine, self._settings, owner=owner, directory=spare
            )
            notebook = prepared.read.notebook
            session_made = Made(session.id, notebook.kernel_name if notebook else "")
            made(session_made)
        finally:
            if creating:
                await creating
        async for event in self._open(launch, session, session_made):
            yield event

    async def go_on(self, launch: Launch, made: Made) -> Steps[Mapping[str, Json]]:
        """Start the server of a session that was made by a service which has ended since."""
        session = read_session(self._settings.sessions, made.session)
        if isinstance(launch.asker, Stranger):
            await self._hub.create_user(session.owner)
        async for event in self._open(launch, session, made):
            yield event

    async def _open(
        self, launch: Launch, session: Session, made: Made
    ) -> Steps[Mapping[str, Json]]:
        by_program = isinstance(launch.asker, Stranger) or launch.asker.by_token
        write_variables(session.directory, launch_variables(launch, session))
        if by_program:
            allow_token_in_url(session.directory)
        # While the server starts, when the hub has nothing to do.
        making = asyncio.create_task(self._token_of(session, by_program))
        try:
            starting = Step(self.start(session))
            async for event in starting:
                yield event
            token = await making
        finally:
            making.cancel()
        url_path = launch.request.source.url_path
        page, address = self._page(session, url_path), self.address(session, launch.record.base)
        yield Result(ready_of(launch, session, address, token, page, made.kernel))

    async def _token_of(self, session: Session, by_program: bool) -> str:
        """Return what opens a session that a program launched; a page needs nothing."""
        if not by_program:
            return ""
        seconds = self._limits.token_seconds
        return await self._hub.new_token(session.owner, session.id, seconds)

    def address(self, session: Session, base: str = "") -> str:
        """Return where the session is: on its own origin, or below ``base`` or our prefix."""
        origin = self._origin(session.id)
        root = origin + self._prefix if origin else base or self._prefix
        return f"{root}user/{quote(session.owner, safe='@~')}/{session.id}/"

    def _page(self, session: Session, url_path: str | None = None) -> str:
        is_folder = (session.workspace / session.path).is_dir()
        return page_path(session.ui, session.path, is_folder=is_folder, url_path=url_path)

    def has_running(self, id: str) -> bool:
        """Tell whether there is a session of this id, and it runs or starts."""
        try:
            return self.is_running(read_session(self._settings.sessions, id))
        except SessionNotFound:
            return False

    async def forget(self, made: Made) -> None:
        """Remove a session whose server never ran: nothing of a person's is in it."""
        try:
            session = read_session(self._settings.sessions, made.session)
            if session.opened:
                return
            await self._hub.stop_server(session.owner, session.id, remove=True)
            await asyncio.to_thread(remove_session, session)
        except (HubFailed, SessionRunning, SessionNotFound):
            return  # If it is there, it is in the person's list, where it can be removed.

    async def start(self, session: Session) -> Steps[None]:
        """Start a session's server through JupyterHub, and tell what its host does."""
        directory = session.directory
        begin_steps(directory)
        self.starting.add(session.id)
        asking = asyncio.create_task(self._hub.start_server(session.owner, session.id))
        try:
            told = 0
            began = time.monotonic()
            while True:
                done = asking.done()
                for step in (steps := read_steps(directory))[told:]:
                    if event := event_of(step):
                        yield event
                told = len(steps)
                if done and await self._is_up(session, asking, steps):
                    break
                if time.monotonic() - began > _START_SECONDS:
                    raise ServerFailed("The session did not start in time.", hint="Try again.")
                await asyncio.wait([asking], timeout=_POLL_SECONDS)
                if done:
                    await asyncio.sleep(_POLL_SECONDS)
        finally:
            self.starting.discard(session.id)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        yield Result(None)

    async def _is_up(
        self, session: Session, asking: asyncio.Task[bool], steps: list[HostStep]
    ) -> bool:
        error = asking.exception()
        if error is None and asking.result():
            return True
        server = None if error else await self._hub.server(session.owner, session.id)
        if server and server.ready:
            return True
        if error is None and server and server.pending:
            return False
        failed = next((step for step in steps if step.phase == "failed"), None)
        if failed is None:
            raise error or ServerFailed(
                "The session ended before it was ready.",
                hint="Try again.",
                details=_last_lines(session),
            )
        kind = _BY_CODE.get(failed.code, ServerFailed)
        raise kind(failed.message, hint=failed.hint, details=_last_lines(session))

    def find(self, id: str, asker: Asker) -> Session:
        """Return a session of this person. Raises ``SessionNotFound``, also for another's."""
        with contextlib.suppress(SessionNotFound):
            session = read_session(self._settings.sessions, id)
            if session.id == id and isinstance(asker, Person) and session.owner == asker.name:
                return session
        raise SessionNotFound("You have no such session.", hint="It may have been removed.")

    def remove_half_made(self) -> None:
        """Remove what spares left that were killed, and launches that never made their session."""
        remove_half_made(self._settings.sessions)

    def all(self) -> list[Session]:
        """Return the sessions of all people."""
        return [each for each in list_sessions(self._settings.sessions) if each.owner]

    def of(self, asker: Asker) -> list[Session]:
        """Return the sessions of a person, newest first."""
        if not isinstance(asker, Person):
            return []
        found = list_sessions(self._settings.sessions)
        return [session for session in found if session.owner == asker.name]

    async def described(self, asker: Asker) -> list[dict[str, Json]]:
        """Return a person's sessions for the page."""
        found = await asyncio.to_thread(self.of, asker)
        return list(await asyncio.gather(*(self._described(session) for session in found)))

    async def _described(self, session: Session) -> dict[str, Json]:
        running = state(session) == "running"
        starting = session.id in self.starting
        activity = read_activity(session.directory)
        ends_at = activity.ends_at if activity and running else None
        last = activity.last_activity if activity else session.created
        root = self.address(session)
        work = await self.work(session, fresh=False)
        stopped = not running and not starting
        removal = removed_at(session, self._rules, has_work=bool(work)) if stopped else None
        return {
            "id": session.id,
            "title": title_of(session),
            "source": session.source,
            "commit": session.commit,
            "path": session.path,
            "engine": session.engine,
            "environment": session.environment,
            "state": "starting" if starting else "running" if running else "stopped",
            "created": session.created.isoformat(),
            "last_activity": last.isoformat(),
            "ends_at": ends_at.isoformat() if ends_at else None,
            "unsaved": list(work[:_MOST_UNSAVED]),
            "disk": self._disk.of(session),
            "disk_limit": self._disk.limits.session or None,
            "removed_at": removal.isoformat() if removal else None,
            "url": root + self._page(session),
        }

    async def work(self, session: Session, *, fresh: bool = True) -> tuple[str, ...]:
        """Return what is only in the session; unless ``fresh``, as it was some seconds ago."""
        at, found = self._unsaved.get(session.id, (float("-inf"), ()))
        if not fresh and time.monotonic() - at < _UNSAVED_SECONDS:
            return found
        if self._host is None:
            self._host = await read_host(self._settings.session_uid)
        async with self._looks:
            found = await unsaved(session, self._host)
        self._unsaved[session.id] = (time.monotonic(), found)
        return found

    async def stop(self, session: Session) -> None:
        """Stop a session; its files are kept."""
        await self._hub.stop_server(session.owner, session.id)

    async def admit_again(self, session: Session) -> None:
        """Raise ``OverQuota`` when a stopped session takes too much to be tidied up in it."""
        await self._disk.admit_session(session)

    async def reopen(self, asker: Asker, session: str) -> Steps[Mapping[str, Json]]:
        """Start a person's stopped session again. Raises ``SessionNotFound``."""
        async for event in self.resume(self.find(session, asker)):
            yield event

    async def resume(self, session: Session) -> Steps[Mapping[str, Json]]:
        """Start a stopped session again."""
        if warning := self._disk.warning(session):
            yield Warn("launching", warning)
        starting = Step(self.start(session))
        async for event in starting:
            yield event
        root = self.address(session)
        yield Result(
            {
                "url": root,
                "page": self._page(session),
                "session": session.id,
                "path": session.path,
                "engine": session.engine,
                "environment": session.environment,
            }
        )

    def stay(self, session: Session) -> None:
        """Count this as activity, so that the session is not stopped for being idle."""
        stay(session.directory)

    async def remove(self, session: Session, *, force: bool) -> None:
        """Remove a session. Raises ``UnsavedWork`` unless ``force``, which keeps a rescue copy."""
        if not force:
            _refuse_unsaved(await self.work(session))
        await self._hub.stop_server(session.owner, session.id, remove=True)
        work = await self.work(session)
        if not force:
            _refuse_unsaved(work)  # What was done between the look and the stop.
        rescue = self._settings.data / "rescued" if work else None
        await asyncio.to_thread(remove_session, session, rescue=rescue)
        self._unsaved.pop(session.id, None)

    async def expire(self, session: Session) -> None:
        """Remove a stopped session, which was kept long enough. Raises ``SessionRunning``."""
        visit = is_visit(session)
        # First, since it is refused for a session that has just been resumed.
        await asyncio.to_thread(remove_session, session)
        await self._hub.stop_server(session.owner, session.id, remove=True)
        self._unsaved.pop(session.id, None)
        if visit:
            await self._hub.delete_user(session.owner)

    def recent(self, asker: Asker) -> list[dict[str, Json]]:
        """Return what a person launched, the latest first, each repository once."""
        found: dict[str, dict[str, Json]] = {}
        for session in self.of(asker):
            try:
                spec = spec_of(parse_pasted(session.source)).text
            except LaunchError:
                continue
            entry: dict[str, Json] = {
                "title": title_of(session),
                "description": "",
                "spec": spec,
                "path": session.path,
                "picture": None,
            }
            found.setdefault(spec, entry)
        return list(found.values())[:12]


def is_visit(session: Session) -> bool:
    """Tell whether a program launched this for a stranger, whom nobody knows once it is over."""
    return session.owner.startswith(PREFIX) and takes_token_in_url(session.directory)


def _refuse_unsaved(work: tuple[str, ...]) -> None:
    if work:
        listed = "; ".join(work[:5]) + (f"; and {len(work) - 5} more" if len(work) > 5 else "")
        raise UnsavedWork(
            f"The session holds work that is nowhere else: {listed}.",
            hint="Save what you need, or remove it all the same: the server keeps a copy.",
            work=work,
        )


def _last_lines(session: Session) -> Details:
    try:
        with server_log(session.directory).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 16384))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return Details()
    return Details(last_lines=tuple(lines[-_SHOWN_LINES:]))
