# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a Project.toml → values.

https://pkgdocs.julialang.org/v1/toml-files/ tells what it may hold. Its versions are bounds; the
manifest, which `julia/manifest.py` reads, tells which ones were chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from binder_lite.errors import BadRequirements
from binder_lite.requirements.julia.names import PART_OF_JULIA, STANDARD_LIBRARY
from binder_lite.requirements.julia.sources import located
from binder_lite.requirements.julia.versions import is_compat
from binder_lite.requirements.model import Ignored, Origin, Requirement, Requirements
from binder_lite.requirements.text import split_lines
from binder_lite.requirements.toml import Table, parse_toml, string

_HEADER = re.compile(r"^\s*(?P<open>\[\[?)\s*(?P<name>[^\]]*?)\s*\]")
_KEY = re.compile(r"""^\s*(?P<key>"[^"]*"|'[^']*'|[^\s="'#.]+)\s*[=.]""")
_WEAK = "it is used only where another package brings it (an extension's trigger)"
_UNUSED_EXTRA = "it is an extra that no target asks for"


@dataclass(frozen=True, slots=True)
class JuliaProject:
    """What a Project.toml says.

    ``uuids`` are those of ``[deps]`` and ``[extras]`` by name, ``bounds`` the entries of
    ``[compat]`` as requirements, each with its own line; ``manifest`` is the path of the manifest
    where the project names one.
    """

    found: Requirements
    name: str = ""
    uuids: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, Requirement] = field(default_factory=dict)
    manifest: str = ""


class TomlLines:
    """The lines where the tables and keys of a TOML text are, from one pass over it.

    Best effort: a key that is written in an unusual way is said to be where its table is.
    """

    def __init__(self, text: str) -> None:
        self._keys: dict[tuple[str, str], int] = {}
        self._headers: dict[str, list[int]] = {}
        header = ""
        for number, line in enumerate(split_lines(text), 1):
            if found := _HEADER.match(line):
                header = found["name"].replace('"', "").replace("'", "").replace(" ", "")
                self._headers.setdefault(header, []).append(number)
            elif found := _KEY.match(line):
                self._keys.setdefault((header, found["key"].strip("\"'")), number)

    def key(self, table: str, key: str) -> int:
        """Return the line of ``key`` in ``table``."""
        own = self._headers.get(f"{table}.{key}" if table else key, [])
        return self._keys.get((table, key)) or next(iter(own), 0) or self.table(table)

    def table(self, name: str) -> int:
        """Return the line where the table ``name`` begins."""
        return self.headers(name)[0] if self.headers(name) else self._keys.get(("", name), 1)

    def headers(self, name: str) -> list[int]:
        """Return the lines of all headers of ``name``: an array of tables has several."""
        return self._headers.get(name, [])


def parse_project(text: str, file: str) -> JuliaProject:
    """Return what ``text``, the content of ``file``, says. Raises :class:`BadRequirements`."""
    document = parse_toml(text, file)
    reading = _Reading(document, file, TomlLines(text))
    name = string(document, "name")
    deps, extras, weak = (reading.names(key) for key in ("deps", "extras", "weakdeps"))
    bounds = reading.bounds()
    targets = reading.targets()
    packages: dict[str, Requirement] = {}
    ignored: dict[str, Ignored] = {}
    if name:
        reason = "it is the project itself, which is used as it is in the workspace"
        ignored[name] = Ignored(name, reading.origin("", "name"), reason, "julia")
    for table, names in (("deps", deps), ("weakdeps", weak), ("extras", extras)):
        for item in names:
            origin = reading.origin(table, item)
            if item in packages or item in ignored:
                continue
            wanted_by = [target for target, of_target in targets.items() if item in of_target]
            if reason := _why_ignored(item, table, item in weak, wanted_by):
                ignored[item] = Ignored(item, origin, reason, "julia")
            else:
                packages[item] = Requirement(item, origin, "julia", optional=table != "deps")
    found = Requirements(
        packages=tuple(_with_source(item, bounds, reading) for item in packages.values()),
        # What is not asked for may come all the same, and is bounded then.
        constraints=tuple(
            bound
            for name, bound in bounds.items()
            if name in ignored and name not in STANDARD_LIBRARY
        ),
        ignored=tuple(ignored.values()),
        notices=tuple(reading.notices(bounds, {*packages, *ignored, "julia"})),
    )
    if "julia" in bounds:
        found = replace(found, packages=(bounds["julia"], *found.packages))
    uuids = {**extras, **deps}
    return JuliaProject(found, name, uuids, bounds, string(document, "manifest"))


