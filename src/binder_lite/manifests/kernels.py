# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernels of a manifest: for each language its own packages, where Guix has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.manifests.model import Entry

# A language as notebooks name it → the language's package and its kernel's.
_PACKAGES = {
    "python": ("python", "python-ipykernel"),
    "r": ("r-minimal", "r-irkernel"),
    "julia": ("julia", "julia-ijulia"),
    "bash": ("bash", "python-bash-kernel"),
    "common-lisp": ("sbcl", "sbcl-common-lisp-jupyter"),
    "guile": ("guile", "jupyter-guile-kernel"),
    "haskell": ("ghc", "ghc-ihaskell"),
    "ocaml": ("ocaml", "ocaml-jupyter"),
    "octave": ("octave", "python-octave-kernel"),
    "pari": ("pari-gp", "python-pari-jupyter"),
    "ruby": ("ruby", "ruby-iruby"),
    "sparql": ("python-sparqlkernel",),
}
_ALIASES = {
    "gp": "pari",
    "ipython": "python",
    "ipython3": "python",
    "lisp": "common-lisp",
    "python3": "python",
    "scheme": "guile",
    "shell": "bash",
    "shellscript": "bash",
}


@dataclass(frozen=True, slots=True)
class Kernels:
    """Lines of the manifest, and the languages whose kernel Guix lacks: (language, package)."""

    entries: tuple[Entry, ...]
    missing: tuple[tuple[str, str], ...] = ()


def language_name(language: str) -> str:
    """Return the one name by which a language is known here."""
    word = language.lower()
    return _ALIASES.get(word, word)


def find_kernels(languages: Iterable[str], catalogue: Catalogue) -> Kernels:
    """Return what the kernels of these languages need."""
    entries: list[Entry] = []
    missing: list[tuple[str, str]] = []
    for language in sorted({language_name(each) for each in languages}):
        names = _PACKAGES.get(language, ())
        if not names or not catalogue.named(names[-1]):
            missing.append((language, names[-1] if names else ""))
        entries += [Entry(name, "kernel") for name in names if catalogue.named(name)]
    return Kernels(tuple(entries), tuple(missing))
