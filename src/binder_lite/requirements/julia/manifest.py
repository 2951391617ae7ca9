# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a Manifest.toml → values, in each of its three formats.

Format 1.0 has the packages at the top level, 2.0 and 2.1 below ``deps``. What the project asks
for itself gets the version that the manifest chose; all else comes with those that need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from binder_lite.errors import BadRequirements
from binder_lite.requirements.julia.names import PART_OF_JULIA, STANDARD_LIBRARY
from binder_lite.requirements.julia.project import JuliaProject, TomlLines
from binder_lite.requirements.julia.sources import located
from binder_lite.requirements.julia.versions import exactly
from binder_lite.requirements.model import Ignored, Origin, Requirement, Requirements, joined
from binder_lite.requirements.toml import Table, parse_toml, string

_FORMATS = ("1.0", "2.0", "2.1")
_BROUGHT = "it is brought by the packages that need it"


@dataclass(frozen=True, slots=True)
class Entry:
    """One package of a manifest; ``place`` is a URL or path where no registry has it."""

    name: str
    origin: Origin
    uuid: str = ""
    version: str = ""
    place: str = ""
    rev: str = ""
    subdir: str = ""
    is_standard: bool = False

    def requirement(self, origin: Origin | None = None, *, optional: bool = False) -> Requirement:
        """Return the requirement of exactly this version, from where this one comes."""
        specifier = exactly(self.version)
        if not self.place:
            where = origin or self.origin
            return Requirement(self.name, where, "julia", specifier, optional=optional)
        return located(
            self.name,
            self.origin,
            self.place,
            rev=self.rev,
            subdir=self.subdir,
            specifier=specifier,
            optional=optional,
        )


@dataclass(frozen=True, slots=True)
class JuliaManifest:
    """What a Manifest.toml says.

    ``julia`` is the requirement of the Julia that made it: its ``specifier`` is that exact version
    (``=1.9.3``; the name of a pre-release is left out, and a notice tells it).
    """

    entries: tuple[Entry, ...]
    file: str
    julia: Requirement | None = None
    notices: tuple[str, ...] = ()


def parse_manifest(text: str, file: str) -> JuliaManifest:
    """Return what ``text``, the content of ``file``, says. Raises :class:`BadRequirements`."""
    document = parse_toml(text, file)
    lines = TomlLines(text)
    form = document.get("manifest_format", "1.0")
    notices = []
    if form not in _FORMATS:
        notices.append(f"{file}: its format {str(form)[:20]!r} is newer than those known here.")
    # A manifest of format 1.0 may hold a package named deps, as a list.
    below = document.get("deps")
    is_flat = form == "1.0" and not isinstance(below, Mapping)
    packages = document if is_flat else ({} if below is None else below)
    prefix = "" if is_flat else "deps."
    if not isinstance(packages, Mapping):
        raise _wrong(file, lines.table("deps"), "deps")
    entries: list[Entry] = []
    for name, items in packages.items():
        where = lines.headers(f"{prefix}{name}") or [lines.key(prefix.rstrip("."), name)]
        if is_flat and not isinstance(items, list):
            continue
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise _wrong(file, where[0], name)
        for number, item in enumerate(items):
            origin = Origin(file, where[min(number, len(where) - 1)])
            entries.append(_entry(name, item, origin))
    julia, more = _julia(document, file, lines)
    return JuliaManifest(tuple(entries), file, julia, (*notices, *more))


