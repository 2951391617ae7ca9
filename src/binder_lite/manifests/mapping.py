# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements and the packages of a Guix → what a manifest has, what is missing, what is not.

Everything that was read ends in exactly one :class:`Outcome`. Guix has one or a few versions of a
package; whether they are what was asked for is said of each, and never hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.manifests.kernels import Kernels, find_kernels, language_name
from binder_lite.manifests.model import Entry
from binder_lite.manifests.names import NOTHING, Match, find_package
from binder_lite.manifests.origins import Origins, origins_of
from binder_lite.manifests.together import Conflict, settle
from binder_lite.manifests.versions import satisfies
from binder_lite.requirements.model import Requirement, Requirements

Status = Literal["mapped", "missing", "ignored"]
Fit = Literal["satisfied", "unsatisfied", "unconstrained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one requirement.

    ``package`` is Guix's where it is mapped, and ``specification`` how a manifest names it.
    ``reason`` says why it is missing, ignored or unsatisfied.
    """

    asked: Requirement
    status: Status
    match: Match = NOTHING
    package: Package | None = None
    specification: str = ""
    fit: Fit = "unconstrained"
    reason: str = ""

    @property
    def wanted(self) -> str:
        """The requirement in its language's own words, for people."""
        return describe(self.asked)


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """All outcomes, in the order of the files; the kernels; what cannot be in one profile."""

    outcomes: tuple[Outcome, ...]
    languages: frozenset[str]
    kernels: Kernels
    conflicts: tuple[Conflict, ...]
    guix: str

    @property
    def other_language(self) -> str:
        """The language besides Python that the repository is made for, ``""`` without one."""
        return ", ".join(sorted(self.languages - {"python"}))

    @cached_property
    def missing(self) -> tuple[Outcome, ...]:
        """What Guix lacks and the repository does not work without."""
        return tuple(
            each for each in self.outcomes if each.status == "missing" and not each.asked.optional
        )

    @cached_property
    def unsatisfied(self) -> tuple[Outcome, ...]:
        """What Guix has in another version than was asked for."""
        return tuple(each for each in self.outcomes if each.fit == "unsatisfied")

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The lines of the manifest."""
        asked = (
            Entry(each.specification, each.match.group, comment(each))
            for each in self.outcomes
            if each.status == "mapped"
        )
        return (*self.kernels.entries, *asked)


def comment(outcome: Outcome) -> str:
    """Return what a manifest says of an outcome: what was asked for, and where."""
    said = f"{outcome.wanted}, {outcome.asked.origin}"
    return f"{said}: {outcome.reason}" if outcome.fit == "unsatisfied" else said


def describe(asked: Requirement) -> str:
    """Return a requirement in its language's own words."""
    extras = f"[{','.join(asked.extras)}]" if asked.extras else ""
    version = f" {asked.specifier}" if asked.language == "julia" else asked.specifier
    source = f" @ {asked.url}" if asked.url and asked.name and not asked.local else ""
    return f"{asked.name or asked.url}{extras}{version}{source}".strip()


def map_requirements(
    requirements: Requirements,
    catalogue: Catalogue,
    *,
    languages: Iterable[str] = (),
    only: frozenset[str] = frozenset(),
) -> Mapped:
    """Look for all that is asked for in a Guix.

    ``languages`` are those of the notebooks. What is in another than ``only`` these is ignored,
    unless that is empty.
    """
    origins = origins_of(catalogue)
    spoken = frozenset(map(language_name, (*languages, *_languages(requirements))))
    if only:
        spoken = spoken & only or only - {"system"}
    kernels = find_kernels(spoken, catalogue)
    python = next(iter(catalogue.named("python")), None)
    asked = tuple(_all_asked(requirements))
    version = python.version if python else ""
    limits = _limits((*(each for each, _ in asked), *requirements.constraints), version)
    looked_up = [
        _look_up(each, reason, origins, version)
        if not only or _language(each) in only
        else Outcome(asked=each, status="ignored", reason=_LEFT_OUT)
        for each, reason in asked
    ]
    outcomes, conflicts = _settle(looked_up, limits, kernels, catalogue)
    # What a repository works without is left out before it keeps the rest from being had.
    if conflicts and (without := _without_optional(outcomes, conflicts)) != outcomes:
        outcomes, conflicts = _settle(without, limits, kernels, catalogue)
    return Mapped(
        outcomes=(*outcomes, *_already_ignored(requirements)),
        languages=spoken,
        kernels=kernels,
        conflicts=conflicts,
        guix=catalogue.guix,
    )


def _settle(
    looked_up: Sequence[Outcome], limits: _Limits, kernels: Kernels, catalogue: Catalogue
) -> tuple[list[Outcome], tuple[Conflict, ...]]:
    """Choose a version of each package that was found, so that they can be in one profile."""
    wanted = [at for at, each in enumerate(looked_up) if each.status == "mapped"]
    candidates = [_by_fit(looked_up[at], limits) for at in wanted]
    # A kernel is named without a version, and so is the newest.
    kernel_packages = [catalogue.named(entry.specification)[:1] for entry in kernels.entries]
    chosen, conflicts = settle([*candidates, *kernel_packages], catalogue)
    outcomes = [*looked_up]
    for at, package in zip(wanted, chosen, strict=False):
        outcomes[at] = _settled(outcomes[at], package, catalogue, limits)
    return outcomes, conflicts


def _without_optional(outcomes: Sequence[Outcome], conflicts: Iterable[Conflict]) -> list[Outcome]:
    """Return the outcomes without the optional packages that have a part in a conflict."""
    who = {name for conflict in conflicts for _, names in conflict.versions for name in names}
    return [
        replace(each, status="ignored", package=None, specification="", fit="unconstrained",
                reason="it is optional, and would bring other versions of what the rest needs")
        if each.asked.optional and each.package and each.package.name in who
        else each
        for each in outcomes
    ]  # fmt: skip


def _all_asked(requirements: Requirements) -> Iterator[tuple[Requirement, str]]:
    """Yield all that is asked for, each with why another engine could not give it, if so."""
    for each in (*requirements.packages, *requirements.system):
        yield each, ""
    for version in requirements.python:
        yield Requirement("python", version.origin, specifier=version.specifier), ""
    for missing in requirements.missing:
        # Of a module that was imported only the package counts.
        name = missing.name.split(".")[0] if missing.language == "python" else missing.name
        yield Requirement(name, missing.origin, missing.language), missing.reason


def _already_ignored(requirements: Requirements) -> Iterator[Outcome]:
    for each in requirements.ignored:
        asked = Requirement(each.name, each.origin, each.language)
        yield Outcome(asked=asked, status="ignored", reason=each.reason)


def _languages(requirements: Requirements) -> frozenset[str]:
    """Return the languages that the repository is written in; Python where nothing tells."""
    found = {language for language, _ in requirements.foreign}
    for each in requirements.packages:
        found.add(_language(each))
    if requirements.python:
        found.add("python")
    return frozenset(found - {"system", "guix"}) or frozenset({"python"})


def _language(asked: Requirement) -> str:
    """Return the language whose package it is; what conda brings tells it by its name."""
    if asked.language != "conda":
        return asked.language
    if re.match(r"(r|bioconductor)(-|$)", asked.name):
        return "r"
    return "julia" if asked.name == "julia" else "python"


def _look_up(asked: Requirement, reason: str, origins: Origins, python: str) -> Outcome:
    """Return the outcome of one requirement, as far as it does not depend on others."""
    if asked.local:
        return Outcome(asked=asked, status="ignored", reason=_IS_LOCAL)
    if not _applies(asked.marker, python):
        return Outcome(
            asked=asked, status="ignored", reason=f"here it is not so that {asked.marker}"
        )
    if not asked.name:
        said = "Guix installs nothing from an address; with the package's name it may have that"
        return Outcome(asked=asked, status="missing", reason=said)
    match = find_package(asked.language, asked.name, origins)
    if match.packages:
        return Outcome(asked=asked, status="mapped", match=match)
    if match.ignored:
        return Outcome(asked=asked, status="ignored", match=match, reason=match.ignored)
    said = match.reason or reason or "Guix has no package of it"
    return Outcome(asked=asked, status="missing", match=match, reason=said)


_LEFT_OUT = "it is not in the language that was asked for"
_IS_LOCAL = "it is in the repository; its folder is on Python's path in a session"


def _applies(marker: str, python: str) -> bool:
    """Evaluate a marker as the environment that is made will: on Linux, with Guix's Python."""
    if not marker:
        return True
    environment = {
        "implementation_version": python,
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "os_name": "posix",
        "platform_system": "Linux",
        "sys_platform": "linux",
        "extra": "",
    }
    try:
        return Marker(marker).evaluate(environment)
    except (InvalidMarker, UndefinedEnvironmentName, ValueError):
        return True


_Limits = Mapping[tuple[str, str], tuple[str, ...]]


def _limits(asked: Iterable[Requirement], python: str) -> _Limits:
    """Return all that is said of each package's version and applies, wherever it is said."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for each in asked:
        if each.specifier and _applies(each.marker, python):
            key = (each.language, each.name)
            found[key] = (*found.get(key, ()), each.specifier)
    return found


def _by_fit(outcome: Outcome, limits: _Limits) -> Sequence[Package]:
    """Return the packages that it may be, those whose version satisfies first."""
    asked = outcome.asked
    specifiers = limits.get((asked.language, asked.name), ())

    def misses(package: Package) -> int:
        return sum(not satisfies(asked.language, each, package.version) for each in specifiers)

    return sorted(outcome.match.packages, key=misses)


def _settled(outcome: Outcome, package: Package, catalogue: Catalogue, limits: _Limits) -> Outcome:
    asked = outcome.asked
    output = outcome.match.output if outcome.match.output in package.outputs else "out"
    specifiers = limits.get((asked.language, asked.name), ())
    fit: Fit = "satisfied" if specifiers else "unconstrained"
    reason = ""
    if asked.url:
        fit, reason = "unsatisfied", f"Guix has {package.version}, from elsewhere"
    elif not all(satisfies(asked.language, each, package.version) for each in specifiers):
        fit, reason = "unsatisfied", f"Guix has {package.version}"
    return replace(
        outcome,
        package=package,
        specification=catalogue.specification(package, output),
        fit=fit,
        reason=reason,
    )
