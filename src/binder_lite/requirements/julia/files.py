# SPDX-License-Identifier: GPL-3.0-or-later
"""Julia's files: which of them is in charge, and what it asks for.

The order is repo2docker's: JuliaProject.toml, Project.toml, then REQUIRE; here a manifest alone
counts too. What a project's own manifest chose is read with it. Where nothing is declared,
`julia/guessing.py` reads the code.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from itertools import takewhile

from binder_lite.requirements.julia.guessing import guess_from_code
from binder_lite.requirements.julia.manifest import (
    apply_manifest,
    parse_manifest,
    whole_manifest,
)
from binder_lite.requirements.julia.project import JuliaProject, parse_project
from binder_lite.requirements.julia.require import parse_require
from binder_lite.requirements.julia.sources import settle_julia_paths
from binder_lite.requirements.model import Origin, Requirements
from binder_lite.requirements.place import Place
from binder_lite.requirements.python.includes import leaves
from binder_lite.requirements.text import decode
from binder_lite.requirements.tree import LARGEST_BY_HAND, Tree

_PROJECTS = ("JuliaProject.toml", "Project.toml")
_MANIFESTS = ("JuliaManifest.toml", "Manifest.toml")
_OF_A_VERSION = re.compile(r"^(?:Julia)?Manifest-v(\d+)\.(\d+)\.toml$")
_LOOKS_LIKE_A_MANIFEST = re.compile(r"^\s*(?:manifest_format|uuid|julia_version)\s*=", re.MULTILINE)
_LARGEST_MANIFEST = 4 * 1024 * 1024


def read_julia(place: Place) -> Requirements | None:
    """Return what Julia's files say; ``None`` when there are none.

    ``build_files`` are all that were read. A local path that is not in the repository is missing.
    Raises :class:`BadRequirements` and ``UnsafePath``.
    """
    name = next(filter(place.has, _PROJECTS), None)
    if name is not None:
        return _read_project(place, name)
    if place.has("REQUIRE"):
        path = place.path("REQUIRE")
        found = parse_require(place.text("REQUIRE", limit=LARGEST_BY_HAND), path)
        return replace(found, foreign=(("julia", Origin(path)),))
    manifest, others = _manifest(place)
    return _read_manifest_alone(place, manifest, others) if manifest else None


def guess_julia(tree: Tree, notebook: str) -> Requirements:
    """Return what the Julia code of ``tree`` uses, that of ``notebook`` first.

    Where the notebook's code activates a project of the repository, or one lies beside it or
    above it, that project counts, for Julia's kernel looks there too.
    """
    guess = guess_from_code(tree, notebook)
    in_charge = (("julia", Origin(notebook)),)
    if guess.is_declared:
        return replace(settle_julia_paths(tree, guess.found), foreign=in_charge)
    for folder in dict.fromkeys((*guess.activated, *_upwards(posixpath.dirname(notebook)))):
        place = Place(tree, folder, folder)
        name = next((name for name in _PROJECTS if tree.holds(place.path(name))), None)
        if name is not None:
            found = _read_project(place, name)
            notice = f"{notebook} runs in the project {place.path(name)}, which counts."
            return replace(found, foreign=in_charge, notices=(notice, *found.notices))
    return replace(settle_julia_paths(tree, guess.found), foreign=in_charge)


def _read_project(place: Place, name: str) -> Requirements:
    path = place.path(name)
    project = parse_project(place.text(name, limit=LARGEST_BY_HAND), path)
    manifest, others = _manifest(place)
    files = [path]
    notices: tuple[str, ...] = ()
    if project.manifest:
        manifest, notices = _named_manifest(place, project, path, manifest)
    found = project.found
    if manifest:
        text = decode(place.tree.read(manifest, limit=_LARGEST_MANIFEST), manifest)
        found = apply_manifest(project, parse_manifest(text, manifest))
        files.append(manifest)
    found = settle_julia_paths(place.tree, found)
    return replace(
        found,
        foreign=(("julia", Origin(path)),),
        build_files=tuple(files),
        ignored_files=_left(others, manifest),
        notices=(*found.notices, *notices),
    )


def _named_manifest(
    place: Place, project: JuliaProject, path: str, beside: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Return the manifest that the project names, where it is in the repository."""
    named = posixpath.normpath(posixpath.join(place.folder, project.manifest))
    if not leaves(named) and place.tree.holds(named):
        return named, ()
    notice = f"{path}: the manifest {project.manifest!r} that it names is not in the repository."
    return beside, (notice,)


def _read_manifest_alone(place: Place, path: str, others: tuple[str, ...]) -> Requirements | None:
    text = decode(place.tree.read(path, limit=_LARGEST_MANIFEST), path)
    # Others than Julia have files of this name too.
    if not _LOOKS_LIKE_A_MANIFEST.search(text):
        return None
    found = settle_julia_paths(place.tree, whole_manifest(parse_manifest(text, path)))
    notice = f"{path}: there is no Project.toml, so all that it holds is wanted."
    return replace(
        found,
        foreign=(("julia", Origin(path)),),
        build_files=(path,),
        ignored_files=_left(others, path),
        notices=(*found.notices, notice),
    )


def _manifest(place: Place) -> tuple[str | None, tuple[str, ...]]:
    """Return the manifest of ``place`` that counts, and all that there are.

    A manifest for one version of Julia counts where there is none for any version, the newest
    first: which Julia will run is not known yet.
    """
    plain = [place.path(name) for name in _MANIFESTS if place.has(name)]
    here = takewhile(
        lambda path: posixpath.dirname(path) == place.folder, place.tree.walk(place.folder)
    )
    versioned = []
    for path in here:
        if found := _OF_A_VERSION.match(posixpath.basename(path)):
            # Longer numbers are no versions of Julia.
            versioned.append((int(found[1][:6]), int(found[2][:6]), path))
    found_here = (*plain, *(path for *_, path in sorted(versioned, reverse=True)))
    return next(iter(found_here), None), found_here


def _left(found: tuple[str, ...], used: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((path, f"{used} counts") for path in found if path != used)


def _upwards(folder: str) -> list[str]:
    """Return ``folder`` and those above it."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]
