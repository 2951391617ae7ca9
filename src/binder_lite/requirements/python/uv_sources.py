# SPDX-License-Identifier: GPL-3.0-or-later
"""``[tool.uv.sources]``: where a project's dependencies come from instead of the index.

https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name

from binder_lite.requirements.model import Missing, Requirement, Requirements
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.python.poetry import git_url
from binder_lite.requirements.toml import Table, string, table


def apply_sources(found: Requirements, document: Table, *, is_installed: bool) -> Requirements:
    """Return ``found`` with each dependency that has a source directed there.

    Where the project itself is installed, its build reads the same table, and saying it twice
    could contradict; such dependencies then come with the project, and a notice says so.
    """
    sources: dict[str, object] = {
        canonicalize_name(name): value
        for name, value in table(document, "tool", "uv", "sources").items()
    }
    if not sources:
        return found
    packages: list[Requirement] = []
    missing: list[Missing] = list(found.missing)
    notices: list[str] = list(found.notices)
    for item in found.packages:
        source = sources.get(item.name)
        if source is None:
            packages.append(item)
        elif is_installed:
            notices.append(f"{item.origin}: {item.name} comes with the project, from its source.")
        elif isinstance(directed := _directed(item, source), str):
            notices.append(f"{item.origin}: {item.name}: {directed}.")
            packages.append(item)
        elif isinstance(directed, Missing):
            missing.append(directed)
        else:
            packages.append(directed)
    return replace(
        found,
        packages=tuple(packages),
        missing=tuple(missing),
        notices=tuple(notices),
        reads_tree=found.reads_tree or any(item.local for item in packages),
    )


def _directed(item: Requirement, source: object) -> Requirement | Missing | str:
    """Return the requirement at its source, or the reason why it stays as it is."""
    if not isinstance(source, Mapping):
        return "it has several sources, of which none is used"
    if git := string(source, "git"):
        rev = string(source, "rev") or string(source, "tag") or string(source, "branch")
        target = git_url(git, rev, string(source, "subdirectory"))
    elif path := string(source, "path"):
        target = path if path.startswith((".", "/")) else f"./{path}"
    elif url := string(source, "url"):
        target = url
    elif source.get("workspace") is True:
        return Missing(item.name, item.origin, "it is another member of the workspace")
    else:
        return "its source is an index; all indexes are searched"
    at = parse_requirement(
        f"{item.name} @ {target}", item.origin, editable=source.get("editable") is True
    )
    if isinstance(at, Missing):
        return at
    return replace(at, extras=item.extras, marker=item.marker)
