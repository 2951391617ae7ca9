# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a DESCRIPTION → values: what an R package, or a project described like one, needs.

The format is Debian's control format as R reads it
(https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file). Where R would
refuse a file for its folding, what it says is read all the same.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from binder_lite.requirements.model import Ignored, Missing, Origin, Requirement, Requirements
from binder_lite.requirements.r.remotes import (
    BASE_PACKAGES,
    PART_OF_R,
    Remote,
    is_package_name,
    parse_comparisons,
    parse_remote,
    requirement_of,
)
from binder_lite.requirements.text import decode, split_lines

# What R's manual allows as the encoding of a portable package.
_ENCODINGS = {"latin1": "latin-1", "latin2": "iso8859-2", "utf-8": "utf-8"}
_ENCODING = re.compile(rb"^Encoding:[ \t]*([\w-]+)", re.MULTILINE | re.IGNORECASE)
_FIELD = re.compile(r"(?P<name>[^\s:#][^\s:]*)[ \t]*:(?P<value>.*)", re.DOTALL)
# One item of a list; the commas inside of parentheses do not end it.
_ITEM = re.compile(r"(?:\([^(),]*(?:,\s*[<>=!][^(),]*)*\)|[^,])+")
_DEPENDENCY = re.compile(r"(?P<name>[^\s()]+)\s*(?:\((?P<version>[^()]*)\))?")
_NEEDED = ("Depends", "Imports", "LinkingTo")
_OPTIONAL = "Suggests"
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a control file: its name, and its value's lines, each with its number."""

    name: str
    lines: tuple[tuple[int, str], ...]

    @property
    def line(self) -> int:
        """Return the line of the field's name."""
        return self.lines[0][0]

    @property
    def value(self) -> str:
        """Return the value with its lines joined by spaces."""
        return " ".join(text.strip() for _, text in self.lines).strip()


@dataclass(frozen=True, slots=True)
class Description:
    """What a DESCRIPTION says; ``package`` is its own name, ``""`` for a project."""

    package: str
    found: Requirements


def decode_description(data: bytes, file: str) -> str:
    """Return ``data`` as text, in the encoding that it names for itself.

    Raises :class:`BadRequirements` when it is no text.
    """
    declared = _ENCODING.search(data)
    if declared and not data.startswith(_MARKS) and b"\0" not in data:
        encoding = _ENCODINGS.get(declared[1].decode("ascii", "replace").lower())
        try:
            if encoding:
                return data.decode(encoding)
        except ValueError:
            pass
    return decode(data, file)


def parse_control(text: str) -> tuple[tuple[tuple[Field, ...], ...], tuple[tuple[int, str], ...]]:
    """Return the records of a control file, and the lines that belong to no field.

    A record ends at an empty line. Comments are lines that begin with #, whatever is before it.
    """
    records: list[list[tuple[str, list[tuple[int, str]]]]] = [[]]
    stray: list[tuple[int, str]] = []
    for number, line in enumerate(split_lines(text.removeprefix("\ufeff")), 1):
        if not line.strip():
            # An empty line with blanks folds; one without ends the record.
            if not line and records[-1]:
                records.append([])
        elif line.lstrip().startswith("#"):
            continue
        elif line[0].isspace() and records[-1]:
            records[-1][-1][1].append((number, "" if line.strip() == "." else line))
        elif match := _FIELD.fullmatch(line):
            records[-1].append((match["name"], [(number, match["value"])]))
        else:
            stray.append((number, line))
    whole = tuple(
        tuple(Field(name, tuple(lines)) for name, lines in record) for record in records if record
    )
    return whole, tuple(stray)


def split_items(field: Field) -> Iterator[tuple[int, str]]:
    """Yield the items of a list with commas, each with the line where it begins."""
    starts: list[tuple[int, int]] = []
    text = ""
    for number, line in field.lines:
        starts.append((len(text), number))
        text += line + "\n"
    at = 0
    for match in _ITEM.finditer(text):
        item = match[0].strip()
        if not item:
            continue
        begin = match.start() + len(match[0]) - len(match[0].lstrip())
        while at + 1 < len(starts) and starts[at + 1][0] <= begin:
            at += 1
        yield starts[at][1], " ".join(item.split())


def parse_description(text: str, file: str, project: str = "") -> Description | None:
    """Return what ``text``, the content of ``file``, says; ``None`` when it is not R's.

    It is R's with a field ``Package``, and, since renv and pak install what a project asks for in
    such a file although it is no package, with a list of dependencies that reads like one. An
    Octave package's, which has its ``Name`` instead, is not. Local paths begin at ``project``.
    """
    records, stray = parse_control(text)
    fields = [field for record in records for field in record]
    if not _is_of_r(fields):
        return None
    package = next((field.value for field in fields if field.name == "Package"), "")
    notices = [
        f"{Origin(file, number)}: the line belongs to no field; it is ignored: {line.strip()[:120]}"
        for number, line in stray
    ]
    if len(records) > 1 and package:
        line = records[1][0].line
        notices.append(f"{file}:{line}: R reads only what is before the empty line; here all is.")
    collected = _Collected(package)
    for field in fields:
        notices += _read_field(field, file, collected)
    for field in fields:
        if field.name == "Remotes":
            notices += _read_remotes(field, file, project, collected)
    found = Requirements(
        packages=tuple(collected.packages.values()),
        missing=tuple(collected.missing),
        ignored=tuple(collected.ignored),
        notices=tuple(notices),
        build_files=(file,),
    )
    return Description(package, found)


