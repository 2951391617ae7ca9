# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkout → all that it asks for: which of its files count, and which are ignored, and why.

The order is repo2docker's (https://repo2docker.readthedocs.io/en/latest/config_files.html) with
Guix's files before it. Each format has a module of its own; Python's several are in
`python/files.py`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from binder_lite.requirements.apt import parse_apt_txt
from binder_lite.requirements.conda.environment import parse_environment_yml
from binder_lite.requirements.guessing import guess_requirements, read_inline_metadata
from binder_lite.requirements.guix.packages import map_guix_packages
from binder_lite.requirements.guix.text import NotPlain, parse_guix
from binder_lite.requirements.julia.files import read_julia
from binder_lite.requirements.model import Origin, Requirements, joined
from binder_lite.requirements.notebooks import default_notebook
from binder_lite.requirements.place import Place, find_place
from binder_lite.requirements.python.files import read_python
from binder_lite.requirements.python.includes import (
    read_includes,
    read_requirements_txt,
    settle_local_paths,
)
from binder_lite.requirements.python.pipfile import parse_pipfile, parse_pipfile_lock
from binder_lite.requirements.python.version import parse_python_version_file, parse_runtime_txt
from binder_lite.requirements.r.files import read_r
from binder_lite.requirements.tree import LARGEST_BY_HAND, Tree
from binder_lite.requirements.yaml import LARGEST_YAML

# All names that mean something here, for telling which of them did not count.
_KNOWN = (
    "manifest.scm", "guix.scm", "channels.scm", "Dockerfile", "Project.toml", "JuliaProject.toml",
    "REQUIRE", "JuliaManifest.toml", "Manifest.toml", "default.nix", "runtime.txt", "DESCRIPTION",
    "install.R", "renv.lock", "environment.yml", "environment.yaml", "Pipfile", "Pipfile.lock",
    "uv.lock", "poetry.lock", "pylock.toml", "requirements.txt", "pyproject.toml", "setup.py",
    "setup.cfg", ".python-version", "apt.txt", "postBuild", "start",
)  # fmt: skip
# Whoever has one of these beside Python's files is served from those.
_OTHER_BUILDERS = (("dockerfile", "Dockerfile"), ("nix", "default.nix"))


def read_requirements(
    directory: Path,
    *,
    folder: str = "",
    notebook: str | None = None,
    guix: bool = False,
    pass_over_guix_files: bool = False,
) -> Requirements:
    """Read what the checkout in ``directory`` asks for.

    ``folder`` is the one that the person named: when it declares an environment, that one counts,
    otherwise the root's. ``notebook`` is the path that will be opened, where it is known. With
    ``guix`` the Guix engine asks: its own files are then only named, since it reads them itself,
    and all else is in the words of whoever wrote it, conda's included; ``pass_over_guix_files`` is
    for a manifest that is made anew.
    Raises :class:`BadRequirements`, ``TwoBinderDirectories``, ``UnsafePath``.
    """
    tree = Tree(directory)
    place = _place(tree, folder, neutral=guix)
    opened = notebook or default_notebook(directory, folder)
    main = _read_main(place, guix=guix, pass_over_guix_files=pass_over_guix_files)
    if main is None:
        main = guess_requirements(tree, opened)
    elif main.packages and opened and (own := read_inline_metadata(tree, opened)):
        notice = f"{opened}: what the notebook says itself that it needs is installed too."
        main = joined(main, own, Requirements(notices=(notice,)))
    found = joined(Requirements(directory=place.folder), main, _read_beside(place, main, guix=guix))
    first = next(iter(main.build_files), "")
    return replace(found, ignored_files=_ignored(place, found, first))


def find_guix_file(directory: Path, *, folder: str = "") -> str | None:
    """Return the path of the Guix file that is in charge of a checkout, or ``None``.

    Raises ``TwoBinderDirectories`` and ``UnsafePath``.
    """
    place = _place(Tree(directory), folder)
    name = _guix_file(place)
    return name and place.path(name)


def _place(tree: Tree, folder: str, *, neutral: bool = False) -> Place:
    place = find_place(tree, folder, neutral=neutral)
    if folder and not any(map(place.has, _KNOWN)):
        return find_place(tree, neutral=neutral)
    return place


def _guix_file(place: Place) -> str | None:
    return next(filter(place.has, ("manifest.scm", "guix.scm")), None)


def _read_main(place: Place, *, guix: bool, pass_over_guix_files: bool) -> Requirements | None:
    """Return what the first format in charge says; ``None`` when nothing is declared."""
    guix_file = None if pass_over_guix_files else _guix_file(place)
    if guix and guix_file:
        return Requirements(build_files=(place.path(guix_file),))
    other = next(filter(None, (read(place) for read in _LANGUAGES)), None)
    if guix_file:
        return _read_guix_as_text(place, guix_file, other)
    if other is not None:
        return other
    for language, name in _OTHER_BUILDERS:
        if place.has(name):
            path = place.path(name)
            return Requirements(foreign=((language, Origin(path)),), build_files=(path,))
    return None


