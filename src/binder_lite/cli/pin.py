# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite pin``: the file with which a repository gives the same environment later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from binder_lite.cli.options import Command, completion_of_files, pass_terminal
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import BadOption

if TYPE_CHECKING:
    from binder_lite.engines.base import Pin
    from binder_lite.launch import Request


@click.command("pin", cls=Command, short_help="Pin a repository's environment.")
@click.argument("source", metavar="SOURCE", shell_complete=completion_of_files)
@click.option("--ref", metavar="REF", help="Branch, tag or commit.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to this file; - is standard output. Default: channels.scm beside the manifest of "
    "a folder of yours, else standard output.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--trust", is_flag=True, help="Evaluate this repository's Guix files with trust.")
@pass_terminal
def pin_command(
    terminal: Terminal,
    source: str,
    ref: str | None,
    output: Path | None,
    force: bool,
    trust: bool,
) -> None:
    """Write the channels.scm that names the Guix in use, commit by commit.

    With it in the repository, the same environment is made on any machine, years later.
    """
    from binder_lite.cli.attend import follow
    from binder_lite.cli.launcher import trusting
    from binder_lite.launch import Request
    from binder_lite.planning import pin
    from binder_lite.settings import read_settings
    from binder_lite.sources.url import parse_source
    from binder_lite.storage import writing

    parsed = parse_source(source, cwd=Path.cwd(), ref=ref)
    if output is None and parsed.directory is not None:
        _refuse_to_replace(_beside_the_manifest(parsed.directory), force=force)
    request = Request(source=parsed, engine="guix", trust=trust)

    async def work(request: Request) -> tuple[Pin, str]:
        return await follow(pin(request, read_settings()), terminal)

    pinned, folder = asyncio.run(trusting(work, request, terminal))
    if output is None and parsed.directory is not None:
        output = parsed.directory / folder / pinned.name
    if output is None or str(output) == "-":
        terminal.result(pinned.text.rstrip("\n"))
        return
    _refuse_to_replace(output, force=force)
    with writing("the channels", output):
        output.write_text(pinned.text, encoding="utf-8")
    terminal.note(f"Wrote {output}; commit it with the notebooks.")


def _beside_the_manifest(directory: Path) -> Path:
    from binder_lite.requirements.reading import find_guix_file

    return directory / Path(find_guix_file(directory) or "").parent / "channels.scm"


def _refuse_to_replace(file: Path, *, force: bool) -> None:
    """Raise ``BadOption`` for a file that is there: it decides what would be looked at."""
    if file.exists() and not force:
        raise BadOption(
            f"{file} is there already.",
            hint="Replace it with --force, or print with --output -.",
        )
