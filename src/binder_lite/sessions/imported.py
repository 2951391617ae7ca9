# SPDX-License-Identifier: GPL-3.0-or-later
"""What the changed notebooks and scripts of a workspace install and import.

R's and Julia's code is read by `requirements/`; what is local, or there already, is for
`added.py` to say.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from binder_lite.errors import BadRequirements, LaunchError
from binder_lite.requirements.conda.environment import parse_conda_spec
from binder_lite.requirements.conda.names import LEFT_OUT, NOT_ON_PYPI, ON_PYPI, SYSTEM
from binder_lite.requirements.guessing import Code, package_of
from binder_lite.requirements.julia.files import guess_julia
from binder_lite.requirements.model import Missing, Origin, Requirement
from binder_lite.requirements.notebooks import parse_code_cells, parse_notebook
from binder_lite.requirements.python.import_names import PYTHON_2
from binder_lite.requirements.python.imports import Install, parse_imports, parse_installs
from binder_lite.requirements.python.inline_metadata import parse_inline_metadata
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.r.guessing import read_uses
from binder_lite.requirements.text import decode
from binder_lite.requirements.tree import Tree
from binder_lite.sessions.addition import Addition, Language
from binder_lite.sessions.hostile_files import read_start

_LARGEST_NOTEBOOK = 20 * 1024 * 1024
_LARGEST_SCRIPT = 1024 * 1024
_LARGEST_PIECE = 1024 * 1024
_MOST_FILES = 500
_MOST_FINDINGS = 500
_PYTHON = ("", "python", "ipython", "ipython3")
_R_FILES = (".r", ".rmd", ".qmd", ".rnw")
# Each is read with all that it may include.
_MOST_OF_JULIA = 20


@dataclass(frozen=True, slots=True)
class Used:
    """A module of Python that code imports, the package it comes from, and where."""

    module: str
    package: str
    origin: Origin


@dataclass(slots=True)
class InCode:
    """What changed code installs by itself, imports, and what was not understood."""

    installs: list[Addition] = field(default_factory=list)
    imports: list[Used] = field(default_factory=list)
    others: list[Addition] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Say whether more would be too much for a person to look at."""
        packages = len(self.installs) + len(self.imports)
        return packages + len(self.notices) >= _MOST_FINDINGS


def find_in_code(root: Path, folder: str, changed: Iterable[str]) -> InCode:
    """Read those of the ``changed`` files that hold code.

    They lie in the workspace, which is ``folder`` below ``root``.
    """
    found = InCode()
    code = [path for path in sorted(changed) if path.endswith((".py", ".ipynb"))]
    languages: dict[str, str] = {}
    for path in code[:_MOST_FILES]:
        if found.is_full:
            break
        pieces = list(_pieces(root, folder, path, languages, found))
        try:
            declared = [parse_inline_metadata(each.source, path) for each in pieces]
        except BadRequirements as error:
            found.notices.append(error.message)
            continue
        if any(each is not None for each in declared):
            continue  # It says itself what it needs.
        for piece in pieces:
            _read_piece(piece, found)
    if len(code) > _MOST_FILES:
        left = len(code) - _MOST_FILES
        found.notices.append(f"{left} more changed notebooks and scripts were not looked at.")
    _read_other_languages(Tree(root / folder), set(changed), languages, found)
    return found


def local_modules(tree: Tree) -> frozenset[str]:
    """Return the names that the workspace's own files can be imported by.

    Any script counts, since people put folders on the path, and any folder with one.
    """
    names: set[str] = set()
    for path in tree.walk():
        if path.endswith(".py"):
            *folders, name = path.split("/")
            names.update((name.removesuffix(".py"), *folders))
    return frozenset(names)


def _pieces(
    root: Path, folder: str, path: str, languages: dict[str, str], found: InCode
) -> Iterator[Code]:
    limit = _LARGEST_NOTEBOOK if path.endswith(".ipynb") else _LARGEST_SCRIPT
    data = read_start(root, posixpath.join(folder, path), limit + 1)
    if data is None:
        return
    if len(data) > limit:
        found.notices.append(f"{path} is larger than {limit >> 20} MB; it was not read.")
        return
    try:
        if path.endswith(".py"):
            yield Code(path, decode(data, path))
            return
        language = parse_notebook(data, path).language
        if language not in _PYTHON:
            languages[language] = path
            return
        if b"%R" in data:
            languages["r"] = path  # In a notebook of Python: rpy2's magics.
        text = data.decode("utf-8", "replace")
        for source in parse_code_cells(data, path):
            yield Code(path, source, text)
    except LaunchError as error:
        found.notices.append(f"{error.message} It was not read.")


