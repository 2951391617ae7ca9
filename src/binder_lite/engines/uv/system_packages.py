# SPDX-License-Identifier: GPL-3.0-or-later
"""System packages that a repository asks for: which of them this machine has.

Sessions see the machine's own `/usr`, so what is installed there is there. Nothing is installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from binder_lite import process
from binder_lite.command import Command
from binder_lite.requirements.model import Requirement


def query_command(names: Iterable[str]) -> Command:
    """Ask dpkg for the state of these packages."""
    words = ("dpkg-query", "--show", "--showformat=${Package}\\t${db:Status-Status}\\n", "--")
    return Command((*words, *names), process.host_environment(LC_ALL="C"))


def parse_installed(text: str) -> frozenset[str]:
    """Return the packages that dpkg says are installed."""
    rows = (line.partition("\t") for line in text.splitlines())
    return frozenset(name for name, _, state in rows if state == "installed")


async def system_notice(wanted: tuple[Requirement, ...]) -> str:
    """Return what to tell the person of the system packages, ``""`` when all are there."""
    if not wanted:
        return ""
    listed = {item.name: f"{item.name} ({item.origin})" for item in wanted}
    if shutil.which("dpkg-query") is None:
        return (
            "The repository asks for Debian packages, which cannot be looked up on this machine: "
            f"{', '.join(listed.values())}."
        )
    answer = await process.run(query_command(listed))
    lacking = [name for name in listed if name not in parse_installed(answer.stdout)]
    if not lacking:
        return ""
    return (
        "The repository asks for system packages that this machine lacks: "
        f"{', '.join(listed[name] for name in lacking)}. The launch goes on without them; an "
        f"administrator can add them: apt install {' '.join(lacking)}."
    )
