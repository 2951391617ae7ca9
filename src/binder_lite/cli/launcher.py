# SPDX-License-Identifier: GPL-3.0-or-later
"""``guix-notebook-launcher``, and ``binder-lite launch``, which is the same.

It turns options into a ``Request`` and leaves the launch to launch.py. What a launch needs is
imported when one begins, so that ``--help`` and completion answer at once.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

import click

from binder_lite.cli.options import (
    CommandWithProgram,
    Option,
    completion_of_files,
    launch_options,
    pass_terminal,
)
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import BadOption, TrustNeeded

if TYPE_CHECKING:
    from binder_lite.engines.base import Ui
    from binder_lite.launch import EngineChoice, Request
    from binder_lite.settings import Settings


T = TypeVar("T")


class LaunchOptions(TypedDict):
    """The options that decide what is launched, by the names of their parameters."""

    ref: str | None
    path: str | None
    submodules: bool
    engine: EngineChoice
    rebuild: bool
    allow_missing: bool
    strict: bool
    trust: bool
    ui: Ui
    port: int
    network: bool
    kernel: str
    in_place: bool


_EXAMPLES = """\
Examples:
  Open the notebook at its web address:
    guix-notebook-launcher https://github.com/OWNER/REPO/blob/main/nb.ipynb

  Open a tag of any git repository, without starting a browser:
    guix-notebook-launcher git@example.org:me/work.git --ref v1.2 --no-browser

  Take a Binder link as it is:
    guix-notebook-launcher https://mybinder.org/v2/gh/OWNER/REPO/HEAD

  Work on a folder of this computer, in place, with Guix:
    guix-notebook-launcher --in-place --engine guix ~/course

  See what would be done, and why:
    guix-notebook-launcher --dry-run gh/OWNER/REPO/main

  Run a script in the repository's environment, without network:
    guix-notebook-launcher --no-network ./paper -- python figures.py

  Let another program follow:
    guix-notebook-launcher --json --no-browser ./paper | jq .message

Exit status: 0, that of COMMAND, 130 after Ctrl-C, or one for each kind of
error: see docs/reference/errors.md.
"""


@click.command(
    cls=CommandWithProgram,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EXAMPLES,
    short_help="Open a repository's notebook.",
    help="Open a git repository's notebook in a container, with the software it asks for.\n\n"
    "SOURCE is a path, a git URL, the web address of a repository, branch, folder or file, a "
    "Binder spec (gh/owner/repo/ref) or a mybinder.org link.\n\n"
    "COMMAND, after --, runs in the session instead of the notebook server.",
)
@click.argument("source", metavar="SOURCE", shell_complete=completion_of_files)
@launch_options
@click.version_option(
    None, "--version", package_name="binder-lite", message="%(prog)s %(version)s", cls=Option
)
@pass_terminal
def launch_command(
    terminal: Terminal,
    source: str,
    program: tuple[str, ...],
    browser: bool,
    dry_run: bool,
    idle_timeout: float,
    **options: Unpack[LaunchOptions],
) -> int:
    """Launch, or say what a launch would do."""
    from binder_lite.settings import read_settings

    if program and terminal.json and not dry_run:
        raise BadOption(
            "--json and a COMMAND both want standard output.",
            hint="Leave out --json, or let the command write into a file of the workspace.",
        )
    request = new_request(source, program, Path.cwd(), **options)
    settings = read_settings()
    if dry_run:
        return asyncio.run(_say_plan(request, settings, terminal))
    return asyncio.run(_launch(request, settings, terminal, browser, idle_timeout))


def new_request(
    source: str, program: tuple[str, ...], cwd: Path, **options: Unpack[LaunchOptions]
) -> Request:
    """Understand the source and put all that was asked for into one value.

    Raises ``BadSource``, ``UnsafePath`` and ``BadOption``.
    """
    from binder_lite.launch import Request
    from binder_lite.sources.url import parse_source

    parsed = parse_source(source, cwd=cwd, ref=options["ref"], path=options["path"])
    if options["in_place"] and options["ref"]:
        raise BadOption(
            "--in-place uses the directory as it is, and --ref asks for another state of it.",
            hint="Check out that state yourself, or leave out one of the two options.",
        )
    return Request(
        source=parsed,
        engine=options["engine"],
        ui=options["ui"],
        kernel=options["kernel"],
        port=options["port"],
        network=options["network"],
        in_place=options["in_place"],
        rebuild=options["rebuild"],
        submodules=options["submodules"],
        allow_missing=options["allow_missing"],
        strict=options["strict"],
        trust=options["trust"],
        command=program,
    )


async def _launch(
    request: Request, settings: Settings, terminal: Terminal, browser: bool, idle_timeout: float
) -> int:
    from binder_lite.cli.attend import attend
    from binder_lite.launch import launch

    async def go(request: Request) -> int:
        steps = launch(request, settings)
        return await attend(steps, terminal, browser=browser, idle_timeout=idle_timeout)

    return await trusting(go, request, terminal)


async def trusting(
    work: Callable[[Request], Awaitable[T]], request: Request, terminal: Terminal
) -> T:
    """Do ``work``; when it needs the person's trust, ask, and do it again with that.

    Where nobody can be asked, ``TrustNeeded`` is raised.
    """
    try:
        return await work(request)
    except TrustNeeded as error:
        if not terminal.ask(error.message, "Do you trust this repository?"):
            raise
    return await work(replace(request, trust=True))


async def _say_plan(request: Request, settings: Settings, terminal: Terminal) -> int:
    from binder_lite.cli.attend import follow
    from binder_lite.cli.plan_text import plan_fields, plan_text
    from binder_lite.planning import Plan, plan

    async def look(request: Request) -> Plan:
        return await follow(plan(request, settings), terminal)

    planned = await trusting(look, request, terminal)
    if terminal.json:
        terminal.fields(plan_fields(planned))
    else:
        terminal.result(plan_text(planned))
    return 0


def main() -> None:
    """Run the program ``guix-notebook-launcher``."""
    sys.exit(run_program(launch_command, "guix-notebook-launcher"))
