# SPDX-License-Identifier: GPL-3.0-or-later
"""R's files: which of them is in charge, and what it asks for."""

from __future__ import annotations

from binder_lite.requirements.model import Origin, Requirements
from binder_lite.requirements.place import Place
from binder_lite.requirements.python_version import parse_runtime_txt
from binder_lite.requirements.text import split_lines
from binder_lite.requirements.tree import LARGEST_BY_HAND, Tree


def read_r(place: Place) -> Requirements | None:
    """Return what R's files say; ``None`` when there are none that count."""
    if place.has("runtime.txt"):
        text, path = place.text("runtime.txt"), place.path("runtime.txt")
        if parse_runtime_txt(text, path)[0] == "r":
            return _in_charge(path)
    # As with setup.py, a package's own description counts at the root only.
    if (
        not place.is_binder_directory
        and place.has("DESCRIPTION")
        and _describes_r(place.text("DESCRIPTION", limit=LARGEST_BY_HAND))
    ):
        return _in_charge(place.path("DESCRIPTION"))
    return _in_charge(place.path("install.R")) if place.has("install.R") else None


def guess_r(tree: Tree, notebook: str) -> Requirements:
    """Return what the R code of ``tree`` uses, that of ``notebook`` first."""
    return Requirements(foreign=(("r", Origin(notebook)),))


def _describes_r(text: str) -> bool:
    return any(line.startswith("Package:") for line in split_lines(text))


def _in_charge(path: str) -> Requirements:
    return Requirements(foreign=(("r", Origin(path)),), build_files=(path,))
