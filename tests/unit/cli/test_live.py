# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from rich.console import Console

from binder_lite.cli.live import LiveDisplay
from binder_lite.events import LogLine, Message, Progress, Warn, printable


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "24")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def display(file: io.StringIO, clock: Clock) -> Iterator[LiveDisplay]:
    shown = LiveDisplay(file, ascii=False, clock=clock)
    yield shown
    shown.close(well=True)


def drawn(display: LiveDisplay) -> list[str]:
    """Return the moving part as it is now, without styles."""
    console = Console(file=io.StringIO(), width=50)
    with console.capture() as capture:
        console.print(display)
    return [line.rstrip() for line in capture.get().splitlines()]


def kept(file: io.StringIO) -> list[str]:
    """Return the lines that stay on the terminal: those with a sign of something past."""
    lines = re.split(r"[\r\n]+", file.getvalue())
    return [text for line in lines if (text := printable(line).strip()) and text[0] in "✓✗!+x"]


def test_what_is_under_way_shows_its_time_detail_and_last_lines(
    display: LiveDisplay, clock: Clock
) -> None:
    display.report(Message("building", "Building"))
    display.report(Progress("building", "Downloading", 1, 4, "packages"))
    display.report(LogLine("building", "a line that is much too long " * 3))
    clock.now += 12
    sign = drawn(display)[0][0]
    assert drawn(display) == [
        f"{sign} Building  12 s",
        "  Downloading: 1 of 4 packages (25 %)",
        "  a line that is much too long a line that is muc…",
    ]


def test_a_quick_step_shows_no_time(display: LiveDisplay, clock: Clock) -> None:
    display.report(Message("building", "Building"))
    clock.now += 0.5
    assert drawn(display)[0].endswith("Building")


def test_the_spinner_turns(display: LiveDisplay, clock: Clock) -> None:
    display.report(Message("building", "Building"))
    before = drawn(display)[0][0]
    clock.now += 0.1
    assert drawn(display)[0][0] != before


def test_what_is_past_stays_in_order(display: LiveDisplay, file: io.StringIO, clock: Clock) -> None:
    display.report(Message("fetching", "Fetching"))
    clock.now += 2.5
    display.report(Warn("fetching", "No LFS"))
    display.report(Message("building", "Building"))
    clock.now += 0.01
    display.close(well=False)
    assert kept(file) == ["! No LFS", "✓ Fetching  2.5 s", "✗ Building"]


def test_long_messages_are_folded_with_their_indentation(
    display: LiveDisplay, file: io.StringIO
) -> None:
    display.report(Warn("building", "word " * 25))
    shown = [printable(line) for line in file.getvalue().splitlines() if "word" in line]
    assert len(shown) == 3
    assert all(len(line.rstrip()) <= 50 for line in shown)
    assert all(line.startswith("  word") for line in shown[1:])


def test_repositories_cannot_style_our_terminal(display: LiveDisplay, file: io.StringIO) -> None:
    display.report(Warn("building", "[bold]x[/bold] \x1b]0;owned\x07:smile:"))
    assert kept(file) == ["! [bold]x[/bold] :smile:"]


def test_no_color_has_no_colours(file: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    display = LiveDisplay(file, ascii=False)
    display.report(Warn("building", "x"))
    display.close(well=True)
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d)", file.getvalue())


def test_colours_are_there_without_no_color(display: LiveDisplay, file: io.StringIO) -> None:
    display.report(Warn("building", "x"))
    assert re.search(r"\x1b\[(?:\d+;)*33m", file.getvalue())


def test_a_locale_without_our_signs_gets_ascii(file: io.StringIO, clock: Clock) -> None:
    display = LiveDisplay(file, ascii=True, clock=clock)
    display.report(Message("fetching", "Looking up …"))
    display.report(LogLine("fetching", "x" * 80))
    assert all(line.isascii() for line in drawn(display))
    display.close(well=True)
    assert kept(file) == ["+ Looking up ..."]


def test_a_note_appears_while_something_moves(display: LiveDisplay, file: io.StringIO) -> None:
    display.report(Message("fetching", "Fetching"))
    display.note("Stopping …")
    assert "Stopping …" in file.getvalue()
