# SPDX-License-Identifier: GPL-3.0-or-later
"""npm's oidc-provider, installed once a run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from integration.login.running import PROVIDER, node

MISSING_IS_FAILURE = os.environ.get("BINDER_LITE_REQUIRE_TOOLS") == "1"


@pytest.fixture(scope="session")
def provider_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory that holds the provider with its packages."""
    program = node()
    if program is None:
        (pytest.fail if MISSING_IS_FAILURE else pytest.skip)("node is not installed")
    npm = Path(program).with_name("npm")
    directory = tmp_path_factory.mktemp("provider")
    for file in PROVIDER.iterdir():
        if file.is_file():
            shutil.copy(file, directory)
    done = subprocess.run(
        (str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"),
        cwd=directory,
        env={**os.environ, "PATH": f"{Path(program).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return directory
