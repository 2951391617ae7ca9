# SPDX-License-Identifier: GPL-3.0-or-later
"""A workspace's files for changing: read and written without following what a session puts there.

A symbolic link that stays in the workspace is followed once, by name: what it leads to is the file.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

from binder_lite.amendments.model import Amendment
from binder_lite.requirements.tree import Tree
from binder_lite.sessions.hostile_files import read_start, replace_file
from binder_lite.storage import writing


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: ``folder`` below ``root``, a directory that the session cannot replace."""

    root: Path
    folder: str = ""

    def settled(self, path: str) -> str:
        """Return the path of the file itself where ``path`` is a link to one of the workspace's.

        Raises :class:`~binder_lite.errors.UnsafePath` when it leads out of it.
        """
        tree = Tree(self.root / self.folder)
        real = tree.find(path)
        return path if real is None else str(real.relative_to(tree.root.resolve()))

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the first bytes of a file, ``None`` when there is no regular file."""
        return read_start(self.root, posixpath.join(self.folder, path), limit)

    def apply(self, amendment: Amendment) -> Path:
        """Write a change, and return where.

        Raises :class:`~binder_lite.errors.UnsafePath` where a link stands by now, and
        ``BadRequirements`` when the file was changed since the change was made up.
        """
        path = posixpath.join(self.folder, amendment.path)
        with writing("the change", self.root / path):
            replace_file(self.root, path, amendment.after, before=amendment.before)
        return self.root / path
