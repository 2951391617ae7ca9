# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's own writable copy of a checkout, with a ``.git`` of its own.

Nothing in it is shared with the cache: files are copied (cloned, where the file system can), and
git's objects are sent, not linked.
"""

from __future__ import annotations

import os
from pathlib import Path

from binder_lite.process import CommandFailed, check, run
from binder_lite.sources import lfs
from binder_lite.sources.checkouts import read_marker
from binder_lite.sources.git_commands import data_command, fetch_command, local_remote
from binder_lite.sources.git_errors import explain
from binder_lite.sources.model import Checkout, Source
from binder_lite.sources.safety import shown
from binder_lite.sources.snapshots import copy_command
from binder_lite.storage import writing

_BRANCHES = "refs/heads/"


async def write_workspace(checkout: Checkout, directory: Path) -> None:
    """Copy ``checkout`` to ``directory``, which does not exist or is empty.

    When it came from git, it is on its branch, or detached when it was no branch that was asked
    for; ``origin`` is the source's address, without credentials. Raises ``DiskFull`` and
    ``NotWritable``.
    """
    name = shown(checkout.pinned.source.text)
    with writing("the workspace", directory):
        directory.mkdir(parents=True, exist_ok=True)
    try:
        await check(copy_command(checkout.directory, directory))
        if checkout.pinned.commit is not None:
            await _write_git(checkout, checkout.pinned.commit, directory)
    except CommandFailed as failed:
        raise explain(
            failed, name=name, where=directory, phrase="A workspace could not be made of"
        ) from failed


async def _write_git(checkout: Checkout, commit: str, directory: Path) -> None:
    container = checkout.directory.parent
    mirror = container.parent.parent / "mirror.git"
    git_dir = directory / ".git"
    ref = checkout.pinned.ref or ""
    branch = ref.removeprefix(_BRANCHES) if ref.startswith(_BRANCHES) else None

    async def git(*arguments: str) -> None:
        await check(data_command(git_dir, *arguments, work_tree=directory))

    hashing = "sha256" if len(commit) == 64 else "sha1"
    await git(
        "init", "--quiet", "--template=", f"--object-format={hashing}",
        f"--initial-branch={branch or 'main'}",
    )  # fmt: skip
    ours = f"refs/binder-lite/{commit}"
    await check(
        fetch_command(git_dir, local_remote(mirror), (f"{ours}:{ours}",), "--quiet", "--depth=1")
    )
    changes = ["option no-deref"] * (branch is None) + [f"update HEAD {commit}", f"delete {ours}"]
    if branch:
        changes.append(f"create refs/remotes/origin/{branch} {commit}")
        await git("config", f"branch.{branch}.remote", "origin")
        await git("config", f"branch.{branch}.merge", ref)
    update = data_command(git_dir, "update-ref", "--stdin")
    await check(update, input_bytes=os.fsencode("\n".join(changes) + "\n"))
    await git("config", "remote.origin.url", origin(checkout.pinned.source))
    await git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    marker = read_marker(container)
    config: tuple[tuple[str, str], ...] = ()
    if marker and marker.lfs and lfs.is_installed():
        # Without these, `git add` in the session would commit the big files themselves.
        config = lfs.FILTER
        for key, value in config:
            await git("config", key, value)
    await git("read-tree", commit)
    # Ends with 1 when files differ from the commit, which uncommitted ones do.
    await run(
        data_command(git_dir, "update-index", "-q", "--refresh", work_tree=directory, config=config)
    )


def origin(source: Source) -> str:
    """Return the address that a workspace's ``origin`` gets: never with credentials."""
    return source.url if source.url is not None else str(source.directory)
