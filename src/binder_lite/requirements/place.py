# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files that count are: ``binder/``, else ``.binder/``, else the folder itself."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from binder_lite.errors import TwoBinderDirectories
from binder_lite.requirements.text import decode
from binder_lite.requirements.tree import LARGEST_FILE, Tree

BINDER_DIRECTORIES = ("binder", ".binder")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a tree, with its files by name. ``project`` is the folder whose place it is.

    ``neutral``: what is read is for an engine that has more than PyPI. Conda's names stay as they
    are, and a project's dependencies are listed, since nothing brings them with it.
    """

    tree: Tree
    folder: str = ""
    project: str = ""
    neutral: bool = False

    @property
    def is_binder_directory(self) -> bool:
        """Say whether the files lie in ``binder/`` or ``.binder/``."""
        return self.folder != self.project

    def path(self, name: str) -> str:
        """Return the path of ``name``, relative to the checkout."""
        return posixpath.join(self.folder, name)

    def has(self, name: str) -> bool:
        """Say whether there is a file ``name``. Raises ``UnsafePath`` when it lies elsewhere."""
        return self.tree.has(self.path(name))

    def text(self, name: str, *, limit: int = LARGEST_FILE) -> str:
        """Return the text of the file ``name``. Raises :class:`BadRequirements`."""
        return decode(self.tree.read(self.path(name), limit=limit), self.path(name))


def find_place(tree: Tree, project: str = "", *, neutral: bool = False) -> Place:
    """Return the place of the folder ``project``. Raises :class:`TwoBinderDirectories`."""
    folders = [posixpath.join(project, name) for name in BINDER_DIRECTORIES]
    found = [folder for folder in folders if tree.has_folder(folder)]
    if len(found) > 1:
        raise TwoBinderDirectories(
            "The repository has both binder/ and .binder/, so it is unclear which one counts.",
            hint="Remove one of them, or move its files into the other.",
        )
    return Place(tree, found[0] if found else project, project, neutral)
