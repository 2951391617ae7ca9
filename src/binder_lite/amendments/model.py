# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change to a file is, and why one may not be possible."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from binder_lite.sessions.addition import Addition


class CannotAmend(Exception):
    """A file is of a shape in which nothing can be added safely; the message says why.

    It completes the sentence "FILE cannot be changed: …". Not for a person as it is.
    """


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change that is offered: ``path`` is relative to the workspace.

    ``before`` is the file's content, ``None`` where there is none yet. ``added`` are the packages
    that the change adds; ``notices`` are what to do afterwards, or to know.
    """

    path: str
    before: bytes | None
    after: bytes
    added: tuple[Addition, ...]
    notices: tuple[str, ...] = ()

    def diff(self) -> str:
        """Return the change as a unified diff."""
        old = (self.before or b"").decode("utf-8", "replace").splitlines(keepends=True)
        new = self.after.decode("utf-8", "replace").splitlines(keepends=True)
        name = "/dev/null" if self.before is None else f"a/{self.path}"
        lines = difflib.unified_diff(old, new, name, f"b/{self.path}")
        return "".join(line if line.endswith("\n") else f"{line}\n{_CUT}\n" for line in lines)


_CUT = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class Left:
    """A package that no change adds, why, and the line that a person may write themselves."""

    addition: Addition
    reason: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """All changes that are offered, and what is left to the person."""

    amendments: tuple[Amendment, ...]
    left: tuple[Left, ...]
