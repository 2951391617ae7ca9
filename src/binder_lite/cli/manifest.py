# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite manifest``: what a repository asks for, as a manifest.scm."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from binder_lite.cli.options import Command, completion_of_files, json_option, pass_terminal
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import BadOption

if TYPE_CHECKING:
    from binder_lite.manifests.elsewhere import Elsewhere
    from binder_lite.manifests.generating import Generated
    from binder_lite.manifests.importing import Imports
    from binder_lite.preparing import Request
    from binder_lite.sources.model import Checkout

_FILE = "manifest.scm"
# Beside the manifest: the definitions of what Guix lacks, as a Guile module of this name.
_PACKAGES = "packages"
_LANGUAGES = ("python", "r", "julia", "system")
_EXAMPLES = """\
Examples:
  See what Guix has of what a repository asks for:
    binder-lite manifest --check https://github.com/OWNER/REPO

  Write it beside the notebooks, and keep what is there by hand:
    binder-lite manifest . --output manifest.scm --merge

  Let Guix's importers define what Guix lacks, in packages.scm beside it:
    binder-lite manifest . --output manifest.scm --import
"""


@click.command(
    "manifest", cls=Command, short_help="Turn requirements into a manifest.scm.", epilog=_EXAMPLES
)
@click.argument("source", metavar="SOURCE", shell_complete=completion_of_files)
@click.option("--ref", metavar="REF", help="Branch, tag or commit.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to this file. Default: standard output.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--merge", is_flag=True, help="Keep what the file has, and add what is new.")
@click.option(
    "--import",
    "importing",
    is_flag=True,
    help=f"Import what Guix lacks from PyPI, CRAN and Bioconductor into {_PACKAGES}.scm beside the "
    "file. Exits with 1 if some of it cannot be imported.",
)
@click.option(
    "--language",
    "languages",
    metavar="NAME",
    multiple=True,
    type=click.Choice(_LANGUAGES),
    help=f"Only what is in this language: {', '.join(_LANGUAGES)}. May be repeated.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; exit with 1 unless Guix has all, as asked for, and the repository's "
    "manifest.scm names it.",
)
@click.option("--strict", is_flag=True, help="A version that differs is an error.")
@json_option("Print one JSON object.")
@pass_terminal
def manifest_command(
    terminal: Terminal,
    source: str,
    ref: str | None,
    output: Path | None,
    force: bool,
    merge: bool,
    importing: bool,
    languages: tuple[str, ...],
    check: bool,
    strict: bool,
) -> int:
    """Write the manifest.scm of what a repository asks for in its other files.

    Each package of requirements.txt, environment.yml, DESCRIPTION, Project.toml, apt.txt and the
    like is looked for in Guix. What became of each is told, what Guix lacks with what can be done.
    """
    from binder_lite.cli.manifest_text import Outlook, manifest_fields, report
    from binder_lite.launch import Request
    from binder_lite.sources.url import parse_source

    _refuse_output(output, force=force, merge=merge, check=check)
    if importing:
        _refuse_import(output, force=force, merge=merge, check=check)
    parsed = parse_source(source, cwd=Path.cwd(), ref=ref)
    request = Request(source=parsed, engine="guix")
    proposal = asyncio.run(
        _propose(request, terminal, frozenset(languages), strict=strict, importing=importing)
    )
    generated, imports = proposal.generated, proposal.imports
    existing = _existing(proposal.checkout, generated, output)
    if imports and imports.text:
        found = [each.outcome for each in imports.imported]
        text = generated.text_with(f"{_PACKAGES}.scm", found=found)
    else:
        text = _text(generated, existing if merge else None)
    outlook = Outlook(elsewhere=proposal.elsewhere, imports=imports)
    if terminal.json:
        terminal.fields(manifest_fields(generated, text, outlook))
    else:
        terminal.note(report(generated, terminal.columns, outlook))
    if check:
        return _checked(generated, existing, terminal)
    if output is None:
        if not terminal.json:
            terminal.result(text.rstrip("\n"))
        return 0
    if imports and imports.text:
        _write(_beside(output), imports.text)
        terminal.note(f"Wrote {_beside(output)}.")
    _write(output, text)
    terminal.note(f"Wrote {output}.")
    return _tell_imports(imports, output, terminal) if imports else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposal:
    generated: Generated
    checkout: Checkout
    elsewhere: Elsewhere | None = None
    imports: Imports | None = None


async def _propose(
    request: Request,
    terminal: Terminal,
    only: frozenset[str],
    *,
    strict: bool,
    importing: bool,
) -> _Proposal:
    """Look for what is asked for, and for what can be done about what Guix lacks."""
    from binder_lite.cli.attend import follow
    from binder_lite.manifests.generating import refuse_differences, shortfall
    from binder_lite.preparing import propose
    from binder_lite.proposing import import_packages, look_elsewhere
    from binder_lite.settings import read_settings

    settings = read_settings()
    generated, checkout = await follow(propose(request, settings, only), terminal)
    if strict:
        refuse_differences(generated)
    proposal = _Proposal(generated=generated, checkout=checkout)
    if shortfall(generated.mapped):
        looking = look_elsewhere(settings, generated, checkout, only)
        proposal = replace(proposal, elsewhere=await follow(looking, terminal))
    if importing:
        imports = await follow(
            import_packages(settings, generated, checkout, module=_PACKAGES), terminal
        )
        proposal = replace(proposal, imports=imports)
    return proposal


