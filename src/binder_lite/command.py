# SPDX-License-Identifier: GPL-3.0-or-later
"""A command as a value. What turns values into commands is pure; what runs them is process.py.

Quoting and the removal of secrets from what is shown live here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

_URL_LOGIN = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET_PARAMETER = re.compile(
    r"(?i)((?:access_|private_|oauth_)?token|password|secret|api_?key)=[^&\s'\"]+"
)


def redact(text: str) -> str:
    """Return ``text`` without logins in URLs and without values of secret parameters."""
    text = _URL_LOGIN.sub("…@", text)
    # Most lines of a log have no parameter, and looking closer is what takes the time.
    return _SECRET_PARAMETER.sub(r"\1=…", text) if "=" in text else text


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, its whole environment and its directory.

    ``env`` is complete: nothing else is inherited. ``pass_fds`` stay open in the program.
    ``shown`` is what people are told instead of ``argv``: the program without its container.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    pass_fds: tuple[int, ...] = ()
    shown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.argv:
            raise ValueError("a command needs a program")
        if any("\0" in argument for argument in self.argv):
            raise ValueError("an argument holds a NUL byte")

    def display(self) -> str:
        """Return the command as one would type it in a shell, without secrets."""
        return redact(shlex.join(self.shown or self.argv))

    def with_env(self, **variables: str) -> Command:
        """Return the same command with these variables added."""
        return replace(self, env={**self.env, **variables})
