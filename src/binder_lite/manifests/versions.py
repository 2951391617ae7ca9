# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Guix's version of a package is one that was asked for, by each language's own rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from binder_lite.requirements.conda.environment import pep440

_COMPARISON = re.compile(r"(>=|<=|==|!=|>|<)\s*([\w.-]+)$")
_LONGEST_NUMBER = 20
_THREE = r"v?(\d{1,9}(?:\.\d{1,9}){0,2})"
_JULIA_RANGE = re.compile(rf"{_THREE}\s+-\s+{_THREE}$")
_JULIA_TERM = re.compile(rf"(\^|~|=|>=|≥|<=|≤|<|>)?\s*{_THREE}$")
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
    # R's 1.6-1 is conda's 1.6_1.
    have = re.sub("[-_]", ".", version)
    return any(
        (translated := pep440(each.strip().replace("_", "."))) is not None
        and _python(translated, have)
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
    numeric = all(part.isdecimal() and len(part) < _LONGEST_NUMBER for part in parts)
    return tuple(map(int, parts)) if numeric else None


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
    # Each patch of 0.0 is a version of its own, as with a caret.
    return _above_caret(given) if given[:2] == (0, 0) else _grown(given, min(len(given) - 1, 1))


def _grown(given: Release, at: int) -> Release:
    return (*given[:at], given[at] + 1, 0, 0, 0)[:3]


def _three(version: str) -> Release | None:
    match = re.match(rf"{_THREE}(?![\d.])", version)
    return (*_given(match[1]), 0, 0)[:3] if match else None


def _given(version: str) -> Release:
    return tuple(map(int, version.split(".")))


def _as_it_begins(specifier: str, version: str) -> bool:
    """Compare with Debian's version, of which only what comes from upstream can be the same."""
    wanted = re.sub(r"^[=\s]*(?:\d+:)?|-[^-]*$|\*$", "", specifier).rstrip(".")
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
