# SPDX-License-Identifier: GPL-3.0-or-later
"""Small real engines: what they build is a file, and they run programs without a container."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from binder_lite.command import Command
from binder_lite.engines.base import Activation, Box, Built, Choices, EngineName, Pin, Place, Recipe
from binder_lite.engines.limits import Enforcement
from binder_lite.engines.sandbox import Host
from binder_lite.errors import BuildFailed
from binder_lite.events import LogLine, Message, Result, Steps
from binder_lite.requirements.model import Requirements
from binder_lite.sources.model import Checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantRecipe:
    """Builds an environment of one file at once; ``counter`` gets a letter for each build."""

    key: str = "uv-instant"
    counter: Path | None = None
    packages: tuple[str, ...] = ("numpy",)
    added: tuple[str, ...] = ()
    software: str = "Python 3.11.7"
    notices: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def pin(self) -> Pin:
        """Return a file that says nothing."""
        return Pin("pins.txt", "")

    async def build(self, place: Place) -> Steps[Built]:
        """Write a file."""
        self.begin(place)
        yield Message("building", "Making it.")
        (place.staging / "whole").touch()
        yield Result(Built(("numpy==2.1.0",)))

    def begin(self, place: Place) -> None:
        """Count the build and leave half of an environment."""
        if self.counter:
            with self.counter.open("a") as file:
                file.write("b")
        (place.staging / "half").touch()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowRecipe(InstantRecipe):
    """Says what it does, line by line, and ends when the file ``gate`` is there."""

    gate: Path = field(default_factory=Path)

    async def build(self, place: Place) -> Steps[Built]:
        """Write a file, in time."""
        self.begin(place)
        number = 0
        while number < 2 or not self.gate.exists():
            line = f"line {number}"
            with place.log.open("a") as log:
                log.write(line + "\n")
            yield LogLine("building", line)
            number += 1
            await asyncio.sleep(0.02)
        (place.staging / "whole").touch()
        with place.log.open("a") as log:
            log.write("the last line\n")
        yield Result(Built(("numpy==2.1.0",)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsMidBuildRecipe(InstantRecipe):
    """Fails when half of the environment is there."""

    async def build(self, place: Place) -> Steps[Built]:
        """Write half, and fail."""
        self.begin(place)
        yield Message("building", "Making half of it.")
        raise BuildFailed("It broke.", hint="Mend it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantEngine:
    """An engine that has what it is asked for, and whose container is none."""

    made: Recipe = field(default_factory=InstantRecipe)
    name: ClassVar[EngineName] = "uv"

    async def recipe(
        self, checkout: Checkout, requirements: Requirements, choices: Choices
    ) -> Steps[Recipe]:
        """Return the one recipe that it has."""
        yield Result(self.made)

    def activate(self, environment: Path) -> Activation:
        """Use this Python as it is."""
        variables: Mapping[str, str] = {"PATH": "/usr/bin:/bin"}
        return Activation(interpreter=Path(sys.executable), variables=variables, files={})

    def server_recipe(self) -> Recipe:
        """Return the recipe of an empty environment."""
        return InstantRecipe(key="uv-server")

    def server_interpreter(self, environment: Path) -> Path:
        """Return this Python."""
        return Path(sys.executable)

    def compile_command(self, environment: Path) -> Command | None:
        """There is nothing to compile."""
        return None

    def hand_over(self, directory: Path) -> None:
        """Everybody is one person here."""

    @property
    def host(self) -> Host:
        """A machine without anything."""
        return Host(bwrap=Path("/none"), system=(), enforcement=Enforcement(None, None))

    def enclose(self, box: Box, command: Command) -> Command:
        """Return the command as it is."""
        return command


def SlowEngine(gate: Path) -> InstantEngine:  # noqa: N802 - named as the engine it makes
    """Return an engine whose builds wait for the file ``gate``."""
    return InstantEngine(made=SlowRecipe(key="uv-slow", gate=gate))


def FailsMidBuild() -> InstantEngine:  # noqa: N802 - named as the engine it makes
    """Return an engine whose builds fail half way."""
    return InstantEngine(made=FailsMidBuildRecipe(key="uv-fails"))