def _read_guix_as_text(place: Place, name: str, other: Requirements | None) -> Requirements:
    """Return what a Guix file says to an engine that is not Guix.

    Where it cannot be followed in full, what else the repository declares serves better.
    """
    path = place.path(name)
    try:
        packages = parse_guix(place.text(name, limit=LARGEST_BY_HAND))
    except NotPlain as error:
        if other is not None:
            reason = f"only Guix can say what it means ({error})"
            return joined(other, Requirements(ignored_files=((path, reason),)))
        notice = f"{path}: only Guix can say what it means: {error}."
        foreign = (("guix", Origin(path)),)
        return Requirements(foreign=foreign, build_files=(path,), notices=(notice,))
    found = map_guix_packages(packages, path)
    if found.missing and other is not None:
        names = ", ".join(item.name for item in found.missing)
        reason = f"only Guix has all that it names ({names})"
        return joined(other, Requirements(ignored_files=((path, reason),)))
    notice = f"{path}: its packages are taken from PyPI; Guix would give exactly what it says."
    return joined(found, Requirements(notices=(notice,)))


def _read_beside_python(
    read: Callable[[Place], Requirements | None],
) -> Callable[[Place], Requirements | None]:
    """Return ``read``, which reads another language's files, with Python's that go with them."""

    def with_python(place: Place) -> Requirements | None:
        found = read(place)
        if found is None:
            return None
        in_charge = posixpath.basename(found.foreign[0][1].file)
        if in_charge == "install.R" and (conda := _read_conda(place)):
            return joined(found, conda)
        if place.has("requirements.txt"):
            path = place.path("requirements.txt")
            return joined(found, read_requirements_txt(place.tree, path, place.project))
        return found

    return with_python


def _read_conda(place: Place) -> Requirements | None:
    name = next(filter(place.has, ("environment.yml", "environment.yaml")), None)
    if name is None:
        return None
    text = place.text(name, limit=LARGEST_YAML)
    parsed = parse_environment_yml(text, place.path(name), neutral=place.neutral)
    found = settle_local_paths(place.tree, parsed.found, place.project)
    return joined(found, read_includes(place.tree, parsed.includes, place.project))


def _read_pipenv(place: Place) -> Requirements | None:
    if place.has("Pipfile.lock"):
        found = parse_pipfile_lock(place.text("Pipfile.lock"), place.path("Pipfile.lock"))
    elif place.has("Pipfile"):
        text = place.text("Pipfile", limit=LARGEST_BY_HAND)
        found = parse_pipfile(text, place.path("Pipfile"))
    else:
        return None
    return settle_local_paths(place.tree, found, place.project)


_LANGUAGES: tuple[Callable[[Place], Requirements | None], ...] = (
    _read_beside_python(read_julia),
    _read_beside_python(read_r),
    _read_conda,
    _read_pipenv,
    read_python,
)


def _read_beside(place: Place, main: Requirements, *, guix: bool) -> Requirements:
    """Return what goes with any format: system packages, hooks, the version of Python."""
    parts = []
    if place.has("apt.txt"):
        parts.append(parse_apt_txt(place.text("apt.txt"), place.path("apt.txt")))
    if place.has("postBuild"):
        path = place.path("postBuild")
        parts.append(Requirements(post_build=path, reads_tree=True, build_files=(path,)))
    if place.has("start"):
        parts.append(Requirements(start=place.path("start")))
    if guix and place.has("channels.scm"):
        parts.append(Requirements(build_files=(place.path("channels.scm"),)))
    if not main.foreign and not any(version.specifier.startswith("==") for version in main.python):
        parts.append(_read_python_version(place))
    return joined(*parts)


def _read_python_version(place: Place) -> Requirements:
    """Read runtime.txt, else .python-version, where nothing else names one version."""
    not_understood = Requirements()
    if place.has("runtime.txt"):
        text, path = place.text("runtime.txt"), place.path("runtime.txt")
        _, not_understood = parse_runtime_txt(text, path)
        if not_understood.python:
            return not_understood
    if place.has(".python-version"):
        text, path = place.text(".python-version"), place.path(".python-version")
        return joined(not_understood, parse_python_version_file(text, path))
    return not_understood


def _ignored(place: Place, found: Requirements, first: str) -> tuple[tuple[str, str], ...]:
    """Return the files that look as if they counted, each with the reason why they do not."""
    used = {*found.build_files, found.start}
    ignored = dict(found.ignored_files)
    for name in _KNOWN:
        path = place.path(name)
        if path not in used and place.tree.holds(path):
            ignored.setdefault(path, _why_ignored(name, first))
        beside = posixpath.join(place.project, name)
        if place.is_binder_directory and beside not in used and place.tree.holds(beside):
            ignored.setdefault(beside, f"only files in {place.folder}/ count")
    return tuple(ignored.items())


def _why_ignored(name: str, first: str) -> str:
    if name == "channels.scm":
        return "only Guix has channels"
    if name in (file for _, file in _OTHER_BUILDERS):
        return f"no engine here builds from it; {first} serves" if first else "nothing builds it"
    return f"{first} comes first" if first else "it declares no packages"
