# SPDX-License-Identifier: GPL-3.0-or-later
"""One data and one cache directory for a whole test run, so that each thing is built once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.refusals import nothing_left
from integration.login.conftest import provider_program

__all__ = ["provider_program"]


@pytest.fixture(scope="session")
def shared_directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables that keep binder-lite's files together, also those of xdist's other workers."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    return {
        "BINDER_LITE_DATA": str(base / "binder-lite" / "data"),
        "BINDER_LITE_CACHE": str(base / "binder-lite" / "cache"),
    }


@pytest.fixture
def launcher_variables(
    own_directories: None, shared_directories: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Let launchers of this test use the shared directories; returns the data directory."""
    for name, value in shared_directories.items():
        monkeypatch.setenv(name, value)
    return Path(shared_directories["BINDER_LITE_DATA"])


@pytest.fixture
def tidy_afterwards(launcher_variables: Path, shared_directories: dict[str, str]) -> Iterator[None]:
    """Fail the test when its launches leave a process, half a session or half a build behind."""
    with nothing_left(launcher_variables, Path(shared_directories["BINDER_LITE_CACHE"])):
        yield
