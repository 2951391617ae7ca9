# SPDX-License-Identifier: GPL-3.0-or-later
"""What git prints when it is asked for data: paths, changes, a commit's entries. Pure.

Git puts a path with unusual bytes in quotes (``core.quotePath``), which keeps output in lines and
ASCII, and loses nothing. What git prints while it works is git_progress.py's.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

_QUOTED = re.compile(rb'\\([0-7]{3}|["\\abfnrtv])')
_LETTERS = {
    b'"': b'"', b"\\": b"\\", b"a": b"\a", b"b": b"\b", b"f": b"\f",
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """The special entries of a commit: links, submodules (path → commit), attribute files."""

    links: tuple[str, ...] = ()
    submodules: dict[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()


def unquote_path(text: str) -> str:
    """Return the path that git printed, which it puts in quotes when it has unusual bytes."""
    if not (text.startswith('"') and text.endswith('"') and len(text) > 1):
        return text

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return _LETTERS[code] if code in _LETTERS else bytes([int(code, 8)])

    return os.fsdecode(_QUOTED.sub(plain, os.fsencode(text[1:-1])))


def parse_status(text: str) -> list[str]:
    """Return the paths that ``git status --porcelain=v2 --no-renames`` reports as changed.

    Submodules are left out: what is in them is another repository's.
    """
    fields_before_path = {"1": 8, "u": 10, "?": 1}
    paths = []
    for line in text.splitlines():
        count = fields_before_path.get(line[:1])
        if count is None:
            continue
        parts = line.split(" ", count)
        if len(parts) > count and (line[0] == "?" or parts[2] == "N..."):
            paths.append(unquote_path(parts[count]))
    return paths


def parse_listing(text: str) -> Listing:
    """Read the output of ``git ls-files --stage``."""
    links, submodules, attributes = [], {}, []
    for line in text.splitlines():
        mode = line[:6]
        # Most lines are plain files, and there may be a hundred thousand of them.
        if mode == "100644" and ".gitattributes" not in line:
            continue
        about, _, quoted = line.partition("\t")
        path = unquote_path(quoted)
        if mode == "120000":
            links.append(path)
        elif mode == "160000":
            submodules[path] = about.split(" ")[1]
        elif path.rsplit("/", 1)[-1] == ".gitattributes":
            attributes.append(path)
    return Listing(tuple(links), submodules, tuple(attributes))
