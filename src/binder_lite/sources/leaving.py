# SPDX-License-Identifier: GPL-3.0-or-later
"""How git of a server leaves it: behind a program that lets it reach what the server allows.

A person's own git reaches what they reach. A server names such a program, for all the git that
its process starts (see the service's exit).
"""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from typing import Literal

from binder_lite.command import Command

# The words of a command that is given what git is to do, the source's URL and git's own command.
BEHIND = "BINDER_LITE_GIT_BEHIND"
Aim = Literal["fetching", "storage"]
FETCHING: Aim = "fetching"
STORAGE: Aim = "storage"
_BY_WEB = ("http://", "https://")


def leaving(command: Command, url: str, aim: Aim = FETCHING) -> Command:
    """Return ``command``, which reaches hosts for the source at ``url``, in the way that it may.

    What goes neither by https nor by http cannot be led to another place, and a server opens it
    only where its operator has named it. Git LFS (``storage``) can be led anywhere from anywhere.
    """
    words = shlex.split(os.environ.get(BEHIND, ""))
    if not words or (aim == FETCHING and not url.lower().startswith(_BY_WEB)):
        return command
    argv = (*words, aim, url, *command.argv)
    return replace(command, argv=argv, shown=command.shown or command.argv)
