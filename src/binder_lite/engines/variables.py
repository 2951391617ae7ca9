# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that every session of every engine has. Pure but for reading the host's."""

from __future__ import annotations

from collections.abc import Mapping

from binder_lite import process
from binder_lite.engines.base import HOME, USER, WORK, Box
from binder_lite.engines.sandbox import Host, session_safe


def session_variables(box: Box, host: Host) -> Mapping[str, str]:
    """Return who the session is, how much it may use, and how it reaches the network."""
    return {
        **(session_safe(process.host_environment()) if box.network else {}),
        "HOME": str(HOME),
        "USER": USER,
        "LOGNAME": USER,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "REPO_DIR": str(WORK),
        "PS1": r"\w\$ ",
        **host.enforcement.variables(box.limits),
    }
