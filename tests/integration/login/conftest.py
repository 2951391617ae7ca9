# SPDX-License-Identifier: GPL-3.0-or-later
"""npm's oidc-provider, installed once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.login.running import PROVIDER
from npm import install


@pytest.fixture(scope="session")
def provider_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory that holds the provider with its packages."""
    return install(PROVIDER, tmp_path_factory.mktemp("provider"))
