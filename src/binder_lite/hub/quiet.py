# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of JupyterHub's that no log of ours shows: hashes of log-ins, and warnings of nothing."""

from __future__ import annotations

import logging
import re

_UNSAID = re.compile(
    "|".join(
        (
            "Setting new xsrf cookie",  # With the hash of a log-in.
            "Running JupyterHub without SSL",  # It is behind nginx, or on loopback.
            "Using custom route for Hub",  # Which is what we want.
            r"Allowing service \S+ to complete OAuth",  # Our own page.
            r"Found \d+ active users",
        )
    )
)
_LOGGERS = ("JupyterHub", "tornado.application")


def is_said(record: logging.LogRecord) -> bool:
    """Tell whether a line is logged."""
    return not _UNSAID.match(record.getMessage())


def keep_quiet() -> None:
    """Keep such lines out of this process's logs."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(is_said)
