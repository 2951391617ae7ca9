# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Guix file asks for, as data, and what its errors are for a person. Pure.

The answers come from ``guile/binder-lite/describe.scm``, from the same process as the file that is
described, which is a program of somebody else's: nothing in them is taken at its word. A package's
specification is looked up anew by Guix, and anything else is only shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from binder_lite.engines.base import WORK
from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.errors import BadManifest, LaunchError, PackageNotFound, TrustNeeded
from binder_lite.requirements.model import Requirements

# As (guix ui) reads one, without what no package is called.
_SPECIFICATION = re.compile(r"[A-Za-z0-9][\w.+-]*(@[\w.+~^-]+)?(:[\w.+-]+)?")
_SHOWN = 5
_NAMES = 12
# In characters: a name, and a message or hint, that a file may put before a person.
_LONGEST_NAME = 80
_LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A package that a manifest names. ``specification`` is how Guix finds it again.

    Without one only the file itself can say what it is. ``implicit``: nobody named it, the build
    system of a package brings it.
    """

    name: str
    version: str
    output: str = "out"
    specification: str | None = None
    location: str | None = None
    implicit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a file asks for. ``available`` are those packages asked about that this Guix has."""

    kind: str
    entries: tuple[Entry, ...]
    available: frozenset[str] = frozenset()

    @property
    def own(self) -> tuple[Entry, ...]:
        """The packages that the file itself defines or changes."""
        return tuple(e for e in self.entries if not e.specification and not e.implicit)

    @property
    def implicit(self) -> tuple[Entry, ...]:
        """What a package's build system brings: a compiler, tar …"""
        return tuple(entry for entry in self.entries if entry.implicit)

    @property
    def doubled(self) -> tuple[str, ...]:
        """Names of which there are several versions; Guix joins them, and one hides the other."""
        versions: dict[str, set[str]] = {}
        for entry in self.entries:
            versions.setdefault(entry.name, set()).add(entry.version)
        return tuple(name for name, found in versions.items() if len(found) > 1)

    @property
    def specifications(self) -> tuple[str, ...]:
        """How Guix finds each package again, in order."""
        return tuple(entry.specification for entry in self.entries if entry.specification)


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""
    hint: str | None = None
    name: str = ""
    nearest: list[str] = []
    versions: list[str] = []
    file: str | None = None
    line: int | None = None


class _Answer(msgspec.Struct, frozen=True):
    answer: dict[str, Any] | None = None
    error: _Problem | None = None


def parse_answer(text: str, file: str) -> Description:
    """Return what the answer says of ``file``.

    Raises ``PackageNotFound``, ``BadManifest`` and, for a file that would need the daemon,
    ``TrustNeeded``; ``ValueError`` when it is no answer at all.
    """
    try:
        said = msgspec.json.decode(text, type=_Answer)
        if said.error is not None:
            raise error_for(said.error, file)
        values = said.answer or {}
        entries = msgspec.convert(values.get("entries"), tuple[Entry, ...])
        available = values.get("available", {})
        description = Description(
            kind=str(values.get("kind", "manifest")),
            entries=entries,
            available=frozenset(name for name, there in available.items() if there is True),
        )
    except (msgspec.DecodeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no answer: {error}") from error
    for specification in description.specifications:
        if not _SPECIFICATION.fullmatch(specification):
            raise BadManifest(
                f"{file} names a package {specification[:60]!r}, which is no package's name.",
                hint="Name packages as `guix search` shows them.",
            )
    return description


# What to do where the answer has no hint of its own.
_HINTS = {
    "syntax": "Mend that line; often a parenthesis is missing or one too many.",
    "missing-module": "Check its name; a module of another channel needs a channels.scm.",
    "not-a-manifest": "Its last expression is to be a manifest, as in "
    '(specifications->manifest (list "r")).',
    "quit": "A manifest's last expression is to be the manifest; it must not end Guile.",
}


def described_by(catalogue: Catalogue, requirements: Requirements) -> Description:
    """Return what requirements that are Guix's already ask for, without asking Guix.

    It is what a manifest.scm of the same specifications gives.
    """
    entries = []
    for each in requirements.packages:
        if each.language != "guix":
            continue
        word, _, output = each.name.partition(":")
        name, _, version = word.partition("@")
        package = next(p for p in catalogue.named(name) if version in ("", p.version))
        entries.append(
            Entry(
                name=package.name,
                version=package.version,
                output=output or "out",
                specification=each.name,
            )
        )
    return Description(
        kind="manifest", entries=tuple(entries), available=frozenset(catalogue.by_name)
    )


def error_for(problem: _Problem, file: str) -> LaunchError:
    """Return what an error of the evaluation is for the person."""
    where = f"{_inside(problem.file) or file}{f':{problem.line}' if problem.line else ''}"
    said = _inside(problem.message).rstrip(".")
    hint = _inside(problem.hint or "")
    if problem.code == "needs-daemon":
        return trust_needed(
            f"{where} asks the Guix daemon while it is evaluated, which a sandbox does not let it."
        )
    if problem.code in ("unknown-package", "unknown-output"):
        return PackageNotFound(f"{said} ({where}).", hint=_other_name(problem) or hint)
    default = _HINTS.get(problem.code, "`guix shell -m` with this file shows the same.")
    return BadManifest(f"{where}: {said}.", hint=hint or default)


def _other_name(problem: _Problem) -> str:
    if problem.code != "unknown-package" or problem.versions:
        return ""
    nearest = [_cut(name, _LONGEST_NAME) for name in problem.nearest[:_SHOWN]]
    hints = [f"Did you mean {' or '.join(nearest)}?"] if nearest else []
    if importer := _importer(problem.name):
        hints.append(f"`{importer}` writes its definition, if it is there.")
    hints.append("Or name the channel that has it in channels.scm.")
    return " ".join(hints)


def listed(names: Iterable[str]) -> str:
    """Return names for a message, each once; a file may claim any number of any length."""
    found = list(dict.fromkeys(names))
    shown = ", ".join(_cut(name, _LONGEST_NAME) for name in found[:_NAMES])
    return shown if len(found) <= _NAMES else f"{shown} and {len(found) - _NAMES} more"


def trust_needed(why: str) -> TrustNeeded:
    """Return the error of a file that asks for more than a sandbox gives."""
    return TrustNeeded(
        why,
        hint="If you trust this repository, launch with --trust: its Guix files then run with "
        "the build daemon in reach.",
    )


def _importer(name: str) -> str:
    """Return the command that makes a package of this name, where the name tells its origin."""
    plain = _cut(re.split(r"[@:]", name)[0], _LONGEST_NAME)
    for prefix, source in (("python-", "pypi"), ("r-", "cran")):
        if plain.startswith(prefix):
            return f"guix import {source} {plain.removeprefix(prefix)} --recursive"
    return ""


def _inside(text: str | None) -> str:
    """Return ``text`` with the repository's files named as the person knows them."""
    return _cut((text or "").replace(f"{WORK}/", ""), _LONGEST_TEXT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
