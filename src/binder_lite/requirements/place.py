# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files that count are: ``binder/``, else ``.binder/``, else the root."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from binder_lite.errors import TwoBinderDirectories
from binder_lite.requirements.text import decode
from binder_lite.requirements.tree import LARGEST_FILE, Tree

BINDER_DIRECTORIES = ("binder", ".binder")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a tree, with its files by name."""

    tree: Tree
    folder: str = ""

    def path(self, name: str) -> str:
        """Return the path of ``name``, relative to the checkout."""
        return posixpath.join(self.folder, name)

    def has(self, name: str) -> bool:
        """Say whether there is a file ``name``. Raises ``UnsafePath`` when it lies elsewhere."""
        return self.tree.has(self.path(name))

    def text(self, name: str, *, limit: int = LARGEST_FILE) -> str:
        """Return the text of the file ``name``. Raises :class:`BadRequirements`."""
        return decode(self.tree.read(self.path(name), limit=limit), self.path(name))


def find_place(tree: Tree) -> Place:
    """Return the folder whose files count. Raises :class:`TwoBinderDirectories`."""
    found = [name for name in BINDER_DIRECTORIES if tree.has_folder(name)]
    if len(found) > 1:
        raise TwoBinderDirectories(
            "The repository has both binder/ and .binder/, so it is unclear which one counts.",
            hint="Remove one of them, or move its files into the other.",
        )
    return Place(tree, found[0] if found else "")
