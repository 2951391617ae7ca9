# SPDX-License-Identifier: GPL-3.0-or-later
"""Which software a package of Guix is, by where Guix itself fetches its source from.

Names alone deceive: Guix's `docker` is a program in Go, PyPI's is a library. Guix's rules for
naming: https://guix.gnu.org/manual/en/html_node/Package-Naming.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache

from packaging.utils import canonicalize_name

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.manifests.exceptions import OTHERS_ON_PYPI
from binder_lite.requirements.guix.packages import KEEPS_PREFIX

# The forms of the addresses, whatever mirror they name.
_PYPI = re.compile(r"/packages/source/[^/]+/([^/]+)/")
_PYPI_FILE = re.compile(r"/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/([^/]+?)-\d[^/]*$")
_R = re.compile(r"/src/contrib/(?:.*/)?([^/_]+)_[^/]*$")
_REPOSITORY = re.compile(r"^(?:https?|git)://[^/]+/(?:.*/)?([^/]+?)(?:\.git)?/*$")
_RELEASE = re.compile(
    r"^https?://[^/]+/(?:.*/)?([^/-][^/]*)/(?:-/)?(?:releases|archive|get|downloads)/"
)
_JULIA = re.compile(r"/([^/]+?)\.jl(?:\.git)?/?$")
_PYTHON_BUILDS = frozenset({"pyproject", "python"})
# What the names of repositories have around a package's own.
_AROUND = re.compile(r"^(?:python|py)-|-(?:python|py)$|^py(?=\w{3})")


class Origins:
    """The packages of a catalogue by their names where they come from."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def python(self, name: str) -> tuple[Package, ...]:
        """Return the packages that are the project ``name`` (normalised) of PyPI, best first."""
        named: list[Package] = []
        for word in (f"python-{name}", name):
            found = self.catalogue.named(word)
            # What Guix calls alike is the same software; one that tells where it is from is enough.
            if any(_may_be_python(package, name) for package in found):
                named += [each for each in found if pypi_origin(each) in ("", name)]
        return tuple(dict.fromkeys((*named, *self._pypi.get(name, ()))))

    def r(self, name: str) -> tuple[Package, ...]:
        """Return the packages that are ``name``, as CRAN or Bioconductor spell it, best first."""
        named = [each for each in self.catalogue.named(r_name(name)) if _may_be_r(each, name)]
        return tuple(dict.fromkeys((*named, *self._r.get(name, ()))))

    def julia(self, name: str) -> tuple[Package, ...]:
        """Return the packages that are Julia's ``name``."""
        word = f"julia-{name.lower()}"
        named = [each for each in self.catalogue.named(word) if julia_origin(each) in ("", name)]
        return tuple(dict.fromkeys((*named, *self._julia.get(name, ()))))

    @cached_property
    def _pypi(self) -> Mapping[str, tuple[Package, ...]]:
        return self._index(
            lambda each: (
                (pypi_origin(each), canonicalize_name(each.upstream))
                if each.build in _PYTHON_BUILDS
                else (pypi_origin(each),)
            )
        )

    @cached_property
    def _r(self) -> Mapping[str, tuple[Package, ...]]:
        return self._index(
            lambda each: (r_origin(each), each.upstream) if each.build == "r" else ()
        )

    @cached_property
    def _julia(self) -> Mapping[str, tuple[Package, ...]]:
        return self._index(
            lambda each: (julia_origin(each), each.upstream) if each.build == "julia" else ()
        )

    def _index(
        self, names_of: Callable[[Package], Iterable[str]]
    ) -> Mapping[str, tuple[Package, ...]]:
        found: dict[str, list[Package]] = {}
        # By name, the newest first; so that equal Guixes give equal answers.
        for name in sorted(self.catalogue.by_name):
            for package in self.catalogue.by_name[name]:
                if not package.superseded:
                    for key in {*names_of(package)} - {""}:
                        found.setdefault(key, []).append(package)
        return {key: tuple(packages) for key, packages in found.items()}


@lru_cache(maxsize=4)
def origins_of(catalogue: Catalogue) -> Origins:
    """Return the names of a catalogue, which takes a moment to collect, once."""
    return Origins(catalogue)


def r_name(name: str) -> str:
    """Return what Guix calls a package of R."""
    return "r-" + name.lower().replace(".", "-").replace("_", "-")


def pypi_origin(package: Package) -> str:
    """Return the project on PyPI that the source comes from, normalised; ``""`` if from none."""
    for url in package.urls:
        if match := _PYPI.search(url) or _PYPI_FILE.search(url):
            return canonicalize_name(match[1])
    return ""


def r_origin(package: Package) -> str:
    """Return the package of CRAN or Bioconductor that the source is, ``""`` if from neither."""
    for url in package.urls:
        if match := _R.search(url):
            return match[1]
    return ""


def julia_origin(package: Package) -> str:
    """Return the package of Julia whose repository the source is in, ``""`` if it is in none."""
    return next((match[1] for url in package.urls if (match := _JULIA.search(url))), "")


def repository_origin(package: Package) -> str:
    """Return the name of the repository that the source comes from, in lower case."""
    for url in package.urls:
        if match := _RELEASE.match(url) or _REPOSITORY.match(url):
            return match[1].lower()
    return ""


def _may_be_python(package: Package, name: str) -> bool:
    """Say whether a package that is named like it is PyPI's ``name``: nothing says otherwise."""
    if origin := pypi_origin(package):
        return origin == name or canonicalize_name(package.upstream) == name
    if package.name == f"python-{name}":
        return package.name not in KEEPS_PREFIX and name not in OTHERS_ON_PYPI
    # Not called after Python: its repository has to be named so, and built as Python is.
    named = canonicalize_name(_AROUND.sub("", repository_origin(package)))
    return package.build in _PYTHON_BUILDS and named in (name, _AROUND.sub("", name))


def _may_be_r(package: Package, name: str) -> bool:
    return (r_origin(package) or package.upstream or name) == name
