# SPDX-License-Identifier: GPL-3.0-or-later
"""Are there room, a browser and, if asked for, a network?"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from binder_lite import process
from binder_lite.cli.browser import can_show_browser, confined_browser, find_browser
from binder_lite.cli.checks.model import Check
from binder_lite.cli.wording import size
from binder_lite.command import Command
from binder_lite.storage import free_bytes

# JupyterLab and a usual set of scientific packages take about this much.
_ENOUGH_BYTES = 2 * 10**9
_SECONDS = 30


async def check_directory(name: str, directory: Path) -> Check:
    """Can we write into ``directory``, and is there room? It is not made when it is not there."""
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    variable = f"BINDER_LITE_{name.split()[0].upper()}"
    try:
        if not existing.is_dir():
            raise NotADirectoryError(f"{existing} is no directory")
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        return Check(
            name,
            "failed",
            f"{existing} cannot be written: {error.strerror or error}",
            f"Make it writable, or name another directory in {variable}.",
        )
    free = free_bytes(directory)
    if free < _ENOUGH_BYTES:
        hint = f"Free some, or set {variable}:\n  binder-lite environments remove --unused"
        return Check(name, "warning", f"{size(free)} free in {directory}", hint)
    return Check(name, "ok", f"{size(free)} free in {directory}")


async def check_browser(data: Path) -> Check:
    """Is there a browser that can be opened?"""
    name = "browser"
    if not can_show_browser():
        hint = "Copy the printed URL into a browser; through SSH, forward its port."
        return Check(name, "skipped", "no display", hint)
    if find_browser() is None:
        hint = "Set $BROWSER, or install a browser and xdg-utils."
        return Check(name, "warning", "none found", hint)
    confined = confined_browser()
    if confined and _is_hidden(data):
        return Check(
            name,
            "warning",
            f"{confined}, which may not read files in hidden directories",
            "Copy the printed URL, or set BINDER_LITE_DATA to a directory that is not hidden.",
        )
    program = shutil.which("xdg-open") or os.environ.get("BROWSER") or "found"
    return Check(name, "ok", program)


def _is_hidden(directory: Path) -> bool:
    return any(part.startswith(".") for part in directory.parts)


async def check_index(asked: bool) -> Check:
    """Does the package index answer, by the same program and settings as a build asks it?"""
    name = "package index"
    if not asked:
        return Check(name, "skipped", "not asked", "binder-lite doctor --network asks it.")
    from uv import find_uv_bin

    # A cache of its own, empty: else the answer could come from the cache.
    with tempfile.TemporaryDirectory() as cache:
        words = ("pip", "compile", "--quiet", "--no-config", "--cache-dir", cache, "-")
        command = Command((find_uv_bin(), *words), process.host_environment())
        try:
            async with asyncio.timeout(_SECONDS):
                done = await process.run(command, input_bytes=b"pip\n")
        except TimeoutError:
            return Check(name, "failed", f"no answer in {_SECONDS} s", "Is there a network?")
    if done.exit_status:
        said = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return Check(name, "failed", said.strip(), "Is there a network? Is a proxy needed?")
    return Check(name, "ok", "answers")
