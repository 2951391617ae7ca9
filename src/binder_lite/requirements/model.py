# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository's files ask for, in a form that favours no engine.

Every requirement remembers the file and line where it was said. Everything that was read ends in
exactly one place: wanted, or listed with the reason why not.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

Language = Literal["python", "r", "julia", "conda", "system", "guix"]


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where something was said: a path relative to the checkout, and a line counted from 1."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One package that is asked for.

    For Python, ``name`` is normalised (PEP 503), ``specifier`` and ``marker`` are PEP 440 and 508
    text, ``extras`` are sorted. ``url`` is a direct reference (an archive, ``git+https://…``), or a
    path relative to the checkout's root when ``local`` is true; ``name`` may then be empty.
    ``hashes`` are of the form ``sha256:…``.

    For R and Julia, ``name`` is spelt as the registry spells it, and the language itself is the
    requirement ``R`` or ``julia``. R's ``specifier`` is comparisons joined by commas (``>=1.2``,
    ``==1.2.3``), Julia's is the text of a ``[compat]`` entry (``1.2, 2``, ``=1.2.3``). For conda,
    ``name`` and ``specifier`` are conda's own; for ``system`` they are Debian's, and ``guix`` has
    a whole specification as its name.

    ``optional``: the repository works without it (R's Suggests, a guarded import).
    """

    name: str
    origin: Origin
    language: Language = "python"
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    url: str = ""
    local: bool = False
    editable: bool = False
    hashes: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was asked for and that cannot be given, with the reason."""

    name: str
    origin: Origin
    reason: str
    language: Language = "python"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that was read and that is not to be installed, with the reason."""

    name: str
    origin: Origin
    reason: str
    language: Language = "python"


@dataclass(frozen=True, slots=True)
class PythonVersion:
    """Which Python is asked for: a PEP 440 specifier such as ``>=3.9,<3.13`` or ``==3.10.*``.

    ``preferred`` is a version that was named more exactly than it is binding: ``3.10.4`` in
    ``runtime.txt`` binds to 3.10 and prefers 3.10.4.
    """

    specifier: str
    origin: Origin
    preferred: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """A place to look for Python packages that a file names, besides the usual one."""

    url: str
    origin: Origin
    kind: Literal["index", "extra-index", "find-links"]


@dataclass(frozen=True, slots=True)
class Requirements:
    """All that a checkout asks for.

    ``directory`` is where the files were found: ``""`` (the root), ``"binder"`` or ``".binder"``.
    ``constraints`` limit versions of what is installed anyway. ``foreign`` are languages and
    formats that were found in charge beside or instead of Python's (``"r"``, ``"julia"``,
    ``"dockerfile"``, ``"nix"``), each with the file that says so. ``guessed`` says that nothing
    was declared and the packages come from the imports of notebooks and scripts.
    ``build_files`` are the files whose content decides the build; ``reads_tree`` says that the
    build may read the whole tree (an installed project, a local path, ``postBuild``).
    ``prereleases`` says that pre-releases are wanted although no version names one.
    """

    directory: str = ""
    packages: tuple[Requirement, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    indexes: tuple[Index, ...] = ()
    python: tuple[PythonVersion, ...] = ()
    system: tuple[Requirement, ...] = ()
    missing: tuple[Missing, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    foreign: tuple[tuple[str, Origin], ...] = ()
    post_build: str | None = None
    start: str | None = None
    guessed: bool = False
    reads_tree: bool = False
    prereleases: bool = False
    build_files: tuple[str, ...] = ()
    ignored_files: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()


def joined(*parts: Requirements) -> Requirements:
    """Return all that ``parts`` hold, in order, each item once.

    The first ``directory``, ``post_build`` and ``start`` that is set counts.
    """
    values: dict[str, object] = {}
    for item in fields(Requirements):
        held = [getattr(part, item.name) for part in parts]
        if isinstance(item.default, tuple):
            values[item.name] = tuple(dict.fromkeys(one for some in held for one in some))
        else:
            values[item.name] = next(filter(None, held), item.default)
    return Requirements(**values)  # type: ignore[arg-type]
