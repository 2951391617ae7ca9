# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and replacing files that a running session may exchange at any moment.

A path is checked and used in one step: each folder is opened from the one above it, and no
symbolic link is followed. So nothing outside is read or written, whatever the session does
meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from binder_lite.errors import BadRequirements, UnsafePath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe in a file's place would keep a reader waiting.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST_ENTRIES = 10_000


@contextlib.contextmanager
def _folder(root: Path, path: str) -> Iterator[int]:
    """Open the folder ``path`` below ``root``, which is ours. Raises ``OSError``."""
    parts = PurePosixPath(path).parts
    if ".." in parts or path.startswith("/"):
        raise NotADirectoryError(path)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            deeper = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        yield descriptor
    finally:
        os.close(descriptor)


def list_folder(root: Path, path: str) -> list[str]:
    """Return the sorted names in the folder ``path``; none when there is no such folder."""
    try:
        with _folder(root, path) as folder, os.scandir(folder) as entries:
            found = [entry.name for entry, _ in zip(entries, range(_MOST_ENTRIES), strict=False)]
    except (OSError, ValueError):
        return []
    return sorted(found)


def read_start(root: Path, path: str, limit: int) -> bytes | None:
    """Return the first ``limit`` bytes of the regular file ``path``, ``None`` without one."""
    place = PurePosixPath(path)
    try:
        with _folder(root, str(place.parent)) as folder:
            descriptor = os.open(place.name, _FILE, dir_fd=folder)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return None
                return file.read(limit)
    except (OSError, ValueError):
        return None


def replace_file(root: Path, path: str, content: bytes, *, before: bytes | None) -> None:
    """Make ``content`` the file ``path``, all at once, with the old one's permissions.

    ``before`` is what the file is known to hold, ``None`` where there is none. Raises
    :class:`UnsafePath` when a folder or the file is a symbolic link, :class:`BadRequirements` when
    the file holds something else by now, and ``OSError``.
    """
    place = PurePosixPath(path)
    try:
        opened = _folder(root, str(place.parent))
        with opened as folder:
            mode = _check_unchanged(folder, place.name, path, before)
            temporary = f".{place.name[:200]}.{secrets.token_hex(4)}"
            new = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600,
                dir_fd=folder,
            )  # fmt: skip
            try:
                with os.fdopen(new, "wb") as file:
                    file.write(content)
                    _keep_owner_and_mode(file.fileno(), folder, mode)
                os.replace(temporary, place.name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                os.unlink(temporary, dir_fd=folder)
                raise
    except NotADirectoryError as error:
        raise _is_a_link(path) from error


def _check_unchanged(folder: int, name: str, path: str, before: bytes | None) -> int | None:
    """Return the permissions of the file that will be replaced, ``None`` when there is none."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        if before is None:
            return None
        raise _changed(path) from None
    if not stat.S_ISREG(status.st_mode):
        raise _is_a_link(path)
    if before is None or status.st_size != len(before):
        raise _changed(path)
    with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
        if file.read(len(before) + 1) != before:
            raise _changed(path)
    return stat.S_IMODE(status.st_mode)


def _keep_owner_and_mode(file: int, folder: int, mode: int | None) -> None:
    # Never a program that runs as its owner.
    os.fchmod(file, (0o644 if mode is None else mode) & 0o777)
    owner = os.fstat(folder)
    if os.geteuid() == 0 and (owner.st_uid, owner.st_gid) != (0, 0):
        # Started as root: the file is the session's user's, as all in its workspace.
        os.fchown(file, owner.st_uid, owner.st_gid)


def _is_a_link(path: str) -> UnsafePath:
    return UnsafePath(
        f"{path} is not a regular file of the workspace, so it is not written.",
        hint="A symbolic link could lead anywhere. Change the file that it leads to by hand.",
    )


def _changed(path: str) -> BadRequirements:
    return BadRequirements(
        f"{path} was changed meanwhile, so it is not written.",
        hint="Run the command again to see the change to the file as it is now.",
    )
