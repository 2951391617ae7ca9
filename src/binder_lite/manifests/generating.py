# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository without a Guix file asks Guix for: the story of a generated manifest."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from binder_lite.engines.base import Choices
from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.engines.guix.engine import GuixEngine
from binder_lite.errors import Details, PackagesMissing, Unsupported, VersionsConflict
from binder_lite.events import Result, Step, Steps, Warn
from binder_lite.manifests.lacking import PAST, advise
from binder_lite.manifests.mapping import Mapped, Outcome, map_requirements
from binder_lite.manifests.writing import write_manifest
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements
from binder_lite.sources.model import Checkout

_SHOWN = 5
_FOREIGN = {"dockerfile": "a Dockerfile", "nix": "Nix"}
_HEADER = "What this repository asks for, as `binder-lite manifest` wrote it with Guix {guix}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What was asked for and what became of it, with the Guix that was asked."""

    requirements: Requirements
    mapped: Mapped
    catalogue: Catalogue

    @property
    def text(self) -> str:
        """The text of the manifest.scm."""
        return self.text_with()

    def text_with(self, defined: str = "", *, found: Collection[Outcome] = ()) -> str:
        """Return the text of a manifest that has the packages of a file beside it, too.

        ``found`` are the outcomes that those make up for.
        """
        mapped = self.mapped
        absent = [each for each in mapped.outcomes if each.status == "missing"]
        return write_manifest(
            mapped.entries,
            header=[_HEADER.format(guix=mapped.guix)],
            absent=sorted(_absent(each) for each in absent if each not in found),
            defined=defined,
        )

    @property
    def in_guix(self) -> Requirements:
        """The requirements in Guix's own words, for its engine.

        Projects of the repository itself stay among them.
        """
        origins = {
            each.specification: each.asked.origin
            for each in reversed(self.mapped.outcomes)
            if each.status == "mapped"
        }
        named = {entry.specification: None for entry in self.mapped.entries}
        packages = tuple(
            Requirement(name, origins.get(name, Origin("the notebook's kernel")), "guix")
            for name in named
        )
        local = tuple(each for each in self.requirements.packages if each.local)
        missing = tuple(
            Missing(each.wanted, each.asked.origin, each.reason, each.asked.language)
            for each in self.mapped.outcomes
            if each.status == "missing"
        )
        return replace(
            self.requirements,
            packages=(*packages, *local),
            missing=missing,
            constraints=(),
            indexes=(),
            system=(),
        )


async def generate(
    engine: GuixEngine,
    checkout: Checkout,
    requirements: Requirements,
    *,
    languages: Iterable[str],
    choices: Choices,
    only: frozenset[str] = frozenset(),
) -> Steps[Generated]:
    """Look for all that is asked for in Guix.

    ``languages`` are those of the notebook that is opened; of several, ``only`` count, unless it
    is empty. Raises ``Unsupported`` for what is no
    list of packages; for the rest see :func:`accept`.
    """
    _refuse(requirements)
    asking = Step(engine.packages(checkout, requirements, choices))
    async for event in asking:
        yield event
    catalogue = asking.result
    mapped = await asyncio.to_thread(
        map_requirements, requirements, catalogue, languages=tuple(languages), only=only
    )
    yield Result(Generated(requirements=requirements, mapped=mapped, catalogue=catalogue))


def _refuse(requirements: Requirements) -> None:
    for kind, origin in requirements.foreign:
        if kind in _FOREIGN and not requirements.packages:
            raise Unsupported(
                f"The repository declares its environment with {_FOREIGN[kind]} ({origin}), from "
                "which no manifest can be made.",
                hint="Add a manifest.scm, a requirements.txt or another list of packages.",
            )


async def accept(generated: Generated, choices: Choices) -> Steps[None]:
    """Tell what differs from what was asked for.

    Raises ``PackagesMissing`` unless the person goes on without, and ``VersionsConflict`` when
    every version is to be as asked.
    """
    mapped = generated.mapped
    if (mapped.missing or mapped.kernels.missing) and not choices.allow_missing:
        raise packages_missing(generated)
    if choices.strict:
        refuse_differences(generated)
    for outcome in mapped.outcomes:
        if outcome.status == "missing":
            how = "which is optional" if outcome.asked.optional else "as was asked for"
            said = f"{outcome.wanted} ({outcome.asked.origin}) is missing, {how}: {outcome.reason}."
            yield Warn("building", said)
        elif outcome.fit == "unsatisfied":
            yield Warn("building", f"{_unsatisfied(outcome)}.")
    for language, package in mapped.kernels.missing:
        name = f" ({package})" if package else ""
        yield Warn("building", f"Guix has no kernel for {language}{name}.")
    for conflict in mapped.conflicts:
        yield Warn("building", f"These cannot be in one profile: {conflict}.")
    yield Result(None)


def refuse_differences(generated: Generated) -> None:
    """Raise ``VersionsConflict`` unless all versions are as asked for, and go together."""
    mapped = generated.mapped
    differing = [*map(_unsatisfied, mapped.unsatisfied), *map(str, mapped.conflicts)]
    if differing:
        raise VersionsConflict(
            f"Guix {mapped.guix} does not have what was asked for: "
            f"{'; '.join(differing[:_SHOWN])}{_more(differing)}.",
            hint="Leave out --strict to take what Guix has, or name in channels.scm a Guix that "
            f"has it; the channel {PAST.name} has {PAST.has}.",
            details=Details(last_lines=tuple(differing)),
        )


def shortfall(mapped: Mapped) -> str:
    """Return what keeps Guix from giving all that was asked for, ``""`` if nothing does."""
    for each in mapped.missing:
        return f"Guix has no {each.asked.name or each.asked.url} ({each.asked.origin})"
    for language, _ in mapped.kernels.missing:
        return f"Guix has no kernel for {language}"
    for each in mapped.unsatisfied:
        return _unsatisfied(each)
    return str(next(iter(mapped.conflicts), ""))


def _unsatisfied(outcome: Outcome) -> str:
    return f"{outcome.asked.origin} asks for {outcome.wanted}, {outcome.reason}"


def _absent(outcome: Outcome) -> str:
    return f"{outcome.wanted}, {outcome.asked.origin}: {outcome.reason}"


def packages_missing(generated: Generated) -> PackagesMissing:
    """Return the error of what Guix lacks."""
    missing = generated.mapped.missing
    named = [f"{each.wanted} ({each.asked.origin})" for each in missing]
    named += [f"a kernel for {language}" for language, _ in generated.mapped.kernels.missing]
    advice = [
        f"{each.asked.name}: {advise(each, generated.catalogue)}" for each in missing[:_SHOWN]
    ]
    return PackagesMissing(
        f"Guix {generated.mapped.guix} lacks {', '.join(named[:_SHOWN])}{_more(named)}.",
        hint="Launch with --allow-missing to go on without; `binder-lite manifest SOURCE` tells "
        "what can be done about each.",
        details=Details(last_lines=tuple(advice)),
    )


def _more(said: list[str]) -> str:
    return f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
