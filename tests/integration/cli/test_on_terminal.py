# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs as a person sees them, on a real terminal."""

from __future__ import annotations

import re
import signal

import pytest

from integration.cli.programs import ADMIN, PRETEND, kept_lines, on_terminal


def test_what_is_left_to_see_is_every_step_once_and_no_log() -> None:
    with on_terminal(PRETEND, "./ready", "--no-browser", columns=50, PRETEND_SECONDS="0.4") as it:
        it.read_until("Ctrl-C stops the session")
        it.press("\x03")
        assert it.end() == 130
    lines = kept_lines(it.output)
    assert [re.sub(r"  [\d.]+ s$", "", line) for line in lines] == [
        "! A warning that is long enough to be folded on a",
        "  narrow terminal.",
        "✓ Looking up ./ready …",
        "✓ Building an environment",
        "✓ Starting the server",
        "To access the notebook, open this file in a browser:",
        "    file:///data/open.html",
        "or copy and paste one of these URLs:",
        "    http://localhost:8890/lab/tree/index.ipynb?token=abc",
        " or http://127.0.0.1:8890/lab/tree/index.ipynb?token=abc",
        "Ctrl-C stops the session; its files are kept.",
        "Stopping …",
        "Session s1 is over: stopped.",
        "    workspace: /data/work",
        "    unsaved work:",
        "        changed: index.ipynb",
        "    go on with it: binder-lite resume s1",
    ]
    assert re.search(r"Looking up ./ready …  [\d.]+ s", "\n".join(lines))


def test_the_tools_last_lines_are_seen_while_it_works() -> None:
    with on_terminal(PRETEND, "./slow", PRETEND_SECONDS="0.2") as it:
        it.read_until("line 8 of the tool's own log, é")
        shown = "\n".join(kept_lines(it.output))
        assert "Downloading: 8 of 8 packages (100 %)" in shown
        assert "line 4" in shown
        assert "line 3" not in shown
        it.press("\x03")
        assert it.end() == 130
    stopping, step, end = kept_lines(it.output)[-3:]
    assert (stopping, end) == ("Stopping …", "Stopped before there was a session.")
    assert step.startswith("✗ Building an environment")


def test_the_cursor_is_given_back() -> None:
    with on_terminal(PRETEND, "./fails", PRETEND_SECONDS="0.1") as it:
        assert it.end() == 44
    assert it.output.rfind("\x1b[?25h") > it.output.rfind("\x1b[?25l") >= 0


def test_an_error_is_below_the_step_that_failed() -> None:
    with on_terminal(PRETEND, "./fails", PRETEND_SECONDS="0.3") as it:
        assert it.end() == 44
    lines = kept_lines(it.output)
    assert re.fullmatch(r"✗ Building an environment  [\d.]+ s", lines[-6])
    assert lines[-5:] == [
        "error: Building x failed.",
        "hint: Read the log.",
        "command: uv pip install x (status 1)",
        "    the last line",
        "log: /data/build.log",
    ]


def test_a_second_ctrl_c_is_told_that_we_are_stopping() -> None:
    with on_terminal(PRETEND, "./ready", "--no-browser", PRETEND_STOP_SECONDS="2") as it:
        it.read_until("Ctrl-C stops the session")
        it.press("\x03")
        it.read_until("Stopping …")
        it.press("\x03")
        assert it.end() == 130
    assert "Already stopping" in it.output
    assert kept_lines(it.output)[-1] == "    go on with it: binder-lite resume s1"


def test_a_terminal_that_is_closed_stops_the_session() -> None:
    with on_terminal(PRETEND, "./ready", "--no-browser") as it:
        it.read_until("Ctrl-C stops the session")
        it.hang_up()
        assert it.end() == 128 + signal.SIGHUP


def test_a_terminal_that_is_closed_during_the_build_ends_it() -> None:
    with on_terminal(PRETEND, "./slow") as it:
        it.read_until("line 8")
        it.hang_up()
        assert it.end() == 128 + signal.SIGHUP


@pytest.mark.parametrize(
    ("no_color", "term", "colours"),
    [("", "xterm", True), ("1", "xterm", False), ("", "dumb", False)],
)
def test_colours_are_there_unless_they_are_not_wanted(
    no_color: str, term: str, colours: bool
) -> None:
    with on_terminal(PRETEND, "./fails", NO_COLOR=no_color, TERM=term) as it:
        assert it.end() == 44
    assert bool(re.search(r"\x1b\[(\d+;)*3\dm", it.output)) == colours


def test_a_dumb_terminal_gets_plain_lines() -> None:
    with on_terminal(PRETEND, "./fails", TERM="dumb") as it:
        assert it.end() == 44
    assert "\x1b" not in it.output
    assert "building: Building an environment" in it.output


def test_a_locale_without_our_signs_gets_ascii() -> None:
    with on_terminal(PRETEND, "./ends", "--no-browser", PYTHONIOENCODING="ascii") as it:
        assert it.end() == 3
    assert it.output.isascii()
    assert "+ Looking up ./ends ..." in "\n".join(kept_lines(it.output))


def test_json_on_a_terminal_is_json() -> None:
    with on_terminal(PRETEND, "./fails", "--json") as it:
        assert it.end() == 44
    assert all(line.startswith("{") for line in it.output.splitlines())


@pytest.mark.parametrize("columns", [40, 80])
def test_doctor_fits_the_terminal(columns: int) -> None:
    with on_terminal(ADMIN, "doctor", columns=columns) as it:
        it.end()
    lines = [line for line in kept_lines(it.output) if not line.startswith("      ")]
    assert lines
    # Only what cannot be broken is wider: paths.
    assert [line for line in lines if len(line) > columns and "/" not in line] == []
