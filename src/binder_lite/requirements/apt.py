# SPDX-License-Identifier: GPL-3.0-or-later
"""apt.txt → the system packages that are asked for. Whether the machine has them is told later."""

from __future__ import annotations

import re

from binder_lite.requirements.model import Origin, Requirement, Requirements
from binder_lite.requirements.text import split_lines

# https://www.debian.org/doc/debian-policy/ch-controlfields.html#source, with what apt-get takes
# after it: an architecture, a version, a release.
_NAME = re.compile(r"^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?(?:=(\S+)|/\S+)?$")


def parse_apt_txt(text: str, file: str) -> Requirements:
    """Return the packages of ``text``; a line may hold several, and what is none is noticed."""
    packages: list[Requirement] = []
    notices: list[str] = []
    for number, line in enumerate(split_lines(text), 1):
        origin = Origin(file, number)
        for word in line.partition("#")[0].split():
            if match := _NAME.match(word):
                specifier = f"=={match[2]}" if match[2] else ""
                packages.append(Requirement(match[1], origin, "system", specifier=specifier))
            else:
                notices.append(f"{origin}: {word!r} is not the name of a package; it is ignored.")
    return Requirements(system=tuple(packages), notices=tuple(notices), build_files=(file,))
