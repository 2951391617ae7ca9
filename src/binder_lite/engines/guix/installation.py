# SPDX-License-Identifier: GPL-3.0-or-later
"""The Guix of this machine: where it is, whether its daemon answers, and which revision it is."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from binder_lite import process
from binder_lite.command import Command
from binder_lite.errors import DaemonUnavailable, EngineUnavailable
from binder_lite.requirements.guix.channels import Channel, parse_describe, pinned
from binder_lite.requirements.guix.text import NotPlain
from binder_lite.storage import file_states, read_record, write_record

_SOCKET = "/var/guix/daemon-socket/socket"
# What decides which packages there are, and how the daemon is reached.
_KEPT = ("GUIX_PACKAGE_PATH", "GUIX_DAEMON_SOCKET", "GUIX_LOCPATH", "GUIX_EXTENSIONS_PATH")
_CONNECT_SECONDS = 3
_MOST_LINKS = 40
# Beside the package in a checkout, inside it where it was installed.
_LIBRARIES = (Path(__file__).parents[4] / "guile", Path(__file__).parents[2] / "guile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Which Guix: its version, and its channels with their commits where it can name them."""

    version: str
    channels: tuple[Channel, ...] = ()

    @property
    def commit(self) -> str | None:
        """The commit of the channel ``guix``; ``None`` for one that a distribution installed."""
        return next((each.commit for each in self.channels if each.name == "guix"), None)

    @property
    def text(self) -> str:
        """Version and commit, for people."""
        return f"{self.version} ({self.commit[:12]})" if self.commit else self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Guix:
    """A Guix that can be run. ``variables`` are those of this machine's that it is to see.

    ``library`` holds this project's own Guile modules. ``program`` is as :func:`resolve_program`
    returns it.
    """

    program: Path
    variables: Mapping[str, str]
    library: Path
    revision: Revision

    @property
    def package_directories(self) -> tuple[Path, ...]:
        """Directories beside Guix's own that packages come from."""
        named = self.variables.get("GUIX_PACKAGE_PATH", "").split(":")
        return tuple(Path(name) for name in named if name and Path(name).is_dir())

    @property
    def socket(self) -> Path | None:
        """The daemon's socket; ``None`` when the daemon is on another machine."""
        return socket_path(self.variables)

    @property
    def identity(self) -> tuple[str, ...]:
        """All that decides what a package name means here.

        The channels' commits where Guix names them; else its version and path, which for one in
        the store says as much. Package directories count with their content.
        """
        if pinned(self.revision.channels):
            named = sorted(f"{each.name} {each.commit}" for each in self.revision.channels)
        else:
            named = [self.revision.version, str(self.program)]
        return (*named, *(package_content(each) for each in self.package_directories))


def guix_variables(variables: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """Return the variables that Guix is to see, beside those that every tool sees."""
    return {name: variables[name] for name in _KEPT if variables.get(name)}


def socket_path(variables: Mapping[str, str]) -> Path | None:
    """Return the file of the daemon's socket; ``None`` when it is reached over a network."""
    named = variables.get("GUIX_DAEMON_SOCKET") or _SOCKET
    parts = urlsplit(named)
    if parts.scheme in ("", "file"):
        return Path(parts.path)
    return None


def why_unavailable(variables: Mapping[str, str] = os.environ) -> str | None:
    """Return why no Guix can serve here, or ``None`` when one answers."""
    if shutil.which("guix") is None:
        return "Guix is not installed"
    path = socket_path(guix_variables(variables))
    if path is None:
        return None
    said = _connection_error(path)
    return f"the Guix daemon does not answer ({said})" if said else None


def _connection_error(path: Path) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(str(path))
        except OSError as error:
            return f"{path}: {error.strerror or error}"
    return ""


async def find_guix(cache: Path) -> Guix:
    """Look for Guix on this machine. ``cache`` keeps what was found out about it.

    Raises ``EngineUnavailable`` when it is not installed, ``DaemonUnavailable`` when its daemon
    does not answer.
    """
    found = shutil.which("guix")
    if found is None:
        raise EngineUnavailable(
            "Guix is not installed on this machine.",
            hint="Install it (guix.gnu.org), or launch with --engine uv, which serves Python "
            "repositories.",
        )
    variables = guix_variables()
    path = socket_path(variables)
    if path is not None and (said := _connection_error(path)):
        raise daemon_unavailable(said)
    program = resolve_program(Path(found))
    library = next((each for each in _LIBRARIES if each.is_dir()), _LIBRARIES[0])
    revision = await read_revision(program, variables, cache)
    return Guix(program=program, variables=variables, library=library, revision=revision)


def resolve_program(found: Path) -> Path:
    """Follow links to where a Guix really lies, as far as its profile.

    A Guix that was pulled finds its channels through the profile that its path names
    (``current-profile`` of ``(guix describe)``), so that the last link, from there to the program,
    is not followed. In a sandbox only the store is there, and not what leads to it.
    """
    path = found
    for _ in range(_MOST_LINKS):
        home = path.parent.parent.resolve()
        path = home / path.parent.name / path.name
        if (home / "manifest").is_file() or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    return found


def daemon_unavailable(said: str) -> DaemonUnavailable:
    """Return the error of a daemon that does not answer."""
    return DaemonUnavailable(
        f"The Guix daemon does not answer: {said}.",
        hint="Start it, as in `sudo systemctl start guix-daemon`. Where it listens elsewhere, "
        "set GUIX_DAEMON_SOCKET. Or launch with --engine uv.",
    )


@dataclass(frozen=True, slots=True)
class _Known:
    program: str
    changed_ns: int
    version: str
    described: str


async def read_revision(program: Path, variables: Mapping[str, str], cache: Path) -> Revision:
    """Ask a Guix which one it is, unless this same file was asked before."""
    changed = program.stat().st_mtime_ns
    name = hashlib.sha256(str(program).encode()).hexdigest()[:16]
    file = cache / f"revision-{name}.json"
    known = read_record(file, _Known)
    if known is None or (known.program, known.changed_ns) != (str(program), changed):
        env = {**process.host_environment(), **variables, "LC_ALL": "C.UTF-8"}
        try:
            said = await process.check(Command((str(program), "--version"), env))
            asking = Command((str(program), "describe", "--format=json"), env)
            described = await process.check(asking)
        except process.CommandFailed as failure:
            raise EngineUnavailable(
                f"{program} cannot say which Guix it is.",
                hint="Run `guix describe` to see why.",
                details=failure.details(),
            ) from failure
        version = said.splitlines()[0].split()[-1]
        known = _Known(str(program), changed, version, described.splitlines()[-1])
        cache.mkdir(parents=True, exist_ok=True)
        write_record(file, known)
    try:
        channels = parse_describe(known.described)
    except NotPlain:
        channels = ()  # One that a distribution installed has no address.
    return Revision(version=known.version, channels=channels)


def package_content(directory: Path) -> str:
    """Return a digest of a directory's Scheme files."""
    digest = hashlib.sha256()
    for name in sorted(name for name, _ in file_states(directory) if name.endswith(".scm")):
        digest.update(name.encode() + b"\0" + (directory / name).read_bytes() + b"\0")
    return digest.hexdigest()
