# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a pyproject.toml → values: PEP 621, dependency groups, what uv and Poetry add.

Poetry's own table is read in `poetry.py`; the project's lock files in `locks.py`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from packaging.dependency_groups import resolve_dependency_groups
from packaging.utils import canonicalize_name

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import (
    Index,
    Missing,
    Origin,
    PythonVersion,
    Requirement,
    Requirements,
    joined,
)
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.python.poetry import parse_poetry
from binder_lite.requirements.python.requirements_txt import Include
from binder_lite.requirements.python.uv_sources import apply_sources
from binder_lite.requirements.python.version import requires_python
from binder_lite.requirements.text import line_of, quoted_line
from binder_lite.requirements.toml import (
    Table,
    header_offset,
    key_line,
    parse_toml,
    string,
    strings,
    table,
    tables,
)

# Groups and extras of these names are there for what we are about to do.
NOTEBOOK_GROUPS = ("notebook", "notebooks", "jupyter", "binder")


@dataclass(frozen=True, slots=True)
class Pyproject:
    """What a pyproject.toml says.

    ``declares`` is false when it only configures tools. ``project`` is the project itself, to be
    installed, when it has a build system. ``includes`` are files that the dependencies are in.
    """

    found: Requirements
    declares: bool
    project: Requirement | None
    includes: tuple[Include, ...] = ()


def parse_pyproject(text: str, file: str) -> Pyproject:
    """Return what ``text``, the content of ``file``, says. Raises :class:`BadRequirements`."""
    document = parse_toml(text, file)
    project = table(document, "project")
    is_poetry = bool(table(document, "tool", "poetry", "dependencies"))
    installed = _installed_project(document, text, file)
    parts = [
        _dependencies(document, text, file),
        _groups(document, text, file),
        _extras(project, text, file),
        _uv(document, text, file),
        _other_tools(document, file),
    ]
    if table(document, "tool", "poetry"):
        is_installed = installed is not None
        parts.append(parse_poetry(document, text, file, NOTEBOOK_GROUPS, is_installed=is_installed))
    found = apply_sources(joined(*parts), document, is_installed=installed is not None)
    declares = bool(project or is_poetry or installed or document.get("dependency-groups"))
    return Pyproject(
        replace(found, build_files=(file,)) if declares else Requirements(),
        declares,
        installed,
        _dynamic_includes(document, text, file),
    )


def _installed_project(document: Table, text: str, file: str) -> Requirement | None:
    if "build-system" not in document:
        return None
    poetry = table(document, "tool", "poetry")
    if poetry.get("package-mode") is False or table(document, "tool", "uv").get("package") is False:
        return None
    name = string(table(document, "project"), "name") or string(poetry, "name")
    extras = _notebook_names(table(document, "project", "optional-dependencies"))
    return Requirement(
        canonicalize_name(name),
        Origin(file, _line(text, header_offset(text, "build-system"))),
        url=posixpath.dirname(file) or ".",
        local=True,
        # The workspace is at the same place in every session, so an editable install serves them
        # all, and the person's changes to the project count at once.
        editable=True,
        extras=tuple(
            sorted(map(canonicalize_name, extras or _notebook_names(table(poetry, "extras"))))
        ),
    )


def _dependencies(document: Table, text: str, file: str) -> Requirements:
    project = table(document, "project")
    start = header_offset(text, "project")
    items = strings(project.get("dependencies"), file, "project.dependencies")
    found = listed(items, text, file, start=start)
    if wanted := string(project, "requires-python"):
        version = requires_python(wanted, Origin(file, key_line(text, "requires-python")))
        found = replace(found, python=_one(version))
    dynamic = strings(project.get("dynamic"), file, "project.dynamic")
    if "dependencies" in dynamic and not _dynamic_files(document):
        notice = (
            f"{file}: the project's dependencies are known only to its build system; they are "
            "installed with it, but cannot be listed."
        )
        found = replace(found, notices=(notice,))
    return found


def listed(items: Iterable[str], text: str, file: str, *, start: int = 0) -> Requirements:
    """Return the PEP 508 ``items`` that stand in ``text`` in quotes."""
    packages: list[Requirement] = []
    missing: list[Missing] = []
    for item in items:
        line = _item_line(text, item, start) or _item_line(text, item, 0)
        parsed = parse_requirement(item, Origin(file, line))
        if isinstance(parsed, Missing):
            missing.append(parsed)
        else:
            packages.append(parsed)
    return Requirements(packages=tuple(packages), missing=tuple(missing))


