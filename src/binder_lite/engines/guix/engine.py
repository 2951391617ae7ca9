# SPDX-License-Identifier: GPL-3.0-or-later
"""The Guix engine: any language that Guix has, in environments that can be made again later."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import ClassVar, get_args

import msgspec

from binder_lite.command import Command
from binder_lite.engines.base import (
    HOME,
    PROFILE,
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
from binder_lite.engines.guix.catalogue import Catalogue, read_catalogue
from binder_lite.engines.guix.channels import (
    channels_file,
    check_trust,
    pin_remark,
    read_channels,
    travel,
)
from binder_lite.engines.guix.commands import container_command
from binder_lite.engines.guix.description import (
    Description,
    Entry,
    described_by,
    listed,
    trust_needed,
)
from binder_lite.engines.guix.evaluation import Evaluation, describe
from binder_lite.engines.guix.installation import Guix, find_guix
from binder_lite.engines.guix.profile import read_search_paths
from binder_lite.engines.guix.recipe import USE, GuixRecipe, Tree, Use
from binder_lite.engines.guix.server import CANDIDATES, additions
from binder_lite.engines.guix.session_files import missing_files, python_path_files
from binder_lite.engines.layer import (
    LAYER,
    R_LIBRARY,
    kernel_file,
    layer_files,
    r_library_files,
)
from binder_lite.engines.limits import Limits
from binder_lite.engines.sandbox import (
    Bind,
    Host,
    Sandbox,
    give,
    read_host,
    sandbox_command,
)
from binder_lite.engines.variables import session_variables
from binder_lite.errors import EngineUnavailable, TrustNeeded
from binder_lite.events import Result, Step, Steps
from binder_lite.inside.behind_exit import VARIABLES
from binder_lite.outgoing.web_exit import SOCKET, Reach, web_exit
from binder_lite.requirements.guix.channels import Channel
from binder_lite.requirements.guix.jupyter import GUIX_KERNEL
from binder_lite.requirements.model import Requirements
from binder_lite.sources.model import Checkout
from binder_lite.storage import read_record, tree_digest

_INSIDE = Path(__file__).parents[2] / "inside"
# What is blamed where nobody wrote a Guix file.
_GENERATED = "the generated manifest"
_CONFINEMENT = PROGRAMS / "confinement.py"
# In the sandbox around the container: a place that both can do without.
_TEMPORARY = "/dev/shm"  # noqa: S108
# Scripts in the wild begin with these.
_LINKS = {"/bin/bash": "bin/bash", "/usr/bin/env": "bin/env"}


@dataclass(frozen=True, slots=True)
class GuixEngine:
    """See :class:`binder_lite.engines.base.Engine`. Made by :func:`find_guix_engine`.

    ``cache`` keeps what evaluations answered.
    """

    guix: Guix
    host: Host
    cache: Path
    limits: Limits
    reach: Reach = Reach()  # noqa: RUF009 - a frozen value

    name: ClassVar[EngineName] = "guix"

    async def recipe(
        self, checkout: Checkout, requirements: Requirements, choices: Choices
    ) -> Steps[Recipe]:
        """Decide how the environment is made: evaluate the Guix file, add what a session needs.

        Without a Guix file the packages of ``requirements`` are to be Guix's already. Raises
        ``BadManifest``, ``PackageNotFound``, ``TrustNeeded`` and ``ChannelFailed``.
        """
        file = guix_file(requirements)
        blamed = file or _GENERATED
        travelling = Step(self._travel(checkout, requirements, choices))
        async for event in travelling:
            yield event
        guix, channels = travelling.result
        nesting = choices.kernel == GUIX_KERNEL
        if nesting and not choices.trust:
            raise trust_needed(
                "The notebook is made for guix-jupyter, which makes containers of its own: its "
                "session has the Guix daemon in reach, and user namespaces."
            )
        if file:
            described = await self._describe(guix, checkout, file, choices)
        else:
            asking = Step(read_catalogue(guix, self.host, self.cache))
            async for event in asking:
                yield event
            described = described_by(asking.result, requirements)
        # Without trust what nobody named is not worth having Guix read the file for.
        reads_file = bool(described.own) or (choices.trust and bool(described.implicit))
        left_out = () if reads_file else described.implicit
        entries = tuple(each for each in described.entries if each not in left_out)
        named = [entry.name for entry in entries]
        added = additions(named, described.available, choices.ui, choices.kernel)
        tree = None
        if requirements.post_build or reads_file:
            tree = Tree(
                directory=checkout.directory,
                digest=await asyncio.to_thread(tree_digest, checkout.directory),
                post_build=requirements.post_build,
                file=file if reads_file else None,
                is_package=described.kind == "package",
            )
        yield Result(
            GuixRecipe(
                guix=guix,
                host=self.host,
                run_inside=self.run_inside,
                file=blamed,
                named=tuple(e.specification or f"{e.name} (own)" for e in entries),
                versions=tuple(f"{e.name}@{e.version}:{e.output}" for e in entries),
                added=added.packages,
                ui=added.ui,
                use=Use(
                    default_kernel=added.default_kernel,
                    nesting=nesting,
                    python_path=_python_path(checkout, requirements),
                    missing=tuple(f"{each.name} ({each.origin})" for each in requirements.missing),
                ),
                tree=tree,
                notices=(
                    *added.notices,
                    *_notices(blamed, described, left_out, requirements),
                ),
                remarks=(pin_remark(channels),),
                limits=self.limits,
            )
        )

    async def packages(
        self, checkout: Checkout, requirements: Requirements, choices: Choices
    ) -> Steps[Catalogue]:
        """Return all packages of the Guix that the repository is built with.

        Raises ``TrustNeeded``, ``ChannelFailed`` and ``EngineUnavailable``.
        """
        finding = Step(self.guix_of(checkout, requirements, choices))
        async for event in finding:
            yield event
        asking = Step(read_catalogue(finding.result, self.host, self.cache))
        async for event in asking:
            yield event
        yield Result(asking.result)

    async def guix_of(
        self, checkout: Checkout, requirements: Requirements, choices: Choices
    ) -> Steps[Guix]:
        """Return the Guix that the repository is built with: its channels', else this machine's.

        Raises ``TrustNeeded`` and ``ChannelFailed``.
        """
        travelling = Step(self._travel(checkout, requirements, choices))
        async for event in travelling:
            yield event
        yield Result(travelling.result[0])

    async def _travel(
        self, checkout: Checkout, requirements: Requirements, choices: Choices
    ) -> Steps[tuple[Guix, tuple[Channel, ...] | None]]:
        """Return the Guix of the repository's channels, and them; else this machine's."""
        listed = channels_file(requirements)
        if listed is None:
            yield Result((self.guix, None))
            return
        channels = read_channels(checkout.directory, listed)
        check_trust(channels, listed, choices)
        travelling = Step(travel(self.guix, channels, listed, self.cache))
        async for event in travelling:
            yield event
        yield Result((travelling.result, channels))

    async def _describe(
        self, guix: Guix, checkout: Checkout, file: str, choices: Choices
    ) -> Description:
        """Evaluate the file where it reaches nothing, and only if it must, where it is trusted."""
        evaluation = Evaluation(
            guix=guix,
            host=self.host,
            checkout=checkout.directory,
            file=file,
            candidates=CANDIDATES,
        )
        try:
            described = await describe(evaluation, self.cache)
        except TrustNeeded:
            if not choices.trust:
                raise
            described = await describe(replace(evaluation, trusted=True), self.cache)
        if described.own and not choices.trust:
            names = listed(entry.name for entry in described.own)
            raise trust_needed(
                f"{file} defines or changes packages itself ({names}): building them runs its "
                "code in the build daemon, where a download may reach the network."
            )
        return described

    def server_recipe(self) -> None:
        """Return nothing: each environment has its own server, of the same revision of Guix."""
        return

    def server_interpreter(self, environment: Path) -> Path:
        """Return the environment's own Python."""
        return environment / PROFILE / "bin/python3"

    def compile_command(self, environment: Path) -> Command | None:
        """Return nothing: Guix compiles what it builds."""
        return None

    def activate(self, environment: Path) -> Activation:
        """Say how a session uses the environment in this directory."""
        profile = (environment / PROFILE).resolve()
        use = read_record(environment / USE, Use) or Use()
        found = dict(read_search_paths(profile))
        program = (profile / "bin/python3").resolve()
        version = program.name.removeprefix("python")
        # The layer's Python finds the profile's packages behind its own, and not before.
        found.pop("GUIX_PYTHONPATH", None)
        search = (LAYER / "bin", HOME / ".local/bin", WORK / ".local/bin")
        kernels = LAYER / "share/jupyter"
        jupyter = found.get("JUPYTER_PATH", f"{profile}/share/jupyter")
        programs: dict[Ui, Path] = {ui: profile / f"bin/jupyter-{ui}" for ui in get_args(Ui)}
        seeds = (environment / "home", environment / "work")
        home, work = (seed if seed.is_dir() else None for seed in seeds)
        files = dict(layer_files(profile, program, f"{version}.0"))
        files |= python_path_files(use.python_path, version)
        files |= missing_files(use.missing)
        if (profile / f"lib/python{version}/site-packages/ipykernel").exists():
            files[f"{LAYER.name}/share/jupyter/kernels/python3/kernel.json"] = kernel_file()
        has_r = (profile / "bin/R").exists()
        if has_r:
            files |= r_library_files()
        return Activation(
            interpreter=program,
            variables={
                **found,
                "PATH": ":".join([*map(str, search), found.get("PATH", f"{profile}/bin")]),
                "VIRTUAL_ENV": str(LAYER),
                "JUPYTER_PATH": f"{kernels}:{jupyter}",
                "GUIX_ENVIRONMENT": str(profile),
                **({"R_LIBS_USER": str(R_LIBRARY)} if has_r else {}),
                **_certificates(profile),
            },
            files=files,
            servers={ui: PurePosixPath(path) for ui, path in programs.items() if path.exists()},
            seed_home=home,
            seed_work=work,
            server_is_careful=False,
            default_kernel=use.default_kernel,
            nesting=use.nesting,
        )

    @contextlib.asynccontextmanager
    async def run_inside(self, box: Box, script: str) -> AsyncIterator[Command]:
        """Give the command that runs a program of the workspace as a session's command would be.

        See :mod:`binder_lite.inside.session`; what it is told fits into a pipe.
        """
        assert box.environment  # noqa: S101 - as for enclose()
        activation = self.activate(box.environment)
        # Made executable in there: what has its name by now may be a link to anywhere.
        run = ("/bin/sh", "-c", 'chmod +x "$0" && exec "$0"', str(WORK / script))
        box = replace(box, network=self.reach.near)
        near = self.reach.near
        proxies = {} if near else VARIABLES
        told: dict[str, object] = {
            "env": {**session_variables(box, self.host), **proxies, **activation.variables},
            "cwd": str(WORK),
            "files": activation.files,
            "argv": run,
        }
        leaving: AbstractAsyncContextManager[None] = contextlib.nullcontext()
        if not near:
            told["exit"] = str(RUN / SOCKET)
            leaving = web_exit(box.directory / "run", self.reach.named, self.hand_over)
        read_end, write_end = os.pipe()
        try:
            os.write(write_end, msgspec.json.encode(told) + b"\n")
            os.set_inheritable(read_end, True)
            words = (str(activation.interpreter), "-I", str(PROGRAMS / "session.py"))
            command = Command(
                (*words, f"--assignment={read_end}"), pass_fds=(read_end,), shown=(script,)
            )
            async with leaving:
                yield self.enclose(box, command)
        finally:
            os.close(read_end)
            os.close(write_end)

    def hand_over(self, directory: Path) -> None:
        """Give a directory and all in it to the user that sessions run under."""
        give(directory, self.host)

    def enclose(self, box: Box, command: Command) -> Command:
        """Return ``command`` in a Guix container, which is itself in a sandbox.

        The sandbox ends all with the launcher, hides the host from the ``guix`` that makes the
        container, and makes root an ordinary user. Its paths are the container's.
        """
        assert box.environment  # noqa: S101 - a Guix session's software is known when it starts
        session = box.directory
        shared = [
            Bind(session / "tmp", PurePosixPath("/tmp"), writable=True),  # noqa: S108
            Bind(session / "home", HOME, writable=True),
            Bind(session / "run", RUN, writable=True),
        ]
        if box.workspace:
            shared.append(Bind(box.workspace, WORK, writable=True))
        exposed = [
            Bind(_INSIDE, PROGRAMS),
            *(Bind(root, PurePosixPath(root)) for root in box.environments),
        ]
        socket = self.guix.socket
        around = [Bind(socket.parent, PurePosixPath(socket.parent))] if socket else []
        profile = (box.environment / PROFILE).resolve()
        limits = self._limit_words(box.limits)
        seal = () if box.nesting else ("--seal",)
        # As the container's only programs are the profile's, its Python begins.
        program = (str(profile / "bin/python3"), "-I", str(_CONFINEMENT), *seal, *limits)
        container = container_command(
            self.guix,
            profile,
            replace(
                command,
                argv=(*program, "--", *command.argv),
                shown=command.shown or command.argv,
            ),
            shares=[bind.target for bind in shared],
            exposes=[bind.target for bind in exposed],
            links=_LINKS,
            network=box.network,
            nesting=box.nesting,
            env={"TMPDIR": _TEMPORARY, "PATH": "/usr/bin:/bin"},
        )
        # Without a cgroup limits are each process's, and Guix itself is not to be bound by them.
        counted = box.limits if self.host.enforcement.systemd_run else Limits()
        sandbox = Sandbox(
            binds=(*shared, *exposed, *around),
            network=box.network,
            limits=counted,
            terminal=box.terminal,
            nests=True,
        )
        return sandbox_command(sandbox, container, self.host)

    def _limit_words(self, limits: Limits) -> tuple[str, ...]:
        if self.host.enforcement.systemd_run:
            return ()
        words = [f"--memory-mib={limits.memory_mib}"] if limits.memory_mib else []
        words += [f"--processes={limits.processes}"] if limits.processes else []
        return tuple(words)


