# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share: a tool that is missing skips a test by name, or fails it where CI asks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from people import begin_run, end_run

MISSING_IS_FAILURE = os.environ.get("BINDER_LITE_REQUIRE_TOOLS") == "1"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        end_run()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that nobody waits for it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for tool in mark.args:
            if shutil.which(tool) is None:
                if MISSING_IS_FAILURE:
                    pytest.fail(f"{tool} is missing, and BINDER_LITE_REQUIRE_TOOLS=1")
                pytest.skip(f"{tool} is not installed")


@pytest.fixture(autouse=True)
def own_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the person's settings, git configuration or data."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    for name in ("DATA", "CACHE", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home" / f".{name.lower()}"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A Person")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "person@example.org")
