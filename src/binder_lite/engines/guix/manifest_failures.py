# SPDX-License-Identifier: GPL-3.0-or-later
"""What Guix says of a file that it read itself, for people. Pure.

Files are described before they are built (:mod:`binder_lite.engines.guix.description`, whose words
these are), so that most errors are met there.
"""

from __future__ import annotations

import re

from binder_lite.engines.base import WORK
from binder_lite.engines.guix.said import Said
from binder_lite.errors import BadManifest, LaunchError, PackageNotFound, VersionsConflict

_UNKNOWN = re.compile(r"^(?P<name>\S+): unknown package$")
_NO_VERSION = re.compile(r"^(?P<name>\S+): package not found for version (?P<version>\S+)$")
_NO_OUTPUT = re.compile(r"^package `(?P<name>[^']+)' lacks output `(?P<output>[^']*)'$")
_UNBOUND = re.compile(r"^(?:error: )?(?P<name>\S+): unbound variable$")
_EXPORTER = re.compile(r"\(use-modules (?P<module>\([^()]+\))\)")
_NO_MODULE = re.compile(r"^no code for module (?P<module>\(.+\))$")
_NOT_LOADED = re.compile(r"^failed to load '[^']+':(?: (?P<why>.+))?$")
_NOT_READ = re.compile(
    r"^read error while loading '[^']+': (?P<file>[^\s:]+):(?P<line>\d{1,9}):\d+: (?P<why>.+)$"
)
_PLACED = re.compile(r"^(?P<file>/[^\s:]+):(?P<line>\d{1,9}):\d+: (?P<text>.+)$")
_SYNTAX = re.compile(r"^\(.+\): \w[\w ]+$|missing closing parenthesis$")
_NOT_A_MANIFEST = re.compile(r"In procedure struct-vtable: Wrong type|`match-error'")


def manifest_failed(said: Said, file: str) -> LaunchError | None:
    """Return the error of a Guix file that cannot be evaluated, or names what is not there."""
    where = _where(said.place, file)
    if lacking := _not_found(said.error, where):
        return lacking
    if found := _CONFLICT.match(said.error):
        return _conflict(found["name"], said)
    if found := _UNBOUND.match(said.error):
        exporter = _EXPORTER.search(said.hint)
        hint = "Check its spelling, or import the module that has it."
        return BadManifest(
            f"{where}: {found['name']} is not defined.",
            hint=f"Add (use-modules {exporter['module']}) at its top." if exporter else hint,
        )
    if found := _NOT_LOADED.match(said.error):
        return _not_loaded(found["why"] or "", said, file)
    if found := _NOT_READ.match(said.error):
        return _invalid(_where((found["file"], int(found["line"])), file), found["why"])
    if _SYNTAX.search(said.error):
        return _invalid(where, said.error.replace("missing closing", "it lacks a closing"))
    if said.uncaught and said.lines and _NOT_A_MANIFEST.search(said.lines[-1]):
        return BadManifest(
            f"{where} does not give a manifest or a package.",
            hint='Its last expression is to be one, as in (specifications->manifest (list "r")).',
        )
    if said.place:
        return _not_evaluated(where, said.error, said.hint)
    return None


def _where(place: tuple[str, int] | None, file: str) -> str:
    if place is None:
        return file
    return f"{place[0].removeprefix(f'{WORK}/')}:{place[1]}"


def _not_found(error: str, where: str) -> PackageNotFound | None:
    hint = "Look for it with `guix search`, or name the channel that has it in channels.scm."
    if found := _UNKNOWN.match(error):
        return PackageNotFound(f"Guix has no package {found['name']!r} ({where}).", hint=hint)
    if found := _NO_VERSION.match(error):
        name, version = found["name"], found["version"]
        return PackageNotFound(
            f"Guix has no version {version} of the package {name!r} ({where}).",
            hint=f"`guix show {name}` lists those that there are; an earlier or later Guix, in "
            "channels.scm, has others.",
        )
    if found := _NO_OUTPUT.match(error):
        return PackageNotFound(
            f"The package {found['name']} has no output {found['output']!r} ({where}).",
            hint=f"`guix show {found['name']}` lists those that there are.",
        )
    return None


def _invalid(where: str, why: str) -> BadManifest:
    return BadManifest(
        f"{where} is not valid Guile: {why}.",
        hint="Mend that line; often a parenthesis is missing or one too many.",
    )


def _not_loaded(why: str, said: Said, file: str) -> BadManifest:
    place, told = None, []
    for line in said.follow:
        found = _PLACED.match(line)
        if found and place is None:
            place = (found["file"], int(found["line"]))
        told.append(found["text"] if found else line)
    where = _where(place, file)
    for line in told:
        if found := _NO_MODULE.match(line):
            return BadManifest(
                f"{where}: the module {found['module']} is not there.",
                hint="Check its name; a module of another channel needs a channels.scm.",
            )
    return _not_evaluated(where, why or " ".join(told), said.hint)


def _not_evaluated(where: str, why: str, hint: str) -> BadManifest:
    told = why.removeprefix("error: ").rstrip(".") or "Guile does not say why"
    return BadManifest(
        f"{where} could not be evaluated: {told}.",
        hint=hint or "`guix shell -m` with this file shows the same.",
    )


_CONFLICT = re.compile(r"^profile contains conflicting entries for (?P<name>\S+)$")
_ENTRY = re.compile(r"error:   (?:first|second) entry: (?P<entry>\S+@\S+) /gnu/store/\S+$")
_PARENT = re.compile(r"error:    \.\.\. propagated from (?P<entry>\S+@\S+)$")


def _conflict(name: str, said: Said) -> VersionsConflict:
    entries: list[list[str]] = []
    for line in said.follow:
        if found := _ENTRY.search(line):
            entries.append([found["entry"]])
        elif entries and (found := _PARENT.search(line)):
            entries[-1].append(found["entry"])
    told = [
        f"{own}, which comes with {' of '.join(parents)}" if parents else own
        for own, *parents in entries
    ]
    both = (", and " if any("," in each for each in told) else " and ").join(told)
    return VersionsConflict(
        f"The environment cannot have two versions or variants of {name} at once: {both}.",
        hint="Remove one of them, or name versions that go together.",
    )
