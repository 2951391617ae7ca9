# SPDX-License-Identifier: GPL-3.0-or-later
"""A text stream as this program needs one: any text, any locale, and a reader that may leave."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from typing import TextIO

from binder_lite.cli.wording import ascii_only


class Stream(io.TextIOBase):
    """A text stream that takes any text in any locale, and outlives its reader."""

    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self._file = file
        self._encoding = (getattr(file, "encoding", None) or "utf-8").lower()
        self.ascii = not self._encoding.replace("-", "").startswith("utf")
        reconfigure = getattr(file, "reconfigure", None)
        if reconfigure is not None:
            # A name that the locale cannot write is shown escaped; it is no reason to fail.
            reconfigure(errors="backslashreplace")

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The locale's."""
        return self._encoding

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at this, on something that can move its cursor."""
        return self.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")

    def isatty(self) -> bool:
        """Whether this is a terminal of any kind."""
        return self._file.isatty()

    def fileno(self) -> int:
        """Return the file descriptor below."""
        return self._file.fileno()

    def line(self, text: str) -> None:
        """Write ``text`` and a line end, at once."""
        self.write((ascii_only(text) if self.ascii else text) + "\n")
        self.flush()

    def write(self, text: str) -> int:
        """Write ``text``, if anybody still listens."""
        with self._quietly():
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._quietly():
            self._file.flush()

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            # A closed pipe, or a terminal that is gone. What follows goes nowhere, the
            # interpreter's own last flush included.
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self.fileno())
                os.close(nowhere)
