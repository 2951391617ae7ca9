# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded engine: uv and bubblewrap, for Python repositories, with nothing to install.

What it cannot promise, and says: the machine's system libraries and compilers are the host's, and
what was not pinned by the repository is whatever the package index has on the day of the build.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version as version_of
from pathlib import Path, PurePosixPath
from typing import ClassVar, get_args

from packaging.version import Version

from binder_lite.command import Command
from binder_lite.engines.base import (
    HOME,
    PROGRAMS,
    RUN,
    WORK,
    Activation,
    Box,
    Choices,
    EngineName,
    Recipe,
    Ui,
)
from binder_lite.engines.layer import LAYER, layer_files
from binder_lite.engines.limits import Limits
from binder_lite.engines.sandbox import (
    Bind,
    Host,
    Sandbox,
    give,
    read_host,
    sandbox_command,
)
from binder_lite.engines.uv.pythons import Python, choose, installed_pythons, obtain
from binder_lite.engines.uv.recipe import Tree, UvRecipe
from binder_lite.engines.uv.requirement_lines import index_line, lines
from binder_lite.engines.uv.system_packages import system_notice
from binder_lite.engines.variables import session_variables
from binder_lite.errors import PackagesMissing, PythonUnavailable, Unsupported
from binder_lite.events import Result, Step, Steps
from binder_lite.outgoing.web_exit import Reach
from binder_lite.requirements.model import PythonVersion, Requirements
from binder_lite.sources.model import Checkout
from binder_lite.storage import tree_digest, writing

# What every environment gets: the kernel, and pip for `%pip install`.
_ALWAYS = ("ipykernel", "pip")
# The pinned list of the shared server's packages; `make lock` writes it.
_SERVER = Path(__file__).with_name("server.txt")
# What runs in sandboxes, under their own Python.
_INSIDE = Path(__file__).parents[2] / "inside"
_UNSUPPORTED = {
    "r": "R",
    "julia": "Julia",
    "dockerfile": "a Dockerfile",
    "nix": "Nix",
    "guix": "a Guix file that is a program, not a plain list of packages",
}


