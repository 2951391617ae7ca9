# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of what is not a commit: a plain folder, or a work tree with uncommitted changes.

A snapshot is named by the names, sizes and times of what is in it, so that launching an unchanged
folder again copies nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from binder_lite.command import Command
from binder_lite.errors import BadSource
from binder_lite.events import Event, Progress, Result, Step, Steps
from binder_lite.process import CommandFailed, host_environment, lines
from binder_lite.sources import checkouts
from binder_lite.sources.checkouts import SNAPSHOT, Marker, read_marker
from binder_lite.sources.git_errors import explain
from binder_lite.sources.mirror import Mirror, wait_for_lock
from binder_lite.sources.safety import shown
from binder_lite.storage import file_states, remove_tree, writing

_EVERY = 500


def copy_command(files: Path, directory: Path, *options: str) -> Command:
    """Return the command that copies a tree: links as links, modes and times kept."""
    argv = ("cp", "-dR", "--preserve=mode,timestamps", "--reflink=auto", *options, "--",
            f"{files}/.", str(directory))  # fmt: skip
    return Command(argv, host_environment(LC_ALL="C"), Path("/"))


async def compose(
    mirror: Mirror,
    name: str,
    marker: Marker,
    copies: Sequence[tuple[Path, str]],
    finish: Callable[[Path], object] = lambda _files: None,
) -> Steps[Path]:
    """Make the checkout ``name`` out of copies of folders, unless there is one.

    Each of ``copies`` is a folder and where below the checkout's files its own go; ``finish`` has
    the last word on the files. Ends with the checkout's directory. Raises ``DiskFull``,
    ``NotWritable`` and ``FetchFailed``.
    """
    container = mirror.checkouts / name
    with writing("the files", mirror.directory):
        mirror.directory.mkdir(parents=True, exist_ok=True)
        waiting = Step(wait_for_lock(mirror.lock))
        async for event in waiting:
            yield event
    descriptor = waiting.result
    try:
        if read_marker(container) is None:
            temporary = checkouts.temporary_place(mirror)
            files = temporary / "files"
            try:
                async for event in _copy(copies, files, descriptor):
                    yield event
                await asyncio.to_thread(finish, files)
                leaving = await asyncio.to_thread(_leaving, files)
                checkouts.complete(temporary, container, replace(marker, leaving=leaving))
            finally:
                await asyncio.to_thread(remove_tree, temporary)
    except OSError:
        with writing("the files", mirror.directory):
            raise
    except CommandFailed as failed:
        raise explain(
            failed, name=shown(str(copies[0][0])), where=container, phrase="Could not copy"
        ) from failed
    finally:
        os.close(descriptor)
    yield Result(container)


async def _copy(
    copies: Sequence[tuple[Path, str]], files: Path, lock_descriptor: int
) -> AsyncGenerator[Event, None]:
    done = 0
    for folder, place in copies:
        (files / place).mkdir(parents=True, exist_ok=True)
        command = copy_command(folder, files / place, "--verbose")
        async for line in lines(replace(command, pass_fds=(lock_descriptor,))):
            done += line.stream == "stdout"
            if done % _EVERY == 0:
                yield Progress("fetching", "Copying files", done, None, "files")


def _leaving(files: Path) -> tuple[str, ...]:
    links = [
        os.path.relpath(os.path.join(parent, name), files)  # noqa: PTH118 - many, and quick
        for parent, folders, names in os.walk(files)
        for name in (*folders, *names)
        if os.path.islink(os.path.join(parent, name))  # noqa: PTH114, PTH118
    ]
    return tuple(checkouts.leaving_links(files, tuple(links)))


def folder_name(folder: Path) -> str:
    """Return the name of a plain folder's snapshot in its present state."""
    return _name(f"{path}\0{state}" for path, state in sorted(file_states(folder)))


def changes_name(commit: str, top: Path, changed: Iterable[str]) -> str:
    """Return the name of the snapshot of a work tree with these changes against ``commit``."""
    return _name([commit, *(f"{path}\0{_state(top / path)}" for path in sorted(changed))])


def _state(file: Path) -> str:
    try:
        status = file.lstat()
    except OSError:
        return "gone"
    return f"{status.st_mode} {status.st_size} {status.st_mtime_ns}"


def _name(items: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for item in items:
        digest.update(os.fsencode(item) + b"\0\0")
    return SNAPSHOT + digest.hexdigest()[:32]


def check_copyable(folder: Path, repositories: Path) -> None:
    """Refuse a folder that holds our own cache, such as a person's whole home. ``BadSource``."""
    if Path(os.path.realpath(repositories)).is_relative_to(os.path.realpath(folder)):
        raise BadSource(
            f"{shown(str(folder))} is not a git repository, and too much to copy: binder-lite's "
            "own files are in it.",
            hint="Give the folder that has the notebooks.",
        )
