# SPDX-License-Identifier: GPL-3.0-or-later
"""A name of PyPI, CRAN, Julia, conda or Debian → the packages of Guix that are that software.

Rules come first: where a package's source comes from, and how Guix makes names. What no rule can
know is in `exceptions.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from binder_lite.engines.guix.catalogue import Package
from binder_lite.manifests import exceptions
from binder_lite.manifests.model import Group
from binder_lite.manifests.origins import Origins, r_name
from binder_lite.requirements.conda import names as conda_names
from binder_lite.requirements.julia.names import STANDARD_LIBRARY
from binder_lite.requirements.model import Language

# PyPI's ways to say "the same, in another build".
_BUILDS = re.compile(r"-(?:binary|cpu|gpu|headless|bin|nightly)$")
_OF_A_LANGUAGE = re.compile(r"(?:python|r|julia|ghc|ocaml|perl|go|rust|ruby|emacs|java)-")
# What Debian and conda put behind a program's name, for a part or a build of it.
_PARTS = re.compile(
    r"-(?:bin|tools|utils|cli|core|base|full|server|client|nox|common|headless|contrib|dbg)$"
)
_JDK = re.compile(r"^openjdk-\d+-(?P<part>jdk|jre)")
_DEVELOPMENT = re.compile(r"^lib(?P<name>.+?)(?P<version>[\d.]*)-dev$")
_LIBRARY = re.compile(r"^lib(?P<name>[a-z+-]+?)(?:[\d.-]+[a-z]*)?$")
_TEXLIVE = re.compile(r"^texlive-(?P<name>.+)$")


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for a name.

    ``packages`` are those that are the software, the preferred first. With none, ``ignored`` is
    why nothing is needed, and if that is empty, too, ``reason`` is why there is none, where more
    is known than that. ``output`` is the package's output.
    """

    packages: tuple[Package, ...] = ()
    group: Group = "requirements"
    output: str = "out"
    ignored: str = ""
    reason: str = ""


NOTHING = Match()
Finder = Callable[[str, Origins], Match]


def find_package(language: Language, name: str, origins: Origins) -> Match:
    """Return what Guix has for ``name``, as the ``language``'s own files spell it."""
    return _FINDERS[language](name, origins)


def _python(name: str, origins: Origins) -> Match:
    if name == "python":
        return Match(origins.catalogue.named("python"), group="kernel")
    name = canonicalize_name(name)
    if reason := exceptions.NOT_NEEDED_FROM_PYPI.get(name):
        return Match(ignored=reason)
    if specification := exceptions.PYPI.get(name):
        return _guix(specification, origins)
    return Match(origins.python(name) or origins.python(_BUILDS.sub("", name)))


def _r(name: str, origins: Origins) -> Match:
    if name == "R":
        return Match(origins.catalogue.named("r-minimal"), group="kernel")
    if name in exceptions.BASE_R:
        return Match(ignored="it is part of R")
    return Match(origins.r(name))


def _julia(name: str, origins: Origins) -> Match:
    if name == "julia":
        return Match(origins.catalogue.named("julia"), group="kernel")
    if name in STANDARD_LIBRARY:
        return Match(ignored="it is part of Julia")
    if name == "IJulia":
        return Match(origins.julia(name), group="kernel")
    return Match(origins.julia(name))


def _conda(name: str, origins: Origins) -> Match:
    if reason := exceptions.NOT_NEEDED_FROM_CONDA.get(name) or _guides_conda(name):
        return Match(ignored=reason)
    if name in ("r", "r-base"):
        return _r("R", origins)
    if match := re.match(r"^(?:r|bioconductor)-(.+)$", name):
        return Match(origins.catalogue.named(f"r-{match[1].replace('.', '-').replace('_', '-')}"))
    if name in ("julia", "r-irkernel"):
        return Match(origins.catalogue.named(name), group="kernel")
    return _conda_program_or_python(name, origins)


