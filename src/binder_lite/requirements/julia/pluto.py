# SPDX-License-Identifier: GPL-3.0-or-later
"""Pluto notebooks: Julia files that carry the project and manifest which they run in.

The two are strings in cells of their own, which Pluto writes and reads as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from binder_lite.requirements.julia.manifest import (
    JuliaManifest,
    apply_manifest,
    parse_manifest,
    whole_manifest,
)
from binder_lite.requirements.julia.project import parse_project
from binder_lite.requirements.model import Requirements

_FIRST_LINE = re.compile(r"\A(?:\ufeff)?### A Pluto\.jl notebook ###[ \t]*\r?$", re.MULTILINE)
_OPEN = r'^PLUTO_%s_TOML_CONTENTS[ \t]*=[ \t]*(?:raw)?"""\r?\n'
_CELL = "# ╔═╡ "


@dataclass(frozen=True, slots=True)
class PlutoNotebook:
    """A Pluto notebook's text in parts, each with the lines before it left empty.

    A part that it does not have is ``None``; without a project its code tells what it uses.
    """

    code: str
    project: str | None = None
    manifest: str | None = None


def is_pluto(text: str) -> bool:
    """Say whether a Julia file is a Pluto notebook."""
    return _FIRST_LINE.match(text) is not None


def parse_pluto(text: str) -> PlutoNotebook:
    """Return the parts of a notebook's ``text``."""
    project, manifest = _embedded(text, "PROJECT"), _embedded(text, "MANIFEST")
    end = min((part[0] for part in (project, manifest) if part), default=len(text))
    return PlutoNotebook(text[:end], project and project[1], manifest and manifest[1])


def read_pluto(notebook: PlutoNotebook, file: str) -> Requirements | None:
    """Return what the notebook says that it runs in; ``None`` when it does not say.

    Raises :class:`BadRequirements`, with the line in the notebook.
    """
    has_manifest = bool(notebook.manifest and notebook.manifest.strip())
    manifest = parse_manifest(notebook.manifest or "", file) if has_manifest else None
    if notebook.project is not None:
        project = parse_project(notebook.project, file)
        return apply_manifest(project, manifest) if manifest else project.found
    return _alone(manifest)


def _alone(manifest: JuliaManifest | None) -> Requirements | None:
    return whole_manifest(manifest) if manifest else None


def _embedded(text: str, which: str) -> tuple[int, str] | None:
    """Return where the string begins, and its content behind as many line ends as precede it."""
    # A cell of the person's own might hold the same words, but Pluto's come last.
    openings = list(re.finditer(_OPEN % which, text, re.MULTILINE))
    if not openings or _CELL not in text:
        return None
    found = openings[-1]
    end = text.find('"""', found.end())
    content = text[found.end() : end if end >= 0 else len(text)]
    return found.start(), "\n" * text.count("\n", 0, found.end()) + content
