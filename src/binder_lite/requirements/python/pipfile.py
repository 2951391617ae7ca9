# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipfile and Pipfile.lock → values. As repo2docker does, development packages are taken too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
from binder_lite.requirements.python.pep508 import malformed, parse_requirement
from binder_lite.requirements.python.poetry import git_url
from binder_lite.requirements.python.version import python_version
from binder_lite.requirements.text import quoted_line
from binder_lite.requirements.toml import Table, header_offset, key_line, parse_toml, string, table

# Keys of an entry that are the names of markers: sys_platform = "== 'linux'".
_MARKERS = (
    "os_name", "sys_platform", "platform_machine", "platform_system", "python_version",
    "python_full_version", "implementation_name", "platform_python_implementation",
)  # fmt: skip


def parse_pipfile(text: str, file: str) -> Requirements:
    """Return what a Pipfile asks for. Raises :class:`BadRequirements`."""
    document = parse_toml(text, file)
    parts = []
    for section in ("packages", "dev-packages"):
        start = header_offset(text, section)
        lines = {name: key_line(text, name, start=start) for name in table(document, section)}
        parts.append(_section(table(document, section), lines, file))
    parts.append(_dev_notice(table(document, "dev-packages"), file))
    sources = document.get("source")
    about = _about(table(document, "requires"), sources, text, file)
    return joined(Requirements(build_files=(file,)), *parts, about)


def parse_pipfile_lock(text: str, file: str) -> Requirements:
    """Return the exact packages of a Pipfile.lock, with hashes. Raises :class:`BadRequirements`."""
    try:
        document: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise _bad(f"{file}:{error.lineno}", error.msg) from error
    except (RecursionError, ValueError) as error:
        raise _bad(file, str(error)) from error
    if not isinstance(document, Mapping):
        raise _bad(file, "it is not an object")
    parts = []
    for section in ("default", "develop"):
        start = max(text.find(f'"{section}"'), 0)
        parts.append(_section(table(document, section), _key_lines(text, start), file))
    parts.append(_dev_notice(table(document, "develop"), file))
    meta = table(document, "_meta")
    about = _about(table(meta, "requires"), meta.get("sources"), text, file)
    return joined(Requirements(build_files=(file,)), *parts, about)


def _key_lines(text: str, start: int) -> dict[str, int]:
    """Return the line where each key first opens an object after ``start``, in one pass."""
    lines: dict[str, int] = {}
    at, line = 0, 1
    for match in re.compile(r'"([^"\\]+)"\s*:\s*\{').finditer(text, start):
        line += text.count("\n", at, match.start())
        at = match.start()
        lines.setdefault(match[1], line)
    return lines


def _section(section: Table, lines: Mapping[str, int | None], file: str) -> Requirements:
    parsed = [_entry(name, value, Origin(file, lines.get(name))) for name, value in section.items()]
    packages = tuple(item for item in parsed if isinstance(item, Requirement))
    return Requirements(
        packages=packages,
        missing=tuple(item for item in parsed if isinstance(item, Missing)),
        reads_tree=any(item.local for item in packages),
    )


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _entry(name: str, value: object, origin: Origin) -> Requirement | Missing:
    entry: Table = {"version": value} if isinstance(value, str) else value  # type: ignore[assignment]
    if not isinstance(entry, Mapping):
        raise malformed(f"{name} = {value!r}", origin)
    extras = _texts(entry.get("extras"))
    marker = _marker(entry)
    text = name + (f"[{','.join(extras)}]" if extras else "") + _target(entry)
    item = parse_requirement(
        text + (f" ; {marker}" if marker else ""), origin, editable=entry.get("editable") is True
    )
    hashes = tuple(_texts(entry.get("hashes")))
    return replace(item, hashes=hashes) if isinstance(item, Requirement) else item


def _target(entry: Table) -> str:
    if git := string(entry, "git"):
        return f" @ {git_url(git, string(entry, 'ref'), string(entry, 'subdirectory'))}"
    if path := string(entry, "path") or string(entry, "file"):
        return f" @ {path if ':' in path or path.startswith(('.', '/')) else './' + path}"
    version = string(entry, "version")
    return "" if version in ("", "*") else re.sub(r"^(?=\d)", "==", version)


def _marker(entry: Table) -> str:
    parts = [string(entry, "markers")]
    parts += [f"{name} {string(entry, name)}" for name in _MARKERS if string(entry, name)]
    filled = [part for part in parts if part]
    return filled[0] if len(filled) == 1 else " and ".join(f"({part})" for part in filled)


def _about(requires: Table, sources: object, text: str, file: str) -> Requirements:
    """Return the Python that is asked for, and the indexes besides the usual one."""
    wanted = string(requires, "python_full_version") or string(requires, "python_version")
    python: PythonVersion | None = None
    if wanted and wanted != "*":
        python = python_version(wanted, Origin(file, quoted_line(text, wanted)))
    indexes: list[Index] = []
    notices: list[str] = []
    for number, source in enumerate(sources if isinstance(sources, list) else ()):
        # The name that pipenv itself gives the usual index.
        if isinstance(source, Mapping) and string(source, "name").lower() != "pypi":
            url = string(source, "url")
            origin = Origin(file, quoted_line(text, url))
            if "$" in url:
                notices.append(f"{origin}: an index is left out: it needs a variable.")
                continue
            indexes.append(Index(url, origin, "extra-index" if number else "index"))
    if wanted not in ("", "*") and python is None:
        notices.append(f"{file}: Python {wanted!r} is not understood; any is taken.")
    return Requirements(
        python=(python,) if python else (), indexes=tuple(indexes), notices=tuple(notices)
    )


def _dev_notice(section: Table, file: str) -> Requirements:
    if not section:
        return Requirements()
    return Requirements(notices=(f"{file}: development packages are installed too.",))


def _bad(where: str, problem: str) -> BadRequirements:
    return BadRequirements(
        f"{where} is not a lock file that can be read: {problem}.",
        hint="Write it again with `pipenv lock`.",
    )
