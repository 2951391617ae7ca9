# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading R code finds: packages that are used and installed, and what cannot be told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from binder_lite.requirements.r.remotes import Remote, is_package_name

# Code that cannot be followed is told, but no more often than a person reads it.
_MOST_UNCLEAR = 50


@dataclass(frozen=True, slots=True)
class Use:
    """A package that code uses; ``optional`` when the code goes on without it.

    ``installer``: only functions that install packages are used of it.
    """

    package: str
    line: int
    optional: bool = False
    installer: bool = False


@dataclass(frozen=True, slots=True)
class RInstall:
    """A package that code installs, by the function ``how``; ``optional``: if it is run at all."""

    remote: Remote
    line: int
    how: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """Code that installs or loads what cannot be told from its text, and why not."""

    text: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class RCode:
    """What code asks for, in order.

    ``files`` are the scripts that it runs by ``source``; ``projects`` are the files of the project
    itself (``DESCRIPTION``, ``renv.lock``) whose packages it installs. Both have their lines.
    """

    uses: tuple[Use, ...] = ()
    installs: tuple[RInstall, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    files: tuple[tuple[str, int], ...] = ()
    projects: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class Findings:
    """What has been found so far, each once."""

    uses: dict[str, Use] = field(default_factory=dict)
    installs: dict[RInstall, None] = field(default_factory=dict)
    unclear: dict[Unclear, None] = field(default_factory=dict)
    files: dict[tuple[str, int], None] = field(default_factory=dict)
    projects: dict[tuple[str, int], None] = field(default_factory=dict)

    def result(self) -> RCode:
        """Return them as a value."""
        return RCode(
            tuple(self.uses.values()),
            tuple(self.installs),
            tuple(self.unclear),
            tuple(self.files),
            tuple(self.projects),
        )

    def use(self, found: Use) -> None:
        """Add a use. What is needed anywhere is needed."""
        known = self.uses.get(found.package)
        if not is_package_name(found.package):
            if found.package:
                self.tell(found.package, found.line, "this is no name of a package")
        elif known is None or (known.optional and not found.optional):
            self.uses[found.package] = found
        elif known.optional == found.optional:
            installer = known.installer and found.installer
            self.uses[found.package] = replace(known, installer=installer)

    @property
    def is_full(self) -> bool:
        """Say whether more that is unclear would only be counted."""
        return len(self.unclear) >= _MOST_UNCLEAR

    def tell(self, text: str, line: int, reason: str) -> None:
        """Add what is unclear. ``text`` is shortened to what fits on a line."""
        if self.is_full:
            last = next(reversed(self.unclear))
            if last.text:
                reason = "more than this is not told of this file"
                self.unclear[Unclear("", line, reason)] = None
            return
        self.unclear[Unclear(text.split("\n")[0].strip()[:120], line, reason)] = None
