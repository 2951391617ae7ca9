# SPDX-License-Identifier: GPL-3.0-or-later
"""Git for strangers' sources: with nothing of the operator's, and by the service's exit alone."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from binder_lite.inside.behind_exit import PORT
from binder_lite.sources.leaving import BEHIND

# What git may not take from the operator's own configuration: no credential helper, no key, no
# address of another place to go to instead. Without an exit the proxy is not there either.
_CONFIG = f"""\
[http]
\tproxy = http://127.0.0.1:{PORT}
[core]
\taskPass =
[lfs "transfer"]
\tmaxRetries = 3
"""
_OPERATORS = (
    "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS",
    "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "PASSWORD_STORE_DIR", "GIT_SSL_NO_VERIFY",
)  # fmt: skip


def isolate_git(directory: Path, behind: tuple[str, ...]) -> None:
    """Keep git, for as long as this process lives, from the operator's logins and keys.

    ``behind`` are the words that let it run behind the exit.
    """
    for name in _OPERATORS:
        os.environ.pop(name, None)
    os.environ |= variables(directory, behind)


def variables(directory: Path, behind: tuple[str, ...]) -> dict[str, str]:
    """Write git's configuration, and return the variables that let it count."""
    file = directory / "gitconfig"
    file.write_text(_CONFIG)
    return {
        "GIT_CONFIG_GLOBAL": str(file),
        "GIT_CONFIG_NOSYSTEM": "1",
        # A home of its own: curl would take logins from the operator's .netrc, ssh keys from .ssh.
        "HOME": str(directory),
        BEHIND: shlex.join(behind),
    }