def apply_manifest(project: JuliaProject, manifest: JuliaManifest) -> Requirements:
    """Return what ``project`` asks for, in the versions that ``manifest`` has.

    The project's own bounds become constraints. A package that comes from a URL or a folder is
    wanted even where the project does not name it, since no registry would bring it.
    """
    wanted: list[Requirement] = []
    constraints = list(project.found.constraints)
    ignored = list(project.found.ignored)
    notices = [*project.found.notices, *manifest.notices]
    by_name: dict[str, list[Entry]] = {}
    for entry in manifest.entries:
        by_name.setdefault(entry.name, []).append(entry)
    used: set[Entry] = set()
    for item in project.found.packages:
        bound = project.bounds.get(item.name)
        if item.name == "julia":
            continue
        own = _of_uuid(by_name.get(item.name, []), project.uuids.get(item.name, ""))
        if own is None:
            notices.append(f"{item.origin}: {item.name} is not in {manifest.file}, which is older.")
            wanted.append(item)
            continue
        used.add(own)
        if own.is_standard:
            ignored.append(Ignored(item.name, item.origin, PART_OF_JULIA, "julia"))
            continue
        chosen = own.requirement(item.origin, optional=item.optional)
        # Where the project names the place, it was said there.
        wanted.append(replace(item, specifier=chosen.specifier) if item.url else chosen)
        constraints += [bound] if bound else []
    julia = manifest.julia or project.bounds.get("julia")
    if manifest.julia and "julia" in project.bounds:
        constraints.insert(0, project.bounds["julia"])
    known = {item.name for item in ignored}
    rest = [entry for entry in manifest.entries if entry not in used and entry.name not in known]
    return joined(
        Requirements(
            packages=(*((julia,) if julia else ()), *wanted),
            constraints=tuple(constraints),
            ignored=tuple(ignored),
            missing=project.found.missing,
            notices=tuple(notices),
        ),
        _rest(rest, wanted=False),
    )


def whole_manifest(manifest: JuliaManifest) -> Requirements:
    """Return all packages of ``manifest`` as wanted: without a project none is more so."""
    julia = (manifest.julia,) if manifest.julia else ()
    return joined(
        Requirements(packages=julia, notices=manifest.notices),
        _rest(manifest.entries, wanted=True),
    )


def _rest(entries: tuple[Entry, ...] | list[Entry], *, wanted: bool) -> Requirements:
    packages: list[Requirement] = []
    ignored: list[Ignored] = []
    for entry in entries:
        if entry.is_standard:
            ignored.append(Ignored(entry.name, entry.origin, PART_OF_JULIA, "julia"))
        elif wanted or entry.place:
            packages.append(entry.requirement())
        else:
            ignored.append(Ignored(entry.name, entry.origin, _BROUGHT, "julia"))
    return Requirements(packages=tuple(packages), ignored=tuple(ignored))


def _of_uuid(entries: list[Entry], uuid: str) -> Entry | None:
    return next((entry for entry in entries if entry.uuid == uuid), next(iter(entries), None))


def _entry(name: str, item: Mapping[str, Any], origin: Origin) -> Entry:
    place = string(item, "repo-url") or string(item, "path")
    # What Julia brings itself has no content of its own, only (since 1.8) sometimes a version.
    bare = not place and not string(item, "git-tree-sha1")
    return Entry(
        name,
        origin,
        string(item, "uuid"),
        string(item, "version"),
        place,
        string(item, "repo-rev"),
        string(item, "repo-subdir"),
        is_standard=bare or (name in STANDARD_LIBRARY and not place),
    )


def _julia(
    document: Table, file: str, lines: TomlLines
) -> tuple[Requirement | None, Iterator[str] | tuple[str, ...]]:
    version = string(document, "julia_version")
    if not version:
        return None, ()
    origin = Origin(file, lines.key("", "julia_version"))
    specifier = exactly(version)
    if not specifier:
        return None, (f"{origin}: {version[:40]!r} is no version of Julia.",)
    told = (
        () if specifier == f"={version}" else (f"{origin}: it was made by Julia {version[:40]}.",)
    )
    return Requirement("julia", origin, "julia", specifier), told


def _wrong(file: str, line: int, name: str) -> BadRequirements:
    return BadRequirements(
        f"{file}:{line}: what {name} holds is not as in a Julia manifest.",
        hint="Let Julia write it again: remove the file and run Pkg.resolve().",
    )
