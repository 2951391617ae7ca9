# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's own files: which of several has the authority, and the project that they may describe.

A lock with its pyproject.toml, pylock.toml, requirements.txt, pyproject.toml, setup.py and
setup.cfg, in this order. As with repo2docker, a project at the root is installed beside what
requirements.txt lists, but not when there is a binder directory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from binder_lite.requirements.model import Requirement, Requirements, joined
from binder_lite.requirements.place import Place
from binder_lite.requirements.python.includes import (
    read_includes,
    read_requirements_txt,
    settle_local_paths,
)
from binder_lite.requirements.python.locks import parse_poetry_lock, parse_pylock, parse_uv_lock
from binder_lite.requirements.python.pyproject import Pyproject, parse_pyproject
from binder_lite.requirements.python.setup_files import (
    SetupFile,
    parse_setup_cfg,
    parse_setup_py,
    project_of_setup_py,
)
from binder_lite.requirements.tree import LARGEST_BY_HAND


def read_python(place: Place) -> Requirements | None:
    """Read the Python files of ``place``; ``None`` when they declare nothing.

    Raises :class:`BadRequirements`, ``UnsafePath``.
    """
    pyproject = _pyproject(place)
    if pyproject and pyproject.declares and (lock := _read_lock(place)):
        return _pinned(_of_pyproject(place, pyproject), lock)
    if place.has("pylock.toml"):
        path = place.path("pylock.toml")
        found = settle_local_paths(
            place.tree, parse_pylock(place.text("pylock.toml"), path), place.project
        )
        return _beside_project(place, found, "pylock.toml", pyproject)
    if place.has("requirements.txt"):
        found = read_requirements_txt(place.tree, place.path("requirements.txt"), place.project)
        return _beside_project(place, found, "requirements.txt", pyproject)
    if pyproject and pyproject.declares:
        return _of_pyproject(place, pyproject)
    return _of_setup_files(place)


def _pyproject(place: Place) -> Pyproject | None:
    name = "pyproject.toml"
    if not place.has(name):
        return None
    return parse_pyproject(place.text(name, limit=LARGEST_BY_HAND), place.path(name))


def _of_pyproject(place: Place, pyproject: Pyproject) -> Requirements:
    included = read_includes(place.tree, pyproject.includes, place.project)
    found = settle_local_paths(place.tree, pyproject.found, place.project)
    if place.neutral and not found.packages:
        # It only says how to build what setup.cfg or setup.py describe.
        found = joined(found, _of_setup_files(place) or Requirements())
    return joined(found, included, _installed(pyproject.project))


def _read_lock(place: Place) -> Requirements | None:
    """Read the lock of pyproject.toml, with a notice where there are two."""
    for name, parse in (("uv.lock", parse_uv_lock), ("poetry.lock", parse_poetry_lock)):
        if place.has(name):
            return parse(place.text(name), place.path(name))
    return None


def _pinned(found: Requirements, lock: Requirements) -> Requirements:
    """Return ``found`` with ``lock``'s constraints; repositories are pinned to its commits.

    A resolver refuses two URLs for one package, so such a pin replaces what it pins.
    """
    commits = {item.name: item.url for item in lock.constraints if item.url}
    packages = tuple(
        replace(item, url=commits[item.name])
        if item.url.startswith("git+") and item.name in commits
        else item
        for item in found.packages
    )
    unused = commits.keys() - {item.name for item in packages if item.url}
    notices = tuple(
        f"{item.origin}: {item.name} is not pinned by the lock: it comes from a repository."
        for item in lock.constraints
        if item.name in unused
    )
    constraints = tuple(item for item in lock.constraints if not item.url)
    return joined(
        replace(found, packages=packages),
        replace(lock, constraints=constraints, notices=(*lock.notices, *notices)),
    )


def _project(place: Place, pyproject: Pyproject | None) -> Requirements:
    """Return the project that the place's files describe, where it can be installed."""
    if pyproject and pyproject.project:
        return replace(_installed(pyproject.project), python=pyproject.found.python)
    if place.has("setup.py"):
        setup = _setup_py(place)
        project = project_of_setup_py(place.path("setup.py"), setup.name, setup.line)
        return replace(_installed(project), python=setup.found.python)
    return Requirements()


def _installed(project: Requirement | None) -> Requirements:
    if project is None:
        return Requirements()
    return Requirements(packages=(project,), reads_tree=True, build_files=(project.origin.file,))


def _beside_project(
    place: Place, found: Requirements, name: str, pyproject: Pyproject | None
) -> Requirements:
    """Return what ``name`` lists and, outside binder/, the project, unless it is listed already."""
    project = Requirements() if place.is_binder_directory else _project(place, pyproject)
    if not project.packages:
        return found
    file = project.packages[0].origin.file
    if place.neutral:
        found = joined(found, _dependencies(place, pyproject))
    if any(item.local and item.url == project.packages[0].url for item in found.packages):
        return joined(found, replace(project, packages=()))
    notice = (
        f"{file}: the project itself is installed too, as repo2docker does; its dependencies come "
        f"with it, and {name} says the rest."
    )
    return joined(found, replace(project, notices=(notice,)))


def _dependencies(place: Place, pyproject: Pyproject | None) -> Requirements:
    """Return what the place's project needs, without the project itself."""
    if pyproject and pyproject.declares:
        return replace(_of_pyproject(place, replace(pyproject, project=None)), reads_tree=False)
    return _of_setup_files(place) or Requirements()


def _setup_py(place: Place) -> SetupFile:
    return parse_setup_py(place.text("setup.py", limit=LARGEST_BY_HAND), place.path("setup.py"))


def _of_setup_files(place: Place) -> Requirements | None:
    parts = list(_setup_parts(place))
    return joined(*parts) if parts else None


def _setup_parts(place: Place) -> Iterator[Requirements]:
    name = ""
    if place.has("setup.cfg"):
        text = place.text("setup.cfg", limit=LARGEST_BY_HAND)
        setup_cfg = parse_setup_cfg(text, place.path("setup.cfg"))
        name = setup_cfg.name
        if setup_cfg.declares:
            yield setup_cfg.found
    if place.has("setup.py"):
        setup_py = _setup_py(place)
        yield setup_py.found
        path = place.path("setup.py")
        yield _installed(project_of_setup_py(path, setup_py.name or name, setup_py.line))