def _conda_program_or_python(name: str, origins: Origins) -> Match:
    if word := exceptions.CONDA.get(name):
        return Match(origins.catalogue.named(word), group="system")
    if system := conda_names.SYSTEM.get(name):
        programs = _program(name, origins)
        return Match(programs, group="system") if programs else _system(system, origins)
    known = conda_names.ON_PYPI.get(name, name)
    found = _python(known, origins) if known not in exceptions.LIBRARIES_OF_CONDA else NOTHING
    if found.packages or found.ignored:
        return found
    for word in (name, *_library_words(name)):
        if programs := _program(word, origins):
            return Match(programs, group="system")
    brought = name in conda_names.LEFT_OUT or conda_names.why_left_out(name)
    return Match(ignored=_BROUGHT) if brought else NOTHING


_BROUGHT = "what needs it brings it along"


def _guides_conda(name: str) -> str:
    reason = conda_names.LEFT_OUT.get(name, "")
    return reason if reason == conda_names.ONLY_CONDA or name.startswith("_") else ""


def _system(name: str, origins: Origins) -> Match:
    """Return what Guix has for a package of Debian."""
    if reason := exceptions.NOT_NEEDED_FROM_DEBIAN.get(name):
        return Match(ignored=reason)
    if specification := exceptions.DEBIAN.get(name):
        return replace(_guix(specification, origins), group="system")
    if match := _JDK.match(name):
        output = "jdk" if match["part"] == "jdk" else "out"
        return Match(origins.catalogue.named("openjdk"), group="system", output=output)
    if match := re.match(r"^python3?-(.+)$", name):
        found = _python(match[1], origins)
        return Match(found.packages, "system", ignored=found.ignored)
    if match := re.match(r"^r-(?:cran|bioc|other)-(.+)$", name):
        return Match(origins.catalogue.named(r_name(match[1])), group="system")
    if match := re.match(r"^fonts-(.+)$", name):
        return Match(origins.catalogue.named(f"font-{match[1]}"), group="system")
    for word in (name, *_library_words(name)):
        if programs := _program(word, origins):
            return Match(programs, group="system")
    return Match(_texlive(name, origins), group="system")


def _texlive(name: str, origins: Origins) -> tuple[Package, ...]:
    """Return what Guix has of TeX Live: Debian's packages are its collections."""
    match = _TEXLIVE.match(name)
    words = [f"texlive-{name}"]
    if match:
        joined = match["name"].replace("-", "")
        words = [f"texlive-collection-{joined}", f"texlive-scheme-{joined}", name]
    return next(filter(None, map(origins.catalogue.named, words)), ())


def _library_words(name: str) -> tuple[str, ...]:
    """Return the names that Guix may have for a library or program, likeliest first."""
    if match := _DEVELOPMENT.match(name):
        word = match["name"].rstrip("-.")
        return (f"lib{word}", word, f"lib{word}{match['version']}", f"{word}{match['version']}")
    if name.endswith("-dev"):
        return (name.removesuffix("-dev"),)
    if match := _LIBRARY.match(name):
        word = match["name"].rstrip("-")
        return (f"lib{word}", word)
    return (re.sub(r"-\d[\d.]*$", "", name), _PARTS.sub("", name))


def _program(name: str, origins: Origins) -> tuple[Package, ...]:
    """Return Guix's package of exactly this name; a language's libraries have its prefix."""
    return () if _OF_A_LANGUAGE.match(name) else origins.catalogue.named(name)


def _guix(name: str, origins: Origins) -> Match:
    word, _, output = name.partition(":")
    word, _, version = word.partition("@")
    found = origins.catalogue.named(word)
    if version:
        found = tuple(each for each in found if _begins(each.version, version))
    return Match(found, output=output or "out")


def _begins(version: str, wanted: str) -> bool:
    return version == wanted or version.startswith((f"{wanted}.", f"{wanted}-"))


_FINDERS: Mapping[Language, Finder] = {
    "python": _python,
    "r": _r,
    "julia": _julia,
    "conda": _conda,
    "system": _system,
    "guix": _guix,
}
