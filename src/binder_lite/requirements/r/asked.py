# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathering what R's files ask for: each package once, and all that is read in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from binder_lite.requirements.model import Ignored, Missing, Origin, Requirement, Requirements
from binder_lite.requirements.r.description import merged
from binder_lite.requirements.r.findings import Unclear
from binder_lite.requirements.r.remotes import BASE_PACKAGES, PART_OF_R


@dataclass(slots=True)
class Asked:
    """What has been asked for so far; ``own`` are the names of the repository's own packages.

    ``aside`` is what is ignored unless something asks for it after all.
    """

    packages: dict[str, Requirement] = field(default_factory=dict)
    missing: dict[Missing, None] = field(default_factory=dict)
    ignored: dict[Ignored, None] = field(default_factory=dict)
    notices: dict[str, None] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    aside: dict[str, Ignored] = field(default_factory=dict)

    def add(self, item: Requirement | Missing) -> None:
        """Add an item; two of the same package are one, which asks for what both do."""
        if isinstance(item, Missing):
            self.missing[item] = None
        elif item.name in BASE_PACKAGES:
            self.ignore(item.name, item.origin, PART_OF_R)
        elif item.name in self.own and not item.local:
            self.ignore(item.name, item.origin, "it is the repository itself")
        else:
            key = item.name or item.url
            known = self.packages.get(key)
            self.packages[key] = merged(known, item) if known else item

    def ignore(self, name: str, origin: Origin, reason: str) -> None:
        """Add what is read and not installed."""
        self.ignored[Ignored(name, origin, reason, "r")] = None

    def set_aside(self, name: str, origin: Origin, reason: str) -> None:
        """Ignore ``name``, unless something asks for it."""
        if name in BASE_PACKAGES:
            reason = PART_OF_R
        self.aside.setdefault(name, Ignored(name, origin, reason, "r"))

    def tell(self, notice: str) -> None:
        """Add a notice, once."""
        self.notices[notice] = None

    def tell_unclear(self, unclear: Unclear, origin: Origin) -> None:
        """Tell of code that could not be followed."""
        text = f": {unclear.text}" if unclear.text else "."
        self.tell(f"{origin} {unclear.reason}{text}")

    def extend(self, found: Requirements) -> None:
        """Add all that another file asks for."""
        for package in found.packages:
            self.add(package)
        for missing in found.missing:
            self.add(missing)
        self.ignored.update(dict.fromkeys(found.ignored))
        self.notices.update(dict.fromkeys(found.notices))

    def result(self) -> Requirements:
        """Return it as a value."""
        told = {*self.packages, *(one.name for one in self.missing)}
        told |= {one.name for one in self.ignored}
        aside = [each for name, each in self.aside.items() if name not in told]
        return Requirements(
            packages=tuple(self.packages.values()),
            missing=tuple(self.missing),
            ignored=(*self.ignored, *aside),
            notices=tuple(self.notices),
        )
