# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements files with all that they include, and local paths set right.

Included files are looked for beside the file that names them, local packages from the project's
folder (``base``, mostly the root), as pip finds them when it is called there, which repo2docker
does.
"""

from __future__ import annotations

import difflib
import posixpath
from dataclasses import dataclass, field, replace

from binder_lite.command import redact
from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements, joined
from binder_lite.requirements.python.requirements_txt import Include, parse_requirements_txt
from binder_lite.requirements.text import decode
from binder_lite.requirements.tree import Tree, unsafe

_MOST_FILES = 100


@dataclass(slots=True)
class _Reading:
    tree: Tree
    base: str
    done: set[tuple[str, str]] = field(default_factory=set)


def read_requirements_txt(tree: Tree, path: str, base: str = "") -> Requirements:
    """Read ``path`` and what it includes. Raises :class:`BadRequirements`, ``UnsafePath``."""
    return _read(_Reading(tree, base), path, "requirements", ())


def read_includes(tree: Tree, includes: tuple[Include, ...], base: str = "") -> Requirements:
    """Read the files that another format names, such as ``-r`` in an environment.yml."""
    reading = _Reading(tree, base)
    return joined(*(_follow(reading, include, include.kind, ()) for include in includes))


def _read(reading: _Reading, path: str, kind: str, chain: tuple[str, ...]) -> Requirements:
    if path in chain:
        circle = " → ".join((*chain[chain.index(path) :], path))
        raise BadRequirements(
            f"Requirements files include each other in a circle: {circle}.",
            hint="Remove one of these -r or -c lines.",
        )
    if (path, kind) in reading.done:
        return Requirements()
    reading.done.add((path, kind))
    if len(reading.done) > _MOST_FILES:
        raise BadRequirements(
            f"More than {_MOST_FILES} requirements files include each other.",
            hint="Put the requirements into fewer files.",
        )
    parsed = parse_requirements_txt(decode(reading.tree.read(path), path), path)
    own = settle_local_paths(reading.tree, parsed.found, reading.base)
    if kind == "constraints":
        own = replace(own, packages=(), constraints=own.packages)
    deeper = (
        _follow(
            reading,
            include,
            "constraints" if kind == "constraints" else include.kind,
            (*chain, path),
        )
        for include in parsed.includes
    )
    return joined(replace(own, build_files=(path,)), *deeper)


def _follow(reading: _Reading, include: Include, kind: str, chain: tuple[str, ...]) -> Requirements:
    origin = include.origin
    if "://" in include.path or "${" in include.path:
        reason = "a requirements file that is not part of the repository is not read"
        return Requirements(missing=(Missing(redact(include.path), origin, reason),))
    if include.path.startswith(("/", "~")):
        raise unsafe(include.path, origin)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin.file), include.path))
    if leaves(path):
        raise unsafe(include.path, origin)
    if not reading.tree.has(path):
        raise BadRequirements(
            f"{origin} includes {include.path!r}, which does not exist.",
            hint=_nearest(reading.tree, path) or "Add the file, or remove the line.",
        )
    return _read(reading, path, kind, chain)


def settle_local_paths(tree: Tree, found: Requirements, base: str = "") -> Requirements:
    """Make local paths relative to the root, and make sure that they exist inside the checkout."""
    if not any(item.local for item in found.packages) and not found.indexes:
        return found
    packages = [_settled(tree, item, base) if item.local else item for item in found.packages]
    indexes = [
        replace(index, url=_settled_path(tree, index.url, index.origin, base))
        if index.kind == "find-links" and ":" not in index.url
        else index
        for index in found.indexes
    ]
    reads_tree = found.reads_tree or any(
        index.kind == "find-links" and ":" not in index.url for index in indexes
    )
    return replace(found, packages=tuple(packages), indexes=tuple(indexes), reads_tree=reads_tree)


def leaves(path: str) -> bool:
    """Say whether a normalised path leads outside the folder that it is relative to."""
    return path == ".." or path.startswith(("../", "/"))


def _settled(tree: Tree, item: Requirement, base: str) -> Requirement:
    return replace(item, url=_settled_path(tree, item.url, item.origin, base))


def _settled_path(tree: Tree, path: str, origin: Origin, base: str) -> str:
    beside = posixpath.dirname(origin.file)
    candidates = [
        posixpath.normpath(posixpath.join(folder, path)) for folder in dict.fromkeys((base, beside))
    ]
    inside = [candidate for candidate in candidates if not leaves(candidate)]
    if not inside:
        raise unsafe(path, origin)
    for candidate in inside:
        if tree.has(candidate) or tree.has_folder(candidate):
            return candidate
    raise BadRequirements(
        f"{origin} asks for {redact(path)!r}, which is not in the repository.",
        hint=_nearest(tree, inside[0]) or "Add it to the repository, or remove the line.",
    )


def _nearest(tree: Tree, path: str) -> str:
    near = difflib.get_close_matches(path, list(tree.walk()), 1)
    return f"Did you mean {near[0]!r}?" if near else ""
