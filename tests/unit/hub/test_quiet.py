# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import logging

import pytest

from binder_lite.hub.quiet import is_said


@pytest.mark.parametrize(
    ("message", "values", "said"),
    [
        ("Setting new xsrf cookie for %r %r", (b"hash:hash", {}), False),
        ("Running JupyterHub without SSL.  I hope …", (), False),
        ("Allowing service %s to complete OAuth without confirmation", ("binder-lite",), False),
        ("Found 3 active users in the last day", (), False),
        ("User %s took %s to start", ("ada", 1), True),
        ("%s", ("Running late",), True),
    ],
)
def test_what_a_log_shows(message: str, values: tuple[object, ...], said: bool) -> None:
    record = logging.LogRecord("JupyterHub", logging.INFO, "", 0, message, values, None)
    assert is_said(record) == said
