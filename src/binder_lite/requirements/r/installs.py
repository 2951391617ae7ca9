# SPDX-License-Identifier: GPL-3.0-or-later
"""A call of a function that installs packages → what it installs, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from binder_lite.requirements.r.functions import Installer
from binder_lite.requirements.r.remotes import Remote, parse_remote
from binder_lite.requirements.r.syntax import (
    Argument,
    argument,
    is_true,
    line_of_node,
    name_of,
    operator_of,
    text_of,
)
from binder_lite.requirements.r.values import Scope, evaluate

# Mirrors of CRAN and Bioconductor, by what their addresses hold.
_REGISTRY = re.compile(r"cran|r-project|rstudio|posit|bioconductor", re.IGNORECASE)
COMPUTED = "installs packages whose names it computes"


@dataclass(frozen=True, slots=True)
class Installed:
    """What a call installs; ``project``: what the project itself asks for.

    ``problems`` say what of it cannot be told.
    """

    remotes: tuple[tuple[Remote, int], ...] = ()
    project: bool = False
    problems: tuple[str, ...] = ()


def installed_by(
    installer: Installer, name: str, arguments: list[Argument], scope: Scope
) -> Installed:
    """Return what a call of ``installer`` under the name ``name`` installs."""
    first = argument(arguments, installer.parameter)
    given = [first] if first is not None else []
    if installer.dots:
        given = [each for each in arguments if each.name in ("", installer.parameter)]
    if not given:
        return Installed(project=bool(installer.project))
    problems: list[str] = []
    version = ""
    if name.endswith("_version") and (said := argument(arguments, "version", 1)) is not None:
        versions = evaluate(said, scope)
        if versions is None or len(versions) > 1:
            problems.append("installs a version that it computes")
        version = next(iter(versions or ()), "")
    repositories = evaluate(argument(arguments, "repos", None), scope) or ()
    if others := [each for each in repositories if each and not _REGISTRY.search(each)]:
        problems.append(f"names other repositories ({', '.join(others)[:200]}), which are not used")
    ref = _one(arguments, "ref", scope) or _one(arguments, "branch", scope)
    folder = _one(arguments, "subdir", scope)
    found: dict[Remote, int] = {}
    project = False
    for each in given:
        values = evaluate(each, scope)
        if values is None:
            problems.append(COMPUTED)
        for text, at in (values or {}).items():
            remote = parse_remote(text, installer.kind, ref=ref, folder=folder, version=version)
            if remote.local and remote.url.rstrip("/") in (".", ""):
                project = True
            else:
                found.setdefault(remote, at)
    return Installed(tuple(found.items()), project, tuple(problems))


def attached_by(installer: Installer, arguments: list[Argument], scope: Scope) -> Installed:
    """Return what ``p_load(a, "b", char = names)`` and its like attach, and install before."""
    given = [each for each in arguments if each.name in ("", installer.parameter)]
    found: dict[Remote, int] = {}
    problems = []
    # As in `library`, a name stands for itself unless it is said to be computed.
    stands = installer.dots and not is_true(argument(arguments, "character.only", None))
    for each in given if installer.dots else given[:1]:
        quoted = _quoted(each) if stands else None
        if quoted is not None and each.node is not None:
            at = line_of_node(each.node) + scope.offset
            found.setdefault(parse_remote(quoted, installer.kind), at)
            continue
        values = evaluate(each, scope)
        if values is None:
            problems.append("loads packages whose names it computes")
        for text, at in (values or {}).items():
            found.setdefault(parse_remote(text, installer.kind), at)
    return Installed(tuple(found.items()), problems=tuple(problems))


def _quoted(given: Argument) -> str | None:
    """Return the package that an argument names without quotation marks."""
    node = given.node
    if node is None or given.name or given.values is not None:
        return None
    if node.type == "binary_operator" and operator_of(node) == "/":
        return text_of(node).replace(" ", "")
    return name_of(node)


def _one(arguments: list[Argument], name: str, scope: Scope) -> str:
    return next(iter(evaluate(argument(arguments, name, None), scope) or ()), "")
