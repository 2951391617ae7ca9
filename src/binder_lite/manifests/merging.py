# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's ``manifest.scm`` and entries → the same text with what it does not name yet. Pure.

Nothing that the person wrote is moved, changed or left out: what is new is put in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from binder_lite.manifests.model import Entry
from binder_lite.manifests.writing import grouped, remark_lines, scheme_string, with_comments
from binder_lite.requirements.guix.text import (
    GuixPackage,
    Holds,
    NotPlain,
    PackageList,
    Span,
    parse_package_lists,
    parse_specification,
)

# Up to here, a list that is on one line stays on one.
_SHORT_LINE = 80
_PREFERRED: tuple[Holds, ...] = ("specifications", "names", "packages")
_BLANKS = re.compile(r"(?:[^\S\n]|#\|.*?\|#)*", re.DOTALL)
_COMMENT_LINE = re.compile(r"(?P<indent>[^\S\n]*);[^\n]*")
_VARIABLE = re.compile(r"(?P<name>.+?)(?:-(?P<version>\d[\d.]*))?")

# An item's code, and the comment on it.
_Row = tuple[str, str]


def merge_manifest(text: str, entries: Iterable[Entry]) -> str:
    """Return the manifest ``text`` with those entries added whose package it does not name.

    What it names stays as it is, in whatever version. An entry of another output of it is added,
    in the version that is named. A variable stands for the package that is called so, also with
    a version at its end (``python-3.10``). Additions go to the first list of specifications; if
    there is none, to the first of packages, as ``(specification->package "…")``.

    ``text`` has its line ends as they are in the file. Raises ``NotPlain`` when it does more than
    name packages, when an entry is no specification, or one that the list cannot hold.
    """
    entries = list(entries)
    if not entries:
        return text
    lists = parse_package_lists(text)
    target = _target(lists)
    new = grouped(_missing(entries, list(_named(lists))))
    rows = [(_code(name, target), comment) for items in new.values() for name, comment in items]
    return _Place.of(text, target).with_rows(rows) if rows else text


def _target(lists: Sequence[PackageList]) -> PackageList:
    """Return the list to add to. Raises :class:`NotPlain`."""
    if any(each.holds == "inputs" for each in lists):
        raise NotPlain("it is a package, and no manifest")
    # Quoted, the names of variables are no packages.
    usable = [each for each in lists if (each.holds, each.style) != ("packages", "quote")]
    if not usable:
        raise NotPlain("it has no list of packages")
    return min(usable, key=lambda each: _PREFERRED.index(each.holds))


def _named(lists: Iterable[PackageList]) -> Iterator[GuixPackage]:
    """Yield the packages, and those that variables with a version may stand for."""
    for each in lists:
        yield from each.packages
        if each.holds == "packages":
            for package in each.packages:
                match = _VARIABLE.fullmatch(package.name)
                if match and match["version"]:
                    yield replace(package, name=match["name"], version=match["version"])


def _missing(entries: Iterable[Entry], named: Sequence[GuixPackage]) -> Iterator[Entry]:
    """Yield the entries that are not named; other outputs of what is, in its version."""
    outputs = {(package.name, package.output or "out") for package in named}
    versions = {package.name: package.version for package in reversed(named)}
    for entry in entries:
        asked = parse_specification(entry.specification)
        if asked is None:
            raise NotPlain(f"{entry.specification[:60]!r} names no package")
        if (asked.name, asked.output or "out") in outputs:
            continue
        if asked.name in versions:
            version = f"@{versions[asked.name]}" if versions[asked.name] else ""
            output = f":{asked.output}" if asked.output else ""
            entry = replace(entry, specification=asked.name + version + output)
        yield entry


def _code(specification: str, target: PackageList) -> str:
    """Return an item of the list. Raises :class:`NotPlain` when it cannot be one."""
    if target.holds == "specifications":
        return scheme_string(specification)
    package, _, output = specification.partition(":")
    if target.holds == "names":
        if output not in ("", "out"):
            raise NotPlain(f"its list has no place for an output, as in {specification[:60]!r}")
        return scheme_string(package)
    unquote = "," if target.style == "quasiquote" else ""
    code = f"{unquote}(specification->package {scheme_string(package)})"
    if output in ("", "out"):
        return code
    opening = "(" if unquote else "(list "
    return f"{opening}{code} {scheme_string(output)})"