def merged(first: Requirement, second: Requirement) -> Requirement:
    """Return one requirement for two of the same package: all that both ask for."""
    comparisons = [*first.specifier.split(","), *second.specifier.split(",")]
    return replace(
        first,
        specifier=",".join(dict.fromkeys(filter(None, comparisons))),
        url=first.url or second.url,
        local=first.local if first.url else second.local,
        optional=first.optional and second.optional,
    )


class _Collected:
    """What has been read so far."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.packages: dict[str, Requirement] = {}
        self.missing: list[Missing] = []
        self.ignored: list[Ignored] = []

    def add(self, item: Requirement) -> None:
        if item.name in BASE_PACKAGES:
            self.ignore(item.name, item.origin, PART_OF_R)
        elif item.name == self.package:
            self.ignore(item.name, item.origin, "it is the repository itself")
        elif known := self.packages.get(item.name):
            self.packages[item.name] = merged(known, item)
        else:
            self.packages[item.name] = item

    def ignore(self, name: str, origin: Origin, reason: str) -> None:
        self.ignored.append(Ignored(name, origin, reason, "r"))


def _is_of_r(fields: list[Field]) -> bool:
    names = {field.name for field in fields}
    if "Package" in names:
        return True
    lists = [field for field in fields if field.name in (*_NEEDED, _OPTIONAL)]
    items = [item for field in lists for _, item in split_items(field)]
    return bool(items) and "Name" not in names and all(map(_is_dependency, items))


def _is_dependency(text: str) -> bool:
    match = _DEPENDENCY.fullmatch(text)
    return match is not None and is_package_name(match["name"])


def _read_field(field: Field, file: str, collected: _Collected) -> Iterable[str]:
    """Add what a field says; return what is to be told of it."""
    if field.name in (*_NEEDED, _OPTIONAL):
        return _read_dependencies(field, file, collected)
    if field.name == "Enhances":
        return _ignore_items(field, file, collected, "the package only adds to it (Enhances)")
    if field.name.startswith("Config/Needs/"):
        purpose = field.name.rpartition("/")[2]
        return _ignore_items(field, file, collected, f"it is needed for {purpose} only")
    origin = Origin(file, field.line)
    if field.name == "SystemRequirements" and field.value:
        return [f"{origin}: what it needs of the system is said in words: {field.value[:300]}"]
    if field.name == "Additional_repositories" and field.value:
        return [f"{origin}: packages are not taken from other repositories: {field.value[:300]}"]
    return []


def _read_dependencies(field: Field, file: str, collected: _Collected) -> Iterator[str]:
    for number, text in split_items(field):
        origin = Origin(file, number)
        match = _DEPENDENCY.fullmatch(text)
        if match is None or not is_package_name(match["name"]):
            yield f"{origin}: {text[:120]!r} names no package of R; it is ignored."
            continue
        specifier = ""
        if version := (match["version"] or "").strip():
            specifier = parse_comparisons(version) or ""
            if not specifier:
                yield (
                    f"{origin}: the version {version[:60]!r} of {match['name']} is not understood; "
                    "any is taken."
                )
        optional = field.name == _OPTIONAL
        collected.add(Requirement(match["name"], origin, "r", specifier, optional=optional))


def _ignore_items(field: Field, file: str, collected: _Collected, reason: str) -> tuple[str, ...]:
    for number, text in split_items(field):
        collected.ignore(text[:120], Origin(file, number), reason)
    return ()


def _read_remotes(field: Field, file: str, project: str, collected: _Collected) -> Iterator[str]:
    """Say from where packages come that other fields ask for."""
    spelt = {name.lower(): name for name in collected.packages}
    for number, text in split_items(field):
        origin = Origin(file, number)
        remote = parse_remote(text, "" if "://" in text or "::" in text else "github")
        item = requirement_of(remote, origin, project)
        if isinstance(item, Missing):
            collected.missing.append(item)
        elif remote.local and item.url == (project or "."):
            collected.ignore(text[:120], origin, "it is the repository itself")
        elif name := spelt.get(item.name.lower()):
            collected.packages[name] = _placed(collected.packages[name], item, remote)
        else:
            reason = "it says where a package is from that no other field asks for"
            collected.ignore(text[:120], origin, reason)
    yield from ()


def _placed(asked: Requirement, item: Requirement, remote: Remote) -> Requirement:
    """Return ``asked`` with what ``Remotes`` says; in registries R looks anyway."""
    known = asked.specifier.split(",")
    specifier = (
        asked.specifier
        if remote.specifier in known
        else ",".join(filter(None, (asked.specifier, remote.specifier)))
    )
    return replace(asked, specifier=specifier, url=item.url or asked.url, local=item.local)
