# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a repository keeps in Git LFS: finding them, and fetching them where git-lfs is.

What git-lfs reads of a repository's own ``.lfsconfig`` is git-lfs's decision: it takes addresses
from there, no programs.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from binder_lite.command import Command
from binder_lite.process import check
from binder_lite.sources.git_commands import Remote, data_command, numbered_config
from binder_lite.sources.git_output import unquote_path
from binder_lite.sources.leaving import STORAGE, leaving

_POINTER = b"version https://git-lfs.github.com/spec/v1"
FILTER = (
    ("filter.lfs.clean", "git-lfs clean -- %f"),
    ("filter.lfs.smudge", "git-lfs smudge -- %f"),
    ("filter.lfs.process", "git-lfs filter-process"),
    ("filter.lfs.required", "true"),
)

# Git LFS hands what it transfers to programs of these names.
_NOT_FROM_THIS_DISK = (("lfs.customtransfer.lfs-standalone-file.path", "false"),)
# Its filter would fetch what is missing once more.
_FROM_NOWHERE = (
    ("lfs.standalonetransferagent", "nowhere"), ("lfs.customtransfer.nowhere.path", "false"),
)  # fmt: skip


def is_installed() -> bool:
    """Say whether git-lfs is there."""
    return shutil.which("git-lfs") is not None


def is_pointer(file: Path) -> bool:
    """Say whether this file is a pointer to one that Git LFS keeps. Never follows a link."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(len(_POINTER)) == _POINTER
    except OSError:
        return False


def is_declared(files: Path, attributes: tuple[str, ...]) -> bool:
    """Say whether one of the attribute files mentions Git LFS at all, which is cheap to tell."""
    for name in attributes:
        file = files / name
        if not file.is_symlink() and b"filter=lfs" in file.read_bytes():
            return True
    return False


async def find_pointers(git_dir: Path, index: Path, files: Path) -> list[str]:
    """Return the paths of files that git's attributes give to LFS and that are only pointers."""
    command = data_command(
        git_dir, "ls-files", "--", ":(attr:filter=lfs)",
        work_tree=files, index=index, config=(("core.bare", "false"),),
    )  # fmt: skip
    paths = [unquote_path(line) for line in (await check(command)).splitlines()]
    return [path for path in paths if is_pointer(files / path)]


def fetch_command(git_dir: Path, remote: Remote, commit: str, index: Path, files: Path) -> Command:
    """Return the command that fetches a commit's LFS files into the mirror.

    ``files`` and its ``index`` are the checkout, whose ``.lfsconfig`` may say where they are.
    """
    config = [("remote.origin.url", remote.url), ("core.bare", "false")]
    if not remote.url.startswith("file://"):
        config += _NOT_FROM_THIS_DISK
    env = {
        **remote.env,
        **numbered_config(config, int(remote.env["GIT_CONFIG_COUNT"])),
        "GIT_DIR": str(git_dir),
        "GIT_INDEX_FILE": str(index),
        "GIT_WORK_TREE": str(files),
        "GIT_LFS_FORCE_PROGRESS": "1",
    }
    command = Command(("git", "lfs", "fetch", "origin", commit), env, files)
    return leaving(command, remote.url, STORAGE)


def fill_command(git_dir: Path, remote: Remote, index: Path, files: Path) -> Command:
    """Return the command that writes the fetched files in the pointers' places.

    The paths come on its standard input, each ended by a NUL byte. A file that was not fetched
    stays a pointer, which is why the filter is not required here.
    """
    command = data_command(
        git_dir, "checkout-index", "--force", "-z", "--stdin",
        work_tree=files, index=index,
        config=(
            ("core.bare", "false"), *FILTER, ("filter.lfs.required", "false"), *_FROM_NOWHERE,
        ),
    )  # fmt: skip
    return leaving(command, remote.url, STORAGE)
