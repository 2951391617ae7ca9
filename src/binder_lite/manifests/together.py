# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions can be in one profile: a package brings others, each in one version only.

Guix refuses a profile with two versions of one package. A package is asked for by name, the
newest is meant, and another one may bring an older: NumPy 2 beside a pandas that was built with
NumPy 1. Then the version that is brought anyway is the one to name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from binder_lite.engines.guix.catalogue import Catalogue, Package

# Each round settles at least one package; what is left after these goes round in circles.
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Conflict:
    """A package that is brought in several versions: each with the names of those who bring it."""

    name: str
    versions: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        each = (f"{version} by {', '.join(who)}" for version, who in self.versions)
        return f"{self.name} is brought in {len(self.versions)} versions: {'; '.join(each)}"


def settle(
    candidates: Sequence[Sequence[Package]], catalogue: Catalogue
) -> tuple[tuple[Package, ...], tuple[Conflict, ...]]:
    """Choose one of each sequence, the first where nothing speaks against it.

    Returns the chosen ones, and what remains in conflict. Equal whatever the order of
    ``candidates`` is.
    """
    chosen = [packages[0] for packages in candidates]
    order = sorted(
        range(len(candidates)), key=lambda at: [each.full_name for each in candidates[at]]
    )
    brought = _brought(chosen, catalogue)
    for _ in range(_ROUNDS):
        changed = False
        for at in order:
            others = brought[chosen[at].name].keys() - {chosen[at].version}
            fitting = [each for each in candidates[at] if _is_among(each, chosen[at].name, others)]
            if fitting and not _brought_elsewhere(chosen[at], brought):
                chosen[at] = fitting[0]
                changed = True
                brought = _brought(chosen, catalogue)
        if not changed:
            break
    return tuple(chosen), _conflicts(brought)


_Brought = Mapping[str, Mapping[str, Iterable[str]]]


def _is_among(package: Package, name: str, versions: Iterable[str]) -> bool:
    return package.name == name and package.version in versions


def _brought_elsewhere(package: Package, brought: _Brought) -> bool:
    """Say whether somebody else needs this very version, so that another would not help."""
    return any(who != package.name for who in brought[package.name][package.version])


def _brought(chosen: Iterable[Package], catalogue: Catalogue) -> _Brought:
    """Return, for each name, the versions in the profile, and which of ``chosen`` bring it."""
    found: dict[str, dict[str, list[str]]] = {}
    for package in chosen:
        seen: set[str] = set()
        waiting = [package]
        while waiting:
            current = waiting.pop()
            if current.full_name in seen:
                continue
            seen.add(current.full_name)
            who = found.setdefault(current.name, {}).setdefault(current.version, [])
            if package.name not in who:
                who.append(package.name)
            for full_name in current.propagated:
                name, _, version = full_name.rpartition("@")
                # One that is hidden has no entry of its own, and counts all the same.
                waiting.append(
                    catalogue.by_full_name.get(full_name) or Package(name=name, version=version)
                )
    return found


def _conflicts(brought: _Brought) -> tuple[Conflict, ...]:
    return tuple(
        Conflict(
            name, tuple((version, tuple(sorted(who))) for version, who in sorted(versions.items()))
        )
        for name, versions in sorted(brought.items())
        if len(versions) > 1
    )