@dataclass(frozen=True, slots=True)
class UvEngine:
    """See :class:`binder_lite.engines.base.Engine`. Made by :func:`find_uv_engine`.

    ``pythons`` are those on this machine; ``own`` is where downloaded ones go; ``prefixes`` are
    the directories of all of them that lie outside the system's, shown in every sandbox.
    """

    uv: Path
    uv_version: str
    host: Host
    cache: Path
    own: Path
    pythons: tuple[Python, ...]
    limits: Limits
    reach: Reach = Reach()  # noqa: RUF009 - a frozen value

    name: ClassVar[EngineName] = "uv"

    @property
    def prefixes(self) -> tuple[Path, ...]:
        """Directories of interpreters that the system directories do not hold."""
        system = self.host.system
        found = {python.prefix for python in self.pythons}
        outside = {p for p in found if not any(p.is_relative_to(s) for s in system)}
        return (*sorted(outside - {self.own}), self.own)

    def recipe(
        self,
        checkout: Checkout,
        requirements: Requirements,
        choices: Choices,
    ) -> Steps[Recipe]:
        """Decide how the environment is made. A Python may be downloaded.

        Raises ``Unsupported``, ``PackagesMissing`` and ``PythonUnavailable``.
        """
        refuse(requirements, allow_missing=choices.allow_missing)
        return self._recipe(checkout, requirements, choices.strict)

    async def _recipe(
        self, checkout: Checkout, requirements: Requirements, strict: bool
    ) -> Steps[Recipe]:
        wanted = requirements.python
        python = choose(wanted, self.pythons, Version(".".join(map(str, sys.version_info[:3]))))
        if python is None:
            obtaining = Step(obtain(self.uv, self.own, wanted, self.pythons))
            async for event in obtaining:
                yield event
            python = obtaining.result
        notices = tuple(_python_notices(wanted, python))
        if strict and notices:
            raise PythonUnavailable(
                notices[0], hint="Install that version, or launch without --strict."
            )
        if requirements.missing:
            names = ", ".join(f"{item.name} ({item.origin})" for item in requirements.missing)
            notices = (*notices, f"The environment goes without {names}, as was asked for.")
        if told := await system_notice(requirements.system):
            notices = (*notices, told)
        named = {requirement.name for requirement in requirements.packages}
        always = tuple(name for name in _ALWAYS if name not in named)
        tree = None
        if requirements.reads_tree or requirements.post_build:
            digest = tree_digest(checkout.directory)
            tree = Tree(checkout.directory, digest, requirements.post_build)
        yield Result(
            self._uv_recipe(
                python,
                packages=(*lines(requirements.packages), *always),
                added=always,
                constraints=lines(requirements.constraints),
                options=tuple(index_line(index) for index in requirements.indexes),
                prereleases=requirements.prereleases,
                tree=tree,
                notices=notices,
                origins={
                    requirement.name: str(requirement.origin)
                    for requirement in requirements.packages
                },
            )
        )

    def server_recipe(self) -> UvRecipe:
        """Return the recipe of the server that all sessions share, from its pinned list."""
        requirements = _SERVER.read_text(encoding="utf-8").replace("\\\n", "")
        version = Version(".".join(map(str, sys.version_info[:3])))
        python = choose((), self.pythons, version)
        assert python is not None  # noqa: S101 - at least the one that runs this
        return self._uv_recipe(
            python, packages=tuple(requirements.splitlines()), shared_server=True
        )

    def server_interpreter(self, environment: Path) -> Path:
        """Return the Python of the shared server's environment."""
        return environment / "venv/bin/python"

    def compile_command(self, environment: Path) -> Command:
        """Compile the environment's modules, which takes longer than a person should wait for."""
        venv = environment / "venv"
        program = (venv / "bin/python").resolve()
        binds = (
            *(Bind(path, PurePosixPath(path)) for path in self.prefixes),
            Bind(_INSIDE, PROGRAMS),
            Bind(venv, PurePosixPath(venv), writable=True),
        )
        confined = (str(program), "-I", str(PROGRAMS / "confinement.py"))
        compiling = (str(program), "-I", "-S", str(PROGRAMS / "bytecode.py"), str(venv / "lib"))
        sandbox = Sandbox(binds=binds, network=False, limits=self.limits)
        command = Command((*confined, *compiling), {"LANG": "C.UTF-8"})
        return sandbox_command(sandbox, command, self.host)

    def hand_over(self, directory: Path) -> None:
        """Give a directory and all in it to the user that sessions run under."""
        give(directory, self.host)

    def _uv_recipe(
        self,
        python: Python,
        *,
        packages: tuple[str, ...],
        added: tuple[str, ...] = (),
        constraints: tuple[str, ...] = (),
        options: tuple[str, ...] = (),
        prereleases: bool = False,
        tree: Tree | None = None,
        notices: tuple[str, ...] = (),
        origins: Mapping[str, str] | None = None,
        shared_server: bool = False,
    ) -> UvRecipe:
        return UvRecipe(
            uv=self.uv,
            uv_version=self.uv_version,
            host=self.host,
            cache=self.cache,
            python=python,
            pythons=self.prefixes,
            packages=packages,
            added=added,
            constraints=constraints,
            options=options,
            prereleases=prereleases,
            tree=tree,
            notices=notices,
            origins=origins or {},
            shared_server=shared_server,
            limits=self.limits,
            reach=self.reach,
        )

    def activate(self, environment: Path) -> Activation:
        """Say how a session uses the environment in this directory."""
        venv = environment / "venv"
        program = (venv / "bin/python").resolve()
        version = _venv_version(venv)
        search = (LAYER / "bin", HOME / ".local/bin", WORK / ".local/bin", venv / "bin")
        programs: dict[Ui, Path] = {ui: venv / f"bin/jupyter-{ui}" for ui in get_args(Ui)}
        seeds = (environment / "home", environment / "work")
        home, work = (seed if seed.is_dir() else None for seed in seeds)
        return Activation(
            interpreter=program,
            variables={
                "PATH": ":".join([*map(str, search), "/usr/local/bin", "/usr/bin", "/bin"]),
                "VIRTUAL_ENV": str(LAYER),
                "JUPYTER_PATH": str(venv / "share/jupyter"),
            },
            files=layer_files(venv, program, version),
            servers={ui: PurePosixPath(path) for ui, path in programs.items() if path.exists()},
            seed_home=home,
            seed_work=work,
            server_is_careful=_is_careful(venv),
        )

    def enclose(self, box: Box, command: Command) -> Command:
        """Return ``command`` in the session's sandbox."""
        session = box.directory
        binds = [
            # First, since what else is shown may lie below these: data in /tmp, or in the home
            # of a person who is called like the session's user.
            Bind(session / "tmp", PurePosixPath("/tmp"), writable=True),  # noqa: S108
            Bind(session / "home", HOME, writable=True),
            *(Bind(path, PurePosixPath(path)) for path in self.prefixes),
            Bind(_INSIDE, PROGRAMS),
            Bind(session / "run", RUN, writable=True),
        ]
        binds += [Bind(root, PurePosixPath(root)) for root in box.environments]
        if box.workspace:
            binds.append(Bind(box.workspace, WORK, writable=True))
        sandbox = Sandbox(
            binds=tuple(binds), network=box.network, limits=box.limits, terminal=box.terminal
        )
        env = {**session_variables(box, self.host), **command.env}
        return sandbox_command(sandbox, replace(command, env=env), self.host)


