# SPDX-License-Identifier: GPL-3.0-or-later
"""Who brings what: distribute a repository's small parts over a few packages.

A user's package brings what it is about and all that this needs. What a package that it needs has
comes from there; what several need, without one that has it, becomes a package of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """``parts`` are in the package itself; ``needs`` are other packages."""

    parts: tuple[str, ...]
    needs: tuple[str, ...] = ()


def closure(names: Iterable[str], needs: Mapping[str, Iterable[str]]) -> set[str]:
    """Return ``names`` and all that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs.get(name, ())
    return found


def shares(
    packages: Mapping[str, tuple[str, ...]], needs: Mapping[str, Iterable[str]], prefix: str
) -> dict[str, Share]:
    """Return what goes into each package, those that others need first.

    ``packages`` are names with the parts that they are about, ``needs`` tells which part needs
    which, and ``prefix`` begins the names of packages that only others need.
    """
    closures = {name: closure(parts, needs) for name, parts in packages.items()}
    above: dict[str, list[str]] = {}
    own: dict[str, set[str]] = {}
    users: dict[str, list[str]] = {}
    for name, parts in closures.items():
        above[name] = [
            other for other in packages if other != name and parts.issuperset(packages[other])
        ]
        own[name] = parts.difference(*(closures[other] for other in above[name]))
        for part in own[name]:
            users.setdefault(part, []).append(name)
    shared = sorted(part for part, names in users.items() if len(names) > 1)
    name_of = {part: prefix + part.removeprefix(prefix).lower() for part in shared}
    found = {name_of[part]: Share((part,)) for part in shared}
    for name in sorted(packages, key=lambda name: len(closures[name])):
        extra = [name_of[part] for part in shared if part in own[name]]
        found[name] = Share(tuple(sorted(own[name].difference(shared))), (*above[name], *extra))
    return found
