# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare mirrors of repositories: one directory for each, filled commit by commit.

A mirror holds what was launched, each commit under ``refs/binder-lite/``, as shallow as the
server allows. Who may read ``repositories`` may read every mirror in it: whoever serves people
with different rights gives each group a directory of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from binder_lite.command import Command
from binder_lite.errors import RefNotFound
from binder_lite.events import Event, Message, Result
from binder_lite.process import CommandFailed, Line, check, lines, run
from binder_lite.sources.git_commands import Remote, data_command, fetch_command, init_command
from binder_lite.sources.git_errors import REFUSED, explain
from binder_lite.sources.git_progress import parse_line
from binder_lite.storage import lock

_POLL_SECONDS = 0.1
_ALL = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where one repository is kept: its bare mirror, its checkouts and the lock for both."""

    directory: Path

    @property
    def git_dir(self) -> Path:
        """The bare repository."""
        return self.directory / "mirror.git"

    @property
    def checkouts(self) -> Path:
        """One directory for each commit that was checked out."""
        return self.directory / "checkouts"

    @property
    def lock(self) -> Path:
        """Held by whoever writes below ``directory``."""
        return self.directory / "lock"


def mirror_of(repositories: Path, url: str) -> Mirror:
    """Return where the repository at ``url`` is kept: the same for all spellings of its address."""
    scheme, separator, rest = url.rstrip("/").removesuffix(".git").rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    same = f"{scheme.lower()}{separator}{host.lower()}{slash}{path}" if separator else scheme
    digest = hashlib.sha256(same.encode(errors="surrogateescape")).hexdigest()[:20]
    last = re.split(r"[/:]", same.removesuffix("/"))[-1]
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-.")[:40] or "repository"
    return Mirror(repositories / f"{readable}-{digest}")


async def wait_for_lock(path: Path) -> AsyncGenerator[Event | Result[int], None]:
    """Take the lock and end with its descriptor, which the caller closes.

    Says so when another launch holds it, and waits for as long as that takes.
    """
    told = False
    while (descriptor := lock(path)) is None:
        if not told:
            told = True
            yield Message("waiting", "Another launch fetches this repository; waiting for it.")
        await asyncio.sleep(_POLL_SECONDS)
    yield Result(descriptor)


def _tidy(mirror: Mirror) -> None:
    """Remove what a git that was ended left behind.

    Git's own lock files would make every later fetch fail, and half a pack only takes space.
    """
    for pattern in (
        "*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "objects/tmp_*",
        "lfs/incomplete/*", "lfs/tmp/*",
    ):  # fmt: skip
        for path in mirror.git_dir.glob(pattern):
            with contextlib.suppress(OSError):
                path.unlink()


def _ref(commit: str) -> str:
    return f"refs/binder-lite/{commit}"


async def has_commit(mirror: Mirror, commit: str) -> bool:
    """Say whether the mirror has the commit with all that belongs to it."""
    if not (mirror.git_dir / "HEAD").is_file():
        return False
    # The ref is written last, once git has seen that nothing is missing.
    done = await run(data_command(mirror.git_dir, "rev-parse", "--verify", "--quiet", _ref(commit)))
    return done.exit_status == 0


async def bring(
    mirror: Mirror, remote: Remote, commit: str, ref: str | None, lock_descriptor: int
) -> AsyncGenerator[Event, None]:
    """Fetch ``commit`` into the mirror unless it is there. Only for the holder of the lock.

    ``ref`` is the ref by which it was found, for servers that give no other commits. The lock is
    handed on to git, so that it holds even when we are killed and git is not. Raises the errors
    of :func:`explain`.
    """
    if await has_commit(mirror, commit):
        return
    name = remote.name
    yield Message("fetching", f"Fetching {name} at {commit[:10]}.")
    started = time.monotonic()
    if not (mirror.git_dir / "HEAD").is_file():
        await check(init_command(mirror.git_dir, commit))
    await asyncio.to_thread(_tidy, mirror)
    wanted = f"{commit}:{_ref(commit)}"
    command = fetch_command(mirror.git_dir, remote, (wanted,), "--depth=1")
    try:
        async for event in watch(mirror, command, lock_descriptor):
            yield event
    except CommandFailed as failed:
        if not REFUSED.search(failed.text):
            error = explain(failed, name=name, where=mirror.directory)
            raise _no_commit(name, commit) if isinstance(error, RefNotFound) else error from failed
        async for event in _bring_all(mirror, remote, commit, ref, lock_descriptor):
            yield event
    yield Message("fetching", f"Fetched {name} in {time.monotonic() - started:.1f} s.")


def _no_commit(name: str, commit: str) -> RefNotFound:
    return RefNotFound(
        f"{name} has no commit {commit}.",
        hint="Check the commit's id; it may be only in a fork, or may have been removed.",
    )


async def watch(
    mirror: Mirror, command: Command, lock_descriptor: int
) -> AsyncGenerator[Event, None]:
    """Let git fetch into the mirror, and yield what it prints as events.

    What is half there when it fails or is ended is removed. Raises ``CommandFailed``.
    """
    command = replace(command, pass_fds=(lock_descriptor,))
    reading = cast(AsyncGenerator[Line, None], lines(command))
    try:
        # Closed here and now when our reader stops, so that git is stopped too.
        async with contextlib.aclosing(reading) as output:
            last = None
            async for line in output:
                event = parse_line(line.text)
                if event is not None and event != last:  # git says the last of each twice
                    last = event
                    yield event
    except BaseException:
        _tidy(mirror)
        raise


async def _bring_all(
    mirror: Mirror, remote: Remote, commit: str, ref: str | None, lock_descriptor: int
) -> AsyncGenerator[Event, None]:
    """Fetch every branch and tag whole, since the server refuses to send one commit alone."""
    name = remote.name
    yield Message("fetching", "The server does not send single commits; fetching all of it.")
    refspecs = (*_ALL, f"+{ref}:refs/remotes/asked") if ref else _ALL
    shallow = (mirror.git_dir / "shallow").is_file()
    command = fetch_command(
        mirror.git_dir, remote, refspecs, *(("--unshallow",) if shallow else ())
    )
    try:
        async for event in watch(mirror, command, lock_descriptor):
            yield event
        await check(data_command(mirror.git_dir, "cat-file", "-e", commit))
    except CommandFailed as failed:
        if "cat-file" not in failed.command.argv:
            raise explain(failed, name=name, where=mirror.directory) from failed
        raise _no_commit(name, commit) from None
    await check(data_command(mirror.git_dir, "update-ref", "--", _ref(commit), commit))