def _item_line(text: str, item: str, start: int) -> int | None:
    """Return the line of ``item`` as it is, or else (it may have been normalised) of its name."""
    if line := quoted_line(text, item, start=start):
        return line
    name = re.split(r"[^\w.-]", item, maxsplit=1)[0]
    return line_of(text, f'"{name}', f"'{name}", start=start) if name else None


def _extras(project: Table, text: str, file: str) -> Requirements:
    extras = table(project, "optional-dependencies")
    own = canonicalize_name(string(project, "name"))
    taken = _notebook_names(extras)
    # An extra may ask for others of the same project: name[other].
    waiting, seen, parts = list(taken), set(taken), []
    while waiting:
        items = strings(extras.get(waiting.pop(0)), file, "project.optional-dependencies")
        found = listed(
            items, text, file, start=header_offset(text, "project.optional-dependencies")
        )
        inner = [item for item in found.packages if own and item.name == own]
        names: dict[str, str] = {canonicalize_name(name): name for name in extras}
        for name in (names.get(extra) for item in inner for extra in item.extras):
            if name and name not in seen:
                seen.add(name)
                waiting.append(name)
        parts.append(
            replace(found, packages=tuple(item for item in found.packages if item not in inner))
        )
    return joined(
        *parts, _choice(file, "extra", taken, [name for name in extras if name not in seen])
    )


def _groups(document: Table, text: str, file: str) -> Requirements:
    groups = table(document, "dependency-groups")
    taken = _notebook_names(groups)
    try:
        items = resolve_dependency_groups(dict(groups), *taken) if taken else ()
    except (ValueError, LookupError, TypeError, ExceptionGroup, RecursionError) as error:
        raise BadRequirements(
            f"{file}: the dependency groups cannot be understood: {_message(error)}.",
            hint="https://peps.python.org/pep-0735/ tells the rules.",
        ) from error
    found = listed(items, text, file, start=header_offset(text, "dependency-groups"))
    return joined(found, _choice(file, "dependency group", taken, groups.keys() - set(taken)))


def _choice(file: str, what: str, taken: Iterable[str], left: Iterable[str]) -> Requirements:
    """Tell which groups were taken for their name, and which were not."""
    notices = [f"{file}: the {what} {name!r} is installed, for its name." for name in taken]
    if names := sorted(map(str, left)):
        notices.append(f"{file}: not installed: {what} {', '.join(map(repr, names))}.")
    return Requirements(notices=tuple(notices))


def _uv(document: Table, text: str, file: str) -> Requirements:
    uv = table(document, "tool", "uv")
    limits = strings(uv.get("constraint-dependencies"), file, "tool.uv.constraint-dependencies")
    constraints = listed(limits, text, file, start=header_offset(text, "tool.uv"))
    notices = []
    for key in ("override-dependencies", "dev-dependencies"):
        if items := strings(uv.get(key), file, f"tool.uv.{key}"):
            notices.append(f"{file}: tool.uv.{key} is not used: {', '.join(items)}.")
    indexes = tuple(
        Index(
            string(index, "url"),
            Origin(file, quoted_line(text, string(index, "url"))),
            "index" if index.get("default") is True else "extra-index",
        )
        for index in tables(document, "tool", "uv", "index")
        if string(index, "url")
    )
    return Requirements(
        constraints=constraints.packages,
        missing=constraints.missing,
        indexes=indexes,
        notices=tuple(notices),
    )


def _other_tools(document: Table, file: str) -> Requirements:
    notices = [
        f"{file}: tool.{'.'.join(keys)} is not read."
        for keys in (("pdm", "dev-dependencies"), ("hatch", "envs"), ("pixi",))
        if table(document, "tool", *keys)
    ]
    return Requirements(notices=tuple(notices))


def _dynamic_files(document: Table) -> tuple[str, ...]:
    dynamic = table(document, "tool", "setuptools", "dynamic", "dependencies").get("file")
    if isinstance(dynamic, str):
        return (dynamic,)
    return (
        tuple(item for item in dynamic if isinstance(item, str))
        if isinstance(dynamic, list)
        else ()
    )


def _dynamic_includes(document: Table, text: str, file: str) -> tuple[Include, ...]:
    return tuple(
        Include(path, "requirements", Origin(file, quoted_line(text, path)))
        for path in _dynamic_files(document)
    )


def _notebook_names(groups: Table) -> list[str]:
    return [name for name in groups if canonicalize_name(name) in NOTEBOOK_GROUPS]


def _one(version: PythonVersion | None) -> tuple[PythonVersion, ...]:
    return (version,) if version else ()


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _message(error: BaseException) -> str:
    return (
        "; ".join(map(_message, error.exceptions))
        if isinstance(error, ExceptionGroup)
        else str(error)
    )
