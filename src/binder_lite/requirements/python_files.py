# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's own files: which of several has the authority, and the project that they may describe.

A lock with its pyproject.toml, pylock.toml, requirements.txt, pyproject.toml, setup.py and
setup.cfg, in this order. As with repo2docker, a project at the root is installed beside what
requirements.txt lists, but not when there is a binder directory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from binder_lite.requirements.includes import (
    read_includes,
    read_requirements_txt,
    settle_local_paths,
)
from binder_lite.requirements.model import Requirement, Requirements, joined
from binder_lite.requirements.place import Place
from binder_lite.requirements.pyproject import Pyproject, parse_pyproject
from binder_lite.requirements.setup_files import (
    SetupFile,
    parse_setup_cfg,
    parse_setup_py,
    project_of_setup_py,
)


def read_python(place: Place) -> Requirements | None:
    """Read the Python files of ``place``; ``None`` when they declare nothing.

    Raises :class:`BadRequirements`, ``UnsafePath``.
    """
    pyproject = _pyproject(place)
    project = None if place.folder else _project(place, pyproject)
    if pyproject and pyproject.declares and (lock := _read_lock(place)):
        return joined(_of_pyproject(place, pyproject), lock, _installed(pyproject.project))
    for name, read in (("requirements.txt", read_requirements_txt),):
        if place.has(name):
            return _beside_project(place, read(place.tree, place.path(name)), name, project)
    if pyproject and pyproject.declares:
        return joined(_of_pyproject(place, pyproject), _installed(pyproject.project))
    return _of_setup_files(place)


def _pyproject(place: Place) -> Pyproject | None:
    name = "pyproject.toml"
    return parse_pyproject(place.text(name), place.path(name)) if place.has(name) else None


def _of_pyproject(place: Place, pyproject: Pyproject) -> Requirements:
    included = read_includes(place.tree, pyproject.includes)
    return joined(settle_local_paths(place.tree, pyproject.found), included)


def _read_lock(place: Place) -> Requirements | None:
    return None


def _project(place: Place, pyproject: Pyproject | None) -> Requirement | None:
    """Return the project that the place's files describe, if it can be installed."""
    if pyproject and pyproject.project:
        return pyproject.project
    if place.has("setup.py"):
        setup = _setup_py(place)
        return project_of_setup_py(place.path("setup.py"), setup.name)
    return None


def _installed(project: Requirement | None) -> Requirements:
    if project is None:
        return Requirements()
    return Requirements(packages=(project,), reads_tree=True, build_files=(project.origin.file,))


def _beside_project(
    place: Place, found: Requirements, name: str, project: Requirement | None
) -> Requirements:
    """Return what ``name`` lists with the project, unless it lists the project already."""
    if project is None or any(item.local and item.url == project.url for item in found.packages):
        return found
    notice = (
        f"{project.origin.file}: the project itself is installed too, as repo2docker does; its "
        f"dependencies come with it, {name} says the rest."
    )
    return joined(found, replace(_installed(project), notices=(notice,)))


def _setup_py(place: Place) -> SetupFile:
    return parse_setup_py(place.text("setup.py"), place.path("setup.py"))


def _of_setup_files(place: Place) -> Requirements | None:
    parts = list(_setup_parts(place))
    return joined(*parts) if parts else None


def _setup_parts(place: Place) -> Iterator[Requirements]:
    name = ""
    if place.has("setup.cfg"):
        setup_cfg = parse_setup_cfg(place.text("setup.cfg"), place.path("setup.cfg"))
        name = setup_cfg.name
        if setup_cfg.declares:
            yield setup_cfg.found
    if place.has("setup.py"):
        setup_py = _setup_py(place)
        yield setup_py.found
        yield _installed(project_of_setup_py(place.path("setup.py"), setup_py.name or name))
