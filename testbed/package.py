# SPDX-License-Identifier: GPL-3.0-or-later
"""A package of the testbed's channel: a directory, and what Guix is to know of it.

The directory is made for a place that does not exist, ``placeholder``, of the same length as the
place that the daemon will give the package. To build the package is to write the one for the other
in the files that name it, which is what Guix does when it grafts a package.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_DIGITS = "0123456789abcdfghijklmnpqrsvwxyz"


def fake_path(name: str, content: str = "") -> str:
    """Return a store path that only we use: the same for the same ``name`` and ``content``."""
    number = int.from_bytes(hashlib.sha256(f"{content}-{name}".encode()).digest()[:20], "big")
    digits = ""
    for _ in range(32):
        number, digit = divmod(number, 32)
        digits += _DIGITS[digit]
    return f"/gnu/store/{digits}-{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """``tree`` holds the files; ``propagated`` and ``inputs`` are names of other packages.

    ``kind`` says what else the channel does with the files, and which search paths it declares.
    """

    name: str
    version: str
    tree: Path
    kind: str = "plain"
    propagated: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()

    def rewritten(self, placeholders: Iterable[str]) -> list[str]:
        """Return the files that name one of ``placeholders``, relative to the tree."""
        pattern = re.compile(b"|".join(re.escape(name.encode()) for name in placeholders))
        return sorted(
            str(file.relative_to(self.tree))
            for file in self.tree.rglob("*")
            if file.is_file() and not file.is_symlink()
            if pattern.search(file.read_bytes())
        )

    @property
    def placeholder(self) -> str:
        """The place that the files were made for."""
        return fake_path(f"{self.name}-{self.version}")
