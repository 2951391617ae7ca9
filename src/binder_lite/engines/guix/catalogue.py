# SPDX-License-Identifier: GPL-3.0-or-later
"""All packages of a Guix, as data: what each is called, here and where it comes from.

Guix is asked once for each of its revisions (about five seconds); the answer is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from binder_lite import process
from binder_lite.engines.guix.installation import Guix, package_content
from binder_lite.engines.guix.library import questions_command
from binder_lite.engines.sandbox import Host, sandbox_error
from binder_lite.errors import Details, EngineUnavailable
from binder_lite.events import Message, Result, Steps

# Part of the name of each kept answer: raise it when Guix is asked for something else.
FORMAT = 2
SECONDS = 300
_MOST_BYTES = 2**27
_PARTS = re.compile("[0-9]+|.", re.DOTALL)
_AFTER_DIGITS = "~"


class Package(msgspec.Struct, frozen=True, gc=False):
    """A package of Guix.

    ``build`` is its build system, ``upstream`` its name where it comes from where Guix says so,
    ``urls`` the addresses of its source. ``propagated`` are the ``name@version`` that a profile
    has because of it, ``superseded`` is the name of its successor. ``module`` is the Guile module
    that exports it (``gnu packages statistics``), under the name ``variable`` unless that is
    empty: then it is ``name``.
    """

    name: str
    version: str
    build: str = ""
    upstream: str = ""
    urls: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ("out",)
    home: str = ""
    propagated: tuple[str, ...] = ()
    superseded: str = ""
    module: str = ""
    variable: str = ""

    @property
    def full_name(self) -> str:
        """``name@version``, which is how another package's ``propagated`` calls it."""
        return f"{self.name}@{self.version}"


class Catalogue:
    """The packages of one Guix, which is called ``guix`` (version and commit) for people."""

    def __init__(self, packages: Iterable[Package], guix: str = "") -> None:
        self.packages = tuple(packages)
        self.guix = guix

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Package, ...]]:
        """Each name's packages, the newest first; Guix takes that for a name alone."""
        return _grouped((each.name, each) for each in self.packages)

    @cached_property
    def by_full_name(self) -> Mapping[str, Package]:
        """Each package by its ``name@version``."""
        return {each.full_name: each for each in reversed(self.packages)}

    def named(self, name: str) -> tuple[Package, ...]:
        """Return the packages that a specification of this name may mean, the newest first."""
        found = self.by_name.get(name, ())
        if found and found[0].superseded and found[0].superseded != name:
            return self.by_name.get(found[0].superseded, ())
        return found

    def specification(self, package: Package, output: str = "out") -> str:
        """Return the shortest text that Guix takes for this very package."""
        newest = self.by_name[package.name][0]
        name = package.name if newest.version == package.version else package.full_name
        return name if output == "out" else f"{name}:{output}"


def _grouped(pairs: Iterable[tuple[str, Package]]) -> Mapping[str, tuple[Package, ...]]:
    groups: dict[str, list[Package]] = {}
    for key, package in pairs:
        groups.setdefault(key, []).append(package)
    return {
        key: tuple(sorted(group, key=lambda each: version_key(each.version), reverse=True))
        for key, group in groups.items()
    }


_Part = tuple[int, int, int, str]


def version_key(version: str) -> tuple[_Part, ...]:
    """Return what orders versions as Guix does, which asks the C library's ``strverscmp``.

    Numbers count as numbers, unless they begin with 0: then as what follows a decimal point.
    """
    return tuple(key for part in _PARTS.findall(version) for key in _part_keys(part))


def _part_keys(part: str) -> Iterator[_Part]:
    """Yield what orders a number, or a single character that is none."""
    if not "0" <= part[0] <= "9":
        yield (ord(part), 0, 0, "")
    elif part[0] != "0":
        yield (ord("0"), 1, len(part), part)
    else:
        # 00 < 01 < 010 < 0 < 1
        digits = part.lstrip("0")
        yield (ord("0"), 0, len(digits) - len(part), digits[:1] or _AFTER_DIGITS)
        for digit in digits[1:]:
            yield (ord(digit), 0, 0, "")


class _Reply(msgspec.Struct):
    answer: tuple[Package, ...]


def parse_catalogue(reply: bytes, guix: str = "") -> Catalogue:
    """Return what Guix replied. Raises ``ValueError`` for anything else."""
    try:
        return Catalogue(msgspec.json.decode(reply, type=_Reply).answer, guix)
    except RecursionError as error:
        raise ValueError("it is nested without end") from error


@lru_cache(maxsize=4)
def _read_kept(kept: Path, changed_ns: int, guix: str) -> Catalogue:
    """Read a kept answer: once for all steps of a launch, which share what is worked out of it."""
    return parse_catalogue(kept.read_bytes(), guix)


async def read_catalogue(guix: Guix, host: Host, cache: Path) -> Steps[Catalogue]:
    """Return the packages of this Guix, asked for unless it was asked before.

    Raises ``EngineUnavailable`` and ``SandboxUnavailable``.
    """
    kept = catalogue_file(guix, cache)
    with contextlib.suppress(OSError, ValueError):
        changed = kept.stat().st_mtime_ns
        yield Result(await asyncio.to_thread(_read_kept, kept, changed, guix.revision.text))
        return
    yield Message("building", "Asking Guix for all its packages, once for this revision of it.")
    reply = await _ask(guix, host)
    catalogue = parse_catalogue(reply, guix.revision.text)
    cache.mkdir(parents=True, exist_ok=True)
    new = kept.with_suffix(".new")
    new.write_bytes(reply)
    new.replace(kept)
    yield Result(catalogue)


def catalogue_file(guix: Guix, cache: Path) -> Path:
    """Return where the answer of this Guix is kept."""
    content = [FORMAT, *guix.identity, package_content(guix.library)]
    digest = hashlib.sha256(msgspec.json.encode(content)).hexdigest()
    return cache / f"packages-{digest[:40]}.json"


async def _ask(guix: Guix, host: Host) -> bytes:
    command = questions_command(guix, host)
    question = msgspec.json.encode({"id": 1, "question": "catalogue"}) + b"\n"
    try:
        async with asyncio.timeout(SECONDS):
            done = await process.run(command, input_bytes=question, most_bytes=_MOST_BYTES)
    except TimeoutError as error:
        raise _unanswered(f"had not answered after {SECONDS} s") from error
    if problem := sandbox_error(done.stderr):
        raise problem
    lines = done.stdout.strip().splitlines()
    if done.exit_status or not lines:
        raise _unanswered(f"ended with status {done.exit_status}", done.stderr)
    reply = lines[-1].encode()
    try:
        parse_catalogue(reply)
    except ValueError as error:
        raise _unanswered(f"said something else ({error})", lines[-1][:1000]) from error
    return reply


def _unanswered(how: str, said: str = "") -> EngineUnavailable:
    return EngineUnavailable(
        f"Guix was asked for its packages, and {how}.",
        hint="Try `guix package --list-available`; where that fails too, Guix says why.",
        details=Details(exit_status=None, last_lines=tuple(said.splitlines()[-10:])),
    )
