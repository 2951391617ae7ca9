# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Pythons this machine has, and which one a repository gets."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from binder_lite import process
from binder_lite.engines.uv.commands import install_python_command, list_pythons_command
from binder_lite.errors import PythonUnavailable
from binder_lite.events import LogLine, Message, Result, Steps
from binder_lite.requirements.model import PythonVersion

# Older ones have no ipykernel that speaks over Unix sockets to today's Jupyter, and no uv.
OLDEST = Version("3.8")


@dataclass(frozen=True, slots=True, order=True)
class Python:
    """An interpreter: its version, its program, and the directory that holds all of it."""

    version: Version
    program: Path
    prefix: Path


class _Listed(msgspec.Struct):
    version: str
    path: str
    implementation: str = "cpython"
    variant: str = "default"


def search_environment(own: Path, home: Path = Path.home()) -> Mapping[str, str]:  # noqa: B008
    """Return the environment in which uv looks for Pythons.

    ``own`` is where binder-lite keeps Pythons that it downloaded, and what uv has learnt of all
    others by running each (seconds for ten of them, so it is not left to the home). Shims of
    pyenv are left out (they answer for versions that are not there); the versions behind them are
    put in.
    """
    env = process.host_environment()
    path = [p for p in env.get("PATH", "").split(os.pathsep) if Path(p).name != "shims"]
    managed = [home / ".local/share/uv/python", home / ".pyenv/versions"]
    if root := os.environ.get("PYENV_ROOT"):
        managed.append(Path(root) / "versions")
    bins = []
    for place in managed:
        # A variable may still name another person's directory, as under sudo.
        with contextlib.suppress(PermissionError):
            bins += sorted(str(directory) for directory in place.glob("*/bin"))
    return {
        **env,
        "PATH": os.pathsep.join(dict.fromkeys([*path, *bins])),
        "UV_PYTHON_INSTALL_DIR": str(own),
        "UV_CACHE_DIR": str(own / ".known"),
        "UV_PYTHON_DOWNLOADS": "manual",
    }


def parse_pythons(text: str) -> tuple[Python, ...]:
    """Read uv's JSON list: CPython only, one entry an interpreter, newest first."""
    found: dict[Path, Python] = {}
    for item in msgspec.json.decode(text, type=list[_Listed]):
        if item.implementation != "cpython" or item.variant != "default":
            continue
        version, program = Version(item.version), Path(item.path).resolve()
        if version >= OLDEST:
            found.setdefault(program, Python(version, program, program.parent.parent))
    return tuple(sorted(found.values(), reverse=True))


def that_hold_none_of(pythons: Iterable[Python], private: Iterable[Path]) -> tuple[Python, ...]:
    """Leave out the Pythons whose directory holds one of ``private``: sandboxes show all of it.

    One in ``~/bin`` has the whole home for its directory.
    """
    places = tuple(private)
    return tuple(
        python
        for python in pythons
        if not any(place.is_relative_to(python.prefix) for place in places)
    )


async def installed_pythons(uv: Path, own: Path) -> tuple[Python, ...]:
    """Ask uv for the Pythons on this machine that can be shown. Raises ``CommandFailed``."""
    env = search_environment(own)
    found = parse_pythons(await process.check(list_pythons_command(uv, env)))
    return that_hold_none_of(found, (Path.home().resolve(), own.resolve()))


def choose(
    wanted: Iterable[PythonVersion], available: Iterable[Python], default: Version
) -> Python | None:
    """Return the Python that all of ``wanted`` allow, or ``None``.

    Of those allowed: one that is preferred by name, else one with ``default``'s minor version,
    else the newest.
    """
    wanted = tuple(wanted)
    allowed = [
        python
        for python in available
        if all(
            SpecifierSet(each.specifier).contains(python.version, prereleases=True)
            for each in wanted
        )
        and (wanted or not python.version.is_prerelease)
    ]
    preferred = {each.preferred for each in wanted}

    def rank(python: Python) -> tuple[bool, bool, bool, Version]:
        return (
            str(python.version) in preferred,
            python.version.release[:2] == default.release[:2],
            not python.version.is_prerelease,
            python.version,
        )

    return max(allowed, key=rank, default=None)


def download_candidates(wanted: Iterable[PythonVersion]) -> tuple[str, ...]:
    """Return minor versions that could be downloaded and would be allowed, best first."""
    wanted = tuple(wanted)
    minors = [f"3.{minor}" for minor in (12, 13, 11, 10, 14, 9, 8)]
    return tuple(
        minor
        for minor in minors
        if all(
            any(SpecifierSet(each.specifier).contains(f"{minor}.{patch}") for patch in range(30))
            for each in wanted
        )
    )


def _spoken(specifier: str) -> str:
    exact = re.fullmatch(r"==(\d+\.\d+)\.\*", specifier)
    return exact[1] if exact else specifier


async def obtain(
    uv: Path, own: Path, wanted: tuple[PythonVersion, ...], available: tuple[Python, ...]
) -> Steps[Python]:
    """Download a Python that is allowed. Raises ``PythonUnavailable`` naming what there is."""
    said = ", ".join(f"{_spoken(each.specifier)} ({each.origin})" for each in wanted)
    here = ", ".join(str(python.version) for python in available) or "none"
    candidates = download_candidates(wanted)
    if candidates:
        yield Message("building", f"No Python {said} on this machine; downloading {candidates[0]}.")
        command = install_python_command(uv, candidates[0], search_environment(own))
        try:
            async for line in process.lines(command):
                yield LogLine("building", line.text)
        except process.CommandFailed as failure:
            raise PythonUnavailable(
                f"The repository asks for Python {said}. This machine has {here}, and "
                f"{candidates[0]} could not be downloaded.",
                hint=f"Install Python {candidates[0]}, or relax the version in the repository.",
                details=failure.details(),
            ) from failure
        if chosen := choose(wanted, await installed_pythons(uv, own), Version(candidates[0])):
            yield Result(chosen)
            return
    raise PythonUnavailable(
        f"The repository asks for Python {said}. This machine has {here}.",
        hint="Change the version in the repository to one that exists (3.8 or newer).",
    )
