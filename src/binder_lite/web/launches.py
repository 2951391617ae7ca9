# SPDX-License-Identifier: GPL-3.0-or-later
"""The launches of this process: preparing's story for one person, with the build shared.

source → checkout → requirements → engine → the build of all who want it → session → server

A launch goes on without a reader for a while, so that one whose connection broke can come back to
it, and ends when nobody does. What is under way when the service ends, however it does, the next
one goes on with: it tells the launch's story anew, and makes no second session.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from binder_lite.command import redact
from binder_lite.engines.base import Engine
from binder_lite.environments import Environment, builds_directory, find_among, obtain
from binder_lite.errors import (
    BuildCancelled,
    FetchTooLarge,
    FetchTooLong,
    LaunchError,
    LoginNeeded,
    NoSuchPage,
    RepositoryNotFound,
    SessionNotFound,
    TooMany,
)
from binder_lite.events import Event, Message, Step, Steps
from binder_lite.preparing import Prepared, Read, Request, choose, read, says_building, says_built
from binder_lite.settings import Settings, space_of
from binder_lite.sources.mirror import mirror_of
from binder_lite.sources.model import Login, Source
from binder_lite.sources.policy import Policy, check_addresses, check_source
from binder_lite.web.bounds import Bounds, TooLarge, TooLong, bounded, shown_seconds
from binder_lite.web.build_log import BuildLogs
from binder_lite.web.builds import Builds
from binder_lite.web.disk import explained, shown
from binder_lite.web.estimates import Estimates, Task
from binder_lite.web.events_stream import (
    KEEPALIVE_SECONDS,
    event_fields,
    failed_fields,
    ready_fields,
    step_fields,
)
from binder_lite.web.found import found_fields
from binder_lite.web.launch import Launch, Place
from binder_lite.web.launch_records import LaunchRecord, LaunchRecords, Made, by
from binder_lite.web.people import Asker, Person
from binder_lite.web.transcripts import Json, Told, Transcript

_log = logging.getLogger("binder_lite.web")


class Places(Protocol):
    """Where a launch's session comes to be: JupyterHub's named servers, or a test's stand-in."""

    async def admit(self, asker: Asker, theirs: int, pending: int) -> None:
        """Raise ``TooMany`` when no session is left for them.

        Of the other launches that are ``pending``, ``theirs`` are the asker's.
        """
        ...

    def open_new(
        self, launch: Launch, prepared: Prepared, engine: Engine, made: Callable[[Made], None]
    ) -> Steps[Mapping[str, Json]]:
        """Make the session and start its server; the result is what ``ready`` tells of it.

        ``made`` is told of the session before anything is done with it.
        """
        ...

    def go_on(self, launch: Launch, made: Made) -> Steps[Mapping[str, Json]]:
        """Start the server of the session that another service made for this launch.

        Raises ``SessionNotFound`` where it did not come so far.
        """
        ...

    def reopen(self, asker: Asker, session: str) -> Steps[Mapping[str, Json]]:
        """Start the server of a person's stopped session."""
        ...

    async def forget(self, made: Made) -> None:
        """Remove a session whose server never ran."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchLimits:
    """``grace_seconds``: how long a launch goes on without a reader; ``keep``: after its end.

    ``fetches`` is how many repositories are fetched and read at once, ``fetch`` what each may take.
    """

    grace_seconds: float = 30
    keep_seconds: float = 300
    fetches: int = 8
    fetch: Bounds = field(default_factory=Bounds)
    launches: int = 1000


class Launches:
    """The registry of launches.

    ``records`` are those of launches under way. ``login_of`` finds a person's own login for a
    repository that asks for one.
    """

    def __init__(
        self,
        settings: Settings,
        builds: Builds,
        logs: BuildLogs,
        places: Places,
        policy: Policy,
        limits: LaunchLimits | None = None,
        *,
        records: LaunchRecords,
        login_of: Callable[[Asker, Source], Awaitable[Login | None]] | None = None,
        estimates: Estimates | None = None,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[str, float], None] = lambda _code, _seconds: None,
    ) -> None:
        self._settings = settings
        self._builds = builds
        self._logs = logs
        self._places = places
        self._policy = policy
        self.limits = limits or LaunchLimits()
        self._records = records
        self._login_of = login_of
        self._estimates = estimates or Estimates()
        self._clock = clock
        self._told = told
        self._launches: dict[str, Launch] = {}
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._fetches = asyncio.Semaphore(self.limits.fetches)

    @property
    def running(self) -> int:
        """How many launches have not ended."""
        return sum(not launch.done for launch in self._launches.values())

    async def begin(
        self, asker: Asker, request: Request, spec: str, base: str, *, build_only: bool = False
    ) -> Launch:
        """Begin a launch. Raises what refuses it at once."""
        if self.running >= self.limits.launches:
            raise TooMany("The server is busy with launches.", hint="Try again in a minute.")
        check_source(request.source, self._policy)
        record = LaunchRecord(
            id=secrets.token_urlsafe(18),
            **by(asker),
            request=request,
            spec=spec,
            base=base,
            build_only=build_only,
        )
        launch = Launch(record=record, began=self._clock())
        await self._register(launch)
        return self._go(launch, self._tell_story(launch))

    async def _register(self, launch: Launch) -> None:
        """Let the launch count from now on, unless there is no session left for it."""
        self._launches[launch.id] = launch
        try:
            await self._admit(launch)
        except BaseException:
            del self._launches[launch.id]
            raise

    async def _admit(self, launch: Launch) -> None:
        if launch.record.build_only:
            return
        others = [each for each in self._launches.values() if each.counts and not each.done]
        launch.counts = True
        theirs = sum(each.asker == launch.asker for each in others)
        await self._places.admit(launch.asker, theirs, len(others))

    async def start(self, asker: Asker, session: str) -> Launch:
        """Begin the start of a session that there is; it goes on also when nobody reads.

        Raises ``TooMany``.
        """
        found = self._launches.get(session)
        if found and not found.done:
            return found
        record = LaunchRecord(
            id=session,
            **by(asker),
            request=Request(source=Source("")),
            lasting=True,
            made=Made(session),
        )
        launch = Launch(record=record, began=self._clock())
        await self._register(launch)
        return self._go(launch, self._reopen(launch, session))

    def go_on(self, record: LaunchRecord) -> Launch:
        """Begin again, under its id, a launch that another service has left under way.

        What is said against it now is told to its readers.
        """
        launch = Launch(
            record=replace(record, life=record.life + 1),
            began=self._clock(),
            counts=record.made is not None,
        )
        return self._go(launch, self._tell_again(launch))

    def _go(self, launch: Launch, story: Coroutine[None, None, None]) -> Launch:
        self._launches[launch.id] = launch
        self._records.write(launch.record)
        launch.task = asyncio.create_task(self._run(launch, story), name=f"launch {launch.id}")
        self._tasks.add(launch.task)
        launch.task.add_done_callback(self._tasks.discard)
        self._expect_reader(launch)
        return launch

    def find(self, id: str, asker: Asker) -> Launch:
        """Return a launch of this person. Raises ``NoSuchPage``, also for another's."""
        launch = self._launches.get(id)
        if launch is None or launch.asker != asker:
            raise NoSuchPage("There is no such launch.", hint="Launch again.")
        return launch

    def cancel(self, launch: Launch) -> None:
        """End a launch on demand; a build that nobody else waits for ends with it, at once."""
        launch.cancelled = True
        if launch.task:
            launch.task.cancel()

    async def close(self) -> None:
        """End all launches, without a word to their readers."""
        self._closing = True
        for launch in list(self._launches.values()):
            if launch.leaving:
                launch.leaving.cancel()
        # Those that nobody has waited for are ending already, and end what they have started.
        tasks = list(self._tasks)
        for task in tasks:
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def follow(
        self, launch: Launch, place: Place | None = None
    ) -> AsyncIterator[list[tuple[Told, Place]]]:
        """Yield what the launch tells, from a place on; an empty list when nothing is new."""
        life = launch.record.life
        index, position = (place.segment, place.position) if place else (0, 0)
        if place is None or place.life != life or index >= len(launch.segments):
            index, position = 0, 0
        launch.readers += 1
        counted: Transcript | None = None
        if launch.leaving:
            launch.leaving.cancel()
            launch.leaving = None
        try:
            while True:
                segment = launch.segments[index]
                last = index + 1 == len(launch.segments)
                changed, grown = launch.changed, segment.grown
                if segment is launch.shared and counted is None:
                    counted = segment
                    counted.readers += 1
                if told := segment.read(position):
                    position = told[-1].end
                    yield [(each, Place(launch.id, index, each.end, life)) for each in told]
                elif not last:
                    index, position = index + 1, 0
                elif launch.done:
                    return
                else:
                    waiting = changed if segment.closed else grown
                    try:
                        await asyncio.wait_for(waiting.wait(), KEEPALIVE_SECONDS)
                    except TimeoutError:
                        yield []
        finally:
            launch.readers -= 1
            if counted:
                counted.readers -= 1
            self._expect_reader(launch)

    def _expect_reader(self, launch: Launch) -> None:
        if launch.leaving:
            launch.leaving.cancel()
            launch.leaving = None
        if launch.readers or (launch.record.lasting and not launch.done):
            return
        seconds = self.limits.keep_seconds if launch.done else self.limits.grace_seconds
        loop = asyncio.get_running_loop()
        launch.leaving = loop.call_later(seconds, self._leave, launch)

    def _leave(self, launch: Launch) -> None:
        launch.leaving = None
        if launch.task:
            launch.task.cancel()  # If it has not ended; a build has its own grace time.
        if self._launches.get(launch.id) is launch:
            del self._launches[launch.id]
            self._records.forget(launch.id)

    def _remember(self, launch: Launch, record: LaunchRecord) -> None:
        launch.record = record
        self._records.write(record)

    async def _run(self, launch: Launch, story: Coroutine[None, None, None]) -> None:
        code = "ready"
        _log.info("launch begins", extra={"launch": launch.id, "spec": redact(launch.record.spec)})
        try:
            await story
        except asyncio.CancelledError:
            code = BuildCancelled.code
            if self._closing:
                return  # Its readers ask again, and the next service launches it for them.
            said = BuildCancelled("The launch was cancelled.", hint="Launch again.")
            launch.own.tell(failed_fields(said), self._clock())
        except Exception as error:
            if not isinstance(error, LaunchError):
                _log.exception("launch failed", extra={"launch": launch.id})
            told = explained(error, self._settings)
            code = told.code if isinstance(told, LaunchError) else "internal-error"
            log = f"api/builds/{launch.key}/log" if launch.key else None
            launch.own.tell(failed_fields(told, log=log), self._clock())
        finally:
            launch.end()
            if code == "ready" and launch.made:
                self._remember(launch, replace(launch.record, ready=True))
            elif not self._closing:
                self._records.forget(launch.id)
            self._expect_reader(launch)
            _log.info("launch ends", extra={"launch": launch.id, "code": code})
            self._told(code, self._clock() - launch.began)

    def _tell(self, launch: Launch, event: Event) -> None:
        launch.own.tell(event_fields(event), self._clock())

    async def _tell_again(self, launch: Launch) -> None:
        said = "The service was started again, and goes on with this launch."
        self._tell(launch, Message("waiting", said))
        try:
            if launch.record.lasting and launch.made:
                await self._reopen(launch, launch.made.session)
                return
            if launch.made:
                self._step(launch, "launching", "launch", "Going on with the session.")
                await self._open(launch, self._places.go_on(launch, launch.made))
                return
        except SessionNotFound:
            if launch.record.lasting:
                raise
        check_source(launch.request.source, self._policy)
        await self._admit(launch)
        await self._tell_story(launch)

    async def _reopen(self, launch: Launch, session: str) -> None:
        self._step(launch, "launching", "launch", "Starting the session again.")
        await self._follow(launch, self._places.reopen(launch.asker, session))

    async def _tell_story(self, launch: Launch) -> None:
        self._step(launch, "fetching", "fetch", f"Opening {launch.request.source.text}.")
        url = launch.request.source.url
        if url and not check_source(launch.request.source, self._policy):
            await check_addresses(url)
        engine, found = await self._read(launch)
        self._step(launch, "building", "build", "Making the environment.")
        environment = await self._build(launch, engine, found)
        self._tell(launch, says_built(environment))
        if launch.record.build_only:
            self._ready(launch, {"build_only": True, "environment": environment.name})
            return
        self._step(launch, "launching", "launch", "Making the session.")
        space = self._settings_of(launch).space
        prepared = Prepared(read=found, environment=environment, space=space)

        def made(session: Made) -> None:
            self._remember(launch, replace(launch.record, made=session))

        await self._open(launch, self._places.open_new(launch, prepared, engine, made))

    async def _open(self, launch: Launch, opening: Steps[Mapping[str, Json]]) -> None:
        """Let the session be opened; one whose server does not start is none."""
        try:
            await self._follow(launch, opening)
        except BaseException:
            # The next service goes on with the session, if there is to be one.
            if launch.made and not self._closing:
                await asyncio.shield(asyncio.ensure_future(self._places.forget(launch.made)))
                launch.record = replace(launch.record, made=None)
            raise

    async def _follow(self, launch: Launch, opening: Steps[Mapping[str, Json]]) -> None:
        step = Step(opening)
        async for event in step:
            self._tell(launch, event)
        self._ready(launch, step.result)

    def _step(self, launch: Launch, phase: str, name: str, message: str) -> None:
        launch.own.tell(step_fields(phase, name, message), self._clock())

    def _ready(self, launch: Launch, fields: Mapping[str, Json]) -> None:
        launch.own.tell(ready_fields(fields), self._clock())

    async def _read(self, launch: Launch) -> tuple[Engine, Read]:
        """Fetch and read the repository, with the person's own login if it is asked for."""
        async with self._fetches:
            if launch.request.source.login:
                launch.private = True
                return await self._look_within(launch)
            try:
                return await self._look_within(launch)
            except (LoginNeeded, RepositoryNotFound):
                login = await self._login(launch)
                if login is None:
                    raise
            launch.private = True
            source = replace(launch.request.source, login=login)
            request = replace(launch.request, source=source)
            launch.record = replace(launch.record, request=request)
            self._tell(launch, Message("fetching", "Trying again with your own login."))
            return await self._look_within(launch)

    async def _login(self, launch: Launch) -> Login | None:
        if self._login_of is None:
            return None
        return await self._login_of(launch.asker, launch.request.source)

    async def _look_within(self, launch: Launch) -> tuple[Engine, Read]:
        bounds, url = self.limits.fetch, launch.request.source.url
        place = mirror_of(self._settings_of(launch).repositories, url).directory if url else None
        try:
            async with bounded(bounds, place, shared=True):
                return await self._look(launch)
        except TooLarge as error:
            raise FetchTooLarge(
                f"The repository takes more than the {shown(bounds.size)} that this server allows.",
                hint="Launch a smaller one; data can be fetched by the notebook itself.",
            ) from error
        except TooLong as error:
            raise FetchTooLong(
                f"Fetching took longer than the {shown_seconds(bounds.seconds)} that this server "
                "allows.",
                hint="Try again later. If the repository is large, make a smaller one for this.",
            ) from error

    async def _look(self, launch: Launch) -> tuple[Engine, Read]:
        settings = self._settings_of(launch)
        choosing = Step(choose(launch.request, settings))
        async for event in choosing:
            self._tell(launch, event)
        chosen, looked = choosing.result
        said = f"Engine: {chosen.engine.name} ({chosen.reason})."
        self._tell(launch, Message("waiting", said))
        reading = Step(read(launch.request, chosen.engine, settings, looked))
        async for event in reading:
            self._tell(launch, event)
        found = found_fields(reading.result, chosen.engine.name, chosen.reason)
        launch.own.tell(found, self._clock())
        return chosen.engine, reading.result

    def _settings_of(self, launch: Launch) -> Settings:
        """Return the settings; what is fetched with a login goes where nobody else looks."""
        if not launch.private:
            return self._settings
        who = launch.asker.name if isinstance(launch.asker, Person) else f"/{launch.id}"
        return self._settings.in_space(space_of(who))

    async def _build(self, launch: Launch, engine: Engine, found: Read) -> Environment:
        settings, recipe = self._settings_of(launch), found.recipe
        root, space = settings.environments, settings.space
        if not space:
            self._logs.allow(recipe.key)
        there = find_among(settings.visible_environments, recipe.key)
        if there and not launch.request.rebuild:
            return there
        self._tell(launch, says_building(recipe))
        source = "" if space else redact(launch.request.source.text)

        repository = "" if space else redact(launch.request.source.url or "")
        task = Task(repository=repository, engine=engine.name, requirements=len(recipe.packages))

        def make() -> Steps[Environment]:
            rebuild = launch.request.rebuild
            build = obtain(root, recipe, engine=engine.name, source=source, rebuild=rebuild)
            return self._estimates.timed(task, build)

        place = builds_directory(root) / recipe.key
        joined = self._builds.joined(recipe.key, make, since=launch.began, space=space, place=place)
        async with joined as build:
            launch.share(recipe.key, build.transcript)
            try:
                return await Builds.result(build)
            finally:
                if launch.cancelled and build.waiters == 1:
                    self._builds.cancel(build)
