# SPDX-License-Identifier: GPL-3.0-or-later
"""From a commit to its checkout on disk: fetch, write the files, fill those that Git LFS keeps."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from binder_lite.errors import DiskFull, NotWritable, RefNotFound
from binder_lite.events import Event, Message, Result, Step, Steps, Warn
from binder_lite.process import CommandFailed, check
from binder_lite.sources import checkouts, lfs
from binder_lite.sources.checkouts import Marker, read_marker
from binder_lite.sources.git_commands import Remote, data_command
from binder_lite.sources.git_errors import explain
from binder_lite.sources.mirror import Mirror, bring, wait_for_lock, watch
from binder_lite.sources.model import PinnedSource
from binder_lite.storage import remove_tree, writing


async def make_checkout(pinned: PinnedSource, mirror: Mirror, remote: Remote) -> Steps[Path]:
    """Make the commit's checkout unless there is one, and end with its directory.

    Raises the errors of :func:`explain`.
    """
    commit = pinned.commit or ""
    container = mirror.checkouts / commit
    name = remote.name
    with writing("the repository", mirror.directory):
        mirror.directory.mkdir(parents=True, exist_ok=True)
        waiting = Step(wait_for_lock(mirror.lock))
        async for event in waiting:
            yield event
    descriptor = waiting.result
    try:
        marker = read_marker(container)
        if marker is None or (marker.lfs_missing and lfs.is_installed()):
            async with aclosing(_make(pinned, mirror, remote, descriptor)) as making:
                async for event in making:
                    yield event
    except OSError:
        with writing(name, mirror.directory):
            raise
    finally:
        os.close(descriptor)
    yield Result(container)


async def _make(
    pinned: PinnedSource, mirror: Mirror, remote: Remote, descriptor: int
) -> AsyncGenerator[Event, None]:
    """Fetch and write one checkout; a mirror that turns out to be broken is made anew, once."""
    commit, name = pinned.commit or "", remote.name
    await asyncio.to_thread(checkouts.remove_leftovers, mirror)
    for attempt in ("first", "last"):
        try:
            async for event in bring(mirror, remote, commit, pinned.ref, descriptor):
                yield event
            async for event in _write_files(mirror, remote, commit, descriptor):
                yield event
            return
        except CommandFailed as failed:
            error = explain(failed, name=name, where=mirror.directory)
            if attempt == "last" or isinstance(error, (DiskFull, NotWritable)):
                raise error from failed
            yield Message("fetching", "The cached repository is damaged; fetching it again.")
            await asyncio.to_thread(remove_tree, mirror.git_dir)


async def _write_files(
    mirror: Mirror, remote: Remote, commit: str, descriptor: int
) -> AsyncGenerator[Event, None]:
    kind = await check(data_command(mirror.git_dir, "cat-file", "-t", commit))
    if kind.strip() not in ("commit", "tag"):
        raise RefNotFound(
            f"{commit} is not a commit.", hint="Give the id of a commit, a branch or a tag."
        )
    temporary = checkouts.temporary_place(mirror)
    files, index = temporary / "files", temporary / "index"
    try:
        listing = await checkouts.check_out(mirror, commit, temporary)
        pointers: list[str] = []
        declared = lfs.is_declared(files, listing.attributes)
        if declared:
            pointers = await lfs.find_pointers(mirror.git_dir, index, files)
        if pointers and lfs.is_installed():
            async for event in _fill_pointers(
                mirror, remote, commit, temporary, pointers, descriptor
            ):
                yield event
            pointers = [path for path in pointers if lfs.is_pointer(files / path)]
        index.unlink()
        leaving = await asyncio.to_thread(checkouts.leaving_links, files, listing.links)
        marker = Marker(tuple(leaving), listing.submodules, declared, len(pointers))
        checkouts.complete(temporary, mirror.checkouts / commit, marker)
    finally:
        await asyncio.to_thread(remove_tree, temporary)


async def _fill_pointers(
    mirror: Mirror,
    remote: Remote,
    commit: str,
    temporary: Path,
    pointers: list[str],
    descriptor: int,
) -> AsyncGenerator[Event, None]:
    """Put files from Git LFS in their pointers' places; what cannot be had stays a pointer."""
    files, index = temporary / "files", temporary / "index"
    yield Message("fetching", f"Fetching {len(pointers)} files from Git LFS.")
    command = lfs.fetch_command(mirror.git_dir, remote, commit, index, files)
    try:
        async for event in watch(mirror, command, descriptor):
            yield event
    except CommandFailed as failed:
        error = explain(failed, name=remote.name, where=mirror.directory)
        if isinstance(error, (DiskFull, NotWritable)):
            raise error from failed
        yield Warn("fetching", f"Git LFS did not give all files: {error.message}")
    for path in pointers:  # git would leave alone what is as it wrote it
        (files / path).unlink()
    names = b"\0".join(os.fsencode(path) for path in pointers) + b"\0"
    await check(lfs.fill_command(mirror.git_dir, remote, index, files), input_bytes=names)
