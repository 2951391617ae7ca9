# SPDX-License-Identifier: GPL-3.0-or-later
"""Events → the JSON objects of BinderHub's server-sent events, and our fields besides. Pure.

All text is a stranger's: terminal escapes and secrets are removed here, once for all readers.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from binder_lite.command import redact
from binder_lite.errors import LaunchError
from binder_lite.events import Built, Event, Foretold, LogLine, Message, Progress, Warn, printable
from binder_lite.web.transcripts import Json, Told

_LONGEST = 8192
_LONGEST_OF_LAST = 1000
KEEPALIVE = b":keepalive\n\n"
# How often a stream says that it is there, when it has nothing to say.
KEEPALIVE_SECONDS = 25


def clean(text: str, longest: int = _LONGEST) -> str:
    """Return text that a browser or terminal may show: one line, no escapes, no secrets."""
    safe = redact(printable(text.replace("\n", " ").encode(errors="replace").decode()))
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


def event_fields(event: Event) -> dict[str, Json]:
    """Return the fields of what a step told."""
    fields: dict[str, Json] = {"phase": event.phase, "message": clean(event.message)}
    match event:
        case Built():
            # BinderHub's name for what was built; its clients hand it on without looking.
            named: dict[str, Json] = {"imageName": event.environment}
            return {**fields, "kind": "built", **named, "environment": event.environment}
        case Foretold():
            return {**fields, "kind": "message", "estimate": round(event.seconds, 1)}
        case Message():
            return {**fields, "kind": "message"}
        case Warn():
            return {**fields, "kind": "warning"}
        case LogLine():
            return {**fields, "kind": "log"}
        case Progress():
            counted: dict[str, Json] = {"done": event.done, "total": event.total}
            return {**fields, "kind": "progress", **counted, "unit": event.unit}


def step_fields(phase: str, name: str, message: str) -> dict[str, Json]:
    """Return the fields that say that a step of the launch begins."""
    return {"phase": phase, "kind": "step", "step": name, "message": clean(message)}


def queue_fields(position: int) -> dict[str, Json]:
    """Return the fields that say how many builds come before this one."""
    before = "the next" if position == 1 else f"number {position}"
    said = f"Other builds are under way; this one is {before} in the queue."
    return {"phase": "waiting", "kind": "message", "message": said, "position": position}


def failed_fields(error: BaseException, *, log: str | None = None) -> dict[str, Json]:
    """Return the fields that say why there is no session.

    ``log`` is the address of the whole log. What is no ``LaunchError`` is a mistake of ours, and
    tells a stranger nothing of our insides.
    """
    if not isinstance(error, LaunchError):
        return {
            "phase": "failed",
            "kind": "failed",
            "message": "Something went wrong in binder-lite itself.",
            "code": "internal-error",
            "hint": "Try again; if it fails again, tell whoever runs this server.",
            "status_code": 500,
            "log": log,
            "last_lines": [],
        }
    details = error.details
    return {
        "phase": "failed",
        "kind": "failed",
        "message": clean(error.message),
        "code": error.code,
        "hint": clean(error.hint),
        "status_code": error.http_status,
        "log": log,
        "last_lines": [clean(line, _LONGEST_OF_LAST) for line in details.last_lines],
    }


def ready_fields(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Return the fields that say where the session is."""
    return {"phase": "ready", "kind": "ready", "message": "The notebook is ready.", **fields}


def sse(told: Told, place: str, since: float) -> bytes:
    """Return one server-sent event. ``place`` is where a reader that comes back goes on."""
    seconds = b"%.2f" % max(0.0, told.at - since)
    return b'id: %s\ndata: {"time":%s,%s\n\n' % (place.encode(), seconds, told.fields[1:])


def sse_alone(fields: Mapping[str, Json]) -> bytes:
    """Return the server-sent event of an answer that has no other."""
    return b"data: " + msgspec.json.encode(fields) + b"\n\n"
