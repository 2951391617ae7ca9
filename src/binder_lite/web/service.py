# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the handlers share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from jupyterhub.httpclient import JupyterHubHTTPClient
from jupyterhub.services.auth import HubOAuth

from binder_lite.engines.choice import find_guix
from binder_lite.environments import tidy_builds
from binder_lite.errors import LaunchError, TooMany
from binder_lite.hub.settings import ServerSettings
from binder_lite.sessions.store import tidy
from binder_lite.web.bounds import Bounds
from binder_lite.web.build_log import BuildLogs
from binder_lite.web.build_tokens import BuildTokens
from binder_lite.web.builds import BuildLimits, Builds
from binder_lite.web.disk import MIB, DiskLimits, DiskUse
from binder_lite.web.estimates import Estimates
from binder_lite.web.hub_client import HubClient
from binder_lite.web.keeping import Keeper
from binder_lite.web.launch_records import LaunchRecord, LaunchRecords
from binder_lite.web.launches import Launches, LaunchLimits
from binder_lite.web.limits import Rate, Streams
from binder_lite.web.logins import Logins
from binder_lite.web.metrics import Metrics
from binder_lite.web.page import Page
from binder_lite.web.people import Stranger
from binder_lite.web.policy_settings import policy_of
from binder_lite.web.refs_lookup import RefsLookup
from binder_lite.web.retention import DAY, Rules
from binder_lite.web.sessions import SessionLimits, Sessions
from binder_lite.web.transcripts import Json

# Streams of one person, or of one address of strangers.
_STREAMS = 300
# Launches of strangers at one address, in as many seconds.
_LAUNCHES = (100, 600.0)
# Questions to other hosts about their repositories' branches.
_LOOK_UPS = (120, 60.0)


@dataclass(slots=True, kw_only=True, eq=False)
class Service:
    """The service's parts."""

    settings: ServerSettings
    auth: HubOAuth
    hub: HubClient
    tokens: BuildTokens
    metrics: Metrics
    builds: Builds
    logs: BuildLogs
    disk: DiskUse
    sessions: Sessions
    keeper: Keeper
    records: LaunchRecords
    launches: Launches
    streams: Streams
    rate: Rate
    look_ups: Rate
    refs: RefsLookup
    page: Page = field(default_factory=Page)
    _engines: list[dict[str, Json]] | None = None

    @property
    def anonymous(self) -> bool:
        """Whether whoever comes may launch without an account."""
        return self.settings.login.kind == "temporary"

    async def engines(self) -> list[dict[str, Json]]:
        """Return the engines of this machine, with their versions."""
        if self._engines is None:
            own = self.settings.session_settings()
            self._engines = [{"name": "uv", "version": version("uv")}]
            with contextlib.suppress(LaunchError):
                guix = await find_guix(own)
                self._engines.append({"name": "guix", "version": guix.guix.revision.version})
        return self._engines

    def go_on(self) -> None:
        """Go on with what an earlier service has left under way, before anybody is answered."""
        for record in self.records.left():
            if self._is_wanted(record):
                self.launches.go_on(record)
            else:
                self.records.forget(record.id)

    def _is_wanted(self, record: LaunchRecord) -> bool:
        who = record.asker
        if isinstance(who, Stranger) and not who.trusted:
            try:
                self.rate.count(who.address)
            except TooMany:
                return False  # They are told when they come back, as if they came anew.
        # A session that was ready may have been stopped since.
        session = record.made.session if record.made else ""
        return not record.ready or self.sessions.has_running(session)

    def tidy(self) -> None:
        """Remove what was half made when an earlier service ended."""
        own = self.settings.session_settings()
        for root in own.all_environments:
            tidy_builds(root)
        tidy(own.sessions)

    async def close(self) -> None:
        """End launches, builds and connections; sessions go on."""
        await self.launches.close()
        await self.builds.close()
        await self.hub.close()
        await JupyterHubHTTPClient.loop_instance().close()


def make_service(
    settings: ServerSettings,
    auth: HubOAuth,
    hub: HubClient,
    key: bytes,
    *,
    claim_spare: Callable[[str], Path | None] | None = None,
    launch_limits: LaunchLimits | None = None,
    streams: int = _STREAMS,
    rate: tuple[int, float] = _LAUNCHES,
) -> Service:
    """Put the parts together."""
    own, limits, metrics = settings.session_settings(), settings.limits, Metrics()
    fetch = Bounds(seconds=limits.fetch_seconds, size=limits.fetch_disk_mib * MIB)
    builds = Builds(
        BuildLimits(
            concurrent=limits.concurrent_builds,
            each=Bounds(seconds=limits.build_seconds, size=limits.build_disk_mib * MIB),
        ),
        spill=own.data,
        told=metrics.built,
    )
    logs = BuildLogs(own)
    disk = DiskUse(
        own.sessions,
        DiskLimits(session=limits.disk_mib * MIB, person=limits.disk_mib_per_person * MIB),
    )
    rules = Rules(keep=settings.keep_days * DAY, notice=settings.notice_days * DAY)
    sessions = Sessions(
        own,
        hub,
        SessionLimits(
            per_person=limits.sessions_per_person,
            total=limits.sessions,
            visitors=settings.login.people,
        ),
        prefix=settings.prefix,
        origin=settings.session_origin,
        disk=disk,
        rules=rules,
        claim_spare=claim_spare or (lambda _: None),
    )
    policy = policy_of(settings)
    login_of = Logins(hub).find if settings.login.private_repositories else None
    records = LaunchRecords(own.data / "web" / "launches")
    launches = Launches(
        own,
        builds,
        logs,
        sessions,
        policy,
        replace(launch_limits or LaunchLimits(), fetch=fetch),
        records=records,
        login_of=login_of,
        estimates=Estimates(own.data / "web" / "earlier-builds.json"),
        told=metrics.launched,
    )
    service = Service(
        settings=settings,
        auth=auth,
        hub=hub,
        tokens=BuildTokens(key),
        metrics=metrics,
        builds=builds,
        logs=logs,
        disk=disk,
        sessions=sessions,
        keeper=Keeper(sessions, disk, rules, own.data / "rescued"),
        records=records,
        launches=launches,
        streams=Streams(streams),
        rate=Rate(*rate, time.monotonic, "launches without logging in"),
        look_ups=Rate(*_LOOK_UPS, time.monotonic, "look-ups"),
        refs=RefsLookup(policy),
    )
    metrics.watch("builds_running", "Builds under way", lambda: builds.running)
    metrics.watch("builds_queued", "Builds that wait for their turn", lambda: builds.queued)
    metrics.watch("launches_running", "Launches under way", lambda: launches.running)
    metrics.watch("streams_open", "Streams of events that are open", lambda: service.streams.total)
    metrics.watch("sessions_running", "Sessions that run", sessions.running)
    metrics.watch("spares_waiting", "Spare servers that wait", sessions.spares)
    return service