def refuse(requirements: Requirements, *, allow_missing: bool) -> None:
    """Raise ``Unsupported`` or ``PackagesMissing`` for what this engine cannot give."""
    for kind, origin in requirements.foreign:
        if kind in ("dockerfile", "nix") and requirements.packages:
            continue
        raise Unsupported(
            f"The repository declares its environment with {_UNSUPPORTED.get(kind, kind)} "
            f"({origin}); the embedded engine (uv) builds Python environments only.",
            hint="Add a requirements.txt or environment.yml, or use a machine with Guix and a "
            "manifest.scm.",
        )
    if requirements.missing and not allow_missing:
        listed = "; ".join(f"{m.name} ({m.origin}): {m.reason}" for m in requirements.missing)
        raise PackagesMissing(
            f"These packages cannot be had with the embedded engine: {listed}.",
            hint="Launch with --allow-missing to go on without them.",
        )


def _python_notices(wanted: tuple[PythonVersion, ...], python: Python) -> Mapping[str, None]:
    return {
        f"{each.origin} names Python {each.preferred}; {python.version} is used.": None
        for each in wanted
        if each.preferred and Version(each.preferred) != python.version
    }


def _is_careful(venv: Path) -> bool:
    """Jupyter programs read configuration from their directory until jupyter_core 4.11.2
    (CVE-2022-39286)."""
    found = venv.glob("lib/python*/site-packages/jupyter_core-*.dist-info")
    versions = [Version(path.name.removesuffix(".dist-info").split("-")[1]) for path in found]
    return all(version >= Version("4.11.2") for version in versions)


def _venv_version(venv: Path) -> str:
    for line in (venv / "pyvenv.cfg").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() in ("version_info", "version"):
            return value.strip()
    raise ValueError(f"{venv} is not a virtual environment of uv's")


async def find_uv_engine(
    cache: Path, own: Path, *, session_uid: int, limits: Limits, reach: Reach
) -> UvEngine:
    """Look at this machine and return the engine. Raises ``ToolMissing``."""
    from uv import find_uv_bin

    uv = Path(find_uv_bin())
    with writing("what a launch needs", own):
        own.mkdir(parents=True, exist_ok=True)
    looking = asyncio.create_task(installed_pythons(uv, own))
    try:
        host, pythons = await read_host(session_uid), await looking
    finally:
        # gather would end with the first that is cancelled, and leave the other's program running.
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    return UvEngine(
        uv=uv,
        uv_version=version_of("uv"),
        host=host,
        cache=cache,
        own=own,
        pythons=pythons,
        limits=limits,
        reach=reach,
    )
