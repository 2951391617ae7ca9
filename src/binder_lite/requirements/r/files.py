# SPDX-License-Identifier: GPL-3.0-or-later
"""R's files: which of them is in charge, and what it asks for.

As with repo2docker, runtime.txt names R and its release, and both the DESCRIPTION at the root and
install.R count where they are (https://repo2docker.readthedocs.io/en/latest/config_files.html).
Besides, a lock file of renv or packrat counts, which repo2docker leaves to install.R. Only where
nothing declares packages is the code looked at: `r/guessing.py`.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements, joined
from binder_lite.requirements.place import Place
from binder_lite.requirements.python.version import parse_runtime_txt
from binder_lite.requirements.r.asked import Asked
from binder_lite.requirements.r.code import parse_r_code
from binder_lite.requirements.r.description import (
    Description,
    decode_description,
    merged,
    parse_description,
)
from binder_lite.requirements.r.findings import RInstall
from binder_lite.requirements.r.guessing import RUses, guess_r, read_uses
from binder_lite.requirements.r.lock import Lock, parse_packrat_lock, parse_renv_lock
from binder_lite.requirements.r.remotes import minor_release, requirement_of
from binder_lite.requirements.text import split_lines
from binder_lite.requirements.tree import LARGEST_BY_HAND, Tree

__all__ = ["guess_r", "read_r"]

_LOCKS = (("renv.lock", parse_renv_lock), ("packrat/packrat.lock", parse_packrat_lock))
# Where one of these declares packages, a lock of R beside it does not take over: notebooks of
# Python with a few figures made by R are served as before.
_OF_PYTHON = (
    "environment.yml", "environment.yaml", "Pipfile", "Pipfile.lock", "requirements.txt",
    "pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "pylock.toml",
)  # fmt: skip
_RELEASE = re.compile(
    r"[rR](?:-(?P<version>\d+(?:\.\d+){0,2}))?(?:-(?P<date>\d{4}-\d{1,2}-\d{1,2}))?"
)
# The scripts that renv and packrat start by; they ask for nothing by themselves.
_STARTERS = frozenset({"renv/activate.R", "packrat/init.R", ".Rprofile"})
# These install what a project asks for, not the project.
_ONLY_DEPENDENCIES = re.compile(r"install(?:_dev)?_deps|local_install(?:_dev)?_deps")
_LARGEST_LOCK = 5 * 1024 * 1024
_MOST_SCRIPTS = 20
_WITHOUT_USE = "install.R only uses it to install others"


def read_r(place: Place) -> Requirements | None:
    """Return what R's files say; ``None`` when there are none that count.

    Raises :class:`BadRequirements` and ``UnsafePath``.
    """
    files = _in_charge(place)
    if not files:
        return None
    reading = _Reading(place)
    for name in files:
        reading.read(name)
    found = reading.result()
    foreign = (("r", Origin(place.path(files[0]))),)
    return joined(Requirements(foreign=foreign, build_files=tuple(reading.files)), found)


def _in_charge(place: Place) -> list[str]:
    """Return the names of the files that count, the one in charge first."""
    files = []
    if place.has("runtime.txt"):
        text, path = place.text("runtime.txt"), place.path("runtime.txt")
        if parse_runtime_txt(text, path)[0] == "r":
            files.append("runtime.txt")
    # As with setup.py, a package's own description counts at the root only.
    if not place.is_binder_directory and _description(place.tree, place.path("DESCRIPTION")):
        files.append("DESCRIPTION")
    if place.has("install.R"):
        files.append("install.R")
    lock = next((name for name, _ in _LOCKS if place.has(name)), None)
    if lock and (files or not any(map(place.has, _OF_PYTHON))):
        files.append(lock)
    return files


class _Reading:
    """What R's files of a place have said so far; ``files`` are those that were read."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.asked = Asked()
        self.files: dict[str, None] = {}
        self.lock: Lock | None = None
        self.described = False

    def read(self, name: str) -> None:
        """Read the file ``name`` of the place."""
        path = self.place.path(name)
        if name == "runtime.txt":
            self.files[path] = None
            self._read_release(path)
        elif name == "DESCRIPTION":
            self._read_description(path)
        elif name == "install.R":
            self._run(path)
        else:
            self._read_lock(path, name)

    def result(self) -> Requirements:
        """Return all of it, with what the code says where the files do not say enough."""
        tree, asked = self.place.tree, self.asked
        if self.lock is not None:
            return self._choose_locked(self.lock, read_uses(tree, ""))
        declared = asked.missing or any(name != "R" for name in asked.packages)
        if declared or self.described:
            return asked.result()
        uses = read_uses(tree, "", left_out=frozenset(self.files))
        uses.add_to(asked)
        return replace(asked.result(), guessed=uses.guesses)

    def _read_release(self, path: str) -> None:
        lines = enumerate(split_lines(self.place.text("runtime.txt")), 1)
        number, line = next(((number, line.strip()) for number, line in lines if line.strip()))
        origin = Origin(path, number)
        match = _RELEASE.fullmatch(line)
        version = (match and match["version"]) or ""
        if match is None:
            self.asked.tell(f"{origin}: {line[:60]!r} names no release of R that is understood.")
        elif version:
            self.asked.add(Requirement("R", origin, "r", specifier=minor_release(version)))
        if version.count(".") == 2:
            minor = version.rpartition(".")[0]
            self.asked.tell(f"{origin}: R {version} is named; any R {minor} is taken.")
        if match and match["date"]:
            self.asked.tell(
                f"{origin}: the packages of {match['date']} are meant; no such collection is used."
            )

    def _read_description(self, path: str) -> None:
        description = _description(self.place.tree, path)
        if path in self.files or description is None:
            return
        self.files[path] = None
        self.described = True
        self.asked.own.add(description.package)
        self.asked.extend(description.found)

    def _read_lock(self, path: str, name: str) -> None:
        if self.lock is not None or not self.place.tree.has(path):
            return
        self.files[path] = None
        text = _text(self.place.tree, path, _LARGEST_LOCK)
        self.lock = dict(_LOCKS)[name](text, path)

    def _run(self, path: str) -> None:
        """Read a script that installs, and those that it runs."""
        waiting = [path]
        while waiting:
            path = waiting.pop(0)
            if path in self.files:
                continue
            self.files[path] = None
            code = parse_r_code(_text(self.place.tree, path, LARGEST_BY_HAND))
            for install in code.installs:
                self._add_install(install, Origin(path, install.line))
            for unclear in code.unclear:
                self.asked.tell_unclear(unclear, Origin(path, unclear.line))
            for name, line in code.projects:
                self._read_project(name, Origin(path, line))
            for use in code.uses:
                self.asked.set_aside(use.package, Origin(path, use.line), _WITHOUT_USE)
            for named, line in code.files:
                waiting += self._script(named, Origin(path, line))

    def _script(self, named: str, origin: Origin) -> list[str]:
        """Return the path of a script that is run at ``origin``; tell where that cannot be read."""
        if named in _STARTERS:
            return []
        if "://" in named:
            self.asked.tell(f"{origin} runs a script from elsewhere, which was not read: {named}")
            return []
        # R runs in the project's folder.
        path = posixpath.normpath(posixpath.join(self.place.project, named))
        if not self.place.tree.holds(path):
            self.asked.tell(f"{origin} runs a script that is not there: {named[:120]}")
            return []
        if len(self.files) >= _MOST_SCRIPTS:
            self.asked.tell(f"{origin} runs one more script, which was not read: {named[:120]}")
            return []
        return [path]

    def _read_project(self, name: str, origin: Origin) -> None:
        """Read the project's own file whose packages are installed at ``origin``."""
        path = posixpath.join(self.place.project, name)
        if not self.place.tree.holds(path):
            self.asked.tell(f"{origin} installs what {name} asks for, and there is none.")
        elif name == "DESCRIPTION":
            self._read_description(path)
        else:
            self._read_lock(path, name)

    def _add_install(self, install: RInstall, origin: Origin) -> None:
        item = requirement_of(install.remote, origin, self.place.project)
        if isinstance(item, Requirement) and item.local:
            tree = self.place.tree
            below = posixpath.join(item.url, "DESCRIPTION")
            if tree.holds(below):
                self._read_local(below, origin)
                if _ONLY_DEPENDENCIES.fullmatch(install.how):
                    return
            elif not tree.holds(item.url) and not tree.has_folder(item.url):
                self.asked.tell(f"{origin} installs a file that is not there: {item.url[:120]}")
                return
        self.asked.add(item)

    def _read_local(self, path: str, origin: Origin) -> None:
        """Read what a package of the repository needs, which is installed at ``origin``."""
        description = _description(self.place.tree, path)
        if description is not None and path not in self.files:
            self.files[path] = None
            self.asked.extend(description.found)

    def _choose_locked(self, lock: Lock, uses: RUses) -> Requirements:
        """Return what of the locked packages is asked for, all where nothing asks for any."""
        asked = self.asked
        asked.notices.update(dict.fromkeys(lock.notices))
        if lock.r is not None:
            self._add_locked_r(lock.r)
        for missing in lock.missing:
            self._add_unavailable(missing)
        names = {item.name for item in lock.packages}
        tools = frozenset({"renv", "packrat"} - asked.packages.keys())
        named = {*asked.packages, *uses.names()} & names - tools
        brought = lock.brought_by(frozenset(named)) - named
        # Where the file does not say what needs what, all others are taken to be needed.
        all_brought = bool(named) and not lock.needs
        for item in lock.packages:
            if item.name in tools:
                asked.ignore(item.name, item.origin, "it only installs the others")
            elif item.name not in named and (all_brought or item.name in brought):
                asked.ignore(item.name, item.origin, "it is brought by those that need it")
            else:
                asked.add(item)
        names |= {missing.name for missing in lock.missing}
        for name, origin in uses.names().items():
            if name not in names:
                asked.set_aside(name, origin, f"{lock.file} does not have it")
        asked.notices.update(dict.fromkeys(uses.notices))
        return asked.result()

    def _add_unavailable(self, missing: Missing) -> None:
        if missing.name in self.asked.packages:
            self.asked.tell(
                f"{missing.origin}: {missing.name} may be another one: {missing.reason}."
            )
        else:
            self.asked.add(missing)

    def _add_locked_r(self, r: Requirement) -> None:
        known = self.asked.packages.get("R")
        if known is not None and known.origin.file == self.place.path("runtime.txt"):
            self.asked.ignore("R", r.origin, "runtime.txt comes first")
        else:
            self.asked.packages["R"] = merged(known, r) if known else r


def _description(tree: Tree, path: str) -> Description | None:
    if not tree.has(path):
        return None
    data = tree.read(path, limit=LARGEST_BY_HAND)
    return parse_description(decode_description(data, path), path, posixpath.dirname(path))


def _text(tree: Tree, path: str, limit: int) -> str:
    return decode_description(tree.read(path, limit=limit), path)
