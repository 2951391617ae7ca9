# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine promises: requirements → recipe → environment, and a container for sessions.

An engine is added by a package of its own here and an entry in ``choice.py``; the contract
tests then apply to it by themselves. The paths below are the same in every session of every
engine, so that what a build writes down (an editable installation, a path in ``postBuild``) is
true in each session that uses the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from binder_lite.command import Command
from binder_lite.engines.limits import Limits
from binder_lite.engines.sandbox import Host
from binder_lite.events import Steps
from binder_lite.requirements.model import Requirements
from binder_lite.sources.model import Checkout

EngineName = Literal["guix", "uv"]
Ui = Literal["lab", "notebook"]

# Inside a session. The name is Jupyter's own convention; notebooks in the wild rely on it.
USER = "jovyan"
HOME = PurePosixPath("/home/jovyan")
WORK = HOME / "work"
# The session's own runtime files: its server's socket, its kernels' sockets. Short, because a
# Unix socket's path has at most 107 bytes.
RUN = PurePosixPath("/run/session")
PROGRAMS = PurePosixPath("/opt/binder-lite")
# In an environment: a link to software in a store. An environment whose link dangles is gone.
PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the person chose that decides how an environment is made.

    ``ui`` is the interface that is wanted, ``kernel`` the kernel that the person or the notebook
    names, or ``""``.
    """

    allow_missing: bool = False
    strict: bool = False
    trust: bool = False
    ui: Ui = "lab"
    kernel: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made: the exact packages, as ``name==version`` or the engine's own form."""

    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """A file for the repository, with which it gives the same environment later."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a build writes: ``staging``, an empty directory that is renamed when it is complete.

    So nothing in it may name its own path. ``log`` receives all that the tools print. ``roots`` is
    a directory outside that does not exist: an engine whose software lies in a store of its own
    makes it, with the links that protect it there; it is removed with the environment.
    """

    staging: Path
    log: Path
    roots: Path


class Recipe(Protocol):
    """How one environment is made: a value with one effect, :meth:`build`.

    ``key`` names all that the build can read. ``software`` is what people want to know first
    (``Python 3.11.7``); ``packages`` are the requirements as the engine will ask for them.
    """

    @property
    def key(self) -> str:
        """The environment's name, stable across machines."""
        ...

    @property
    def software(self) -> str:
        """The language and its version."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """The requirements, as the engine will ask for them."""
        ...

    @property
    def added(self) -> tuple[str, ...]:
        """Those of ``packages`` that no file of the repository asks for."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know about the choices made."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a plan says besides, and a launch does not."""
        ...

    def pin(self) -> Pin:
        """Return what pins the environment. Raises ``CannotPin`` where nothing here can."""
        ...

    def build(self, place: Place) -> Steps[Built]:
        """Make the environment in ``place``. Raises errors of the family of ``BuildFailed``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A session's shape, chosen once, before its container starts.

    ``directory`` is the session's own; its ``home`` and ``run`` are bound now and may be filled
    later. ``workspace`` is set only when a directory of the person's is used in place.
    ``environment`` is the directory of the one that will be used, where it is known by then;
    ``environments`` are the directories of all that it may see (a build shows none). ``nesting``:
    what runs inside may make containers of its own.
    """

    directory: Path
    environments: tuple[Path, ...] = ()
    environment: Path | None = None
    nesting: bool = False
    network: bool = True
    workspace: Path | None = None
    terminal: bool = False
    limits: Limits = Limits()  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """How a session uses an environment.

    ``variables`` are added to the session's; ``servers`` are the programs of notebook servers that
    the environment brings itself, by interface (none: the shared one serves). ``files`` are
    written into the session's home: path relative to the home → content, or a link's target when
    it begins with ``->``. ``seed_home`` and ``seed_work`` are directories with what the build
    wrote to home and repository; each new session gets a copy. ``interpreter`` is a Python that
    can run :mod:`binder_lite.inside.session` before there is anything else.
    ``server_is_careful``: the environment's own server reads no configuration from the directory
    that it is started in. ``default_kernel`` is preselected where a notebook names none.
    ``nesting``: its sessions make containers of their own.
    """

    interpreter: Path
    variables: Mapping[str, str]
    files: Mapping[str, str]
    servers: Mapping[Ui, PurePosixPath] = field(default_factory=dict)
    seed_home: Path | None = None
    seed_work: Path | None = None
    server_is_careful: bool = True
    default_kernel: str = "python3"
    nesting: bool = False


class Engine(Protocol):
    """Turns a checkout into an environment, and wraps commands in its container."""

    @property
    def name(self) -> EngineName:
        """The engine's word, as in ``--engine``."""
        ...

    def recipe(
        self, checkout: Checkout, requirements: Requirements, choices: Choices
    ) -> Steps[Recipe]:
        """Decide how the environment is made. A Python may be downloaded; nothing is built.

        Raises ``Unsupported``, ``PackagesMissing``, ``PythonUnavailable``, and with Guix
        ``BadManifest``, ``PackageNotFound`` and ``TrustNeeded``.
        """
        ...

    def activate(self, environment: Path) -> Activation:
        """Say how a session uses the built environment in this directory."""
        ...

    def server_recipe(self) -> Recipe | None:
        """Return the recipe of the notebook server that all sessions of this engine share.

        ``None``: each environment has a server of its own, and a container starts with it.
        """
        ...

    def server_interpreter(self, environment: Path) -> Path:
        """Return the Python of the shared server's environment."""
        ...

    def compile_command(self, environment: Path) -> Command | None:
        """Return what makes programs of the environment in this directory start faster.

        It is run once, beside the first session; ``None`` when the build leaves nothing to do.
        """
        ...

    def hand_over(self, directory: Path) -> None:
        """Give a directory and all in it to the user that sessions run under."""
        ...

    @property
    def host(self) -> Host:
        """What this machine has for sandboxes."""
        ...

    def enclose(self, box: Box, command: Command) -> Command:
        """Return ``command`` wrapped in the engine's container. Pure."""
        ...
