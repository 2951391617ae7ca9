# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from binder_lite.cli.lines import PlainLines
from binder_lite.cli.live import LiveDisplay
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import Details, PortTaken
from binder_lite.events import LogLine, Message, Progress, Warn
from binder_lite.sessions.running import Ready


class Screen(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def both(json: bool = False) -> tuple[Terminal, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(out, err)
    terminal.json = json
    return terminal, out, err


EVENTS = (
    Message("fetching", "Looking up"),
    Progress("fetching", "Receiving", 1, 2, "files"),
    LogLine("building", "a line"),
    Warn("building", "Old"),
)


def test_where_nobody_watches_every_event_is_a_line_on_standard_error() -> None:
    terminal, out, err = both()
    with terminal.progress() as report:
        for event in EVENTS:
            report(event)
    assert out.getvalue() == ""
    assert err.getvalue().splitlines() == [
        "fetching: Looking up",
        "fetching: Receiving: 1 of 2 files (50 %)",
        "    a line",
        "warning: Old",
    ]


def test_with_json_events_are_objects_on_standard_output_and_notes_are_not() -> None:
    terminal, out, err = both(json=True)
    with terminal.progress() as report:
        for event in EVENTS:
            report(event)
        terminal.note("by the way")
    kinds = [json.loads(line)["kind"] for line in out.getvalue().splitlines()]
    assert kinds == ["message", "progress", "log", "warning"]
    assert err.getvalue() == "by the way\n"


def test_a_terminal_gets_the_live_display(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Screen()
    terminal = Terminal(io.StringIO(), err)
    assert isinstance(terminal._new_renderer(), LiveDisplay)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(terminal._new_renderer(), PlainLines)


def test_what_fails_is_shown_as_failed() -> None:
    err = Screen()
    terminal = Terminal(io.StringIO(), err)
    with pytest.raises(KeyError), terminal.progress() as report:
        report(Message("building", "Building"))
        raise KeyError
    assert "✗" in err.getvalue()


def test_ready_is_on_standard_output(ready: Ready) -> None:
    terminal, out, err = both()
    terminal.ready(ready)
    assert out.getvalue().startswith("To access the notebook, open this file in a browser:\n")
    assert err.getvalue() == ""


def test_ready_with_json_is_one_object(ready: Ready) -> None:
    terminal, out, _ = both(json=True)
    terminal.ready(ready)
    assert json.loads(out.getvalue())["url"] == ready.url


ERROR = PortTaken("Port 1 is taken.", hint="Take another.", details=Details(log=Path("/l")))


def test_an_error_is_on_standard_error_without_colours_in_a_file() -> None:
    terminal, out, err = both()
    terminal.failed(ERROR)
    assert out.getvalue() == ""
    assert err.getvalue() == "error: Port 1 is taken.\nhint: Take another.\nlog: /l\n"


def test_an_error_is_highlighted_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Screen()
    Terminal(io.StringIO(), err).failed(ERROR)
    assert err.getvalue().startswith("\x1b[1;31merror:\x1b[0m Port 1")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Screen()
    Terminal(io.StringIO(), plain).failed(ERROR)
    assert "\x1b" not in plain.getvalue()


def test_an_error_with_json_is_the_failed_event() -> None:
    terminal, out, err = both(json=True)
    terminal.failed(ERROR)
    assert json.loads(out.getvalue())["code"] == "port-taken"
    assert err.getvalue() == ""


def test_a_mistake_of_ours_is_told_to_programs_only() -> None:
    for as_json, expected in ((True, "internal-error"), (False, "")):
        terminal, out, _ = both(json=as_json)
        terminal.bug(ValueError("x"))
        assert expected in out.getvalue()
        assert bool(out.getvalue()) == as_json


def test_a_note_goes_above_the_moving_part() -> None:
    err = Screen()
    terminal = Terminal(io.StringIO(), err)
    with terminal.progress() as report:
        report(Message("building", "Building"))
        terminal.note(["Stopping …", "really"])
    assert "Stopping …" in err.getvalue()
    assert "really" in err.getvalue()
