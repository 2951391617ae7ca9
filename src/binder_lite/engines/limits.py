# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of a session or build, and by which means this machine can enforce them.

Where systemd lets us have a cgroup (v2), it counts memory, processes and CPU of the whole session.
Elsewhere resource limits bound each process's memory and the number of processes; there CPU can
only be suggested, through the numbers of threads that libraries start.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "JULIA_NUM_THREADS",
)

_ENV = "/usr/bin/env"
_RUNTIME = "XDG_RUNTIME_DIR"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one session; 0 means none. Memory in MiB, CPUs as a number of them."""

    memory_mib: int = 0
    processes: int = 0
    cpus: int = 0


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What this machine has for enforcing limits: paths of programs, or ``None``.

    ``systemd_run`` is set only where a service manager answers for this person;
    ``runtime_directory`` is where it does (empty for root's, which has a place of its own).
    """

    systemd_run: Path | None
    prlimit: Path | None
    runtime_directory: str = ""
    cpus: int = 1

    def outer(self, limits: Limits) -> tuple[str, ...]:
        """Return the words before the sandbox's command."""
        if self.systemd_run is None or limits == Limits():
            return ()
        words = [str(self.systemd_run), "--scope", "--quiet", "--collect"]
        behind = []
        if self.runtime_directory:
            words.insert(1, "--user")
            # Told here, since a sandbox's environment does not have it, and must not.
            words[:0] = [_ENV, f"{_RUNTIME}={self.runtime_directory}"]
            behind = [_ENV, f"--unset={_RUNTIME}"]
        if limits.memory_mib:
            words += ["-p", f"MemoryMax={limits.memory_mib}M", "-p", "MemorySwapMax=0"]
        if limits.processes:
            words += ["-p", f"TasksMax={limits.processes}"]
        if limits.cpus:
            words += ["-p", f"CPUQuota={limits.cpus * 100}%"]
        return (*words, "--", *behind)

    def inner(self, limits: Limits) -> tuple[str, ...]:
        """Return the words inside the sandbox, before the program.

        The number of processes is counted inside the sandbox's own user namespace, so that one
        session's processes do not count for another's.
        """
        if self.prlimit is None or self.systemd_run is not None:
            return ()
        words = []
        if limits.memory_mib:
            size = limits.memory_mib * 2**20
            words.append(f"--as={size}:{size}")
        if limits.processes:
            words.append(f"--nproc={limits.processes}:{limits.processes}")
        return (str(self.prlimit), *words, "--") if words else ()

    def variables(self, limits: Limits) -> Mapping[str, str]:
        """Return variables that keep numeric libraries from starting more threads than CPUs."""
        count = min(limits.cpus or self.cpus, self.cpus)
        return {name: str(count) for name in THREAD_VARIABLES}

    @property
    def description(self) -> str:
        """What is in force, for people."""
        if self.systemd_run is not None:
            return "cgroup v2 through systemd: memory, processes and CPU of the whole session"
        if self.prlimit is not None:
            return "resource limits: memory of each process, number of processes; CPU is not bound"
        return "none: neither systemd-run nor prlimit is there"


def read_enforcement(variables: Mapping[str, str] = os.environ) -> Enforcement:
    """Look at what this machine offers."""
    root = os.geteuid() == 0
    runtime = "" if root else variables.get(_RUNTIME, f"/run/user/{os.geteuid()}")
    manager = Path("/run/systemd/private" if root else f"{runtime}/systemd/private")
    unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    systemd_run = shutil.which("systemd-run") if unified and manager.exists() else None
    prlimit = shutil.which("prlimit", path="/usr/bin:/bin")
    return Enforcement(
        systemd_run=Path(systemd_run) if systemd_run else None,
        prlimit=Path(prlimit) if prlimit else None,
        runtime_directory=runtime,
        cpus=len(os.sched_getaffinity(0)),
    )