def _certificates(profile: Path) -> Mapping[str, str]:
    """Return where programs find the profile's certificates; each library has its own name."""
    bundle = profile / "etc/ssl/certs/ca-certificates.crt"
    if not bundle.exists():
        return {}
    names = ("SSL_CERT_FILE", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
    return {"SSL_CERT_DIR": str(bundle.parent), **{name: str(bundle) for name in names}}


def _notices(
    file: str, described: Description, left_out: tuple[Entry, ...], requirements: Requirements
) -> Iterator[str]:
    if described.doubled:
        names = listed(described.doubled)
        yield f"{file} names several versions of {names}; one of them hides the others."
    if left_out:
        names = listed(entry.name for entry in left_out)
        yield f"{file}: what its build system brings is left out ({names}); --trust has it all."
    if requirements.system:
        names = ", ".join(item.name for item in requirements.system)
        yield f"apt.txt is not read with Guix ({names}): name them in {file}."


def guix_file(requirements: Requirements) -> str | None:
    """Return the Guix file in charge, ``None`` where there is none."""
    named = ("manifest.scm", "guix.scm")
    return next((f for f in requirements.build_files if PurePosixPath(f).name in named), None)


def _python_path(checkout: Checkout, requirements: Requirements) -> tuple[str, ...]:
    """Return the repository's folders that its own projects are imported from."""
    found = []
    for each in requirements.packages:
        if each.local and each.language == "python":
            source = PurePosixPath(each.url) / "src"
            found.append(str(source if (checkout.directory / source).is_dir() else source.parent))
    return tuple(dict.fromkeys(found))


async def find_guix_engine(
    cache: Path, *, session_uid: int, limits: Limits, reach: Reach
) -> GuixEngine:
    """Look at this machine and return the engine.

    Raises ``EngineUnavailable``, ``DaemonUnavailable`` and ``ToolMissing``.
    """
    guix = await find_guix(cache)
    host = await read_host(session_uid)
    if not any(guix.program.is_relative_to(path) for path in host.system):
        raise EngineUnavailable(
            f"The program {guix.program} lies where sandboxes do not see it.",
            hint="Put a Guix that is in the store, or in /usr, on PATH.",
        )
    return GuixEngine(guix=guix, host=host, cache=cache, limits=limits, reach=reach)
