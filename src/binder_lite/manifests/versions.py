# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Guix's version of a package is one that was asked for, by each language's own rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from binder_lite.requirements.conda import pep440

_COMPARISON = re.compile(r"(>=|<=|==|!=|>|<)\s*([\w.-]+)$")
_JULIA_RANGE = re.compile(r"v?([\d.]+)\s+-\s+v?([\d.]+)$")
_JULIA_TERM = re.compile(r"(\^|~|=|>=|≥|<=|≤|<|>)?\s*v?(\d+(?:\.\d+){0,2})$")
# A commit that Guix took between releases: 1.2.0-3.abc1234.
_COMMIT = re.compile(r"-\d+\.[0-9a-f]{7,}$")

Release = tuple[int, ...]


def satisfies(language: str, specifier: str, version: str) -> bool:
    """Say whether ``version`` satisfies ``specifier``, which is written as ``language`` does it.

    What cannot be compared does not satisfy: a mismatch is never hidden.
    """
    if not specifier.strip() or specifier.strip() == "*":
        return True
    return _RULES[language](specifier, _COMMIT.sub("", version))


def _python(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion, ValueError):
        return False


def _conda(specifier: str, version: str) -> bool:
    return any(
        (translated := pep440(each.strip())) is not None and _python(translated, version)
        for each in specifier.split("|")
    )


def _r(specifier: str, version: str) -> bool:
    """Compare as R's ``numeric_version``: parts between ``.`` and ``-`` are numbers."""
    have = _numbers(version)
    for each in specifier.split(","):
        match = _COMPARISON.match(each.strip())
        wanted = _numbers(match[2]) if match else None
        if match is None or wanted is None or have is None:
            return False
        if not _COMPARE[match[1]](have, wanted):
            return False
    return True


def _numbers(version: str) -> Release | None:
    parts = re.split(r"[.-]", version)
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else None


def _julia(specifier: str, version: str) -> bool:
    """Follow https://pkgdocs.julialang.org/v1/compatibility/: any of the terms will do."""
    have = _three(version)
    return have is not None and any(
        _in_julia_term(each.strip(), have) for each in specifier.split(",")
    )


def _in_julia_term(term: str, have: Release) -> bool:
    if match := _JULIA_RANGE.match(term):
        low, high = _three(match[1]), _given(match[2])
        return low is not None and low <= have and have[: len(high)] <= high
    match = _JULIA_TERM.match(term)
    if match is None:
        return False
    sign, given = match[1] or "^", _given(match[2])
    low = (*given, 0, 0)[:3]
    if sign == "=":
        return have == low
    if sign in _JULIA_SIGNS:
        return _COMPARE[_JULIA_SIGNS[sign]](have, low)
    return low <= have < (_above_tilde(given) if sign == "~" else _above_caret(given))


def _above_caret(given: Release) -> Release:
    """Return the first version that is not compatible: the leftmost part that is not 0 grows."""
    first = next((at for at, part in enumerate(given) if part), len(given) - 1)
    return _grown(given, first)


def _above_tilde(given: Release) -> Release:
    return _grown(given, min(len(given) - 1, 1))


def _grown(given: Release, at: int) -> Release:
    return (*given[:at], given[at] + 1, 0, 0, 0)[:3]


def _three(version: str) -> Release | None:
    match = re.match(r"v?(\d+(?:\.\d+){0,2})(?![\d.])", version)
    return (*_given(match[1]), 0, 0)[:3] if match else None


def _given(version: str) -> Release:
    return tuple(map(int, version.strip(".").split(".")))


def _as_it_begins(specifier: str, version: str) -> bool:
    """Compare with Debian's version, of which only what comes from upstream can be the same."""
    wanted = re.sub(r"^[=\s]+|^\d+:|-[^-]*$|\*$", "", specifier).rstrip(".")
    return version == wanted or version.startswith(f"{wanted}.")


_COMPARE: Mapping[str, Callable[[Release, Release], bool]] = {
    ">=": lambda have, wanted: have >= wanted,
    "<=": lambda have, wanted: have <= wanted,
    "==": lambda have, wanted: have == wanted,
    "!=": lambda have, wanted: have != wanted,
    ">": lambda have, wanted: have > wanted,
    "<": lambda have, wanted: have < wanted,
}
_JULIA_SIGNS = {">=": ">=", "≥": ">=", "<=": "<=", "≤": "<=", "<": "<", ">": ">"}
_RULES: Mapping[str, Callable[[str, str], bool]] = {
    "python": _python,
    "r": _r,
    "julia": _julia,
    "conda": _conda,
    "system": _as_it_begins,
    "guix": _as_it_begins,
}
