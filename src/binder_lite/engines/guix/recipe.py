# SPDX-License-Identifier: GPL-3.0-or-later
"""How the Guix engine makes one environment: what decides it, and the steps of the build.

An environment is a directory with a link to a profile in the store, which its ``root`` protects
from garbage collection. What runs foreign code is in a sandbox: ``postBuild`` in the session's own
kind of container, and files that the person trusts with the daemon in reach but no home.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import msgspec

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.base import PROFILE, PROGRAMS, WORK, Box, Built, Pin, Place, Ui
from binder_lite.engines.guix.commands import profile_command
from binder_lite.engines.guix.failures import error_for
from binder_lite.engines.guix.installation import Guix
from binder_lite.engines.guix.log import Counter
from binder_lite.engines.guix.profile import parse_packages
from binder_lite.engines.limits import Limits
from binder_lite.engines.sandbox import Bind, Host, Sandbox, give, sandbox_command
from binder_lite.errors import BuildFailed, CannotPin
from binder_lite.events import LogLine, Message, Result, Step, Steps
from binder_lite.requirements.guix.channels import pinned, write_channels
from binder_lite.storage import file_states, keep_changes, remove_tree, write_record

# Part of every key: raise it when the same manifest would now be built differently.
FORMAT = 2
# In the environment: what its sessions need to know of it.
USE = "use.json"
_MANIFEST = "manifest.scm"
_STORE_ITEM = re.compile(r"/gnu/store/[0-9a-z]{32}-[\w.+?=-]+")
_SCRATCH = PurePosixPath("/var/lib/build")

# A container's box and a program of the workspace → the command that runs it as a session would.
RunInside = Callable[[Box, str], AbstractAsyncContextManager[Command]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How sessions use an environment.

    The kernel to preselect, and whether Guix is within; the folders of the workspace on Python's
    path; what the repository asks for and Guix lacks, for people.
    """

    default_kernel: str = "python3"
    nesting: bool = False
    python_path: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A checkout that the build reads, the content that counts for the key, and for what.

    ``file`` is the Guix file when it must be read by Guix itself, and ``is_package`` whether it
    gives a package, to be developed, and not a manifest.
    """

    directory: Path
    digest: str
    post_build: str | None = None
    file: str | None = None
    is_package: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuixRecipe:
    """See :class:`binder_lite.engines.base.Recipe`.

    ``named`` are what the repository asks for (each with its version in ``versions``), ``added``
    what a session needs besides. ``tree`` is set when the build reads more. ``file`` is the
    repository's Guix file, for messages.
    """

    guix: Guix
    host: Host
    run_inside: RunInside
    file: str
    named: tuple[str, ...]
    versions: tuple[str, ...]
    added: tuple[str, ...]
    ui: Ui = "lab"
    use: Use = Use()
    tree: Tree | None = None
    notices: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def software(self) -> str:
        """The Guix that all packages come from."""
        return f"Guix {self.guix.revision.text}"

    @property
    def packages(self) -> tuple[str, ...]:
        """The requirements, as Guix is asked for them."""
        return (*self.named, *self.added)

    @property
    def key(self) -> str:
        """A name made of all that the build can read; the same on every machine of a kind."""
        content = [
            ["engine", "guix", FORMAT],
            ["platform", os.uname().sysname, os.uname().machine],
            ["guix", *self.guix.identity],
            # Both: names and versions are the file's own word, and Guix is asked for the others.
            ["packages", *sorted(self.versions)],
            ["asked", *sorted(self.named)],
            ["added", *sorted(self.added)],
            ["use", msgspec.to_builtins(self.use)],
            ["tree", self.tree.digest, self.tree.post_build, self.tree.file]
            if self.tree
            else ["tree"],
        ]
        digest = hashlib.sha256(msgspec.json.encode(content)).hexdigest()
        return f"guix-{digest[:40]}"

    def pin(self) -> Pin:
        """Return the ``channels.scm`` of the Guix that is used. Raises ``CannotPin``."""
        channels = self.guix.revision.channels
        if not pinned(channels):
            raise CannotPin(
                f"This Guix ({self.guix.program}) cannot name the commits that it was made of, as "
                "one that a distribution installed.",
                hint="Run `guix pull` once and use the Guix that it makes.",
            )
        return Pin("channels.scm", write_channels(channels))

    async def build(self, place: Place) -> Steps[Built]:
        """Make the environment. Raises ``BuildFailed`` and the errors of :mod:`.log`."""
        scratch = place.staging / ".scratch"
        for directory in (scratch, place.roots):
            directory.mkdir()
        (scratch / _MANIFEST).write_text(_manifest_text(self._listed()), encoding="utf-8")
        if self.tree and self.tree.file:
            building = self._build_trusted(place, scratch)
        else:
            command = profile_command(
                self.guix,
                [scratch / _MANIFEST],
                place.roots / PROFILE,
                process.host_environment(),
            )
            building = self._show(command, place)
        async for event in Step(building):
            yield event
        (place.staging / PROFILE).symlink_to(_store_item(place.roots / PROFILE, place))
        write_record(place.staging / USE, self.use)
        if self.tree and self.tree.post_build:
            async for event in Step(self._run_post_build(place, scratch, self.tree.post_build)):
                yield event
        remove_tree(scratch)
        text = (place.staging / PROFILE / "manifest").read_text(encoding="utf-8")
        yield Result(Built(parse_packages(text)))

    def _listed(self) -> tuple[str, ...]:
        """Return the packages of the manifest that we write; a trusted file names its own."""
        return self.added if self.tree and self.tree.file else self.packages

    def _build_trusted(self, place: Place, scratch: Path) -> Steps[None]:
        """Have Guix read the repository's file itself: with daemon and network, without a home."""
        assert self.tree and self.tree.file  # noqa: S101 - the caller has looked
        for directory in (scratch, place.roots):
            give(directory, self.host)
        roots = PurePosixPath(place.roots)
        binds = [
            Bind(scratch, _SCRATCH, writable=True),
            # At the path that the daemon sees, for which a link anywhere else protects nothing.
            Bind(place.roots, roots, writable=True),
            Bind(self.tree.directory, WORK),
            Bind(self.guix.library, PROGRAMS / "guile"),
            *(Bind(path, PurePosixPath(path)) for path in self.guix.package_directories),
        ]
        if socket := self.guix.socket:
            binds.append(Bind(socket.parent, PurePosixPath(socket.parent)))
        env = {"HOME": str(_SCRATCH), "PATH": "/usr/bin:/bin"}
        inside = replace(self.guix, library=Path(PROGRAMS / "guile"))
        file, ours = WORK / self.tree.file, _SCRATCH / _MANIFEST
        if self.tree.is_package:
            command = profile_command(inside, [ours], roots / PROFILE, env, developed=file)
        else:
            command = profile_command(inside, [file, ours], roots / PROFILE, env)
        box = Sandbox(binds=tuple(binds), network=True, limits=self.limits)
        return self._show(sandbox_command(box, command, self.host), place)

    async def _show(self, command: Command, place: Place) -> Steps[None]:
        counter = Counter()
        try:
            async for line in process.lines(command, log=place.log):
                if line.stream == "stderr":
                    yield counter.event(line.text)
        except process.CommandFailed as failure:
            raise error_for(failure, place.log, self.file) from failure
        yield Result(None)

    async def _run_post_build(self, place: Place, scratch: Path, script: str) -> Steps[None]:
        """Run the repository's ``postBuild`` as a session would, in a home of its own."""
        assert self.tree  # noqa: S101 - it has the script
        yield Message("building", f"Running {script}.")
        session = scratch / "session"
        for name in ("home", "run", "tmp"):
            (session / name).mkdir(parents=True)
        work = session / "home" / WORK.name
        shutil.copytree(self.tree.directory, work, symlinks=True)
        give(session, self.host)
        before = dict(file_states(work))
        box = Box(
            directory=session,
            environment=place.staging,
            limits=self.limits,
        )
        try:
            async with self.run_inside(box, script) as command:
                async for line in process.lines(command, log=place.log):
                    yield LogLine("building", line.text)
        except process.CommandFailed as failure:
            raise BuildFailed(
                f"The repository's {script} ended with status {failure.exit_status}.",
                hint="The last lines below are its own; mend the script, or see the whole log.",
                details=failure.details(place.log),
            ) from failure
        if not work.is_symlink():
            keep_changes(work, before, place.staging / "work")
            remove_tree(work)
        else:
            work.unlink()
        (session / "home").rename(place.staging / "home")
        if (place.staging / "work").exists():
            give(place.staging / "work", self.host)
        yield Result(None)


def _manifest_text(specifications: tuple[str, ...]) -> str:
    lines = "".join(f'\n  "{each}"' for each in sorted(set(specifications)))
    return f"(specifications->manifest '({lines}))\n"


def _store_item(link: Path, place: Place) -> Path:
    """Return the profile that a link leads to. What it is was decided by foreign code."""
    try:
        target = str(link.readlink())
    except OSError as error:
        raise BuildFailed(
            "Guix made no profile.", hint=f"The log says why: {place.log}."
        ) from error
    if not _STORE_ITEM.fullmatch(target):
        raise BuildFailed(
            f"Guix made a profile that lies outside of the store: {target}.",
            hint=f"See the log: {place.log}.",
        )
    return Path(target)
