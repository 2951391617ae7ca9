# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Directories of the test's own, which the users that sandboxes run as may pass through."""
    monkeypatch.setenv("BINDER_LITE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BINDER_LITE_CACHE", str(tmp_path / "cache"))
    tmp_path.chmod(0o755)
    return read_settings()
