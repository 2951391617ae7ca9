# SPDX-License-Identifier: GPL-3.0-or-later
"""Are the programs there that a launch needs, or could use, and in which version?"""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys

from binder_lite import process
from binder_lite.cli.checks.model import Check, Outcome, install_hint
from binder_lite.command import Command
from binder_lite.engines.guix.installation import why_unavailable
from binder_lite.errors import ToolMissing

_SECONDS = 20
_OLDEST_PYTHON = (3, 11)


async def said_version(*argv: str) -> str | None:
    """Return the first line of what the program says of its version, or ``None``."""
    try:
        async with asyncio.timeout(_SECONDS):
            done = await process.run(Command(argv, process.host_environment()))
    except (ToolMissing, TimeoutError):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.exit_status == 0 and lines else None


async def _check_program(
    name: str, *argv: str, distribution: str, missing: Outcome, why: str
) -> Check:
    path = shutil.which(argv[0])
    said = await said_version(*argv) if path else None
    if said is not None:
        return Check(name, "ok", f"{said} ({path})")
    found = f"{path} does not answer" if path else "not found"
    return Check(name, missing, found, f"{why} {install_hint(name, distribution)}".strip())


async def check_python() -> Check:
    """Is the Python that runs this new enough?"""
    found = f"Python {platform.python_version()} ({sys.executable})"
    if sys.version_info >= _OLDEST_PYTHON:
        return Check("python", "ok", found)
    return Check("python", "failed", found, "binder-lite needs Python 3.11 or later.")


async def check_git(distribution: str) -> Check:
    """Is git there? Every source that is not a plain folder needs it."""
    return await _check_program(
        "git", "git", "--version", distribution=distribution, missing="failed", why=""
    )


async def check_git_lfs(distribution: str) -> Check:
    """Is git-lfs there? Some repositories keep their large files in it."""
    return await _check_program(
        "git-lfs",
        "git-lfs",
        "--version",
        distribution=distribution,
        missing="warning",
        why="Repositories with Git LFS open without their large files.",
    )


async def check_guix() -> Check:
    """Is Guix there, and does its daemon answer? Without it the embedded engine is used."""
    path = shutil.which("guix")
    said = await said_version("guix", "--version") if path else None
    if said is not None:
        why = why_unavailable()
        if why is None:
            return Check("guix", "ok", f"{said} ({path})")
        hint = "Start it, as in `sudo systemctl start guix-daemon`; until then the embedded engine "
        return Check("guix", "warning", f"{said} ({path}); {why}", f"{hint}is used.")
    hint = "The embedded engine is used. For exact environments, install Guix: guix.gnu.org"
    if path:
        return Check("guix", "warning", f"{path} does not answer", hint)
    return Check("guix", "skipped", "not found", hint)


async def check_uv() -> Check:
    """Is uv there? The embedded engine needs it; its PyPI package comes with binder-lite."""
    from uv import find_uv_bin

    hint = "Install binder-lite again; uv is one of its dependencies."
    try:
        path = find_uv_bin()
    except FileNotFoundError:
        return Check("uv", "failed", "not found", hint)
    said = await said_version(path, "--version")
    if said is None:
        return Check("uv", "failed", f"{path} does not answer", hint)
    return Check("uv", "ok", f"{said} ({path})")