@dataclass(frozen=True, slots=True)
class _Place:
    """A list in a text: where it begins, where its first item would, and its items."""

    text: str
    start: int
    inside: int
    separator: str
    items: tuple[Span, ...]

    @staticmethod
    def of(text: str, target: PackageList) -> _Place:
        """Return the place of a list."""
        start = target.place.span[0]
        parts = target.place.parts
        if target.style != "list":
            return _Place(text, start, start + 1, "", parts)
        head = next(at for at, part in enumerate(parts) if text[slice(*part)] == "list")
        return _Place(text, start, parts[head][1], " ", parts[head + 1 :])

    def with_rows(self, rows: Sequence[_Row]) -> str:
        """Return the text with these items after the last, or near it for a comment's sake."""
        last = self.items[-1][1] if self.items else self.inside
        if self._is_open(last):
            return self._after_line(last, rows)
        blanks = self._after_blanks(last)
        at = last if self.text[last:blanks].isspace() else blanks
        if self._fits(at, rows):
            first = " " if self.items else self.separator
            return self._edited(at, at, [first + " ".join(code for code, _ in rows)])
        following = self.text[at : self._line_end(at)].lstrip(" \t\r)]")
        if not following:
            return self._before_closers(at, rows)
        if following.startswith(";") and self.items:
            return self._before_last_line(rows)
        return self._before_code(at, rows)

    def _after_line(self, at: int, rows: Sequence[_Row]) -> str:
        """Add below the line that ends after ``at``, and below the comments that go on there."""
        comment = self._after_blanks(at)
        end = self._line_end(comment)
        column = 0
        if self.text[comment] == ";":
            column = comment - self._line_start(comment)
            while (line := _COMMENT_LINE.match(self.text, end + 1)) and line.end("indent") - (
                end + 1
            ) == column:
                end = line.end()
        end -= self.text[end - 1] == "\r"
        indent = self._indent()
        lines = with_comments([(indent + code, text) for code, text in rows], column=column)
        return self._edited(end, end, ["", *lines])

    def _before_closers(self, at: int, rows: Sequence[_Row]) -> str:
        """Add where only parentheses follow on the line; they stay with the last item."""
        closers = self.text[at : self._line_end(at)].rstrip()
        indent = self._indent()
        codes = [indent + code for code, _ in rows]
        start = at
        if not self.items:
            start = self._line_start(at)
            codes[0] = self.text[start:at] + self.separator + rows[0][0]
        codes[-1] += closers
        comments = [comment for _, comment in rows]
        lines = with_comments(list(zip(codes, comments, strict=True)))
        return self._edited(start, at + len(closers), ["", *lines] if self.items else lines)

    def _before_last_line(self, rows: Sequence[_Row]) -> str:
        """Add above the line that has the last item, the parentheses and a comment on them."""
        ends = [self.inside, *(end for _, end in self.items[:-1])]
        for at in reversed(ends):
            if self._is_open(at):
                return self._after_line(at, rows)
        first = self.items[0][0]
        start = self._line_start(first)
        indent = self._indent()
        lines = with_comments(
            [
                ((indent if number else self.text[start:first]) + code, comment)
                for number, (code, comment) in enumerate(rows)
            ]
        )
        return self._edited(start, first, [*lines, indent])

    def _before_code(self, at: int, rows: Sequence[_Row]) -> str:
        """Add where more follows on the line, so that no comment may be there."""
        indent = self._indent()
        lines = [""]
        for code, comment in rows:
            lines += [indent + line for line in (remark_lines(comment) if comment else [])]
            lines.append(indent + code)
        return self._edited(at, at, lines)

    def _edited(self, start: int, end: int, lines: Sequence[str]) -> str:
        newline = "\r\n" if re.match(r"[^\n]*\r\n", self.text) else "\n"
        return self.text[:start] + newline.join(lines) + self.text[end:]

    def _fits(self, at: int, rows: Sequence[_Row]) -> bool:
        """Whether the list is on one line, and can stay so."""
        line = self._line_start(self.start)
        added = sum(len(code) + 1 for code, _ in rows)
        return (
            not any(comment for _, comment in rows)
            and line == self._line_start(at)
            and len(self.text[line : self._line_end(at)].rstrip()) + added <= _SHORT_LINE
        )

    def _indent(self) -> str:
        """Return the white space before an item that is on a line of its own."""
        ends = [self.inside, *(end for _, end in self.items[:-1])]
        for end, (start, _) in zip(reversed(ends), reversed(self.items), strict=False):
            _, is_first, before = self.text[end:start].rpartition("\n")
            if is_first and not before.strip():
                return before
        if self.items:
            return self._blank(self.items[0][0])
        if self._is_open(self.inside):
            return self._blank(self.start + 1)
        return self._blank(self.inside) + self.separator

    def _blank(self, at: int) -> str:
        """Return white space as wide as what is before ``at`` on its line."""
        return re.sub(r"[^\t]", " ", self.text[self._line_start(at) : at])

    def _is_open(self, at: int) -> bool:
        """Whether nothing but a comment follows on the line."""
        return self.text[self._after_blanks(at)] in "\n;"

    def _after_blanks(self, at: int) -> int:
        match = _BLANKS.match(self.text, at)
        return match.end() if match else at

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end
