# SPDX-License-Identifier: GPL-3.0-or-later
"""Julia's files: which of them is in charge, and what it asks for."""

from __future__ import annotations

from binder_lite.requirements.model import Origin, Requirements
from binder_lite.requirements.place import Place
from binder_lite.requirements.tree import Tree


def read_julia(place: Place) -> Requirements | None:
    """Return what Julia's files say; ``None`` when there are none."""
    name = next(filter(place.has, ("JuliaProject.toml", "Project.toml")), None)
    if name is None:
        return None
    path = place.path(name)
    return Requirements(foreign=(("julia", Origin(path)),), build_files=(path,))


def guess_julia(tree: Tree, notebook: str) -> Requirements:
    """Return what the Julia code of ``tree`` uses, that of ``notebook`` first."""
    return Requirements(foreign=(("julia", Origin(notebook)),))