def _why_ignored(name: str, table: str, is_weak: bool, targets: list[str]) -> str:
    if name in STANDARD_LIBRARY:
        return PART_OF_JULIA
    if is_weak:
        # Also where [deps] has it for the sake of a Julia before 1.9.
        return _WEAK
    if table == "deps":
        return ""
    if targets == ["test"]:
        return "only the project's tests use it"
    return "" if targets else _UNUSED_EXTRA


def _with_source(
    item: Requirement, bounds: Mapping[str, Requirement], reading: _Reading
) -> Requirement:
    specifier = bounds[item.name].specifier if item.name in bounds else ""
    source = reading.table("sources").get(item.name)
    if source is None:
        return replace(item, specifier=specifier)
    place = (string(source, "url") or string(source, "path")) if _is_table(source) else ""
    if not place:
        raise reading.wrong("sources", item.name, 'write {url = "…"} or {path = "…"}')
    return located(
        item.name,
        item.origin,
        place,
        rev=string(source, "rev"),
        subdir=string(source, "subdir"),
        specifier=specifier,
        optional=item.optional,
    )


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


@dataclass(slots=True)
class _Reading:
    document: Table
    file: str
    lines: TomlLines
    not_understood: list[str] = field(default_factory=list)

    def origin(self, table: str, key: str) -> Origin:
        return Origin(self.file, self.lines.key(table, key))

    def wrong(self, table: str, key: str, how: str) -> BadRequirements:
        where = f"{table}.{key}" if table else key
        return BadRequirements(
            f"{self.origin(table, key)}: what {where} holds is not understood.",
            hint=f"In a Julia project, {how}.",
        )

    def table(self, key: str) -> Table:
        value = self.document.get(key, {})
        if not isinstance(value, Mapping):
            raise self.wrong("", key, f"[{key}] is a table")
        return value

    def names(self, key: str) -> dict[str, str]:
        """Return a table of names and UUIDs."""
        for name, uuid in self.table(key).items():
            if not isinstance(uuid, str):
                raise self.wrong(key, name, "a package is written with its UUID in quotes")
        return dict(self.table(key))

    def bounds(self) -> dict[str, Requirement]:
        found = {}
        for name, value in self.table("compat").items():
            text = ", ".join(value) if _is_list_of_strings(value) else value
            if not isinstance(text, str):
                raise self.wrong("compat", name, "a bound is text in quotes")
            origin = self.origin("compat", name)
            if is_compat(text):
                found[name] = Requirement(name, origin, "julia", text.strip())
            else:
                self.not_understood.append(
                    f"{origin}: {text[:120]!r} is no bound that Julia understands, so {name} has "
                    "none."
                )
        return found

    def targets(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for target, names in self.table("targets").items():
            if not _is_list_of_strings(names):
                raise self.wrong("targets", target, "a target is a list of names in quotes")
            found[target] = tuple(names)
        return found

    def notices(self, bounds: Mapping[str, Requirement], known: set[str]) -> Iterator[str]:
        """Yield what is said in vain, or not read."""
        yield from self.not_understood
        for name, bound in bounds.items():
            if name not in known:
                yield f"{bound.origin}: {name} is bounded, but no list has it."
        for name in self.table("sources"):
            if name not in known:
                yield f"{self.origin('sources', name)}: {name} has a source, but no list has it."
        for target, names in self.targets().items():
            for name in sorted(set(names) - known):
                origin = self.origin("targets", target)
                yield f"{origin}: the target {target!r} names {name}, but no list has it."
        if self.table("workspace"):
            origin = Origin(self.file, self.lines.table("workspace"))
            yield f"{origin}: the other projects of the workspace are not read."


def _is_list_of_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
