# SPDX-License-Identifier: GPL-3.0-or-later
"""How exactly a file asks for versions, and the same for what is added to it.

What is added is asked for as most of the file's packages are: exactly, from a version on, or in
any version. Where two ways are equally usual, the looser one counts, so that nothing is pinned by
chance; a file that pins everything goes on to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from packaging.version import InvalidVersion, Version

from binder_lite.requirements.model import Requirement
from binder_lite.sessions.addition import Addition

Style = Literal["any", "at least", "exact"]
_STYLES: tuple[Style, ...] = ("any", "at least", "exact")


def usual_style(styles: Iterable[Style], default: Style) -> Style:
    """Return the most usual of ``styles``, the looser of two; ``default`` when there are none."""
    counts = Counter(styles)
    return max(_STYLES, key=lambda style: counts[style]) if counts else default


def style_of(specifier: str) -> Style:
    """Return how exactly a PEP 440 specifier, or a like one of another tool, asks."""
    text = specifier.replace(" ", "")
    if text in ("", "*"):
        return "any"
    return "exact" if text.startswith("==") and "*" not in text else "at least"


def python_style(packages: Iterable[Requirement], default: Style) -> Style:
    """Return how exactly requirements of Python ask; those by URL say nothing of it."""
    named = (item for item in packages if item.name and not item.url and not item.local)
    return usual_style((style_of(item.specifier) for item in named), default)


def python_specifier(version: str, style: Style) -> str:
    """Return the PEP 440 specifier that asks for ``version`` so, ``""`` where it is not known."""
    if not version or style == "any":
        return ""
    if style == "exact":
        return f"=={version}"
    try:
        # What follows a plus sign cannot be compared by order.
        return f">={Version(version).public}"
    except InvalidVersion:
        return ""


def requirement_text(addition: Addition, style: Style) -> str:
    """Return an addition that has no local path as PEP 508 writes it."""
    if addition.url:
        return f"{addition.name} @ {addition.url}"
    return addition.name + python_specifier(addition.version, style)


def in_order(additions: Iterable[Addition]) -> list[Addition]:
    """Return the additions by name, as they are put into a file."""
    return sorted(additions, key=lambda each: each.name.lower())
