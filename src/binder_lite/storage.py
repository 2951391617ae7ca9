# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees of files on disk: writing with errors for people, removing, measuring, comparing.

What a build or session wrote is hostile: nothing here follows a symbolic link in such a tree.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import itertools
import math
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from binder_lite.errors import DiskFull, NotWritable

T = TypeVar("T")


def read_record(path: Path, kind: type[T], **more: Any) -> T | None:
    """Return the value of type ``kind`` that a JSON file holds, with ``more`` fields set.

    Return ``None`` when the file is not there or holds something else.
    """
    try:
        values = msgspec.json.decode(path.read_bytes())
        return msgspec.convert(values | more, kind, dec_hook=lambda to, value: to(value))
    except (OSError, TypeError, msgspec.DecodeError):
        return None


def write_record(path: Path, value: object, *, leave_out: tuple[str, ...] = ()) -> None:
    """Write a value as JSON, all at once: a reader sees the old file or the new one."""
    fields = msgspec.to_builtins(value, enc_hook=str)
    for name in leave_out:
        del fields[name]
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(fields), indent=1))
    temporary.replace(path)


@contextlib.contextmanager
def writing(what: str, where: Path) -> Iterator[None]:
    """Raise ``DiskFull`` or ``NotWritable`` for an ``OSError`` that means so, naming ``where``."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"The disk is full: {what} could not be written to {where}.",
                hint="Free some space, for example with `binder-lite environments remove "
                "--unused`, or choose another place with BINDER_LITE_DATA and "
                "BINDER_LITE_CACHE.",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise NotWritable(
                f"{what[:1].upper()}{what[1:]} could not be written to {where}: {error.strerror}.",
                hint="Choose another place with BINDER_LITE_DATA and BINDER_LITE_CACHE, or mend "
                "the permissions.",
            ) from error
        raise


def lock(path: Path, *, shared: bool = False) -> int | None:
    """Take the lock that this file is, and return the open descriptor that holds it.

    Return ``None`` when another process holds it. The kernel releases it when the holder closes
    the descriptor or dies, however it dies. Raises ``DiskFull`` and ``NotWritable``.
    """
    with writing("a lock", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def remove_tree(directory: Path) -> None:
    """Remove a directory and all below it, also where its permissions were taken away."""
    with contextlib.suppress(FileNotFoundError):
        try:
            shutil.rmtree(directory)
        except PermissionError:
            _open_up(directory)
            shutil.rmtree(directory)


def _open_up(directory: Path) -> None:
    directory.chmod(stat.S_IRWXU)
    # Each directory is opened before the walk goes down into it.
    for parent, folders, _files in os.walk(directory):
        for name in folders:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)


def free_bytes(place: Path) -> int:
    """Return how many bytes are free on the file system where ``place`` is, or will be made."""
    there = next(each for each in (place, *place.parents) if each.exists())
    return shutil.disk_usage(there).free


def tree_size(*directories: Path, least: int = 0, most: float = math.inf) -> int:
    """Return the bytes that the files below directories take, a hard-linked one counted once.

    ``least`` is counted for each at the least. What is more than ``most`` is not looked at.
    """
    seen: set[tuple[int, int]] = set()
    total = 0
    for parent, _folders, files in itertools.chain.from_iterable(map(os.walk, directories)):
        for name in files:
            try:
                status = Path(parent, name).lstat()
            except FileNotFoundError:
                continue  # Removed by a program of the session meanwhile.
            if status.st_nlink > 1:
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
            total += max(least, status.st_blocks * 512)
        if total > most:
            break
    return total


def _files(directory: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield all files below a directory; every symbolic link counts as one, whatever it leads to.

    Pipes, sockets and devices are left out: they hold nothing. So is what vanishes meanwhile.
    """
    for parent, folders, files in os.walk(directory):
        for name in (*folders, *files):
            path = Path(parent, name)
            with contextlib.suppress(FileNotFoundError):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                    yield path, status


def file_states(directory: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each file's path relative to ``directory``, with its time of change and size."""
    for path, status in _files(directory):
        yield str(path.relative_to(directory)), (status.st_mtime_ns, status.st_size)


def keep_changes(tree: Path, before: Mapping[str, tuple[int, int]], target: Path) -> None:
    """Copy what is new or changed in ``tree``; git's own files are the session's business."""
    for name, state in file_states(tree):
        if before.get(name) != state and not name.startswith(".git/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree / name, target / name, follow_symlinks=False)


def tree_digest(directory: Path) -> str:
    """Return a hash of a checkout without its notebooks: editing one never rebuilds anything."""
    digest = hashlib.sha256()
    paths = sorted(
        path.relative_to(directory)
        for path, _status in _files(directory)
        if ".git" not in path.parent.relative_to(directory).parts and path.suffix != ".ipynb"
    )
    for path in paths:
        full = directory / path
        mode = full.lstat().st_mode & 0o170100
        content = (
            os.fsencode(full.readlink())
            if full.is_symlink()
            else hashlib.sha256(full.read_bytes()).digest()
        )
        digest.update(os.fsencode(path) + b"\0" + f"{mode:o}".encode() + b"\0" + content)
    return digest.hexdigest()
