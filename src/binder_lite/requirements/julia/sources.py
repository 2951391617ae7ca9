# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that come from a repository or a folder instead of a registry, and their places."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from binder_lite.command import redact
from binder_lite.errors import UnsafePath
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements
from binder_lite.requirements.python.includes import leaves
from binder_lite.requirements.python.poetry import git_url
from binder_lite.requirements.tree import Tree

_REMOTE = re.compile(r"^(?:https?|ssh|git)://\S+$|^(?:[\w.-]+@)[\w.-]+:(?!//)\S+$", re.ASCII)
_OF_A_MACHINE = "it is in a folder of its author's machine"


def located(
    name: str,
    origin: Origin,
    place: str,
    *,
    rev: str = "",
    subdir: str = "",
    specifier: str = "",
    optional: bool = False,
) -> Requirement:
    """Return the requirement of the package at ``place``, which is a URL or a path.

    A path is kept as it is said; :func:`settle_julia_paths` looks whether it is there.
    """
    found = Requirement(name, origin, "julia", specifier, optional=optional)
    if _REMOTE.match(place):
        return replace(found, url=git_url(place, rev, subdir))
    return replace(found, url=posixpath.join(place, subdir) if subdir else place, local=True)


def settle_julia_paths(tree: Tree, found: Requirements) -> Requirements:
    """Make local paths relative to the root; what is not in the checkout becomes missing.

    A manifest often names folders of its author's machine, so such a path is no error of its own.
    """
    packages: list[Requirement] = []
    missing = list(found.missing)
    for item in found.packages:
        if not item.local:
            packages.append(item)
        elif (path := _inside(tree, item)) is not None:
            packages.append(replace(item, url=path))
        else:
            missing.append(_not_here(item))
    reads_tree = found.reads_tree or any(item.local for item in packages)
    return replace(found, packages=tuple(packages), missing=tuple(missing), reads_tree=reads_tree)


def _inside(tree: Tree, item: Requirement) -> str | None:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(item.origin.file), item.url))
    try:
        return path if not leaves(path) and tree.has_folder(path) else None
    except UnsafePath:
        return None


def _not_here(item: Requirement) -> Missing:
    path = redact(item.url)
    if item.url.startswith(("/", "~")) or re.match(r"^[A-Za-z]:|^file:", item.url):
        reason = f"{_OF_A_MACHINE}: {path}"
    else:
        reason = f"there is no folder {path!r} in the repository"
    return Missing(item.name or path, item.origin, reason, "julia")
