# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of npm that tests use, as their lock files name them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from integration.login.running import node

MISSING_IS_FAILURE = os.environ.get("BINDER_LITE_REQUIRE_TOOLS") == "1"


def install(source: Path, directory: Path) -> Path:
    """Copy the files of ``source`` to ``directory`` and install what its lock file names there."""
    program = node()
    if program is None:
        (pytest.fail if MISSING_IS_FAILURE else pytest.skip)("node is not installed")
    npm = Path(program).with_name("npm")
    for file in source.iterdir():
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
