# SPDX-License-Identifier: GPL-3.0-or-later
"""How the embedded engine makes one environment: what decides it, and the steps of the build.

Wheels are unpacked from the cache that all builds share, which runs no foreign code. Whatever
runs foreign code (a source build, ``postBuild``) gets a cache of its own and independent files:
uv hard-links from its cache, so a build that could write there would alter every environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import msgspec

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.base import HOME, PROGRAMS, WORK, Built, Pin, Place
from binder_lite.engines.layer import LAYER
from binder_lite.engines.limits import Limits
from binder_lite.engines.sandbox import (
    Bind,
    Host,
    Sandbox,
    give,
    sandbox_command,
    sandbox_error,
    session_safe,
)
from binder_lite.engines.uv import commands
from binder_lite.engines.uv.log import Counter, error_for, needs_build
from binder_lite.engines.uv.pythons import Python
from binder_lite.errors import BuildFailed, CannotPin
from binder_lite.events import LogLine, Message, Result, Step, Steps
from binder_lite.inside import behind_exit
from binder_lite.outgoing.web_exit import SOCKET, Reach, web_exit
from binder_lite.storage import file_states, keep_changes, remove_tree

# Part of every key: raise it when the same requirements would now be built differently.
FORMAT = 1
UV = PROGRAMS / "uv"
CONFINEMENT = PROGRAMS / "confinement.py"
BEHIND = PROGRAMS / "behind_exit.py"
EXIT = PurePosixPath("/run/exit")
BUILDS = PurePosixPath("/var/lib/builds")
INPUT = PurePosixPath("/var/lib/requirements")
_INSIDE = Path(__file__).parents[2] / "inside"


@dataclass(frozen=True, slots=True)
class Tree:
    """A checkout that the build may read, and the content that counts for the key."""

    directory: Path
    digest: str
    post_build: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UvRecipe:
    """See :class:`binder_lite.engines.base.Recipe`.

    ``cache`` is the package cache of all builds. It lies in the directory that builds take place
    in, since hard links do not cross mounts. ``tree`` is set when the build reads more than
    its requirements. ``origins`` says where each package was asked for, by name, for errors.
    ``shared_server``: it is the server of all sessions, whose list is complete, and whose
    bytecode is made at once, since sessions cannot write there.
    """

    uv: Path
    uv_version: str
    host: Host
    cache: Path
    python: Python
    pythons: tuple[Path, ...]
    packages: tuple[str, ...]
    added: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    prereleases: bool = False
    tree: Tree | None = None
    notices: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    shared_server: bool = False
    limits: Limits = field(default_factory=Limits)
    reach: Reach = field(default_factory=Reach)

    @property
    def software(self) -> str:
        """The Python of the environment."""
        return f"Python {self.python.version}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """Nothing that the page on the engine does not say."""
        return ()

    @property
    def key(self) -> str:
        """A name made of all that the build can read; the same on every machine of a kind."""
        content = [
            ["engine", "uv", FORMAT, self.uv_version],
            ["platform", platform.system(), platform.machine(), platform.libc_ver()[0]],
            ["python", str(self.python.version)],
            ["packages", *self.packages],
            ["constraints", *self.constraints],
            ["options", self.prereleases, *self.options],
            ["tree", self.tree.digest, self.tree.post_build] if self.tree else ["tree"],
        ]
        digest = hashlib.sha256(msgspec.json.encode(content)).hexdigest()
        return f"uv-{digest[:40]}"

    def pin(self) -> Pin:
        """Raise ``CannotPin``: the system's libraries are whatever the machine has."""
        raise CannotPin(
            "The embedded engine cannot pin an environment: it takes libraries from the system.",
            hint="Use Guix, or a lock file of your package manager (uv.lock, poetry.lock …).",
        )

    async def build(self, place: Place) -> Steps[Built]:
        """Make the environment. Raises ``BuildFailed`` and the errors of :mod:`.log`."""
        build = _Build(self, place)
        build.prepare()
        async with build.leaving():
            await build.make_venv()
            async for event in Step(build.install()):
                yield event
            if build.lacks_server():
                async for event in Step(build.add_server()):
                    yield event
            if self.shared_server:
                await build.import_server()
            if self.tree and self.tree.post_build:
                async for event in Step(build.run_post_build(self.tree.post_build)):
                    yield event
            frozen = await process.check(build.enclose(build.freeze_command(), build.plain_binds()))
        build.finish()
        yield Result(Built(tuple(sorted(frozen.splitlines()))))


