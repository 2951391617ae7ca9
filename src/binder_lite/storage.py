# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees of files on disk: writing with errors for people, removing, measuring, comparing.

What a build or session wrote is hostile: nothing here follows a symbolic link in such a tree.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
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
    the descriptor or dies, however it dies.
    """
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

    def retry(remove: Callable[[str], object], path: str, error: BaseException) -> None:
        if not isinstance(error, PermissionError):
            raise error
        for place in (Path(path).parent, Path(path)):
            if not place.is_symlink():
                place.chmod(stat.S_IRWXU)
        if Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path)
        else:
            remove(path)

    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(directory, onerror=lambda do, path, info: retry(do, path, info[1]))


def tree_size(directory: Path) -> int:
    """Return the bytes that the files below a directory take, a hard-linked one counted once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for parent, _folders, files in os.walk(directory):
        for name in files:
            status = Path(parent, name).lstat()
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += status.st_blocks * 512
    return total


def file_states(directory: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each file's path relative to ``directory``, with its time of change and size."""
    for parent, _folders, files in os.walk(directory):
        for name in files:
            path = Path(parent, name)
            status = path.lstat()
            yield (
                str(path.relative_to(directory)),
                (status.st_mtime_ns, status.st_size),
            )


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
        Path(parent, name).relative_to(directory)
        for parent, folders, files in os.walk(directory)
        for name in files
        if ".git" not in Path(parent).relative_to(directory).parts and not name.endswith(".ipynb")
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
