# SPDX-License-Identifier: GPL-3.0-or-later
"""When a session stops, and the bar in its pages that says so in time, with a click to stay.

The bar is a small script (``frontend/src/staying/``), whatever server the session has. It asks the
gate how long is left, which is no activity, and shows itself in the last minutes; when the session
has stopped it says where it can be resumed.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from tornado.web import HTTPError, stream_request_body

from binder_lite.errors import BadSettings
from binder_lite.hub.access import HubAccess
from binder_lite.hub.adding import Addition
from binder_lite.hub.gate import Gate, Guarded, Traffic

_SCRIPT = Path(__file__).parent / "static" / "staying.js"
# No server has an address of this name below its own.
_PLACE = "_binder-lite/"
# The bar is there for the last fifth of the idle time, and never for longer than five minutes.
_WARNED_SHARE = 0.2
_LONGEST_WARNING = 300.0


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a session is stopped: without activity, and in any case; 0 means never. Seconds."""

    idle: float = 0
    longest: float = 0


def read_lifetime(variables: Mapping[str, str]) -> Lifetime:
    """Read what the spawner says. Raises ``BadSettings``."""
    try:
        return Lifetime(
            idle=float(variables.get("BINDER_LITE_IDLE_SECONDS", 0)),
            longest=float(variables.get("BINDER_LITE_MAX_AGE_SECONDS", 0)),
        )
    except ValueError as error:
        raise BadSettings(f"A number of seconds is none: {error}.") from error


@dataclass(frozen=True, slots=True)
class Remaining:
    """How long a session still runs, counted from when this was made."""

    lifetime: Lifetime
    traffic: Traffic
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float | None:
        """How long until it stops when nothing happens; ``None`` for ever."""
        return min((left for left, _ in self._ends()), default=None)

    @property
    def can_stay(self) -> bool:
        """Whether activity puts the end off: its age does not stop it first."""
        return min(self._ends(), default=(0, True))[1]

    @property
    def warned_seconds(self) -> float:
        """How long before the end the person is told."""
        lifetime = self.lifetime
        whole = lifetime.idle if self.can_stay else lifetime.longest
        return min(_LONGEST_WARNING, _WARNED_SHARE * whole)

    def _ends(self) -> list[tuple[float, bool]]:
        """Return the seconds to each end, and whether activity puts it off."""
        idle, longest = self.lifetime.idle, self.lifetime.longest
        by_idleness = [(idle - self.traffic.idle_seconds, True)] if idle else []
        age = time.monotonic() - self.began
        return by_idleness + ([(longest - age, False)] if longest else [])


def make_addition(access: HubAccess, remaining: Remaining) -> Addition | None:
    """Return what the gate adds for the bar; ``None`` where it was not built."""
    if not _SCRIPT.is_file():
        return None
    place = f"{access.prefix}{_PLACE}"
    sessions = f"{access.host}{access.hub_prefix.removesuffix('hub/')}sessions"
    given = {"remaining": remaining, "sessions": sessions}
    element = f'<script src="{escape(place)}staying.js" defer></script>\n'
    return Addition(
        element.encode(),
        (
            (f"{place}staying.js", ScriptHandler, {}),
            (f"{place}state", StateHandler, given),
            (f"{place}stay", StayHandler, given),
        ),
    )


@stream_request_body
class _OfTheBar(Guarded):
    """A route of the bar's, which is the gate's own and never handed on."""

    async def prepare(self) -> None:
        """Let the person in, as with every other request."""
        if self.request.method == "OPTIONS":
            raise HTTPError(405)
        await self.admit()


class ScriptHandler(_OfTheBar):
    """The bar's script."""

    def get(self) -> None:
        """Send it. It is small, and an upgrade may change it at any time."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.write(_SCRIPT.read_bytes())


class StateHandler(_OfTheBar):
    """How long is left. To ask is no activity."""

    def initialize(  # type: ignore[override] # a rule's own arguments
        self, gate: Gate, remaining: Remaining, sessions: str
    ) -> None:
        """Take what the bar tells."""
        super().initialize(gate)
        self.remaining, self.sessions = remaining, sessions

    def get(self) -> None:
        """Tell it."""
        self.tell()

    def tell(self) -> None:
        """Send the state."""
        self.set_header("Cache-Control", "no-store")
        self.write(
            {
                "seconds": self.remaining.seconds,
                "can_stay": self.remaining.can_stay,
                "warned_seconds": self.remaining.warned_seconds,
                "sessions": self.sessions,
                "session": self.gate.access.server_name,
            }
        )


class StayHandler(StateHandler):
    """The click to stay: activity, and nothing else."""

    def get(self) -> None:
        """Refuse: what changes something is no link."""
        raise HTTPError(405)

    def post(self) -> None:
        """Count it. JupyterHub's check of cross-site requests was made when the person came in."""
        self.gate.traffic.seen()
        self.tell()
