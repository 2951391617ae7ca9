# SPDX-License-Identifier: GPL-3.0-or-later
"""Poetry's own table in pyproject.toml, and its version constraints → PEP 440.

The rules of constraints: https://python-poetry.org/docs/dependency-specification/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from binder_lite.requirements.model import (
    Index,
    Missing,
    Origin,
    PythonVersion,
    Requirement,
    Requirements,
    joined,
)
from binder_lite.requirements.python.pep508 import malformed, parse_requirement
from binder_lite.requirements.text import quoted_line
from binder_lite.requirements.toml import Table, header_offset, key_line, string, table, tables

_DEPENDENCIES = "tool.poetry.dependencies"
_LONGEST = 500


def parse_poetry(
    document: Table, text: str, file: str, taken: Iterable[str], *, is_installed: bool
) -> Requirements:
    """Return what ``[tool.poetry]`` asks for: its dependencies and the groups named ``taken``.

    When ``[project]`` lists dependencies, Poetry's table only says where they come from, which is
    left to Poetry's own build; so are direct references of a project that is installed, since
    saying them twice could contradict. Raises :class:`BadRequirements`.
    """
    poetry = table(document, "tool", "poetry")
    own = table(poetry, "dependencies")
    notices: list[str] = []
    parts: list[Requirements] = []
    if "dependencies" in table(document, "project"):
        if own:
            notices.append(f"{file}: {_DEPENDENCIES} is not read, since [project] lists them.")
    else:
        extras = table(poetry, "extras")
        wanted: set[str] = {
            canonicalize_name(item)
            for name in extras
            if canonicalize_name(name) in taken and isinstance(extras[name], list)
            for item in extras[name]
            if isinstance(item, str)
        }
        found = _dependencies(own, text, file, _DEPENDENCIES, wanted)
        parts.append(_without_references(found) if is_installed else found)
    left = ["dev"] if table(poetry, "dev-dependencies") else []
    for name in table(poetry, "group"):
        if canonicalize_name(name) in taken:
            header = f"tool.poetry.group.{name}.dependencies"
            group = table(poetry, "group", name, "dependencies")
            parts.append(_dependencies(group, text, file, header, set()))
            notices.append(f"{file}: the group {name!r} is installed, for its name.")
        else:
            left.append(name)
    if left:
        notices.append(f"{file}: not installed: group {', '.join(map(repr, sorted(left)))}.")
    indexes = tuple(
        Index(
            string(source, "url"),
            Origin(file, quoted_line(text, string(source, "url"))),
            "extra-index",
        )
        for source in tables(document, "tool", "poetry", "source")
        if string(source, "url")
    )
    return joined(*parts, Requirements(notices=tuple(notices), indexes=indexes))


def _dependencies(
    group: Table, text: str, file: str, header: str, optional: set[str]
) -> Requirements:
    start = header_offset(text, header)
    packages: list[Requirement] = []
    missing: list[Missing] = []
    python: list[PythonVersion] = []
    left: list[str] = []
    for name, value in group.items():
        origin = Origin(file, key_line(text, name, start=start))
        for entry in value if isinstance(value, list) else [value]:
            if name == "python":
                python.extend(_python(entry, origin))
                continue
            if (
                isinstance(entry, Mapping)
                and entry.get("optional") is True
                and canonicalize_name(name) not in optional
            ):
                left.append(name)
                continue
            item = _dependency(name, entry, origin)
            (missing if isinstance(item, Missing) else packages).append(item)  # type: ignore[arg-type]
    notice = f"{file}: optional, not installed: {', '.join(left)}." if left else ""
    return Requirements(
        packages=tuple(packages),
        missing=tuple(missing),
        python=tuple(python),
        notices=(notice,) if notice else (),
        reads_tree=any(item.local for item in packages),
    )


def _without_references(found: Requirements) -> Requirements:
    notices = tuple(
        f"{item.origin}: {item.name} comes with the project, from its source."
        for item in found.packages
        if item.url
    )
    packages = tuple(item for item in found.packages if not item.url)
    return replace(found, packages=packages, notices=(*found.notices, *notices), reads_tree=False)


def _python(entry: object, origin: Origin) -> Iterator[PythonVersion]:
    text = (
        entry
        if isinstance(entry, str)
        else string(entry, "version")
        if isinstance(entry, Mapping)
        else ""
    )
    if specifier := poetry_specifier(text, origin):
        yield PythonVersion(specifier, origin)


def _dependency(name: str, entry: object, origin: Origin) -> Requirement | Missing:
    if isinstance(entry, str):
        return _from_parts(name, poetry_specifier(entry, origin), (), "", origin)
    if not isinstance(entry, Mapping):
        raise malformed(f"{name} = {entry!r}", origin)
    extras = tuple(item for item in entry.get("extras") or () if isinstance(item, str))
    marker = _marker(entry, origin)
    if git := string(entry, "git"):
        rev = string(entry, "rev") or string(entry, "tag") or string(entry, "branch")
        folder = string(entry, "subdirectory")
        target = git_url(git, rev, folder)
        return _from_parts(name, f" @ {target}", extras, marker, origin)
    if path := string(entry, "path"):
        editable = entry.get("develop") is True
        return _from_parts(name, f" @ {_as_path(path)}", extras, marker, origin, editable=editable)
    if url := string(entry, "url"):
        return _from_parts(name, f" @ {url}", extras, marker, origin)
    return _from_parts(
        name, poetry_specifier(string(entry, "version"), origin), extras, marker, origin
    )


def _from_parts(
    name: str,
    rest: str,
    extras: tuple[str, ...],
    marker: str,
    origin: Origin,
    *,
    editable: bool = False,
) -> Requirement | Missing:
    bracket = f"[{','.join(extras)}]" if extras else ""
    end = f" ; {marker}" if marker else ""
    return parse_requirement(f"{name}{bracket}{rest}{end}", origin, editable=editable)


def _marker(entry: Table, origin: Origin) -> str:
    parts = [string(entry, "markers")]
    if python := poetry_specifier(string(entry, "python"), origin):
        parts.append(
            " and ".join(
                f'python_version {match[1]} "{match[2]}"'
                for match in re.finditer(r"([<>=!~]=?)\s*([^,\s]+)", python)
            )
        )
    if platform := string(entry, "platform"):
        parts.append(f'sys_platform == "{platform}"')
    filled = [part for part in parts if part]
    return filled[0] if len(filled) == 1 else " and ".join(f"({part})" for part in filled)


def git_url(url: str, rev: str, folder: str) -> str:
    """Return the PEP 508 form of a git repository, a revision (or none) and a folder (or none)."""
    scp = re.match(r"^(?:[\w.-]+@)?[\w.-]+:(?!//)", url)
    if scp and "://" not in url:
        host, _, path = url.partition(":")
        url = f"ssh://{host}/{path}"
    prefixed = url if url.startswith("git+") else f"git+{url}"
    return prefixed + (f"@{rev}" if rev else "") + (f"#subdirectory={folder}" if folder else "")


def _as_path(path: str) -> str:
    return path if path.startswith((".", "/", "~")) else f"./{path}"


def poetry_specifier(text: str, origin: Origin) -> str:
    """Return the PEP 440 form of ``^1.2``, ``~1.2``, ``1.2.*``, ``1.2``, ``>=1,<2`` or ``*``.

    Of alternatives (``||``), which PEP 440 has not, the last counts. Raises
    :class:`BadRequirements`.
    """
    if len(text) > _LONGEST:
        raise malformed(text, origin)
    last = text.split("||")[-1].strip()
    parts = [part for part in re.split(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])", last) if part]
    try:
        specifier = ",".join(filter(None, map(_one, parts)))
        return str(SpecifierSet(specifier))
    except (InvalidSpecifier, InvalidVersion, ValueError) as error:
        raise malformed(text, origin) from error


def _one(part: str) -> str:
    part = part.strip()
    if part == "*":
        return ""
    if part.startswith("^"):
        version = Version(part[1:].strip())
        return f">={version},<{_caret_end(version)}"
    if part.startswith("~") and not part.startswith("~="):
        version = Version(part[1:].strip())
        kept = list(version.release[: min(2, len(version.release))])
        kept[-1] += 1
        return f">={version},<{'.'.join(map(str, kept))}"
    if part[0] in "<>=!~":
        # Poetry also has a single equal sign.
        return re.sub(r"^=(?!=)", "==", part)
    return f"=={part}"


def _caret_end(version: Version) -> str:
    """Return the first version that differs in the leftmost number that is not zero."""
    release = list(version.release)
    at = next((index for index, number in enumerate(release) if number), len(release) - 1)
    return ".".join(map(str, [*release[:at], release[at] + 1]))
