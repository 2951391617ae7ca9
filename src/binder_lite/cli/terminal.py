# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that prints: results on standard output, all else on standard error.

A launch's events go to one of three renderers: a live display where standard error is a terminal,
plain lines where it is not, JSON lines with ``--json``. When whoever read our output has gone, the
rest is dropped without a word: a session does not die of that.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TextIO

from binder_lite.cli.json_lines import (
    Json,
    bug_fields,
    failed_fields,
    json_line,
    ready_fields,
)
from binder_lite.cli.lines import JsonLines, PlainLines
from binder_lite.cli.stream import Stream
from binder_lite.cli.wording import (
    diff_lines,
    error_lines,
    folded,
    ready_text,
)
from binder_lite.errors import LaunchError
from binder_lite.events import Event

if TYPE_CHECKING:
    from binder_lite.launch import Ready


_DIFF_CODES = {"+": "32", "-": "31", "@": "36"}


class Renderer(Protocol):
    """Shows a launch's events, one way or another."""

    def report(self, event: Event) -> None:
        """Show an event."""
        ...

    def note(self, text: str) -> None:
        """Tell something by the way, without disturbing what is shown."""
        ...

    def close(self, *, well: bool) -> None:
        """Show that no more events come."""
        ...


class Terminal:
    """What the commands speak to. ``json`` is set as soon as ``--json`` is read."""

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = Stream(out or sys.stdout)
        self._err = Stream(err or sys.stderr)
        self._clock = clock
        self._renderer: Renderer | None = None
        self.json = False

    @contextlib.contextmanager
    def progress(self) -> Iterator[Callable[[Event], None]]:
        """Show the events that the block reports; what fails in it is shown as failed."""
        self._renderer = renderer = self._new_renderer()
        well = False
        try:
            yield renderer.report
            well = True
        finally:
            self._renderer = None
            renderer.close(well=well)

    def _new_renderer(self) -> Renderer:
        if self.json:
            return JsonLines(self._out, self._err)
        if self._err.is_terminal:
            # Only a launch in a terminal pays for importing rich.
            from binder_lite.cli.live import LiveDisplay

            return LiveDisplay(self._err, ascii=self._err.ascii, clock=self._clock)
        return PlainLines(self._err, self._clock)

    @property
    def is_watched(self) -> bool:
        """Whether a person reads along on a terminal."""
        return not self.json and self._err.is_terminal

    @property
    def has_keyboard(self) -> bool:
        """Whether a person can type."""
        return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()

    def ask(self, what: str, question: str) -> bool:
        """Tell the person something and return whether they say yes; no, where nobody can."""
        if not (self.is_watched and self.has_keyboard):
            return False
        import click

        for line in folded(what, self.columns, indent=0):
            self._err.line(line)
        return click.confirm(question, default=False, err=True)

    @property
    def columns(self) -> int:
        """How wide lines of prose may be; 80 where that is not known."""
        return max(20, shutil.get_terminal_size().columns)

    def ready(self, ready: Ready) -> None:
        """Say where the session is."""
        self._out.line(json_line(ready_fields(ready)) if self.json else ready_text(ready))

    def failed(self, error: LaunchError) -> None:
        """Say why it cannot be done and what to do next."""
        if self.json:
            self._out.line(json_line(failed_fields(error)))
            return
        columns = self.columns if self._err.is_terminal else None
        first, *rest = error_lines(error, columns)
        self._err.line(self._styled("error:", "1;31", first))
        for line in rest:
            self._err.line(self._styled("hint:", "1", line))

    def bug(self, error: BaseException) -> None:
        """Tell a program that we failed ourselves; a person gets the traceback."""
        if self.json:
            self._out.line(json_line(bug_fields(error)))

    def result(self, text: str) -> None:
        """Print what was asked for."""
        self._out.line(text)

    def fields(self, fields: Mapping[str, Json]) -> None:
        """Print what was asked for, for programs."""
        self._out.line(json_line(fields))

    def note(self, lines: str | Sequence[str]) -> None:
        """Tell something by the way."""
        text = lines if isinstance(lines, str) else "\n".join(lines)
        if self._renderer:
            self._renderer.note(text)
        else:
            # On a terminal, write over the ^C that it has echoed.
            self._err.line(f"\r{text}" if self.is_watched else text)

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print rows in columns that fit the terminal, or in full where there is none."""
        from binder_lite.cli.tables import table_text

        watched = self._out.is_terminal
        width = self.columns if watched else None
        self._out.line(table_text(titles, list(rows), width=width, colour=watched))

    def diff(self, text: str) -> None:
        """Print a unified diff, in the colours that people know where a terminal shows them."""
        coloured = self._out.is_terminal and not os.environ.get("NO_COLOR")
        for line in diff_lines(text):
            codes = _DIFF_CODES.get(line[:1], "") if not line.startswith(("---", "+++")) else "1"
            self._out.line(f"\x1b[{codes}m{line}\x1b[0m" if coloured and codes else line)

    def _styled(self, label: str, codes: str, line: str) -> str:
        plain = not self._err.is_terminal or os.environ.get("NO_COLOR")
        if plain or not line.startswith(label):
            return line
        return f"\x1b[{codes}m{label}\x1b[0m{line.removeprefix(label)}"
