# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix's importers: the definition of a package that Guix lacks, made of what PyPI or CRAN say.

They reach the network with the rights of whoever calls, as they do when called by hand. Nothing
that they download is run; what they print is text, and left to others to read.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.guix.commands import guix_command
from binder_lite.engines.guix.installation import Guix
from binder_lite.errors import ToolMissing
from binder_lite.events import LogLine, Result, Steps

Source = Literal["pypi", "cran", "bioconductor"]

# A package with a hundred others below it takes minutes: each source is downloaded.
SECONDS = 900
_MOST_CHARACTERS = 2**22
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,49}")


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported. Raises ``ValueError`` for what no package is called."""

    source: Source
    name: str
    version: str = ""

    def __post_init__(self) -> None:
        if self.source not in get_args(Source):
            raise ValueError(f"there is no importer {self.source!r}")
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name[:60]!r} is no package's name")
        if self.version and not _VERSION.fullmatch(self.version):
            raise ValueError(f"{self.version[:60]!r} is no version")

    @property
    def words(self) -> tuple[str, ...]:
        """The words after ``guix``. Licences have the prefix that the definitions are read with."""
        name = f"{self.name}@{self.version}" if self.version else self.name
        if self.source == "pypi":
            return ("import", "pypi", "--recursive", name)
        archive = ("--archive=bioconductor",) if self.source == "bioconductor" else ()
        return ("import", "cran", *archive, "--license-prefix=license:", "--recursive", name)


@dataclass(frozen=True, slots=True)
class Answer:
    """The definitions that an importer printed; without any, ``problem`` is why."""

    text: str = ""
    problem: str = ""


def import_command(guix: Guix, wanted: Import) -> Command:
    """Return the call of an importer."""
    return guix_command(guix, wanted.words, process.host_environment())


async def run_importer(guix: Guix, wanted: Import, *, seconds: float = SECONDS) -> Steps[Answer]:
    """Import a package, with all below it that this Guix lacks. Guix's own words are events.

    What keeps it from being imported is part of the answer, and no error.
    """
    printed: list[str] = []
    said: list[str] = []
    length = 0
    until = asyncio.get_running_loop().time() + seconds
    lines = cast(AsyncGenerator[process.Line, None], process.lines(import_command(guix, wanted)))
    try:
        async with contextlib.aclosing(lines):
            while (line := await _next_line(lines, until)) is not None:
                if line.stream == "stdout":
                    printed.append(line.text)
                    length += len(line.text) + 1
                    if length > _MOST_CHARACTERS:
                        yield Result(Answer(problem="the importer printed no end of it"))
                        return
                elif line.text.strip():
                    said = [*said[-9:], line.text.strip()]
                    if not line.transient:
                        yield LogLine("building", line.text)
    except TimeoutError:
        yield Result(Answer(problem=f"the importer had not ended after {seconds:g} s"))
        return
    except process.CommandFailed as failure:
        status = f"the importer ended with status {failure.exit_status}"
        yield Result(Answer(problem=said[-1] if said else status))
        return
    except ToolMissing as error:
        yield Result(Answer(problem=error.message))
        return
    text = "\n".join(printed).strip()
    if not text:
        nothing = f"{_PLACES[wanted.source]} has nothing of this name that Guix can import"
        yield Result(Answer(problem=said[-1] if said else nothing))
        return
    yield Result(Answer(text=text + "\n"))


async def _next_line(
    lines: AsyncGenerator[process.Line, None], until: float
) -> process.Line | None:
    # Not around the whole: between two lines it is others' time, which must not be cut off.
    async with asyncio.timeout_at(until):
        return await anext(lines, None)


_PLACES = {"pypi": "PyPI", "cran": "CRAN", "bioconductor": "Bioconductor"}
