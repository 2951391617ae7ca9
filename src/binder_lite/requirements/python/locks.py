# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock files → values. uv.lock and poetry.lock pin what pyproject.toml asks for; pylock.toml
(PEP 751) says by itself what is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from packaging.markers import Marker
from packaging.pylock import Package, Pylock, PylockUnsupportedVersionError, PylockValidationError
from packaging.utils import canonicalize_name

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.python.poetry import git_url
from binder_lite.requirements.python.version import requires_python
from binder_lite.requirements.text import line_of
from binder_lite.requirements.toml import Table, parse_toml, string, table, tables


def parse_uv_lock(text: str, file: str) -> Requirements:
    """Return the versions and commits of a uv.lock as constraints.

    Raises :class:`BadRequirements`.
    """
    commits: list[Requirement] = []
    pins: list[tuple[Table, Origin, str]] = []
    notices: list[str] = []
    for entry, origin in _entries(text, file, "package"):
        source = table(entry, "source")
        name = string(entry, "name")
        if string(source, "registry"):
            markers = [
                item for item in entry.get("resolution-markers") or () if isinstance(item, str)
            ]
            pins.append((entry, origin, " or ".join(f"({marker})" for marker in markers)))
        elif git := string(source, "git"):
            # https://…/repository?tag=v2&subdirectory=python#commit
            where, commit = git.partition("#")[::2]
            url, query = where.partition("?")[::2]
            folder = parse_qs(query).get("subdirectory", [""])[0]
            commits += _commit(name, git_url(url, commit, folder), origin)
        elif not ({"editable", "virtual"} & source.keys()):
            kind = next(iter(source), "elsewhere")
            notices.append(f"{origin}: {name} is not pinned by the lock: it is from a {kind}.")
    return _constraints(pins, commits, notices, file)


def parse_poetry_lock(text: str, file: str) -> Requirements:
    """Return the versions and commits of a poetry.lock as constraints.

    Raises :class:`BadRequirements`.
    """
    commits: list[Requirement] = []
    pins: list[tuple[Table, Origin, str]] = []
    notices: list[str] = []
    for entry, origin in _entries(text, file, "package"):
        name, source = string(entry, "name"), table(entry, "source")
        kind = string(source, "type")
        if kind in ("", "legacy"):
            # By group where the groups differ; then the version holds for all of them.
            marker = entry.get("markers")
            pins.append((entry, origin, marker if isinstance(marker, str) else ""))
        elif kind == "git":
            commit = string(source, "resolved_reference")
            folder = string(source, "subdirectory")
            commits += _commit(name, git_url(string(source, "url"), commit, folder), origin)
        else:
            notices.append(f"{origin}: {name} is not pinned by the lock: it is from a {kind}.")
    return _constraints(pins, commits, notices, file)


def parse_pylock(text: str, file: str) -> Requirements:
    """Return the packages of a pylock.toml with their hashes. Raises :class:`BadRequirements`."""
    document = parse_toml(text, file)
    try:
        lock = Pylock.from_dict(document)
    except (PylockValidationError, PylockUnsupportedVersionError, ValueError, TypeError) as error:
        raise _bad(file, str(error)) from error
    origins = _origins(text, file, "packages")
    packages: list[Requirement] = []
    missing: list[Missing] = []
    left: list[str] = []
    for number, package in enumerate(lock.packages):
        origin = origins[number] if number < len(origins) else Origin(file)
        if (marker := _selected(package.marker, lock)) is None:
            left.append(package.name)
            continue
        item = _locked(package, origin, marker)
        if isinstance(item, Missing):
            missing.append(item)
        else:
            packages.append(item)
    wanted = str(lock.requires_python or "")
    python = requires_python(wanted, Origin(file, line_of(text, "requires-python")))
    notice = f"{file}: for extras or groups that were not asked for: {', '.join(left)}."
    return Requirements(
        packages=tuple(packages),
        missing=tuple(missing),
        python=(python,) if python else (),
        notices=(notice,) if left else (),
        reads_tree=any(item.local for item in packages),
        build_files=(file,),
    )


