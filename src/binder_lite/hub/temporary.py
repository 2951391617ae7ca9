# SPDX-License-Identifier: GPL-3.0-or-later
"""People without an account: a new one for each log-in, forgotten when their sessions are gone."""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import maybe_future, url_path_join
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError
from traitlets import Integer, Unicode

from binder_lite.sessions.store import list_sessions

PREFIX = "temporary-"
_HOUR = 3600
_MOST_ADDRESSES = 10_000
_BETWEEN_SWEEPS = 300


class Rate:
    """At most so many in an hour for each address. An IPv6 network of 64 bits is one address."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def allows(self, address: str) -> bool:
        """Count one more for the address and return whether that is still within the rate."""
        if not self._most:
            return True
        now = self._clock()
        times = self._times.pop(network(address), deque())
        while times and times[0] <= now - _HOUR:
            times.popleft()
        allowed = len(times) < self._most
        if allowed:
            times.append(now)
        # Those of whom nothing was heard for longest come first, and are forgotten first.
        self._times[network(address)] = times
        while len(self._times) > _MOST_ADDRESSES:
            del self._times[next(iter(self._times))]
        return allowed


def network(address: str) -> str:
    """Return what an address is counted under."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class TemporaryHandler(BaseHandler):  # type: ignore[misc]
    """Logs in a new person and goes on to where they wanted."""

    async def get(self) -> None:
        """Make a person, unless this browser has one already."""
        user = self.current_user
        if user is None:
            # No other site may make people here with a picture or a frame.
            if self.request.headers.get("Sec-Fetch-Dest", "document") != "document":
                raise HTTPError(403, "Open this page in a window of its own.")
            user = await self.login_user({})
        if user is None:
            raise HTTPError(403)
        self.redirect(self.get_next_url(user))


class TemporaryLogin(Authenticator):  # type: ignore[misc]
    """Everybody may come in, as somebody new; within limits."""

    logins_per_hour = Integer(20, help="New people from one address in an hour.").tag(config=True)
    people = Integer(200, help="People at once.").tag(config=True)
    remove_seconds = Integer(3600, help="People without sessions live so long.").tag(config=True)
    sessions = Unicode(help="The directory of the sessions.").tag(config=True)

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._rate = Rate(self.logins_per_hour)
        self._sweeper: PeriodicCallback | None = None
        # By name: their last activity, and when it was first seen, by a clock that nobody sets.
        self._heard: dict[str, tuple[datetime | None, float]] = {}

    def login_url(self, base_url: str) -> str:
        """Return where people are logged in."""
        return str(url_path_join(base_url, "temporary"))

    def get_handlers(self, app: Any) -> list[tuple[str, type[BaseHandler]]]:
        """Return our page, and begin to look for people who are gone."""

        async def sweep() -> None:
            await self.sweep(app.db, app.users)

        self._sweeper = PeriodicCallback(sweep, _BETWEEN_SWEEPS * 1000, jitter=0.1)
        self._sweeper.start()
        return [("/temporary", TemporaryHandler)]

    async def authenticate(self, handler: BaseHandler, data: object) -> dict[str, Any]:
        """Return somebody new. Raises 429 and 503 where the limits are reached."""
        if not self._rate.allows(handler.request.remote_ip):
            handler.set_header("Retry-After", str(_HOUR))
            raise HTTPError(429, "Too many people came from your address. Try again in an hour.")
        names = handler.db.query(orm.User.name).filter(orm.User.name.startswith(PREFIX))
        if self.people and names.count() >= self.people:
            raise HTTPError(503, "This server has as many visitors as it can. Try again later.")
        name = PREFIX + secrets.token_hex(8)
        return {"name": name, "admin": False, "user_info": {"name": "Visitor", "login": ""}}

    async def refresh_user(self, user: Any, handler: Any = None, **more: Any) -> bool:
        """Refuse those who logged in when there were accounts."""
        return bool(user.name.startswith(PREFIX))

    async def sweep(self, db: Any, users: Any, *, now: float | None = None) -> None:
        """Forget people whose sessions are gone and who have not been here for a while.

        ``now`` is the time by ``time.monotonic``.
        """
        now = time.monotonic() if now is None else now
        owners = {session.owner for session in list_sessions(Path(self.sessions))}
        people = db.query(orm.User).filter(orm.User.name.startswith(PREFIX)).all()
        self._heard = {each.name: self._heard_of(each, now) for each in people}
        for found in people:
            _activity, since = self._heard[found.name]
            if found.name in owners or now - since < self.remove_seconds:
                continue
            user = users[found]
            if user.active:
                continue
            self.log.info("Forgetting %s", found.name)
            await maybe_future(self.delete_user(user))
            await user.delete_spawners()
            users.delete(user)

    def _heard_of(self, person: Any, now: float) -> tuple[datetime | None, float]:
        before = self._heard.get(person.name)
        if before and before[0] == person.last_activity:
            return before
        return person.last_activity, now
