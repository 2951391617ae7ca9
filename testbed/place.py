# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the testbed lives, and the locks that its users share."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
VARIABLE = "BINDER_LITE_TESTBED"
# Set for what testbed/make itself does in a testbed that is not ready yet.
MAKING = "BINDER_LITE_TESTBED_IS_BEING_MADE"


def directory() -> Path:
    """Return the testbed's directory, which may not exist yet."""
    return Path(os.environ.get(VARIABLE) or HERE.parent / ".guix-testbed").absolute()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the exclusive lock on ``file``; one process at a time comes past here."""
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
