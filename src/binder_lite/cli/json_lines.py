# SPDX-License-Identifier: GPL-3.0-or-later
"""Values → the JSON objects that ``--json`` prints, one a line. Pure.

The fields are a contract with other programs: ``docs/reference/command-line.md`` lists them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from binder_lite.cli.wording import clean
from binder_lite.errors import LaunchError
from binder_lite.events import Event, LogLine, Message, Progress, Warn

if TYPE_CHECKING:
    from binder_lite.launch import Ready

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def json_line(fields: Mapping[str, Json]) -> str:
    """Return one line of ASCII: it is right in every locale, and holds any file name."""
    return json.dumps(fields, ensure_ascii=True, allow_nan=False)


def event_fields(event: Event) -> dict[str, Json]:
    """Return an event's fields."""
    fields: dict[str, Json] = {"phase": event.phase, "kind": _kind(event)}
    fields["message"] = clean(event.message)
    if isinstance(event, Progress):
        fields |= {"done": event.done, "total": event.total, "unit": event.unit}
    return fields


def _kind(event: Event) -> str:
    match event:
        case Message():
            return "message"
        case Warn():
            return "warning"
        case Progress():
            return "progress"
        case LogLine():
            return "log"


def ready_fields(ready: Ready) -> dict[str, Json]:
    """Return the fields of the event that says where the session is."""
    return {
        "phase": "ready",
        "kind": "message",
        "message": "The notebook is ready.",
        "url": ready.url,
        "token": ready.token,
        "session": ready.session,
        "engine": ready.engine,
        "environment": ready.environment,
        "commit": ready.commit,
        "path": ready.path,
        "kernel": ready.kernel,
    }


def failed_fields(error: LaunchError) -> dict[str, Json]:
    """Return the fields of the event that says why there is no session."""
    details = error.details
    return {
        "phase": "failed",
        "kind": "message",
        "message": clean(error.message),
        "code": error.code,
        "hint": clean(error.hint),
        "details": {
            "command": clean(details.command) if details.command else None,
            "exit_status": details.exit_status,
            "last_lines": [clean(line) for line in details.last_lines],
            "log": str(details.log) if details.log else None,
        },
    }


def bug_fields(error: BaseException) -> dict[str, Json]:
    """Return the fields of the event that says that binder-lite itself is at fault."""
    return {
        "phase": "failed",
        "kind": "message",
        "message": clean(f"{type(error).__name__}: {error}"),
        "code": "internal-error",
        "hint": "This is a mistake in binder-lite. Please report it, with standard error's text.",
        "details": {"command": None, "exit_status": None, "last_lines": [], "log": None},
    }
