# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done about a package that Guix lacks: near names, importers, other channels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.manifests.mapping import Outcome
from binder_lite.requirements.conda.names import ON_PYPI

_NEAREST = 3
_LEAST_SCORE = 78.0
# Guix's word for each language's packages, and the importer that writes their definitions
# (https://guix.gnu.org/manual/en/html_node/Invoking-guix-import.html). Julia has none.
_PREFIXES = {"python": "python-", "r": "r-", "julia": "julia-"}
_IMPORTERS = {"python": "pypi", "r": "cran"}
# What is neither an option nor anything to a shell.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel beside Guix's own, and what it is known for."""

    name: str
    url: str
    has: str


_SCIENCE = Channel(
    "guix-science", "https://codeberg.org/guix-science/guix-science.git", "scientific software"
)
_CRAN = Channel("guix-cran", "https://github.com/guix-science/guix-cran.git", "nearly all of CRAN")
_BIOCONDUCTOR = Channel(
    "guix-bioconductor",
    "https://github.com/guix-science/guix-bioconductor.git",
    "nearly all of Bioconductor",
)
PAST = Channel(
    "guix-past", "https://codeberg.org/guix-science/guix-past.git", "old versions of packages"
)


@dataclass(frozen=True, slots=True)
class Advice:
    """``nearest`` names in Guix, the ``importer`` command, and the ``channel`` to look into."""

    nearest: tuple[str, ...]
    importer: str
    channel: Channel

    def __str__(self) -> str:
        parts = []
        if self.nearest:
            parts.append(f"near names in Guix: {', '.join(self.nearest)}")
        if self.importer:
            parts.append(f"`{self.importer}` writes its definition")
        parts.append(f"the channel {self.channel.name} has {self.channel.has}")
        return "; ".join(parts)


def advise(outcome: Outcome, catalogue: Catalogue) -> Advice:
    """Return what can be done about what is missing."""
    language, name = _own_language(outcome)
    near = _nearest(f"{_PREFIXES.get(language, '')}{name.lower()}", catalogue) if name else ()
    return Advice(
        nearest=near,
        importer=importer(language, name, is_bioconductor=_is_bioconductor(outcome)),
        channel=_channel(language, outcome),
    )


def importer(language: str, name: str, *, is_bioconductor: bool = False) -> str:
    """Return the command that writes the definition of a package, ``""`` where there is none."""
    if language not in _IMPORTERS or not _NAME.fullmatch(name):
        return ""
    archive = " --archive=bioconductor" if is_bioconductor else ""
    return f"guix import {_IMPORTERS[language]}{archive} --recursive {name}"


def _own_language(outcome: Outcome) -> tuple[str, str]:
    """Return whose package it is, and its name there."""
    asked = outcome.asked
    if asked.language == "conda":
        for prefix in ("r-", "bioconductor-"):
            if asked.name.startswith(prefix):
                return "r", asked.name.removeprefix(prefix)
        return "python", ON_PYPI.get(asked.name, asked.name)
    if asked.language == "system" and asked.name.startswith("python3-"):
        return "python", asked.name.removeprefix("python3-")
    return asked.language, asked.name


def _is_bioconductor(outcome: Outcome) -> bool:
    asked = outcome.asked
    return asked.name.startswith("bioconductor-") or "bioconductor" in asked.url


def _channel(language: str, outcome: Outcome) -> Channel:
    if language == "r":
        return _BIOCONDUCTOR if _is_bioconductor(outcome) else _CRAN
    return _SCIENCE


def _nearest(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    prefix = next((each for each in _PREFIXES.values() if name.startswith(each)), "")
    names: Sequence[str] = [each for each in catalogue.by_name if each.startswith(prefix)]
    found = process.extract(
        name, names, scorer=fuzz.ratio, limit=_NEAREST, score_cutoff=_LEAST_SCORE
    )
    return tuple(word for word, _, _ in found)
