# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path

import pytest

from binder_lite.cli.json_lines import (
    bug_fields,
    event_fields,
    failed_fields,
    json_line,
    ready_fields,
)
from binder_lite.errors import Details, PortTaken
from binder_lite.events import Event, LogLine, Message, Progress, Warn
from binder_lite.sessions.running import Ready


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (
            Message("fetching", "Looking up https://me:pw@h/"),
            {"phase": "fetching", "kind": "message", "message": "Looking up https://…@h/"},
        ),
        (Warn("building", "Old"), {"phase": "building", "kind": "warning", "message": "Old"}),
        (LogLine("building", "x"), {"phase": "building", "kind": "log", "message": "x"}),
        (
            Progress("fetching", "Receiving", 1, None, "bytes"),
            {
                "phase": "fetching",
                "kind": "progress",
                "message": "Receiving",
                "done": 1,
                "total": None,
                "unit": "bytes",
            },
        ),
    ],
)
def test_every_event_has_phase_kind_and_message(event: Event, fields: dict[str, object]) -> None:
    assert event_fields(event) == fields


def test_ready_has_what_a_program_needs_to_open_the_session(ready: Ready) -> None:
    assert ready_fields(ready) == {
        "phase": "ready",
        "kind": "message",
        "message": "The notebook is ready.",
        "url": ready.url,
        "token": "abc",
        "session": "s1",
        "engine": "uv",
        "environment": "e1/1",
        "commit": "1234567890",
        "path": "index.ipynb",
        "kernel": "python3",
    }


def test_failed_has_code_hint_and_details() -> None:
    error = PortTaken("Taken.", hint="Another.", details=Details("x", 1, ("a",), Path("/l")))
    assert failed_fields(error) == {
        "phase": "failed",
        "kind": "message",
        "message": "Taken.",
        "code": "port-taken",
        "hint": "Another.",
        "details": {"command": "x", "exit_status": 1, "last_lines": ["a"], "log": "/l"},
    }


def test_a_mistake_of_ours_is_told_as_one() -> None:
    fields = bug_fields(KeyError("x"))
    assert (fields["phase"], fields["code"], fields["message"]) == (
        "failed",
        "internal-error",
        "KeyError: 'x'",
    )


def test_a_line_is_one_line_of_ascii_whatever_it_holds() -> None:
    text = "é\n\udcff\x1b"
    line = json_line({"message": text})
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {"message": text}
