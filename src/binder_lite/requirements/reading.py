# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkout → all that it asks for: which of its files count, and which are ignored, and why.

The order is repo2docker's (https://repo2docker.readthedocs.io/en/latest/config_files.html) with
Guix's files before it. Each format has a module of its own; Python's several are in
`python_files.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from binder_lite.requirements.apt import parse_apt_txt
from binder_lite.requirements.conda import parse_environment_yml
from binder_lite.requirements.guessing import guess_requirements, read_inline_metadata
from binder_lite.requirements.includes import read_includes, settle_local_paths
from binder_lite.requirements.model import Origin, Requirements, joined
from binder_lite.requirements.notebooks import default_notebook
from binder_lite.requirements.place import Place, find_place
from binder_lite.requirements.python_files import read_python
from binder_lite.requirements.python_version import parse_python_version_file, parse_runtime_txt
from binder_lite.requirements.tree import Tree
from binder_lite.requirements.yaml import LARGEST_YAML

# All names that mean something here, for telling which of them did not count.
_KNOWN = (
    "manifest.scm", "guix.scm", "channels.scm", "Dockerfile", "Project.toml", "JuliaProject.toml",
    "default.nix", "runtime.txt", "DESCRIPTION", "install.R", "environment.yml",
    "environment.yaml", "Pipfile", "Pipfile.lock", "uv.lock", "poetry.lock", "pylock.toml",
    "requirements.txt", "pyproject.toml", "setup.py", "setup.cfg", ".python-version", "apt.txt",
    "postBuild", "start",
)  # fmt: skip
_OTHER_BUILDERS = (("dockerfile", "Dockerfile"), ("nix", "default.nix"))


def read_requirements(
    directory: Path, *, notebook: str | None = None, guix: bool = False
) -> Requirements:
    """Read what the checkout in ``directory`` asks for.

    ``notebook`` is the path that will be opened, where it is known. With ``guix`` the Guix engine
    asks: its own files are then only named, since it reads them itself. Raises
    :class:`BadRequirements`, ``TwoBinderDirectories``, ``UnsafePath``.
    """
    tree = Tree(directory)
    place = find_place(tree)
    opened = notebook or default_notebook(directory)
    main = _read_main(place, guix=guix)
    if main is None:
        main = guess_requirements(tree, opened)
    elif not main.foreign and opened and (own := read_inline_metadata(tree, opened)):
        notice = f"{opened}: what the notebook says itself that it needs is installed too."
        main = joined(main, own, Requirements(notices=(notice,)))
    found = joined(Requirements(directory=place.folder), main, _read_beside(place, main))
    return replace(found, ignored_files=_ignored(place, found))


def _read_main(place: Place, *, guix: bool) -> Requirements | None:
    """Return what the first format in charge says; ``None`` when nothing is declared."""
    for read in _FORMATS:
        if (found := read(place)) is not None:
            return found
    for language, name in _OTHER_BUILDERS:
        if place.has(name):
            path = place.path(name)
            return Requirements(foreign=((language, Origin(path)),), build_files=(path,))
    return None


def _read_conda(place: Place) -> Requirements | None:
    for name in ("environment.yml", "environment.yaml"):
        if place.has(name):
            text = place.text(name, limit=LARGEST_YAML)
            parsed = parse_environment_yml(text, place.path(name))
            found = settle_local_paths(place.tree, parsed.found)
            return joined(found, read_includes(place.tree, parsed.includes))
    return None


_FORMATS: tuple[Callable[[Place], Requirements | None], ...] = (_read_conda, read_python)


def _read_beside(place: Place, main: Requirements) -> Requirements:
    """Return what goes with any format: system packages, hooks, the version of Python."""
    parts = []
    if place.has("apt.txt"):
        parts.append(parse_apt_txt(place.text("apt.txt"), place.path("apt.txt")))
    if place.has("postBuild"):
        path = place.path("postBuild")
        parts.append(Requirements(post_build=path, reads_tree=True, build_files=(path,)))
    if place.has("start"):
        parts.append(Requirements(start=place.path("start")))
    parts.append(_read_python_version(place))
    return joined(*parts)


def _read_python_version(place: Place) -> Requirements:
    if place.has("runtime.txt"):
        _, found = parse_runtime_txt(place.text("runtime.txt"), place.path("runtime.txt"))
        if found.python:
            return found
    if place.has(".python-version"):
        name = ".python-version"
        return parse_python_version_file(place.text(name), place.path(name))
    return Requirements()


def _ignored(place: Place, found: Requirements) -> tuple[tuple[str, str], ...]:
    """Return the files that look as if they counted, and why they do not."""
    used = {*found.build_files, found.start, *(file for file, _ in found.ignored_files)}
    first = next(iter(found.build_files), "")
    ignored = list(found.ignored_files)
    for name in _KNOWN:
        path = place.path(name)
        if path not in used and place.tree.holds(path):
            ignored.append((path, f"{first} comes first" if first else "it declares nothing"))
        if place.folder and place.tree.holds(name):
            ignored.append((name, f"only files in {place.folder}/ count"))
    return tuple(ignored)
