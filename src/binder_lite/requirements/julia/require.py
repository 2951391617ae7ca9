# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a REQUIRE, the file of Julia before 0.7 → values.

https://docs.julialang.org/en/v0.6/manual/packages/ told what it may hold.
"""

from __future__ import annotations

import re

from binder_lite.errors import BadRequirements
from binder_lite.requirements.julia.names import PART_OF_JULIA, STANDARD_LIBRARY
from binder_lite.requirements.julia.versions import of_require
from binder_lite.requirements.model import Ignored, Origin, Requirement, Requirements
from binder_lite.requirements.text import split_lines

_NAME = re.compile(r"^[^\W\d]\w*$")
_LONGEST = 1000
# Whether a condition holds on the systems that we serve.
_HOLDS = {
    "unix": True, "linux": True, "osx": False, "windows": False, "apple": False, "bsd": False,
}  # fmt: skip


def parse_require(text: str, file: str) -> Requirements:
    """Return what ``text``, the content of ``file``, says. Raises :class:`BadRequirements`."""
    packages: list[Requirement] = []
    ignored: list[Ignored] = []
    for number, line in enumerate(split_lines(text), 1):
        words = line.partition("#")[0].split()
        conditions = [word[1:] for word in words if word.startswith("@")]
        name, *versions = words[len(conditions) :] or [""]
        origin = Origin(file, number)
        if not words:
            continue
        specifier = of_require(versions)
        if not _NAME.match(name) or specifier is None or len(line) > _LONGEST:
            raise BadRequirements(
                f"{origin}: {line.strip()[:120]!r} is not understood.",
                hint="A line is a package's name, then versions from and up to which it works.",
            )
        if elsewhere := [condition for condition in conditions if not _holds(condition)]:
            reason = f"it is wanted on other systems only (@{elsewhere[0]})"
            ignored.append(Ignored(name, origin, reason, "julia"))
        elif name in STANDARD_LIBRARY:
            ignored.append(Ignored(name, origin, PART_OF_JULIA, "julia"))
        else:
            packages.append(Requirement(name, origin, "julia", specifier))
    return Requirements(packages=tuple(packages), ignored=tuple(ignored), build_files=(file,))


def _holds(condition: str) -> bool:
    wanted = not condition.startswith("!")
    return _HOLDS.get(condition.lstrip("!").lower(), False) is wanted
