# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches of these tests name repositories on forges, and are not to reach them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_forges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead all that would go out by https to where nobody answers."""
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