def _tell_imports(imports: Imports, output: Path, terminal: Terminal) -> int:
    """Say what a launch will ask, and what is not there, and return the exit status."""
    from binder_lite.cli.wording import count

    if imports.text:
        terminal.note(
            f"{output.name} now defines packages itself, in {_beside(output).name}: a launch asks "
            "whether you trust it, or has --trust. Keep both files together."
        )
    if imports.failed:
        lost = count(len(imports.failed), "package")
        terminal.note(f"{output.name} is without {lost} that could not be imported; see above.")
    return 1 if imports.failed else 0


def _beside(output: Path) -> Path:
    return output.with_name(f"{_PACKAGES}.scm")


def _refuse_output(output: Path | None, *, force: bool, merge: bool, check: bool) -> None:
    """Raise ``BadOption`` for options that contradict each other or a file that is there."""
    if check and (output or merge or force):
        raise BadOption(
            "--check writes nothing, and --output, --merge and --force are about writing.",
            hint="Leave out --check to write, or the others to look only.",
        )
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        said = f"{output} is a folder" if output.is_dir() else f"There is no folder {output.parent}"
        raise BadOption(f"{said}.", hint="Name a file in a folder that is there.")
    if output is not None and output.exists() and not (force or merge):
        raise BadOption(
            f"{output} is there already.",
            hint="Add to it with --merge, replace it with --force, or leave out --output to print.",
        )


def _refuse_import(output: Path | None, *, force: bool, merge: bool, check: bool) -> None:
    """Raise ``BadOption`` for what does not go together with two files that are written."""
    if output is None or check:
        raise BadOption(
            "--import writes two files, the manifest and the packages beside it.",
            hint="Say where with --output FILE, and leave out --check.",
        )
    if merge:
        raise BadOption(
            "--import writes a manifest of its own, and --merge keeps the one that is there.",
            hint="Replace it with --force, or write to another file and join them by hand.",
        )
    if output.name == _beside(output).name:
        raise BadOption(
            f"{output.name} is where --import puts the packages.",
            hint=f"Name the manifest otherwise, as in --output {_FILE}.",
        )
    if _beside(output).exists() and not force:
        raise BadOption(
            f"{_beside(output)} is there already.",
            hint="Replace it with --force, or move it away.",
        )


def _existing(checkout: Checkout, generated: Generated, output: Path | None) -> str | None:
    """Return the manifest that is there: the one to write to, else the repository's own."""
    if output is not None and output.exists():
        # Line ends are the person's, too.
        try:
            return output.read_bytes().decode("utf-8", "surrogateescape")
        except OSError as error:
            raise BadOption(
                f"{output} cannot be read: {error.strerror}.", hint="Name another file."
            ) from error
    own = checkout.directory / generated.requirements.directory / _FILE
    inside = own.resolve().is_relative_to(checkout.directory.resolve())
    return own.read_text(encoding="utf-8", errors="replace") if inside and own.is_file() else None


def _text(generated: Generated, existing: str | None) -> str:
    """Return the manifest, merged into the ``existing`` one if that is given."""
    from binder_lite.manifests.merging import merge_manifest
    from binder_lite.requirements.guix.text import NotPlain

    if existing is None:
        return generated.text
    try:
        return merge_manifest(existing, generated.mapped.entries)
    except NotPlain as problem:
        raise BadOption(
            f"The manifest that is there does more than name packages ({problem}).",
            hint="Leave out --merge to print what it should have, and add that by hand.",
        ) from problem


def _write(output: Path, text: str) -> None:
    from binder_lite.storage import writing

    with writing("the manifest", output):
        new = output.with_name(f".{output.name}.new")
        new.write_bytes(text.encode("utf-8", "surrogateescape"))
        new.replace(output)


def _checked(generated: Generated, existing: str | None, terminal: Terminal) -> int:
    """Say what the repository's own manifest does not name, and return the exit status."""
    from binder_lite.manifests.generating import shortfall
    from binder_lite.manifests.merging import merge_manifest
    from binder_lite.requirements.guix.text import NotPlain

    complete = not shortfall(generated.mapped)
    if existing is None:
        return 0 if complete else 1
    try:
        same = merge_manifest(existing, generated.mapped.entries) == existing
    except NotPlain as problem:
        terminal.note(f"The repository's {_FILE} cannot be compared: {problem}.")
        return 1
    if not same:
        terminal.note(f"The repository's {_FILE} does not name all of it; see --merge.")
    return 0 if complete and same else 1
