# SPDX-License-Identifier: GPL-3.0-or-later
"""A package that a session added to what its repository declares. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from binder_lite.requirements.model import Origin, Requirements

Language = Literal["python", "r", "julia", "guix"]
# How it is known: it is there; code of the workspace installs it; code imports it.
How = Literal["installed", "install line", "imported"]


@dataclass(frozen=True, slots=True)
class Addition:
    """One package that is used in a session and that nothing declares.

    ``name`` is normalised for Python (PEP 503), else as its registry spells it. ``version`` is the
    exact one in the session, ``""`` where it is not there. ``tool`` is what installed it (``pip``,
    ``uv``, ``conda``, ``R``, ``Pkg``, ``guix``). ``origin`` is the place in the workspace that
    uses it, where one is known. ``url`` is where it came from when that is no registry: for
    Python a PEP 508 URL or, with ``local``, a path relative to the workspace; for R what goes into
    ``Remotes``. ``uuid`` is Julia's.
    """

    language: Language
    name: str
    version: str = ""
    how: How = "installed"
    tool: str = ""
    origin: Origin | None = None
    url: str = ""
    local: bool = False
    editable: bool = False
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What a session added, what was seen and is not offered, and what is declared by now."""

    additions: tuple[Addition, ...]
    notices: tuple[str, ...]
    declared: Requirements
