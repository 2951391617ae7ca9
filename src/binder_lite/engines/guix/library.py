# SPDX-License-Identifier: GPL-3.0-or-later
"""This project's Guile library, asked in a sandbox: it sees the store, and what it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from binder_lite.command import Command
from binder_lite.engines.base import PROGRAMS
from binder_lite.engines.guix.commands import repl_command
from binder_lite.engines.guix.installation import Guix
from binder_lite.engines.limits import Limits
from binder_lite.engines.sandbox import Bind, Host, Sandbox, sandbox_command

MEMORY_MIB = 4096
_LIBRARY = PROGRAMS / "guile"
_QUESTIONS = _LIBRARY / "binder-lite" / "serve-questions.scm"
_LIMITS = Limits(memory_mib=MEMORY_MIB, processes=64)
_PACKAGES = "GUIX_PACKAGE_PATH"


def questions_command(
    guix: Guix, host: Host, *, binds: Iterable[Bind] = (), network: bool = False
) -> Command:
    """Return the program that answers questions, a line each, on its standard input.

    ``binds`` are shown besides what it needs. The packages of this project's channel count.
    """
    seen = (
        *binds,
        Bind(guix.library, _LIBRARY),
        *(Bind(path, PurePosixPath(path)) for path in guix.package_directories),
    )
    box = Sandbox(binds=seen, network=network, limits=_LIMITS)
    env = {"HOME": "/tmp", "PATH": "/usr/bin:/bin"}  # noqa: S108 - the sandbox's own
    # Where the library's modules are, the packages of this project's channel are too.
    paths = ":".join(filter(None, (guix.variables.get(_PACKAGES), str(_LIBRARY))))
    with_channel = replace(guix, variables={**guix.variables, _PACKAGES: paths})
    return sandbox_command(box, repl_command(with_channel, _QUESTIONS, env), host)