class _Build:
    """One run of a recipe: the commands with their binds, in the order of the story above."""

    def __init__(self, recipe: UvRecipe, place: Place) -> None:
        self.recipe = recipe
        self.place = place
        self.venv = BUILDS / place.staging.relative_to(recipe.cache.parent) / "venv"
        self._scratch = place.staging / ".scratch"
        # Whether foreign code may have run with the environment in reach.
        self._ran_code = False
        self._runs_code = recipe.tree is not None

    def prepare(self) -> None:
        """Write what the commands read, and a copy of the tree where one is needed."""
        recipe, scratch = self.recipe, self._scratch
        for name in ("input", "cache", "home", "exit"):
            (scratch / name).mkdir(parents=True)
        (self.place.staging / "venv").mkdir()
        recipe.cache.mkdir(parents=True, exist_ok=True)
        lines = (*recipe.options, *recipe.packages)
        (scratch / "input/requirements.txt").write_text("\n".join(lines) + "\n")
        (scratch / "input/constraints.txt").write_text("\n".join(recipe.constraints) + "\n")
        if recipe.tree:
            shutil.copytree(recipe.tree.directory, scratch / "work", symlinks=True)
        give(self.place.staging, recipe.host)
        give(recipe.cache, recipe.host, deep=False)

    def env(self, **more: str) -> Mapping[str, str]:
        """Return the build's environment: nothing of the person's but proxies, certificates
        and the package index that the machine is set up to use."""
        return {
            **session_safe(process.host_environment()),
            **{k: v for k, v in os.environ.items() if k in _INDEX_VARIABLES},
            "PATH": f"{self.venv}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(HOME),
            "UV_CACHE_DIR": str(BUILDS / self.recipe.cache.name),
            "LANG": "C.UTF-8",
            **more,
        }

    def plain_binds(self) -> tuple[Bind, ...]:
        """What a simple step sees: what is common to all, the environment, an empty cache.

        Nothing beside the environment: a link that foreign code put in the place of a directory
        of ours would be followed, by the next sandbox or by us.
        """
        return (
            *self._common_binds(),
            Bind(self.place.staging / "venv", self.venv, writable=True),
            Bind(self._scratch / "cache", BUILDS / self.recipe.cache.name, writable=True),
        )

    def _common_binds(self) -> tuple[Bind, ...]:
        recipe = self.recipe
        return (
            *(Bind(path, PurePosixPath(path)) for path in recipe.pythons),
            Bind(recipe.uv, UV),
            Bind(_INSIDE / "confinement.py", CONFINEMENT),
            Bind(self._scratch / "input", INPUT),
        )

    def code_binds(self) -> tuple[Bind, ...]:
        """What a step sees that runs foreign code: also a home and the tree."""
        self._ran_code = True
        binds = [Bind(self._scratch / "home", HOME, writable=True)]
        if self.recipe.tree:
            binds.append(Bind(self._scratch / "work", WORK, writable=True))
        return (*binds, *self.plain_binds())

    def wheel_binds(self) -> tuple[Bind, ...]:
        """What the unpacking of wheels sees: also the cache that all builds share.

        uv runs the environment's Python, so this is for an environment that no foreign code has
        touched yet.
        """
        tree = (Bind(self._scratch / "work", WORK),) if self.recipe.tree else ()
        builds = Bind(self.recipe.cache.parent, BUILDS, writable=True)
        return (*tree, *self._common_binds(), builds)

    @contextlib.asynccontextmanager
    async def leaving(self) -> AsyncIterator[None]:
        """Let the block's programs reach what they may, where that is not what the machine does."""
        reach, host = self.recipe.reach, self.recipe.host
        if reach.near:
            yield
            return
        named = (*reach.named, *index_hosts(self.env()))
        async with web_exit(self._scratch / "exit", named, lambda path: give(path, host)):
            yield

    def enclose(self, command: Command, binds: tuple[Bind, ...]) -> Command:
        """Return ``command`` in the build's sandbox."""
        near = self.recipe.reach.near
        python = (str(self.recipe.python.program), "-I")
        first: tuple[str, ...] = (*python, str(CONFINEMENT))
        if not near:
            exits = (Bind(self._scratch / "exit", EXIT), Bind(Path(behind_exit.__file__), BEHIND))
            binds = (*binds, *exits)
            first = (*first, *python, str(BEHIND), str(EXIT / SOCKET), behind_exit.BUILD, "")
        box = Sandbox(binds=binds, network=near, limits=self.recipe.limits)
        shown = command.shown or command.argv
        confined = replace(command, argv=(*first, *command.argv), shown=shown)
        return sandbox_command(box, confined, self.recipe.host)

    async def make_venv(self) -> None:
        """Make the empty environment."""
        command = commands.venv_command(UV, self.recipe.python.program, self.venv, self.env())
        try:
            await process.check(self.enclose(command, self.plain_binds()))
        except process.CommandFailed as failure:
            error = sandbox_error(failure.text) or error_for(
                failure, self.place.log, self.recipe.origins
            )
            raise error from failure

    def freeze_command(self) -> Command:
        """List what was installed."""
        return commands.freeze_command(UV, self.venv, self.env())

    def _install_command(self, *, build: bool) -> Command:
        return commands.install_command(
            UV,
            self.venv,
            INPUT / "requirements.txt",
            INPUT / "constraints.txt" if self.recipe.constraints else None,
            self.env(),
            build=build,
            copy=build or self._runs_code,
            prereleases=self.recipe.prereleases,
            resolve=not self.recipe.shared_server,
            cwd=INPUT,
        )

    async def install(self) -> Steps[None]:
        """Install from wheels; where that cannot be, build from source in a stricter sandbox."""
        try:
            wheels = self.enclose(self._install_command(build=False), self.wheel_binds())
            async for event in Step(self._show(wheels)):
                yield event
            yield Result(None)
            return
        except process.CommandFailed as failure:
            if not needs_build(failure) and not self._installs_tree():
                raise error_for(failure, self.place.log, self.recipe.origins) from failure
        yield Message("building", "Not everything comes as a wheel: building from source.")
        async for event in Step(self._install_from_source()):
            yield event

    async def _install_from_source(self) -> Steps[None]:
        try:
            source = self.enclose(self._install_command(build=True), self.code_binds())
            async for event in Step(self._show(source)):
                yield event
        except process.CommandFailed as failure:
            raise error_for(failure, self.place.log, self.recipe.origins) from failure

    def _installs_tree(self) -> bool:
        return any(str(WORK) in line for line in self.recipe.packages)

    async def run_post_build(self, script: str) -> Steps[None]:
        """Run the repository's ``postBuild``, which may write to environment, home and tree."""
        yield Message("building", f"Running {script}.")
        before = dict(file_states(self._scratch / "work"))
        env = self.env(VIRTUAL_ENV=str(self.venv), REPO_DIR=str(WORK), USER="jovyan")
        # Made executable in there: what has its name by now may be a link to anywhere.
        run = ("/bin/sh", "-c", 'chmod +x "$0" && exec "$0"', str(WORK / script))
        command = Command(run, env, cwd=Path(WORK))
        try:
            async for line in process.lines(
                self.enclose(command, self.code_binds()), log=self.place.log
            ):
                yield LogLine("building", line.text)
        except process.CommandFailed as failure:
            raise BuildFailed(
                f"The repository's {script} ended with status {failure.exit_status}.",
                hint="The last lines below are its own; mend the script, or see the whole log.",
                details=failure.details(self.place.log),
            ) from failure
        (self._scratch / "home").rename(self.place.staging / "home")
        keep_changes(self._scratch / "work", before, self.place.staging / "work")
        if (self.place.staging / "work").exists():
            give(self.place.staging / "work", self.recipe.host)

    async def import_server(self) -> None:
        """Import the notebook server where bytecode can be written.

        That compiles what each start needs, in less than half the time that all of it would take.
        """
        program, argument = PROGRAMS / "session.py", "--assignment=0"
        argv = (str(self.venv / "bin/python"), "-I", str(program), argument, "--warm")
        binds = (*self.plain_binds(), Bind(_INSIDE / "session.py", program))
        try:
            await process.check(self.enclose(Command(argv, self.env()), binds))
        except process.CommandFailed as failure:
            raise error_for(failure, self.place.log, self.recipe.origins) from failure

    def lacks_server(self) -> bool:
        """Tell whether a server extension was installed without a JupyterLab to serve it."""
        venv = self.place.staging / "venv"
        extensions = venv / "etc/jupyter/jupyter_server_config.d"
        return extensions.is_dir() and not (venv / "bin/jupyter-lab").exists()

    async def add_server(self) -> Steps[None]:
        """Add JupyterLab: what extends the server must live with it in one environment."""
        yield Message("building", "A package extends the notebook server: adding JupyterLab.")
        (self._scratch / "input/requirements.txt").write_text(
            "\n".join((*self.recipe.options, *self.recipe.packages, "jupyterlab")) + "\n"
        )
        if self._ran_code:
            installing = self._install_from_source()
        else:
            # Wheels can bring code that each start of Python runs: begin anew.
            remove_tree(self.place.staging / "venv")
            (self.place.staging / "venv").mkdir()
            give(self.place.staging / "venv", self.recipe.host)
            await self.make_venv()
            installing = self.install()
        async for event in Step(installing):
            yield event

    def finish(self) -> None:
        """Point kernels at the session's layer and leave no scratch files behind."""
        remove_tree(self._scratch)
        for spec in (self.place.staging / "venv/share/jupyter/kernels").glob("*/kernel.json"):
            # A build may have planted a link that leads out of the environment.
            real = spec.resolve()
            if real.is_relative_to(self.place.staging.resolve()) and real.is_file():
                point_at_layer(real)

    async def _show(self, command: Command) -> Steps[None]:
        counter = Counter()
        async for line in process.lines(command, log=self.place.log):
            yield counter.event(line.text)


_INDEX_VARIABLES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_OFFLINE",
    "UV_HTTP_TIMEOUT",
)


def index_hosts(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the hosts of the package indexes that this machine is set up to use."""
    words = " ".join(value for name, value in variables.items() if name in _INDEX_VARIABLES)
    urls = re.findall(r"https?://\S+", words)
    return tuple(dict.fromkeys(host for url in urls if (host := urlsplit(url).hostname)))


def point_at_layer(spec: Path) -> None:
    """Jupyter replaces a kernel's bare ``python`` by the one it runs on itself.

    The file is replaced, since uv may have hard-linked it from the cache that all builds share.
    One that is no kernel's is left as it is.
    """
    try:
        content = msgspec.json.decode(spec.read_bytes(), type=dict[str, Any])
        program, *arguments = msgspec.convert(content.get("argv"), list[str])
    except (msgspec.DecodeError, ValueError):
        return
    if "python" in Path(program).name:
        content["argv"] = [str(LAYER / "bin/python"), *arguments]
        spec.unlink()
        with spec.open("xb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=1))
