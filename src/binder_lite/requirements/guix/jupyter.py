# SPDX-License-Identifier: GPL-3.0-or-later
"""Notebooks made for guix-jupyter: what they themselves will ask Guix for while they run.

guix-jupyter is a kernel that obeys the lines which begin with ``;;guix`` and gives the rest of the
code to a kernel of the environment that such a line made. The forms that are understood here are
those that its makers show:

- its demonstration, `guix-kernel-demo.ipynb` of https://codeberg.org/guix-science/guix-jupyter
- https://hpc.guix.info/blog/2019/10/towards-reproducible-jupyter-notebooks/ (pin, download)
- https://hpc.guix.info/blog/2021/01/guix-jupyter-0.2.1-released/ (describe, search)

All other such lines are kept as they are. Which of a cell's lines the kernel obeys is not told;
its examples have it on the first one. Here every line is read, so that none is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from binder_lite.requirements.text import split_lines

# The name of the kernel, as the demonstration's metadata have it.
GUIX_KERNEL = "guix"

_MAGIC = ";;guix"
_PACKAGE = re.compile(r"[^-@:\s][^@:\s]*(?:@[^:\s]+)?(?::\S+)?")
_ENVIRONMENT = re.compile(r"[^-<\s]\S*")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+")
# In hexadecimal, as in the demonstration, or in the base 32 that `guix hash` writes.
_SHA256 = re.compile(r"[0-9a-f]{64}|[0-9a-df-np-sv-z]{52}")


@dataclass(frozen=True, slots=True)
class NotebookEnvironment:
    """An environment that a cell makes: ``;;guix environment NAME <- PACKAGE …``.

    The packages are Guix's specifications; one of them brings the Jupyter kernel. As with all the
    values here, ``cell`` is the code cell that says so, counted from 1.
    """

    name: str
    packages: tuple[str, ...]
    cell: int


@dataclass(frozen=True, slots=True)
class EnvironmentUse:
    """A cell runs in an environment that an earlier one made: ``;;guix environment NAME``."""

    name: str
    cell: int


@dataclass(frozen=True, slots=True)
class Pin:
    """What follows is of this revision of Guix: ``;;guix pin COMMIT``."""

    commit: str
    cell: int


@dataclass(frozen=True, slots=True)
class Download:
    """A file is fetched for the environment in use: ``;;guix download URL SHA256``."""

    url: str
    sha256: str
    cell: int


@dataclass(frozen=True, slots=True)
class Query:
    """Guix is asked something: ``;;guix describe``, ``;;guix search WORD …``."""

    command: Literal["describe", "search"]
    words: tuple[str, ...]
    cell: int


@dataclass(frozen=True, slots=True)
class UnknownRequest:
    """A line that begins with ``;;guix`` and is none of the others."""

    text: str
    cell: int


Request: TypeAlias = NotebookEnvironment | EnvironmentUse | Pin | Download | Query | UnknownRequest


@dataclass(frozen=True, slots=True)
class GuixNotebook:
    """All that a notebook asks guix-jupyter for, in its order."""

    requests: tuple[Request, ...] = ()

    @property
    def environments(self) -> tuple[NotebookEnvironment, ...]:
        """The environments that it makes."""
        return tuple(item for item in self.requests if isinstance(item, NotebookEnvironment))

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The revisions of Guix that it goes to, each from its cell on."""
        return tuple(item for item in self.requests if isinstance(item, Pin))

    @property
    def downloads(self) -> tuple[Download, ...]:
        """The files that it fetches."""
        return tuple(item for item in self.requests if isinstance(item, Download))

    @property
    def unknown(self) -> tuple[UnknownRequest, ...]:
        """The lines that are not understood."""
        return tuple(item for item in self.requests if isinstance(item, UnknownRequest))

    @property
    def unmade(self) -> tuple[EnvironmentUse, ...]:
        """The uses of environments that no earlier line makes."""
        made: set[str] = set()
        unmade: list[EnvironmentUse] = []
        for item in self.requests:
            if isinstance(item, NotebookEnvironment):
                made.add(item.name)
            elif isinstance(item, EnvironmentUse) and item.name not in made:
                unmade.append(item)
        return tuple(unmade)


def parse_guix_cells(cells: Iterable[str]) -> GuixNotebook:
    """Return what the code ``cells`` of a notebook ask guix-jupyter for."""
    return GuixNotebook(
        tuple(
            _request(line, number)
            for number, cell in enumerate(cells, start=1)
            for line in split_lines(cell)
            if line.startswith(_MAGIC)
        )
    )


def request_lines(notebook: GuixNotebook) -> tuple[str, ...]:
    """Say what the notebook will ask Guix for, a line each, for ``--dry-run``.

    They hold text of the repository. Cells that only use what others made are passed over.
    """
    return tuple(_lines(notebook))


def _lines(notebook: GuixNotebook) -> Iterator[str]:
    unmade = set(notebook.unmade)
    for item in notebook.requests:
        match item:
            case NotebookEnvironment(name, packages, cell):
                yield f"cell {cell}: environment {name} of {' '.join(packages)}"
            case EnvironmentUse(name, cell):
                if item in unmade:
                    yield f"cell {cell}: environment {name}, which no cell before it makes"
            case Pin(commit, cell):
                yield f"cell {cell}: Guix at commit {commit}"
            case Download(url, sha256, cell):
                yield f"cell {cell}: download of {url} (SHA-256 {sha256})"
            case Query(command, words, cell):
                yield f"cell {cell}: guix {' '.join((command, *words))}"
            case UnknownRequest(text, cell):
                yield f"cell {cell}: not understood: {text}"


def _request(line: str, cell: int) -> Request:
    match line.removeprefix(_MAGIC).split() if _is_command(line) else []:
        case ["environment", name] if _ENVIRONMENT.fullmatch(name):
            return EnvironmentUse(name, cell)
        case ["environment", name, "<-", *packages] if (
            packages and _ENVIRONMENT.fullmatch(name) and all(map(_PACKAGE.fullmatch, packages))
        ):
            return NotebookEnvironment(name, tuple(packages), cell)
        case ["pin", commit] if _COMMIT.fullmatch(commit):
            return Pin(commit, cell)
        case ["download", url, sha256] if _URL.fullmatch(url) and _SHA256.fullmatch(sha256):
            return Download(url, sha256, cell)
        case ["describe"]:
            return Query("describe", (), cell)
        case ["search", *words] if words:
            return Query("search", tuple(words), cell)
    return UnknownRequest(line, cell)


def _is_command(line: str) -> bool:
    """Say whether the name of a command may follow; control characters are in none."""
    return line.removeprefix(_MAGIC)[:1].isspace() and line.replace("\t", " ").isprintable()
