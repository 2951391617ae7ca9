# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments on disk: found by key, built into place, listed, removed.

``<root>/<key>/<generation>/`` is complete when it exists: it is built elsewhere and renamed.
Beside ``root``, where sessions cannot see it, ``builds/<key>/`` holds the lock that makes one
build serve all who wait, the log, the files of a build under way, and for each generation that
has its software in a store the links that protect it there. A session that runs holds a shared
lock on the generation it uses, so that nobody removes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.base import PROFILE, EngineName, Place, Recipe
from binder_lite.errors import EnvironmentInUse, EnvironmentNotFound, NotWritable, ToolMissing
from binder_lite.events import LogLine, Message, Result, Step, Steps
from binder_lite.process import LONGEST_LINE
from binder_lite.storage import (
    lock,
    read_record,
    remove_tree,
    tree_size,
    write_record,
    writing,
)

_POLL_SECONDS = 0.1
# Of the five that stopping may take.
_REMOVAL_SECONDS = 1.5
_RECORD = "environment.json"
_LOG = "build.log"
_IMPROVED = "compiled"
_IMPROVE_SECONDS = 1.0
# The engine's word, a hyphen, and eight digits.
_SHORT = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A built environment. ``name`` is ``<key>/<generation>``; ``source`` is who asked first."""

    key: str
    generation: int
    engine: EngineName
    software: str
    packages: tuple[str, ...]
    source: str
    created: datetime
    directory: Path

    @property
    def name(self) -> str:
        """Key and generation in one word."""
        return f"{self.key}/{self.generation}"

    @property
    def root(self) -> Path:
        """The directory of environments that it is in."""
        return self.directory.parent.parent

    @property
    def short_name(self) -> str:
        """The name with as much of the key as tells it from others."""
        return f"{self.key[:_SHORT]}/{self.generation}"

    @property
    def is_in_store(self) -> bool:
        """Whether its software is in a store outside, which takes the disk space."""
        return (self.directory / PROFILE).is_symlink()

    @property
    def last_used(self) -> float:
        """When it was built, or something last began to use it, in seconds since the epoch."""
        try:
            return max(self.created.timestamp(), _use_lock(self).stat().st_mtime)
        except OSError:
            return self.created.timestamp()

    def size_bytes(self) -> int:
        """Return what the environment takes on disk."""
        return tree_size(self.directory)


def builds_directory(root: Path) -> Path:
    """Return where locks, logs and unfinished builds of the environments in ``root`` are."""
    return root.parent / "builds"


def list_environments(root: Path) -> list[Environment]:
    """Return all environments, newest first."""
    found = [read for path in root.glob(f"*/*/{_RECORD}") if (read := _read(path.parent))]
    return sorted(found, key=lambda environment: environment.created, reverse=True)


def find_environment(root: Path, key: str) -> Environment | None:
    """Return the newest generation of ``key``, or ``None``."""
    found = [read for path in root.glob(f"{key}/*/{_RECORD}") if (read := _read(path.parent))]
    return max(found, key=lambda environment: environment.generation, default=None)


def find_among(roots: Iterable[Path], key: str) -> Environment | None:
    """Return the newest generation of ``key`` in the first of ``roots`` that has one."""
    return next((found for root in roots if (found := find_environment(root, key))), None)


def read_environment(roots: Iterable[Path], name: str) -> Environment | None:
    """Return the environment of this name (key and generation), or ``None`` when it is gone."""
    return next((found for root in roots if (found := _read(root / name))), None)


def _read(directory: Path) -> Environment | None:
    profile = directory / PROFILE
    if profile.is_symlink() and not profile.exists():
        return None
    return read_record(directory / _RECORD, Environment, directory=directory)


async def obtain(
    root: Path, recipe: Recipe, *, engine: EngineName, source: str, rebuild: bool = False
) -> Steps[Environment]:
    """Return the environment of ``recipe``, building it unless it is there.

    Of several processes that want the same key one builds; the others show its log. With
    ``rebuild`` a new generation is made beside the old one.
    """
    builds = builds_directory(root) / recipe.key
    before = find_environment(root, recipe.key)
    if before and not rebuild:
        yield Result(before)
        return
    with writing("the environment", root):
        builds.mkdir(parents=True, exist_ok=True)
        root.mkdir(parents=True, exist_ok=True)
    held = lock(builds / "lock")
    if held is None:
        yield Message("waiting", "Another launch builds this environment; waiting for it.")
        waiting = Step(_wait(builds))
        async for event in waiting:
            yield event
        held = waiting.result
    try:
        now = find_environment(root, recipe.key)
        if now and now != before:
            yield Result(now)
            return
        building = Step(_build(root, recipe, engine, source, now.generation + 1 if now else 1))
        async for event in building:
            yield event
        yield Result(building.result)
    finally:
        os.close(held)


async def _wait(builds: Path) -> Steps[int]:
    position = 0
    while True:
        held = lock(builds / "lock")
        try:
            # Also when the build has just ended: what it said last matters most.
            lines, position = _read_on(builds / _LOG, position)
            for line in lines:
                yield LogLine("building", line)
        except BaseException:
            if held is not None:
                os.close(held)
            raise
        if held is not None:
            yield Result(held)
            return
        await asyncio.sleep(_POLL_SECONDS)


def _read_on(log: Path, position: int) -> tuple[list[str], int]:
    """Return a log's whole lines from ``position`` on, and where they end."""
    lines = []
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        if position > os.fstat(file.fileno()).st_size:
            position = 0  # Another build began.
        file.seek(position)
        for line in file:
            if line.endswith(b"\n"):
                position += len(line)
                lines.append(line[:LONGEST_LINE].decode(errors="replace").rstrip())
    return lines, position


