# SPDX-License-Identifier: GPL-3.0-or-later
"""The files by which hosts, spawners and the web service know of each other.

All are in the session's directory, of which a container sees nothing but ``home``, ``run`` and
``tmp``.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from binder_lite.errors import LaunchError
from binder_lite.events import Event, LogLine, Message, Progress, Warn
from binder_lite.storage import read_record, write_record

GATE = "gate.sock"
CONTROL = "control.sock"
SPARE = "spare.json"
_STEPS = "start.jsonl"
_ACTIVITY = "activity.json"
_VARIABLES = "variables.json"
_STAY = "stay"
_TOKEN_IN_URL = "token-in-url"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class HostActivity:
    """What a host says of its session; ``ends_at`` is when it stops if nothing happens."""

    last_activity: datetime
    busy: bool
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStep:
    """What a host did; its phase is that of an event, ``failed`` or ``ended``.

    ``kind`` is the event's; progress is not kept.
    """

    phase: str
    message: str
    kind: Literal["message", "warning", "log"] = "message"
    code: str = ""
    hint: str = ""


def write_activity(directory: Path, activity: HostActivity) -> None:
    """Say what the session does."""
    write_record(directory / _ACTIVITY, activity)


def read_activity(directory: Path) -> HostActivity | None:
    """Return what the session's host said last, if it has run."""
    return read_record(directory / _ACTIVITY, HostActivity)


def stay(directory: Path) -> None:
    """Ask the session's host to count this as activity."""
    (directory / _STAY).touch(mode=0o600)


def stayed(directory: Path) -> int:
    """Return when the person last asked to stay; 0 for never."""
    with suppress(OSError):
        return (directory / _STAY).lstat().st_mtime_ns
    return 0


def allow_token_in_url(directory: Path) -> None:
    """Let the session take a token in its address: it was launched by a program."""
    (directory / _TOKEN_IN_URL).touch(mode=0o600)


def takes_token_in_url(directory: Path) -> bool:
    """Tell whether the session takes a token in its address."""
    return (directory / _TOKEN_IN_URL).exists()


def write_variables(directory: Path, variables: dict[str, str]) -> None:
    """Say which variables the session gets (``BINDER_REQUEST`` and its kin)."""
    write_record(directory / _VARIABLES, variables)


def read_variables(directory: Path) -> dict[str, str]:
    """Return the session's own variables; none has a name that would mean something else."""
    named = read_record(directory / _VARIABLES, dict[str, str]) or {}
    return {name: value for name, value in named.items() if name.startswith("BINDER_")}


def step_of(event: Event) -> HostStep | None:
    """Return what a host says of an event of the session's start, ``None`` for nothing."""
    if isinstance(event, Progress):
        return None
    kind: Literal["message", "warning", "log"] = "message"
    if isinstance(event, Warn):
        kind = "warning"
    elif isinstance(event, LogLine):
        kind = "log"
    return HostStep(phase=event.phase, message=event.message, kind=kind)


def failed_step(error: LaunchError) -> HostStep:
    """Return what a host says of a start that failed."""
    return HostStep(phase="failed", message=error.message, code=error.code, hint=error.hint)


def event_of(step: HostStep) -> Event | None:
    """Return the event that a step was, as one of the launch; ``None`` where it was none."""
    if step.phase in ("failed", "ended", "ready"):
        return None
    kinds: dict[str, type[Message | Warn | LogLine]] = {
        "message": Message,
        "warning": Warn,
        "log": LogLine,
    }
    return kinds[step.kind]("launching", step.message)


def begin_steps(directory: Path) -> None:
    """Forget what was done before."""
    (directory / "logs" / _STEPS).unlink(missing_ok=True)


def write_step(directory: Path, step: HostStep) -> None:
    """Say what is done now."""
    with (directory / "logs" / _STEPS).open("ab") as file:
        file.write(msgspec.json.encode(step) + b"\n")


def read_steps(directory: Path) -> list[HostStep]:
    """Return what was done so far."""
    try:
        lines = (directory / "logs" / _STEPS).read_bytes().splitlines(keepends=True)
    except OSError:
        return []
    return [msgspec.json.decode(line, type=HostStep) for line in lines if line.endswith(b"\n")]


def encode_call(variables: dict[str, str]) -> bytes:
    """Return the line that tells a spare which session it is."""
    return json.dumps({"variables": variables}).encode() + b"\n"


def decode_call(line: bytes) -> dict[str, str]:
    """Read such a line. Raises ``msgspec.ValidationError`` or ``DecodeError``."""
    return msgspec.json.decode(line, type=dict[str, dict[str, str]])["variables"]
