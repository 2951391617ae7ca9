# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nothing is declared: the packages that R code uses and installs, as a guess.

Scripts, documents and notebooks are read, within bounds; what was left out is told.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace

from binder_lite.errors import BadRequirements, LaunchError
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements
from binder_lite.requirements.r.asked import Asked
from binder_lite.requirements.r.code import parse_r_pieces
from binder_lite.requirements.r.description import decode_description, parse_description
from binder_lite.requirements.r.documents import RDocument, parse_document
from binder_lite.requirements.r.findings import RCode, RInstall, Use
from binder_lite.requirements.r.remotes import requirement_of
from binder_lite.requirements.tree import LARGEST_BY_HAND, Tree

_ENDINGS = (".r", ".rmd", ".qmd", ".rnw", ".snw", ".rpres", ".rmarkdown", ".ipynb")
_NAMES = frozenset({"_output.yml", "_site.yml", "_bookdown.yml"})
_LARGEST_NOTEBOOK = 20 * 1024 * 1024
_LARGEST_SCRIPT = 1024 * 1024
# A guess is for a person's own few files; beyond these it is cut short, and says so.
_MOST_FILES = 2000
_MOST_BYTES = 50 * 1024 * 1024
_MOST_CODE = 10 * 1024 * 1024
_MOST_FINDINGS = 500
# Copies of packages, and what tests them; not what a person came to run.
_NOT_ENTERED = frozenset({"renv", "packrat", "test", "tests", "build", "dist", "revdep"})


@dataclass(slots=True)
class RUses:
    """What the code of a tree uses and installs, in order, and what is to be told of it."""

    asked: Asked = field(default_factory=Asked)
    notices: dict[str, None] = field(default_factory=dict)
    bytes_left: int = _MOST_BYTES
    code_left: int = _MOST_CODE

    @property
    def is_full(self) -> bool:
        """Say whether more would be too much."""
        findings = len(self.asked.packages) + len(self.asked.missing) + len(self.notices)
        return findings >= _MOST_FINDINGS or self.bytes_left <= 0 or self.code_left <= 0

    @property
    def guesses(self) -> bool:
        """Say whether anything was found."""
        return bool(self.asked.packages or self.asked.missing)

    def names(self) -> dict[str, Origin]:
        """Return the packages that are used, each with where; what is part of R is left out."""
        return {item.name: item.origin for item in self.asked.packages.values()}

    def add_to(self, asked: Asked) -> None:
        """Add what was found to what is asked for."""
        asked.extend(self.asked.result())
        asked.notices.update(self.notices)


def guess_r(tree: Tree, notebook: str) -> Requirements:
    """Return what the R code of ``tree`` uses, that of ``notebook`` first."""
    uses = read_uses(tree, notebook)
    asked = Asked()
    uses.add_to(asked)
    found = replace(asked.result(), guessed=uses.guesses)
    return replace(found, foreign=(("r", Origin(notebook)),))


def read_uses(tree: Tree, notebook: str, *, left_out: frozenset[str] = frozenset()) -> RUses:
    """Read the R code of ``tree``, that of ``notebook`` first; not the files ``left_out``."""
    found = RUses()
    if own := _own_package(tree):
        found.asked.own.add(own)
    wanted = [path for path in tree.walk() if _is_to_run(path) and path not in left_out]
    first = [notebook] if notebook in wanted else []
    for number, path in enumerate([*first, *(path for path in wanted if path != notebook)]):
        if found.is_full or number == _MOST_FILES:
            left = len(wanted) - number
            found.notices[f"{left} more notebooks and scripts were not looked at."] = None
            break
        _read(tree, path, found)
    return found


def _is_to_run(path: str) -> bool:
    *folders, name = path.split("/")
    wanted = name.lower().endswith(_ENDINGS) or name in _NAMES
    return wanted and not _NOT_ENTERED.intersection(folders)


def _own_package(tree: Tree) -> str:
    """Return the name of the package that the repository is, ``""`` if it is none."""
    if not tree.holds("DESCRIPTION") or tree.size("DESCRIPTION") > LARGEST_BY_HAND:
        return ""
    try:
        text = decode_description(tree.read("DESCRIPTION", limit=LARGEST_BY_HAND), "DESCRIPTION")
    except BadRequirements:
        return ""
    description = parse_description(text, "DESCRIPTION")
    return description.package if description else ""


def _read(tree: Tree, path: str, found: RUses) -> None:
    limit = _LARGEST_NOTEBOOK if path.endswith(".ipynb") else _LARGEST_SCRIPT
    if tree.size(path) > limit:
        notice = f"{path} is larger than {limit >> 20} MB; what it uses was not read."
        found.notices[notice] = None
        return
    try:
        data = tree.read(path, limit=limit)
        found.bytes_left -= len(data)
        document = parse_document(data, path)
    except BadRequirements as error:
        found.notices[f"{error.message} What it uses was not read."] = None
        return
    except LaunchError as error:
        # A broken notebook among many is no reason not to start; opening it tells more.
        found.notices[error.message] = None
        return
    found.code_left -= sum(len(piece.source) for piece in document.pieces)
    found.notices.update(dict.fromkeys(document.notices))
    code = parse_r_pieces(document.pieces)
    for use in document.uses:
        _add_use(use, Origin(path, use.line), found)
    _add_code(code, document, found)


def _add_code(code: RCode, document: RDocument, found: RUses) -> None:
    # Uses and installations in the order of the lines.
    items: list[Use | RInstall] = [*code.uses, *code.installs]
    for item in sorted(items, key=lambda item: item.line):
        if found.is_full:
            return
        name = item.package if isinstance(item, Use) else item.remote.name
        # Where a line is in a large notebook takes a while to find: once for each name is enough.
        known = found.asked.packages.get(name)
        if isinstance(item, RInstall) and (item.remote.local or item.remote.problem):
            known = None
        origin = known.origin if known else Origin(document.file, document.line(item.line))
        if isinstance(item, Use):
            _add_use(item, origin, found)
        else:
            _add_install(item, origin, document, found)
    for unclear in code.unclear:
        if not found.is_full:
            origin = Origin(document.file, document.line(unclear.line))
            text = f": {unclear.text}" if unclear.text else "."
            found.notices[f"{origin} {unclear.reason}{text}"] = None


def _add_use(use: Use, origin: Origin, found: RUses) -> None:
    found.asked.add(Requirement(use.package, origin, "r", optional=use.optional))


def _add_install(install: RInstall, origin: Origin, document: RDocument, found: RUses) -> None:
    item = requirement_of(install.remote, origin, posixpath.dirname(document.file))
    if isinstance(item, Missing):
        found.notices[f"{origin} installs by itself what cannot be had: {item.name[:120]}"] = None
    elif item.local:
        found.notices[f"{origin} installs by itself: {item.url[:120]}"] = None
    else:
        found.asked.add(replace(item, optional=install.optional))
