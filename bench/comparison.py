# SPDX-License-Identifier: GPL-3.0-or-later
"""What two series of measurements say of each other, as numbers and as text. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of a series."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f}–{self.most:.2f})"


def spread(series: Sequence[float]) -> Spread:
    """Return the spread of a series that is not empty."""
    return Spread(median(series), min(series), max(series))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return the spread of the ratios of each pair that was measured side by side."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])


def comparison_line(
    what: str, ours: Sequence[float], theirs: Sequence[float], goal: float | None = None
) -> str:
    """Return one line: both sides in seconds, their ratio, and whether the goal is met."""
    ratio = ratios(ours, theirs)
    said = ""
    if goal is not None:
        missed = ratio.median - goal
        verdict = "met" if missed <= 0 else f"missed by {missed:.2f}"
        said = f"   goal ≤ {goal:.2f}: {verdict}"
    return f"  {what:<24} {spread(ours)!s:>20} {spread(theirs)!s:>20} {ratio!s:>20}{said}"


HEADER = f"  {'seconds until':<24} {'ours':>20} {'by hand':>20} {'ratio':>20}"
HUB_HEADER = f"  {'seconds until':<24} {'ours':>20} {'plain JupyterHub':>20} {'ratio':>20}"
SPARE_HEADER = f"  {'seconds until':<24} {'with a spare':>20} {'without':>20} {'ratio':>20}"

_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|(\s+)(\S+)")


def slowest_imports(text: str, count: int) -> list[tuple[float, str]]:
    """Return the modules that took longest by themselves, from what `-X importtime` prints.

    Seconds, slowest first; the whole is put in front.
    """
    found = [
        (int(own) / 1e6, int(whole) / 1e6, name, len(indent))
        for own, whole, indent, name in _IMPORT.findall(text)
    ]
    total = sum(whole for _, whole, _, depth in found if depth == 1)
    slowest = sorted(((own, name) for own, _, name, _ in found), reverse=True)[:count]
    return [(total, f"all {len(found)} modules"), *slowest]
