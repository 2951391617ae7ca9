# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks that are soon full, for one program and what it starts; we see them from outside."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_FILLING = "filling"
_BLOCK = b"\0" * 2**20
# $1 is the size of each disk, the others are where they are mounted.
_MOUNT = """\
set -e
size=$1
shift
for place; do mkdir -p "$place"; mount -t tmpfs -o "size=$size,mode=755" tmpfs "$place"; done
echo mounted
exec sleep infinity
"""


@dataclass(frozen=True, slots=True)
class SmallDisks:
    """A mount namespace, by the process that keeps it."""

    pid: int

    @property
    def around(self) -> list[str]:
        """The words that run a program in it."""
        return ["nsenter", "--mount", "--target", str(self.pid), "--"]

    def seen(self, place: Path) -> Path:
        """Return where we see a place in it."""
        return Path(f"/proc/{self.pid}/root", str(place).lstrip("/"))

    @contextlib.contextmanager
    def full(self, place: Path, *, leave: int = 0) -> Iterator[None]:
        """Fill the disk at a place, but for ``leave`` bytes, for as long as the block lasts."""
        file = self.seen(place) / _FILLING
        try:
            _fill(file)
            os.truncate(file, max(0, file.stat().st_size - leave))
            yield
        finally:
            file.unlink()


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filling, contextlib.suppress(OSError):
        while filling.write(_BLOCK):
            pass


@contextlib.contextmanager
def small_disks(size: str, *places: Path) -> Iterator[SmallDisks]:
    """Mount a disk of this size at each place. Only root can."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    words = ["unshare", "--mount", "--propagation=private", "--", "sh", "-c", _MOUNT, "sh", size]
    with subprocess.Popen([*words, *map(str, places)], stdout=subprocess.PIPE) as keeper:
        try:
            assert keeper.stdout
            if keeper.stdout.readline() != b"mounted\n":
                pytest.skip("this machine does not let root mount")
            yield SmallDisks(keeper.pid)
        finally:
            keeper.kill()
