# SPDX-License-Identifier: GPL-3.0-or-later
"""What Guix lacks, imported: the story from missing packages to a file that defines them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.engines.guix.importing import Import, Source, run_importer
from binder_lite.engines.guix.installation import Guix
from binder_lite.events import Message, Result, Step, Steps
from binder_lite.manifests.definitions import (
    Definition,
    parse_definitions,
    together,
    usable,
    write_packages,
)
from binder_lite.manifests.generating import Generated
from binder_lite.manifests.lacking import advise
from binder_lite.manifests.mapping import Fit, Outcome
from binder_lite.manifests.versions import satisfies
from binder_lite.requirements.guix.text import NotPlain

_HEADER = "What Guix {guix} lacks, as `guix import` wrote it for `binder-lite manifest --import`."
_PINNED = re.compile(r"===?\s*(?P<version>[A-Za-z0-9][A-Za-z0-9.+!-]*)")
_PLACES: Mapping[Source, str] = {"pypi": "PyPI", "cran": "CRAN", "bioconductor": "Bioconductor"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an outcome that was missing became: a package of this name and version.

    ``fit`` says whether the version, which is empty where Guix computes it, is as asked for.
    """

    outcome: Outcome
    name: str
    version: str = ""
    fit: Fit = "unconstrained"


@dataclass(frozen=True, slots=True)
class Failed:
    """What could not be imported, and why, in Guix's words where it had any."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Imports:
    """What became of all that Guix lacks. ``text`` defines what was imported."""

    imported: tuple[Imported, ...] = ()
    failed: tuple[Failed, ...] = ()
    text: str = ""
    packages: tuple[str, ...] = ()


def planned(outcome: Outcome, catalogue: Catalogue) -> Import | str:
    """Return what to import for a missing package, else why nothing can be.

    It is what :func:`.lacking.advise` names, in the version that is asked for if it is one alone.
    What is asked for from an address is not looked for elsewhere: there its name may be another's.
    """
    words = advise(outcome, catalogue).importer.split()
    asked = outcome.asked
    if not words:
        return "Guix has no importer for it" if asked.name else outcome.reason
    source: Source = "bioconductor" if "--archive=bioconductor" in words else "cran"
    if asked.url and source != "bioconductor":
        return "it is asked for from an address, and elsewhere its name may be another's"
    version = ""
    if "pypi" in words[:3]:
        source = "pypi"
        pinned = _PINNED.fullmatch(asked.specifier) if asked.language == "python" else None
        version = pinned["version"] if pinned else ""
    try:
        return Import(source, words[-1], version)
    except ValueError as error:
        return str(error)


async def import_missing(generated: Generated, guix: Guix, *, module: str) -> Steps[Imports]:
    """Import each package that is missing and not optional; say of each what became of it.

    ``module`` is the name of the file, without its suffix, that the definitions are for.
    """
    outcomes = generated.mapped.missing
    plans = [(each, planned(each, generated.catalogue)) for each in outcomes]
    wanted = list(dict.fromkeys(plan for _, plan in plans if isinstance(plan, Import)))
    defined: dict[Import, Sequence[Definition]] = {}
    problems: dict[Import, str] = {}
    for at, each in enumerate(wanted, start=1):
        said = f"Importing {each.name} from {_PLACES[each.source]} ({at} of {len(wanted)})."
        yield Message("building", said)
        asking = Step(run_importer(guix, each))
        async for event in asking:
            yield event
        try:
            defined[each] = parse_definitions(asking.result.text)
            problems[each] = "" if defined[each] else asking.result.problem
        except NotPlain as error:
            problems[each] = f"what the importer printed is no list of definitions: {error}"
    yield Result(_imports(generated, plans, defined, problems, module))


def _imports(
    generated: Generated,
    plans: Iterable[tuple[Outcome, Import | str]],
    defined: Mapping[Import, Sequence[Definition]],
    problems: Mapping[Import, str],
    module: str,
) -> Imports:
    """Return what became of each, and the file that has what can be used."""
    roots = {plan: found[-1] for plan, found in defined.items() if found}
    loaded = usable(
        together(defined.values()),
        (root.name for root in roots.values()),
        generated.catalogue,
        _profile(generated),
    )
    kept = {each.name: each for each in loaded.definitions}
    unusable = dict(loaded.unusable)
    imported: list[Imported] = []
    failed: list[Failed] = []
    for outcome, plan in plans:
        if isinstance(plan, str):
            failed.append(Failed(outcome, plan))
        elif plan not in roots:
            failed.append(Failed(outcome, problems[plan]))
        elif (name := roots[plan].name) in unusable:
            failed.append(Failed(outcome, unusable[name]))
        else:
            found = kept[name]
            imported.append(Imported(outcome, name, found.version, _fit(outcome, found.version)))
    text = write_packages(
        loaded,
        [(each.name, _comment(each)) for each in imported],
        module=module,
        header=_HEADER.format(guix=generated.mapped.guix),
    )
    return Imports(
        imported=tuple(imported),
        failed=tuple(failed),
        text=text if imported else "",
        packages=tuple(kept),
    )


def _profile(generated: Generated) -> Iterator[Package]:
    for outcome in generated.mapped.outcomes:
        if outcome.package:
            yield outcome.package
    for entry in generated.mapped.kernels.entries:
        yield from generated.catalogue.named(entry.specification)[:1]


def _fit(outcome: Outcome, version: str) -> Fit:
    asked = outcome.asked
    if asked.language == "system" or not asked.specifier:
        return "unconstrained"
    fits = satisfies(asked.language, asked.specifier, version)
    return "satisfied" if fits else "unsatisfied"


def _comment(imported: Imported) -> str:
    said = f"{imported.outcome.wanted}, {imported.outcome.asked.origin}"
    if imported.fit == "unsatisfied":
        return f"{said}: this is {imported.version or 'another'}"
    return said
