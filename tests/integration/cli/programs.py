# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts our programs as a person's shell would, with or without a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from binder_lite.events import printable

HERE = Path(__file__).parent
PRETEND = (sys.executable, str(HERE / "pretend_launcher.py"))
LAUNCHER = (sys.executable, "-c", "from binder_lite.cli.launcher import main; main()")
ADMIN = (sys.executable, "-c", "from binder_lite.cli.admin import main; main()")
_SECONDS = 30


def environment(**variables: str) -> dict[str, str]:
    """Return the test's own variables without those that would change what is shown."""
    dropped = {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "NO_COLOR", "FORCE_COLOR", "COLUMNS"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **variables}


def run(program: Sequence[str], *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without a terminal."""
    return subprocess.run(
        [*program, *words],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )


class OnTerminal:
    """A program on a terminal of its own, which it controls, as after login."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self._master = master
        self.output = ""

    def read_until(self, text: str) -> str:
        """Read until ``text`` has appeared; return all output so far. Fails after a while."""
        deadline = time.monotonic() + _SECONDS
        while text not in self.output:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} did not appear in {self.output!r}")
        return self.output

    def press(self, keys: str) -> None:
        """Type, as a person would."""
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self._master)
        self._master = -1

    def end(self) -> int:
        """Read to the end and return the exit status."""
        deadline = time.monotonic() + _SECONDS
        while self._master >= 0 and self._read(deadline - time.monotonic()):
            pass
        return self.process.wait(_SECONDS)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self._master >= 0:
            os.close(self._master)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            # The other side is closed.
            return False
        self.output += data.decode(errors="replace")
        return bool(data)


@contextlib.contextmanager
def on_terminal(
    program: Sequence[str], *words: str, columns: int = 80, **variables: str
) -> Iterator[OnTerminal]:
    """Run a program on a terminal of this width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    process = subprocess.Popen(
        [*program, *words],
        env=environment(**variables),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        # setsid and the controlling terminal, so that Ctrl-C reaches it as it reaches any job.
        preexec_fn=_take_terminal,
    )
    os.close(slave)
    terminal = OnTerminal(process, master)
    try:
        yield terminal
    finally:
        terminal.close()


def _take_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def kept_lines(output: str) -> list[str]:
    """Return the lines that a person still sees: those not drawn over, without styles.

    It knows what our display uses: line ends, carriage return, cursor up, erase line.
    """
    screen, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", output):
        if part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            if row == len(screen):
                screen.append("")
        elif part[0] == "\x1b":
            count = int(re.sub(r"\D", "", part) or 1)
            if part.endswith("A"):
                row = max(0, row - count)
            elif part.endswith("K"):
                screen[row] = "" if count == 2 else screen[row][:column]
        else:
            line = screen[row].ljust(column)
            text = printable(part)
            screen[row] = line[:column] + text + line[column + len(text) :]
            column += len(text)
    return [line.rstrip() for line in screen if line.strip()]
