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
    git(directory, "init", "--quiet", "--initial-branch=main")
    commit_all(directory)
    return directory


def commit_all(directory: Path) -> None:
    """Commit everything that is there."""
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message=The study")


def head(repository: Path) -> str:
    """Return the repository's current commit."""
    return git(repository, "rev-parse", "HEAD").strip()


def git(directory: Path, *arguments: str) -> str:
    """Run git there and return what it prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=directory, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def file_url(repository: Path) -> str:
    """Return the repository's address in the form that is fetched like a remote one."""
    return "file://" + quote(str(repository))
