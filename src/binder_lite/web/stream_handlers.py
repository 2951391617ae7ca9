# SPDX-License-Identifier: GPL-3.0-or-later
"""The streams of events: BinderHub's ``build/`` and the start of a stopped session."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from tornado.iostream import StreamClosedError

from binder_lite.engines.base import Ui
from binder_lite.errors import BadToken, LaunchError, NoSuchPage, NotAStream, NotLoggedIn
from binder_lite.hub.access import allowed_origin
from binder_lite.preparing import EngineChoice, Request
from binder_lite.web.disk import check_room, disks_of
from binder_lite.web.events_stream import (
    KEEPALIVE,
    KEEPALIVE_SECONDS,
    failed_fields,
    sse,
    sse_alone,
)
from binder_lite.web.handlers import Handler, log
from binder_lite.web.launch import Launch, Place, parse_place
from binder_lite.web.people import Person, Stranger
from binder_lite.web.same_origin import is_same_origin
from binder_lite.web.specs import source_of

_HOLD_SECONDS = 60
# A reader whose connection takes nothing for so long is gone.
_STUCK_SECONDS = 300
_UIS: Mapping[str, Ui] = {"lab": "lab", "notebook": "notebook"}
_ENGINES: Mapping[str, EngineChoice] = {"auto": "auto", "uv": "uv", "guix": "guix"}


class EventsHandler(Handler):
    """A stream of events. It ends with the reader, never the other way round."""

    _streaming: asyncio.Task[Any] | None = None

    def set_default_headers(self) -> None:
        """Keep proxies from holding events back."""
        super().set_default_headers()
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("Cache-Control", "no-cache, no-transform")
        self.set_header("X-Accel-Buffering", "no")

    def on_connection_close(self) -> None:
        """Stop when the reader has gone."""
        if self._streaming:
            self._streaming.cancel()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send an error as an event with status 200, as clients of BinderHub expect it."""
        error = self.error_in(kwargs)
        self.set_status(200)
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        fields = failed_fields(error or RuntimeError())
        if not isinstance(error, LaunchError) and status_code < 500:
            fields |= {"code": "bad-request", "status_code": status_code, "message": self._reason}
        self.finish(sse_alone(fields))

    async def follow(self, launch: Launch, place: Place | None) -> None:
        """Send what the launch tells until the reader leaves."""
        self._streaming = asyncio.current_task()
        try:
            # The answer begins at once, also for one who comes back when there is nothing new.
            self.write(KEEPALIVE)
            await self._flush()
            await self._send(launch, place)
            await self._hold()
        except (StreamClosedError, asyncio.CancelledError):
            # The reader's doing; were it ours, nobody would be there to be told.
            self._finished = True
        finally:
            self._streaming = None

    def counted(self) -> contextlib.AbstractContextManager[None]:
        """Count as a stream for as long as the block lasts. Raises ``TooMany``."""
        return self.service.streams.one(self.client)

    async def _send(self, launch: Launch, place: Place | None) -> None:
        async with contextlib.aclosing(self.service.launches.follow(launch, place)) as events:  # type: ignore[type-var]
            async for told in events:
                texts = (sse(event, str(at), launch.began) for event, at in told)
                self.write(b"".join(texts) or KEEPALIVE)
                await self._flush()
                # Many readers of a fast build are sent more at a time, so that all are served.
                await asyncio.sleep(min(0.5, launch.readers_of_build / 2000))

    async def _flush(self) -> None:
        try:
            await asyncio.wait_for(self.flush(), _STUCK_SECONDS)
        except TimeoutError:
            connection: Any = self.request.connection
            connection.stream.close()
            raise StreamClosedError from None

    async def _hold(self) -> None:
        """Let the client close first: a browser would ask again when the server does."""
        for _ in range(_HOLD_SECONDS // KEEPALIVE_SECONDS + 1):
            await asyncio.sleep(KEEPALIVE_SECONDS)
            self.write(KEEPALIVE)
            await self._flush()

    def place(self) -> Place | None:
        """Return where a reader that comes back goes on."""
        return parse_place(self.request.headers.get("Last-Event-ID", ""))


class BuildHandler(EventsHandler):
    """``build/PREFIX/SPEC``: launches, and tells of it."""

    def set_default_headers(self) -> None:
        """Let pages of the origins that the operator named read the events."""
        super().set_default_headers()
        settings = self.application.settings["service"].settings
        origin = self.request.headers.get("Origin", "")
        if allowed := allowed_origin(origin, settings.cors_origins):
            self.set_header("Access-Control-Allow-Origin", allowed)
            self.set_header("Access-Control-Allow-Headers", "Authorization, Last-Event-ID")
            self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
            self.add_header("Vary", "Origin")

    def options(self, _spec: str) -> None:
        """Answer a browser that asks before it asks."""
        self.set_status(204)

    async def get(self, _spec: str) -> None:
        """Launch, or come back to a launch that one was told of."""
        if "text/event-stream" not in self.request.headers.get("Accept", ""):
            raise NotAStream(
                "This address answers with a stream of events.",
                hint="Send the header Accept: text/event-stream; people open v2/… instead.",
            )
        spec = self.spec("build/")
        self._judge(spec)
        place = self.place()
        if place and (launch := self._found(place)):
            if launch.is_told(place):
                self.set_status(204)  # By which a browser knows not to ask again.
                self.clear_header("Content-Type")
                return
            with self.counted():
                await self.follow(launch, place)
            return
        with self.counted():  # Before a launch begins that nobody may follow.
            await self.follow(await self._launch(spec), None)

    def _found(self, place: Place) -> Launch | None:
        try:
            return self.service.launches.find(place.launch, self.asker)
        except NoSuchPage:
            return None

    def _judge(self, spec: str) -> None:
        """Decide whose launch this is. Raises ``BadToken`` and ``NotLoggedIn``.

        A cookie alone is not enough: any page can make a browser send it. The request comes from
        our own page, or with a token that we gave that page for this person.
        """
        who = self.asker
        token = self.get_query_argument("build_token", "")
        meant = self.service.tokens.check(token, spec) if token else None
        if isinstance(who, Person) and not who.by_token:
            own = is_same_origin(self.request.headers, self.request.host)
            if meant and meant != who.name:
                raise BadToken("The build token is another person's.", hint="Load the page again.")
            if not own and meant != who.name:
                self.asker = self.stranger
        who = self.asker
        if isinstance(who, Stranger) and not who.trusted and not self.service.anonymous:
            raise NotLoggedIn(
                "This server launches for people who have logged in.",
                hint="Log in on its first page, or send an API token of JupyterHub.",
            )

    async def _launch(self, spec: str) -> Launch:
        await self._check_disk()
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        settings = self.service.settings
        if isinstance(self.asker, Stranger) and not self.asker.trusted:
            self.service.rate.count(self.asker.address)
        request = Request(
            source=source_of(spec, query),
            engine=_ENGINES.get(query.get("engine", ""), "auto"),
            ui=_UIS.get(query.get("ui", ""), "lab"),
            rebuild=query.get("rebuild") == "1" and isinstance(self.asker, Person),
            trust=settings.trust,
            allow_missing=settings.allow_missing,
        )
        launch = await self.service.launches.begin(
            self.asker,
            request,
            spec,
            self.base,
            build_only=query.get("build_only", "").lower() in ("1", "true"),
        )
        log.info("launch asked for", extra={"launch": launch.id, "request": self.request_id})
        return launch

    async def _check_disk(self) -> None:
        """Raise ``DiskFull`` or ``OverQuota`` when there is no room for what a launch makes."""
        service = self.service
        own = service.settings.session_settings()
        await asyncio.to_thread(check_room, *disks_of(own))
        if isinstance(self.asker, Person):
            await service.disk.admit_person(self.asker.name)


class SessionEventsHandler(EventsHandler):
    """``api/sessions/ID/events``: tells of a session that is being started."""

    async def get(self, id: str) -> None:
        """Follow the start."""
        launch = self.service.launches.find(id, self.person())
        with self.counted():
            await self.follow(launch, self.place())
