# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of ``examples/`` as git repositories."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import uv

EXAMPLES = Path(__file__).parents[2] / "examples"
# Locks that name the package index they were made with are made here, not kept in the examples.
_LOCKED_BY = {
    "uv-lock": ["lock"],
    "pylock-toml": ["pip", "compile", "requirements.in", "-o", "pylock.toml"],
}


def make_repository(example: str, parent: Path) -> Path:
    """Copy an example to ``parent`` and commit it; returns the repository's directory."""
    directory = parent / example
    shutil.copytree(EXAMPLES / example, directory)
    if arguments := _LOCKED_BY.get(example):
        subprocess.run([uv.find_uv_bin(), "--quiet", *arguments], cwd=directory, check=True)
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=The study"],
    ):
        subprocess.run(["git", *command], cwd=directory, check=True)
    return directory


def head(repository: Path) -> str:
    """Return the repository's current commit."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def file_url(repository: Path) -> str:
    """Return the repository's address in the form that is fetched like a remote one."""
    return "file://" + quote(str(repository))
