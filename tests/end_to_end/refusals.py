# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches that are to fail: the error as a program and as a person gets it, and what is left."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binder_lite import errors
from binder_lite.errors import LaunchError
from end_to_end.launcher import ADMIN, PROGRAM
from end_to_end.repositories import commit_all, git

SECONDS = 120
# What is about the embedded engine is so on a machine with Guix, too.
UV = ("--engine", "uv")
EMPTY_NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
# Every error that there is, by its stable code.
ERRORS: Mapping[str, type[LaunchError]] = {
    each.code: each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, LaunchError)
}
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Refusal:
    """The event ``failed``, and the messages before it, one a line."""

    code: str
    message: str
    hint: str
    details: Mapping[str, Any]
    told: str

    @property
    def log(self) -> str:
        """The content of the log that the error names."""
        return Path(self.details["log"]).read_text()


def run_launcher(
    *arguments: str, variables: Mapping[str, str] | None = None, around: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run the launcher to its end without a browser; ``around`` are words in front of it."""
    done = subprocess.run(
        [*around, PROGRAM, "--no-browser", *arguments],
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def refused(
    *arguments: str, variables: Mapping[str, str] | None = None, around: Sequence[str] = ()
) -> Refusal:
    """Run a launch that must fail, and return how; its exit status is that of its error."""
    done = run_launcher("--json", *arguments, variables=variables, around=around)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events, done.stderr
    assert [event["phase"] for event in events].count("ready") == 0
    failed = events[-1]
    assert failed["phase"] == "failed", failed
    assert done.returncode == ERRORS[failed["code"]].exit_status
    assert failed["hint"], failed
    return Refusal(
        code=failed["code"],
        message=failed["message"],
        hint=failed["hint"],
        details=failed["details"],
        told="\n".join(event["message"] for event in events),
    )


def run_admin(*words: str) -> subprocess.CompletedProcess[str]:
    """Run ``binder-lite`` to its end."""
    done = subprocess.run(
        [ADMIN, *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def make_repository(directory: Path, files: Mapping[str, str], branch: str = "main") -> Path:
    """Make a repository of these files and a notebook; scripts are executable."""
    for name, content in {"index.ipynb": EMPTY_NOTEBOOK, **files}.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        if content.startswith("#!"):
            file.chmod(0o755)
    git(directory, "init", "--quiet", f"--initial-branch={branch}")
    commit_all(directory)
    return directory


@contextlib.contextmanager
def nothing_left(data: Path, cache: Path) -> Iterator[None]:
    """Check that what was started in the block has ended, and that nothing half made is left.

    What another worker's launch holds a lock on at the moment does not count.
    """
    libc = ctypes.CDLL(None)
    # Processes that lose their parent become ours, however they were detached.
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = _children()
    try:
        yield
        end = time.monotonic() + 5
        while (left := _left(data, cache) | (_children() - before)) and time.monotonic() < end:
            time.sleep(0.05)
        assert left == set()
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _children() -> set[str]:
    found = set()
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent, *_ = (directory / "stat").read_text().rpartition(")")[2].split()
            if state != "Z" and int(parent) == os.getpid():
                command = (directory / "cmdline").read_bytes().replace(b"\0", b" ")
                found.add(f"{directory.name}: {command.decode(errors='replace')}")
    return found


def _left(data: Path, cache: Path) -> set[str]:
    held = {line.split()[5].rpartition(":")[2] for line in _lines("/proc/locks")}

    def is_held(lock: Path) -> bool:
        return lock.exists() and str(lock.stat().st_ino) in held

    found: list[Path] = []
    with contextlib.suppress(FileNotFoundError):
        for session in data.glob("sessions/*"):
            half = not (session / "session.json").exists() or (session / "running.json").exists()
            found += [session] if half and not is_held(session / "lock") else []
        for build in data.glob("builds/*"):
            found += [] if is_held(build / "lock") else build.glob("staging-*")
        for mirror in cache.glob("repositories/*"):
            if not is_held(mirror / "lock"):
                found += [*mirror.glob("checkouts/.tmp-*"), *mirror.glob("mirror.git/*.lock")]
    return {str(path) for path in found}


def _lines(path: str) -> list[str]:
    return [line for line in Path(path).read_text().splitlines() if "->" not in line]
