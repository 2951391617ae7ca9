# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python a repository asks for: runtime.txt, .python-version, requires-python and their kin.

A patch release that is named binds to its minor version only: the exact one is preferred, and an
engine that has another goes on (as repo2docker does with runtime.txt).
"""

from __future__ import annotations

import re
from typing import Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Origin, PythonVersion, Requirements
from binder_lite.requirements.text import split_lines

_PLAIN = re.compile(r"^(?P<minor>\d+(?:\.\d+)?)(?P<patch>(?:\.\d+)?(?:(?:a|b|rc)\d+|[+-]dev|t)?)$")
_RUNTIME = re.compile(r"^(?P<language>[A-Za-z]+)(?:-(?P<version>.+))?$")


def parse_runtime_txt(text: str, file: str) -> tuple[Literal["python", "r", ""], Requirements]:
    """Return the language that runtime.txt names, and for Python the version.

    The language is ``""`` when it is neither Python nor R; a notice then says so.
    """
    line, number = next(
        (
            (line.strip(), number)
            for number, line in enumerate(split_lines(text), 1)
            if line.strip()
        ),
        ("", 1),
    )
    origin = Origin(file, number)
    match = _RUNTIME.match(line)
    if match and match["language"].lower() == "r":
        return "r", Requirements(build_files=(file,))
    if match and match["language"].lower() == "python":
        version = python_version(match["version"] or "", origin)
        if version:
            return "python", Requirements(python=(version,), build_files=(file,))
    notice = f"{origin}: {line!r} names no version of Python that is understood; it is ignored."
    return "", Requirements(notices=(notice,), build_files=(file,))


def parse_python_version_file(text: str, file: str) -> Requirements:
    """Read .python-version as pyenv and uv write it: one version a line, of which the first counts.

    Names of other implementations or of pyenv's environments are ignored with a notice.
    """
    found: list[PythonVersion] = []
    notices: list[str] = []
    for number, line in enumerate(split_lines(text), 1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        origin = Origin(file, number)
        version = python_version(re.sub(r"(?i)^c?python[-@]?", "", name), origin)
        if version is None:
            notices.append(f"{origin}: {name!r} is no version of CPython; it is ignored.")
        elif found:
            notices.append(f"{origin}: Python {name} is ignored, since only the first counts.")
        else:
            found.append(version)
    return Requirements(python=tuple(found), notices=tuple(notices), build_files=(file,))


def python_version(text: str, origin: Origin) -> PythonVersion | None:
    """Return the version that ``3.10``, ``3.10.4`` or ``>=3.10`` asks for; ``None`` if none."""
    if plain := _PLAIN.match(text.strip()):
        preferred = text.strip() if plain["patch"] and plain["patch"][0] == "." else ""
        return PythonVersion(f"=={plain['minor']}.*", origin, preferred)
    try:
        specifier = str(SpecifierSet(text))
    except (InvalidSpecifier, ValueError):
        return None
    return PythonVersion(specifier, origin) if specifier else None


def requires_python(text: str, origin: Origin) -> PythonVersion | None:
    """Return what a ``requires-python`` (PEP 621, PEP 723, setup.cfg) asks for.

    ``None`` when it is empty. Raises :class:`BadRequirements` when it is no specifier.
    """
    try:
        specifier = str(SpecifierSet(text))
    except (InvalidSpecifier, ValueError) as error:
        raise BadRequirements(
            f"{origin}: {text[:120]!r} says no versions of Python that can be understood.",
            hint='Write it like ">=3.10".',
        ) from error
    return PythonVersion(specifier, origin) if specifier else None
