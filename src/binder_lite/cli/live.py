# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress display on a terminal: what is done scrolls by once, what is under way moves.

Below the finished steps there is a small moving part: each step under way with a spinner, its
time, how far it is, and the tool's last lines. It never grows beyond what is under way, and it is
gone when the launch is over, so the scroll-back holds every step and warning exactly once.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Mapping
from typing import IO, cast

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from binder_lite.cli.progress import Board, Past, UnderWay
from binder_lite.cli.wording import ascii_only, duration
from binder_lite.events import Event

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER = "|/-\\"
_FRAMES_A_SECOND = 10
_TIME_SHOWN_FROM = 1.0
_SIGNS: Mapping[str, tuple[str, str]] = {
    "done": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "warning": ("!", "bold yellow"),
}


class LiveDisplay:
    """Shows events on a terminal until :meth:`close`."""

    def __init__(
        self, file: io.TextIOBase, *, ascii: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = Console(
            file=cast("IO[str]", file), force_terminal=True, highlight=False, emoji=False
        )
        self._ascii = ascii
        self._clock = clock
        self._board = Board()
        self._live = Live(
            self,
            console=self._console,
            refresh_per_second=_FRAMES_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def report(self, event: Event) -> None:
        """Show an event."""
        self._board, past = self._board.after(event, self._clock())
        self._print(past)

    def note(self, text: str) -> None:
        """Print ``text`` above the moving part."""
        self._console.print(self._text(text))

    def close(self, *, well: bool) -> None:
        """Turn what is under way into what it has become, and give the terminal back."""
        past = self._board.ended(self._clock(), well=well)
        self._board = Board()
        try:
            self._print(past)
        finally:
            self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the moving part as it is now."""
        now = self._clock()
        for step in self._board.steps:
            yield from self._under_way(step, now)

    def _print(self, past: Iterable[Past]) -> None:
        for each in past:
            sign, style = _SIGNS[each.kind]
            body = self._text(each.text, "yellow" if each.kind == "warning" else "")
            body.append(_times(duration(each.seconds)), "dim")
            self._console.print(_row(self._text(sign, style), body))

    def _under_way(self, step: UnderWay, now: float) -> Iterable[Table]:
        frames = _ASCII_SPINNER if self._ascii else _SPINNER
        elapsed = now - step.began
        sign = Text(frames[int(now * _FRAMES_A_SECOND) % len(frames)], "cyan")
        body = self._text(step.text, "bold")
        if elapsed >= _TIME_SHOWN_FROM:
            body.append(_times(duration(elapsed)), "dim")
        yield _row(sign, body)
        if step.detail:
            yield _row(Text(), self._text(step.detail))
        for line in step.log:
            row = self._text(line.expandtabs(), "dim")
            row.no_wrap = True
            row.overflow = "crop" if self._ascii else "ellipsis"
            yield _row(Text(), row)

    def _text(self, text: str, style: str = "") -> Text:
        return Text(ascii_only(text) if self._ascii else text, style, overflow="fold")


def _times(text: str) -> str:
    return f"  {text}" if text else ""


def _row(sign: Text, body: Text) -> Table:
    """Return a row whose text keeps its indentation when the terminal is narrow."""
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(width=1)
    row.add_column(overflow="fold")
    row.add_row(sign, body)
    return row
