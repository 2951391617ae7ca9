# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether another revision of Guix has more of what is asked for. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.engines.guix.installation import Guix
from binder_lite.manifests.mapping import Mapped, Outcome, map_requirements
from binder_lite.requirements.guix.channels import pinned
from binder_lite.requirements.model import Requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Another revision, called ``guix`` for people, with what it has as asked for.

    ``gained`` is what the one in use lacks or has in another version, ``lost`` the reverse: each as
    that revision has it. ``kernels_gained`` and ``kernels_lost`` are languages.
    ``names_its_commits`` says whether a ``channels.scm`` can be made of it.
    """

    guix: str
    program: Path
    names_its_commits: bool
    gained: tuple[Outcome, ...] = ()
    lost: tuple[Outcome, ...] = ()
    kernels_gained: tuple[str, ...] = ()
    kernels_lost: tuple[str, ...] = ()

    @property
    def more(self) -> int:
        """How many more requirements and kernels it has."""
        gained = len(self.gained) + len(self.kernels_gained)
        return gained - len(self.lost) - len(self.kernels_lost)

    @property
    def command(self) -> str:
        """What makes it the repository's Guix, as one types it in a shell.

        Without commits to name, what makes it this person's: the variable to set.
        """
        if self.names_its_commits:
            return f"{shlex.quote(str(self.program))} describe --format=channels > channels.scm"
        return f"export PATH={shlex.quote(str(self.program.parent))}:$PATH"


def best_elsewhere(
    requirements: Requirements,
    here: Mapped,
    others: Iterable[tuple[Guix, Catalogue]],
    *,
    only: frozenset[str] = frozenset(),
) -> Elsewhere | None:
    """Return the revision that has most of what is asked for, ``None`` if none has more.

    Of equals it is the first. ``here`` is what the Guix in use has, ``only`` as it was then.
    """
    found = [
        compare(
            here,
            map_requirements(requirements, catalogue, languages=here.languages, only=only),
            guix,
        )
        for guix, catalogue in others
    ]
    best = max(found, key=lambda each: each.more, default=None)
    return best if best and best.more > 0 else None


def compare(here: Mapped, there: Mapped, guix: Guix) -> Elsewhere:
    """Return how what ``there`` has, which is of ``guix``, differs from what ``here`` has.

    Both are of the same requirements. What is optional and missing is no difference.
    """
    pairs = list(zip(here.outcomes, there.outcomes, strict=True))
    kernels_here = {language for language, _ in here.kernels.missing}
    kernels_there = {language for language, _ in there.kernels.missing}
    return Elsewhere(
        guix=guix.revision.text,
        program=guix.program,
        names_its_commits=pinned(guix.revision.channels),
        gained=tuple(b for a, b in pairs if _is_as_asked(b) and not _is_as_asked(a)),
        lost=tuple(b for a, b in pairs if _is_as_asked(a) and not _is_as_asked(b)),
        kernels_gained=tuple(sorted(kernels_here - kernels_there)),
        kernels_lost=tuple(sorted(kernels_there - kernels_here)),
    )


def _is_as_asked(outcome: Outcome) -> bool:
    if outcome.status == "missing":
        return outcome.asked.optional
    return outcome.fit != "unsatisfied"