def _locked(package: Package, origin: Origin, marker: str) -> Requirement | Missing:
    """Return the requirement that a package of a pylock.toml is."""
    end = f" ; {marker}" if marker else ""
    hashes: tuple[str, ...] = ()
    editable = False
    if package.vcs:
        vcs = package.vcs
        if not vcs.url:
            return Missing(package.name, origin, "it is a repository on its author's machine")
        target = git_url(vcs.url, vcs.commit_id, vcs.subdirectory or "")
        text = f"{package.name} @ {target.replace('git+', f'{vcs.type}+', 1)}"
    elif package.directory:
        editable = bool(package.directory.editable)
        text = f"{package.name} @ {_as_path(package.directory.path)}"
    elif package.archive:
        place = package.archive.url or _as_path(package.archive.path or "")
        text = f"{package.name} @ {place}"
        hashes = _hashes(package.archive.hashes)
    else:
        files = [*(package.wheels or ()), *([package.sdist] if package.sdist else ())]
        hashes = tuple(dict.fromkeys(one for file in files for one in _hashes(file.hashes)))
        text = f"{package.name}=={package.version}" if package.version else package.name
    item = parse_requirement(text + end, origin, editable=editable)
    return replace(item, hashes=hashes) if isinstance(item, Requirement) else item


def _selected(marker: Marker | None, lock: Pylock) -> str | None:
    """Return the marker for a requirement, ``None`` when the package is for other groups.

    Markers on extras and groups exist in lock files only. What depends on them is decided here,
    with the lock's default groups and without extras.
    """
    if marker is None:
        return ""
    if not re.search(r"\b(extras|dependency_groups)\b", str(marker)):
        return str(marker)
    environment: dict[str, Any] = {
        "extras": frozenset(),
        "dependency_groups": frozenset(lock.default_groups or ()),
    }
    return "" if marker.evaluate(environment, context="lock_file") else None


def _commit(name: str, url: str, origin: Origin) -> list[Requirement]:
    item = parse_requirement(f"{name} @ {url}", origin)
    return [item] if isinstance(item, Requirement) else []


def _constraints(
    pins: list[tuple[Table, Origin, str]],
    commits: list[Requirement],
    notices: list[str],
    file: str,
) -> Requirements:
    """Return pins as constraints, but for packages in several versions that nothing tells apart."""
    count: dict[str, int] = {}
    for entry, _, marker in pins:
        if not marker:
            name = canonicalize_name(string(entry, "name"))
            count[name] = count.get(name, 0) + 1
    constraints = [*commits]
    for entry, origin, marker in pins:
        name = canonicalize_name(string(entry, "name"))
        version = string(entry, "version")
        if not version or (not marker and count[name] > 1):
            notices.append(f"{origin}: {name} {version} is not pinned: it has several versions.")
            continue
        item = parse_requirement(f"{name}=={version}" + (f" ; {marker}" if marker else ""), origin)
        if isinstance(item, Requirement):
            constraints.append(item)
    return Requirements(constraints=tuple(constraints), notices=tuple(notices), build_files=(file,))


def _entries(text: str, file: str, key: str) -> Iterator[tuple[Table, Origin]]:
    entries = tables(parse_toml(text, file), key)
    origins = _origins(text, file, key)
    for number, entry in enumerate(entries):
        if not string(entry, "name"):
            raise _bad(file, f"its {key} number {number + 1} has no name")
        yield entry, origins[number] if number < len(origins) else Origin(file)


def _origins(text: str, file: str, key: str) -> list[Origin]:
    """Return where each ``[[key]]`` stands, as the tools that write lock files write it."""
    header = f"[[{key}]]"
    return [
        Origin(file, number)
        for number, line in enumerate(text.split("\n"), 1)
        if line.startswith(header)
    ]


def _hashes(hashes: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{kind}:{value}" for kind, value in hashes.items())


def _as_path(path: str) -> str:
    return path if path.startswith((".", "/")) else f"./{path}"


def _bad(file: str, problem: str) -> BadRequirements:
    return BadRequirements(
        f"{file} is not a lock file that can be read: {problem}.",
        hint="Write it again with the tool that made it.",
    )
