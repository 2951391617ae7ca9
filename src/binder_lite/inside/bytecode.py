# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles an environment's modules, so that kernels start as fast as where Python may write.

Sessions see environments read-only, so each kernel would compile what it imports again. This runs
beside the first session of an environment, in a sandbox of its own, with whatever processor time
nobody else wants. It imports nothing of the environment, and a run that is cut short leaves only
whole files, which the next run skips. Runs under any Python from 3.8, with nothing of binder_lite.
"""

from __future__ import annotations

import compileall
import contextlib
import os
import sys

_TESTS = {"test", "tests"}


def modules(directory: str) -> list[str]:
    """Return all modules below a directory; those that are likely imported come first."""
    found = [
        os.path.join(parent, name)
        for parent, _folders, names in os.walk(directory)
        for name in names
        if name.endswith(".py")
    ]
    return sorted(found, key=lambda path: (not _TESTS.isdisjoint(path.split(os.sep)), path))


def step_back() -> None:
    """Leave the processor to whoever else wants it.

    Where Linux gives each session of processes its share ("autogroup"), the policy counts among
    our own only, and it is the session that must be nice.
    """
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as group:
        group.write("19")


def main(directories: list[str]) -> None:
    """Compile all modules below the directories."""
    step_back()
    for directory in directories:
        for path in modules(directory):
            try:
                compileall.compile_file(path, quiet=2)
            except Exception as error:
                # A package may hold a file that no Python can read; nobody imports it.
                print(f"{path}: {type(error).__name__}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
