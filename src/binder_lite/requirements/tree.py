# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading files of a checkout whose author may be hostile.

Nothing outside the checkout is read, whatever symbolic links say, nor git's own files (they may
hold credentials of the person who fetched). What the files mean is told elsewhere.
"""

from __future__ import annotations

import os
import posixpath
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from binder_lite.errors import BadRequirements, UnsafePath

LARGEST_FILE = 10 * 1024 * 1024
# What a person writes by hand; readers may look for each item's line in the whole text.
LARGEST_BY_HAND = 512 * 1024
# A walk that finds more than this has left what a person wrote (data sets, vendored trees).
_MOST_ENTRIES = 20_000
_NEVER_ENTERED = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env"})


@dataclass(frozen=True, slots=True)
class Tree:
    """The files below ``root``; every path is relative to it and written with slashes."""

    root: Path

    def find(self, path: str) -> Path | None:
        """Return where the regular file ``path`` really is, or ``None`` when there is none.

        Raises :class:`UnsafePath` when it lies outside the checkout.
        """
        real = self._resolve(path)
        try:
            return real if real is not None and real.is_file() else None
        except OSError:  # a name too long, a folder that may not be entered
            return None

    def has(self, path: str) -> bool:
        """Say whether ``path`` is a regular file. Raises :class:`UnsafePath` as ``find`` does."""
        return self.find(path) is not None

    def holds(self, path: str) -> bool:
        """Say whether ``path`` is a regular file inside the checkout; raises nothing."""
        try:
            return self.has(path)
        except UnsafePath:
            return False

    def has_folder(self, path: str) -> bool:
        """Say whether ``path`` is a folder. Raises :class:`UnsafePath` as ``find`` does."""
        real = self._resolve(path)
        try:
            return real is not None and real.is_dir()
        except OSError:
            return False

    def read(self, path: str, *, limit: int = LARGEST_FILE) -> bytes:
        """Return the content of the file ``path``, which :meth:`has` has confirmed.

        Raises :class:`BadRequirements` when it is larger than ``limit`` bytes or unreadable.
        """
        real = self.find(path)
        try:
            if real is None:
                raise FileNotFoundError(2, "there is no such file")
            with real.open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise BadRequirements(
                f"{path} cannot be read: {error.strerror}.", hint="Check its permissions."
            ) from error
        if len(data) > limit:
            raise BadRequirements(
                f"{path} is larger than {_size(limit)}, which no file that declares requirements "
                "should be.",
                hint="Check that it is the right file, and remove it or shorten it.",
            )
        return data

    def size(self, path: str) -> int:
        """Return the size of the file ``path`` in bytes, 0 when there is none."""
        real = self.find(path)
        return real.stat().st_size if real else 0

    def walk(self, folder: str = "") -> Iterator[str]:
        """Yield the files below ``folder``: its own first, sorted, then folder by folder.

        Hidden folders, installed packages and links that leave the checkout are passed over; so
        are linked folders, since they may lead in circles.
        """
        seen = 0
        waiting = deque([folder])
        while waiting:
            current = waiting.popleft()
            for name, is_folder in _entries(self.root / current):
                path = posixpath.join(current, name)
                seen += 1
                if seen > _MOST_ENTRIES:
                    return
                if is_folder:
                    if not name.startswith(".") and name not in _NEVER_ENTERED:
                        waiting.append(path)
                elif self.holds(path):
                    yield path

    def _resolve(self, path: str) -> Path | None:
        if "\0" in path:
            return None
        root = self.root.resolve()
        try:
            real = (root / path).resolve()
        except (OSError, RuntimeError) as error:  # a loop of links, a name too long
            raise unsafe(path) from error
        if not real.is_relative_to(root) or ".git" in real.relative_to(root).parts:
            raise unsafe(path)
        return real


def _size(limit: int) -> str:
    mega = limit // (1024 * 1024)
    return f"{mega} MB" if mega else f"{limit // 1024} kB"


def unsafe(path: str, origin: object = None) -> UnsafePath:
    """Return the error for a path that leads outside the checkout."""
    where = f" (in {origin})" if origin else ""
    return UnsafePath(
        f"The path {path!r}{where} leads outside the repository.",
        hint="Only the repository's own files are read. Put what is needed into the repository.",
    )


def _entries(folder: Path) -> list[tuple[str, bool]]:
    """Return (name, is a real folder) of what is in ``folder``, sorted; nothing if unreadable."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return []
