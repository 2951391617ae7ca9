# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries → the text of a ``manifest.scm``, as a person who knows Guix writes it. Pure.

What comments say may come from a repository's files; none of it gets out of its comment.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from binder_lite.events import printable
from binder_lite.manifests.model import Entry, Group

_GROUPS: tuple[Group, ...] = get_args(Group)
_HEADINGS: Mapping[Group, str] = {
    "kernel": "To run the notebooks.",
    "requirements": "What the repository asks for.",
    "system": "Programs and libraries beside the language's packages.",
}
_COLUMNS = 100
# A comment is squeezed into this much where its specification leaves less.
_LEAST_WIDTH = 40
# One long name does not push all comments to the right.
_MOST_INDENTED = 50
_LONGEST_COMMENT = 500
# Guile reads a file in the encoding that a comment near its beginning names.
_ENCODING = re.compile(r"coding(?=[:=])", re.IGNORECASE)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def write_manifest(
    entries: Iterable[Entry],
    *,
    header: Sequence[str] = (),
    absent: Sequence[str] = (),
    defined: str = "",
) -> str:
    """Return the text of a ``manifest.scm`` that names each specification once.

    The order of ``entries`` does not matter: they are sorted within their groups. A specification
    in several groups is in the first, with the comments of all. ``header`` are lines to be put on
    top as comments, ``absent`` are lines about what Guix lacks. ``defined`` names a file beside the
    manifest whose value is a list of packages, which are added.
    """
    lines = [line for each in header for line in remark_lines(each)]
    if absent:
        lines += [";;"] if lines else []
        lines += [";; Guix lacks:"]
        lines += [line for each in absent for line in remark_lines(each, indent="  ")]
    lines += [""] if lines else []
    groups = grouped(entries)
    if not defined:
        return "\n".join([*lines, *_form(groups), ""])
    around = [
        "(concatenate-manifests",
        " (list",
        *(f"  {line}" for line in remark_lines("Defined beside this file, since Guix lacks it.")),
        f"  (packages->manifest (load {scheme_string(defined)}))",
    ]
    return "\n".join([*lines, *around, *_form(groups, indent="  ", closing="))"), ""])


def grouped(entries: Iterable[Entry]) -> Mapping[Group, Sequence[tuple[str, str]]]:
    """Return the groups that are not empty, each with its specifications and their comments."""
    comments: dict[str, set[str]] = {}
    groups: dict[str, Group] = {}
    for entry in sorted(entries, key=lambda entry: _GROUPS.index(entry.group)):
        groups.setdefault(entry.specification, entry.group)
        comments.setdefault(entry.specification, set()).add(comment_text(entry.comment))
    return {
        group: [(name, _cut("; ".join(sorted(comments[name] - {""})))) for name in names]
        for group in _GROUPS
        if (names := sorted(name for name in groups if groups[name] == group))
    }


def _form(
    groups: Mapping[Group, Sequence[tuple[str, str]]], *, indent: str = "", closing: str = ""
) -> list[str]:
    """Return the lines of the form that makes the manifest; ``closing`` ends what it stands in."""
    if not groups:
        return [f"{indent}(specifications->manifest '()){closing}"]
    several = len(groups) > 1
    rows: list[tuple[str, str]] = []
    headings: dict[int, list[str]] = {}
    for group, items in groups.items():
        if several:
            headings[len(rows)] = ["", f"{indent}  ;; {_HEADINGS[group]}"][not rows :]
        for name, comment in items:
            before = "  " if several else "       " if rows else " (list "
            rows.append((indent + before + scheme_string(name), comment))
    rows[-1] = (f"{rows[-1][0]})){closing}", rows[-1][1])
    column = comment_column(rows)
    lines = [f"{indent}(specifications->manifest", *([f"{indent} (list"] if several else [])]
    for at, row in enumerate(rows):
        lines += [*headings.get(at, []), *with_comments([row], column=column)]
    return lines


def scheme_string(text: str) -> str:
    """Return the string as Scheme writes it, of visible characters only."""
    visible = "".join(
        f"\\{each}" if each in '"\\' else each if each.isprintable() else _escape(each)
        for each in text.encode("utf-8", "replace").decode()
    )
    # Guile would take the end of such a string for a comment.
    return f'"{_ENCODING.sub(_escaped, visible) if ";" in visible else visible}"'


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:06x}"


def _escaped(match: re.Match[str]) -> str:
    return _escape(match[0][0]) + match[0][1:]


def comment_text(text: str) -> str:
    """Return the text on one line of visible characters, cut when it is very long."""
    line = printable(" ".join(text.split()))
    line = "".join(each for each in line if unicodedata.category(each) not in _INVISIBLE)
    return _cut(_ENCODING.sub(r"\g<0> ", " ".join(line.split())))


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_COMMENT else f"{line[: _LONGEST_COMMENT - 1].rstrip()}…"


def comment_column(rows: Iterable[tuple[str, str]]) -> int:
    """Return the column at which the comments of lines, each code and comment, are aligned."""
    widths = (len(code) for code, comment in rows if comment)
    return max((width for width in widths if width <= _MOST_INDENTED), default=0) + 2


def with_comments(rows: Sequence[tuple[str, str]], *, column: int = 0) -> list[str]:
    """Return lines of code with their comments after them, aligned at ``column`` or after it.

    A comment that is too long for one line goes on in the same column below.
    """
    column = max(column, comment_column(rows))
    lines = []
    for code, comment in rows:
        at = max(column, len(code) + 2)
        wrapped = _wrapped(comment, max(_COLUMNS - at - 1, _LEAST_WIDTH))
        lines.append(f"{code:<{at}};{wrapped[0]}" if wrapped else code)
        lines += [f"{'':<{at}};{line}" for line in wrapped[1:]]
    return lines


def remark_lines(text: str, *, indent: str = "") -> list[str]:
    """Return the text as comments on lines of their own, at least one."""
    width = _COLUMNS - 3 - len(indent)
    first, *rest = _wrapped(comment_text(text), width - 2) or [""]
    return [f";; {indent}{first}".rstrip(), *(f";; {indent}  {line}" for line in rest)]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