async def _build(
    root: Path, recipe: Recipe, engine: EngineName, source: str, generation: int
) -> Steps[Environment]:
    final = root / recipe.key / str(generation)
    builds = builds_directory(root) / recipe.key
    for left in builds.glob("staging-*"):
        remove_tree(left)
    staging = builds / f"staging-{secrets.token_hex(4)}"
    log = builds / _LOG
    log.unlink(missing_ok=True)
    roots = _roots(builds, generation)
    remove_tree(roots)
    building = Step(recipe.build(Place(staging, log, roots)))
    try:
        with writing("the environment", staging):
            staging.mkdir()
            async for event in building:
                yield event
            environment = Environment(
                key=recipe.key,
                generation=generation,
                engine=engine,
                software=recipe.software,
                packages=building.result.packages,
                source=source,
                created=datetime.now(UTC),
                directory=final,
            )
            write_record(staging / _RECORD, environment, leave_out=("directory",))
            final.parent.mkdir(exist_ok=True)
            remove_tree(final)  # One whose software its store has lost.
            staging.rename(final)
    except asyncio.CancelledError:
        remove_tree(roots)
        await _remove_soon(staging)
        raise
    except BaseException:
        remove_tree(roots)
        await asyncio.to_thread(remove_tree, staging)
        raise
    yield Result(environment)


async def _remove_soon(staging: Path) -> None:
    """Remove an unfinished build as far as that goes while a person waits for us to stop.

    Large ones take many seconds; :func:`tidy_builds` does the rest.
    """
    command = Command(("rm", "-rf", "--", str(staging)), process.host_environment())
    with contextlib.suppress(TimeoutError, ToolMissing):
        async with asyncio.timeout(_REMOVAL_SECONDS):
            await process.run(command)


def tidy_builds(root: Path) -> None:
    """Remove what builds left that were killed, or stopped in a hurry."""
    for staging in builds_directory(root).glob("*/staging-*"):
        try:
            held = lock(staging.parent / "lock")
        except NotWritable:
            continue  # Another person's.
        if held is not None:
            try:
                remove_tree(staging)
            finally:
                os.close(held)


@contextlib.asynccontextmanager
async def using(environment: Environment) -> AsyncIterator[None]:
    """Keep an environment from being removed. Raises ``EnvironmentNotFound`` if it just was."""
    held = lock(_use_lock(environment), shared=True)
    if held is None or not (environment.directory / _RECORD).exists():
        raise EnvironmentNotFound(
            f"The environment {environment.name} has just been removed.", hint="Launch again."
        )
    try:
        os.utime(held)
        yield
    finally:
        os.close(held)


@contextlib.asynccontextmanager
async def improving(environment: Environment, command: Command | None) -> AsyncIterator[None]:
    """Run the engine's ``compile_command`` beside the block, unless it has run to its end before.

    It ends with the block, and the next session goes on with it. Whether it succeeds matters to
    nobody but the next start, so that its failure is only logged.
    """
    if command is None or (environment.directory / _IMPROVED).exists():
        yield
        return
    task = asyncio.create_task(_improve(environment, command))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _improve(environment: Environment, command: Command) -> None:
    place = builds_directory(environment.root) / environment.key
    # The first second is the person's; and a launcher that is killed leaves no sandbox half made.
    await asyncio.sleep(_IMPROVE_SECONDS)
    held = lock(place / f"compile-{environment.generation}")
    if held is None:
        return  # Another session's launcher is at it.
    try:
        with (place / "compile.log").open("ab") as log:
            output = log.fileno()
            async with process.running(command, stdout=output, stderr=output) as running:
                await running.wait()
        (environment.directory / _IMPROVED).touch()
    finally:
        os.close(held)


def remove_environment(root: Path, key: str) -> None:
    """Remove all generations of ``key``, or the one that is named ``<key>/<generation>``.

    Raises ``EnvironmentInUse`` and ``EnvironmentNotFound``.
    """
    name, _, generation = key.partition("/")
    found = [
        environment
        for environment in list_environments(root)
        if environment.key == name and generation in ("", str(environment.generation))
    ]
    if not found:
        raise EnvironmentNotFound(
            f"There is no environment {key!r}.",
            hint="`binder-lite environments` lists those that there are.",
        )
    for environment in found:
        held = lock(_use_lock(environment))
        if held is None:
            raise EnvironmentInUse(
                f"A running session uses the environment {environment.name}.",
                hint="Stop the session first; `binder-lite sessions` lists them.",
            )
        try:
            builds = builds_directory(root) / environment.key
            gone = builds / f"staging-{secrets.token_hex(4)}"
            environment.directory.rename(gone)
            remove_tree(_roots(builds, environment.generation))
            remove_tree(gone)
        finally:
            os.close(held)
    with contextlib.suppress(OSError):
        (root / name).rmdir()


def _roots(builds: Path, generation: int) -> Path:
    return builds / f"roots-{generation}"


def _use_lock(environment: Environment) -> Path:
    return builds_directory(environment.root) / environment.key / f"use-{environment.generation}"