def _read_piece(piece: Code, found: InCode) -> None:
    if len(piece.source) > _LARGEST_PIECE:
        found.notices.append(f"{piece.file} has a cell that is too large; it was not read.")
        return
    for install in parse_installs(piece.source):
        if not found.is_full:
            _read_install(install, piece.origin(install.line), found)
    seen = {(each.package, each.origin.file) for each in found.imports}
    for each in parse_imports(piece.source):
        top = each.module.split(".")[0]
        if each.optional or not top.isidentifier() or top in PYTHON_2 or found.is_full:
            continue
        package, reason = package_of(each.module)
        name = canonicalize_name(package)
        # Where a line is in a large notebook takes a while to find: once for each name.
        if (name, piece.file) in seen:
            continue
        seen.add((name, piece.file))
        origin = piece.origin(each.line)
        if reason:
            found.notices.append(f"{origin} imports {each.module}: {reason}.")
        else:
            found.imports.append(Used(each.module, name, origin))


def _read_install(install: Install, origin: Origin, found: InCode) -> None:
    tool = install.tool.split()[0]
    if tool.startswith("apt"):
        found.notices.append(f"{origin} installs with apt, which sessions have not.")
        return
    if not install.arguments:
        found.notices.append(f"{origin} installs what cannot be told: {install.text[:120]}")
    for argument in install.arguments:
        if tool in ("conda", "mamba"):
            _add_conda(argument, tool, origin, found)
            continue
        try:
            item = parse_requirement(argument, origin)
        except BadRequirements:
            found.notices.append(f"{origin}: {argument[:120]!r} was not understood.")
            continue
        if isinstance(item, Missing) or item.local or not item.name:
            found.notices.append(f"{origin} installs {argument[:120]}, which is not offered.")
        else:
            found.installs.append(_asked_for(item, tool))


def _asked_for(item: Requirement, tool: str) -> Addition:
    return Addition(
        "python", item.name, _exact(item.specifier), "install line", tool,
        origin=item.origin, url=item.url,
    )  # fmt: skip


def _exact(specifier: str) -> str:
    exact = re.fullmatch(r"==([\w.!+-]+)", specifier)
    return exact[1] if exact else ""


def _add_conda(argument: str, tool: str, origin: Origin, found: InCode) -> None:
    spec = parse_conda_spec(argument)
    name = spec.name if spec else ""
    if spec is None or name in SYSTEM or name in LEFT_OUT or name in NOT_ON_PYPI:
        found.notices.append(f"{origin} installs {argument[:120]} with {tool}; it is not offered.")
    elif name != "python" and not name.startswith(("r-", "bioconductor-")):
        name = canonicalize_name(ON_PYPI.get(name, name))
        # One equal sign asks for what begins so.
        version = _exact(spec.version)
        found.installs.append(Addition("python", name, version, "install line", tool, origin))
    else:
        found.notices.append(f"{origin}: {argument[:120]} is not of Python; it is not offered.")


def _read_other_languages(
    tree: Tree, changed: set[str], languages: dict[str, str], found: InCode
) -> None:
    """Add what changed files of R and Julia use, as far as `requirements/` can tell."""
    if "r" in languages or any(path.lower().endswith(_R_FILES) for path in changed):
        unchanged = frozenset(path for path in tree.walk() if path not in changed)
        uses = read_uses(tree, "", left_out=unchanged)
        found.notices += uses.notices
        _add_uses("r", uses.asked.packages.values(), found)
    julia = [path for path in sorted(changed) if path.endswith(".jl")]
    julia += [languages["julia"]] if "julia" in languages else []
    for path in julia[:_MOST_OF_JULIA]:
        try:
            guessed = guess_julia(tree, path)
        except LaunchError as error:
            found.notices.append(error.message)
            continue
        _add_uses("julia", (each for each in guessed.packages if each.origin.file == path), found)
    if len(julia) > _MOST_OF_JULIA:
        left = len(julia) - _MOST_OF_JULIA
        found.notices.append(f"{left} more changed files of Julia were not looked at.")


def _add_uses(language: Language, packages: Iterable[Requirement], found: InCode) -> None:
    for item in packages:
        # The languages themselves are requirements too.
        if item.optional or item.language != language or item.name in ("R", "julia"):
            continue
        addition = Addition(language, item.name, how="imported", origin=item.origin, url=item.url)
        found.others.append(addition)


def with_use(addition: Addition, used: Iterable[Used], modules: dict[str, str]) -> Addition:
    """Return what was installed with the first place that imports it, where one does."""
    for each in used:
        top = canonicalize_name(each.module.split(".")[0])
        if addition.name in (each.package, modules.get(top)):
            return replace(addition, origin=each.origin)
    return addition
