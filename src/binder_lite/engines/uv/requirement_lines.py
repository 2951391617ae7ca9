# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutral requirements as lines that uv reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from binder_lite.engines.base import WORK
from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Index, Requirement


def requirement_line(requirement: Requirement) -> str:
    """Return one requirement as a line of a requirements file.

    Paths are those of the build's sandbox, where the checkout is at the same place as in sessions.
    """
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    if requirement.local:
        target = f"{WORK / requirement.url}{extras}"
        line = f"--editable {target}" if requirement.editable else target
    elif requirement.editable:
        line = f"--editable {requirement.url}"
    elif requirement.url:
        line = f"{requirement.name}{extras} @ {requirement.url}"
        line = line if requirement.name else requirement.url
    else:
        line = f"{requirement.name}{extras}{requirement.specifier}"
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    line += marker + "".join(f" --hash={value}" for value in requirement.hashes)
    if not line.isprintable():
        # A line break from a TOML or YAML string would smuggle in an option of its own.
        raise BadRequirements(
            f"{requirement.origin}: a requirement holds characters that cannot be printed.",
            hint="Remove the line breaks and control characters from it.",
        )
    return line


def index_line(index: Index) -> str:
    """Return an index as an option line."""
    if index.kind == "find-links":
        return f"--find-links {index.url if ':' in index.url else WORK / index.url}"
    option = "--index-url" if index.kind == "index" else "--extra-index-url"
    return f"{option} {index.url}"


def lines(requirements: Iterable[Requirement]) -> tuple[str, ...]:
    """Return sorted lines without repetition: the order in files does not matter."""
    return tuple(sorted({requirement_line(requirement) for requirement in requirements}))
