# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite environments`` and ``environments remove``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from binder_lite.cli.json_lines import Json
from binder_lite.cli.options import Command, json_option, pass_terminal
from binder_lite.cli.terminal import Terminal
from binder_lite.cli.wording import age, clean, count, size
from binder_lite.errors import BadOption, EnvironmentInUse, EnvironmentNotFound, LaunchError

if TYPE_CHECKING:
    from pathlib import Path

    from binder_lite.environments import Environment
    from binder_lite.settings import Settings


# As many digits of a key as tell environments apart for a person, as git does for commits.
_SHORT = 12


def complete_environment(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Let the shell complete the key of an environment."""
    from binder_lite.settings import read_settings

    try:
        found = everybodys(read_settings())
    except LaunchError:
        return []
    return [each.name for each in found if each.name.startswith(incomplete)]


@click.group(invoke_without_command=True, short_help="List or remove environments.")
@json_option("Print one JSON object a line, one for each environment.")
@click.pass_context
@pass_terminal
def environments_group(terminal: Terminal, ctx: click.Context) -> None:
    """List the environments, newest first, and what they take on disk."""
    if ctx.invoked_subcommand is None:
        from binder_lite.settings import read_settings

        settings = read_settings()
        found = everybodys(settings)
        uses = users(settings)
        now = datetime.now(UTC)
        if terminal.json:
            for each in found:
                terminal.fields(environment_fields(each, uses.get(each.name, ())))
        elif found:
            titles = ("key", "engine", "software", "packages", "size", "age", "sessions", "for")
            rows = [environment_cells(each, uses.get(each.name, ()), now) for each in found]
            terminal.table(titles, rows)
        else:
            terminal.note("There are no environments; the first launch builds one.")


def everybodys(settings: Settings) -> list[Environment]:
    """Return all environments, also those that are private to somebody on a server."""
    from binder_lite.environments import list_environments

    return [each for root in settings.all_environments for each in list_environments(root)]


def users(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the sessions, running or stopped, of each environment, by its name."""
    from binder_lite.sessions.store import list_sessions

    found: dict[str, tuple[str, ...]] = {}
    for session in list_sessions(settings.sessions):
        found[session.environment] = (*found.get(session.environment, ()), session.id)
    return found


def short_name(environment: Environment) -> str:
    """Return the beginning of the key, which is enough to name it, and the generation."""
    kind, _, digits = environment.key.partition("-")
    key = f"{kind}-{digits[:_SHORT]}" if digits else kind
    return f"{key}/{environment.generation}"


def find_name(word: str, environments: Iterable[Environment]) -> str:
    """Return the whole key (and the generation, if named) of what begins with ``word``.

    Raises ``EnvironmentNotFound`` when there is none, or more than one.
    """
    beginning, slash, generation = word.partition("/")
    keys = {each.key for each in environments if each.key.startswith(beginning) and beginning}
    found = {beginning} if beginning in keys else keys
    if len(found) == 1:
        return found.pop() + slash + generation
    raise EnvironmentNotFound(
        f"Several environments begin with {word!r}." if found else f"There is no {word!r}.",
        hint="`binder-lite environments` lists those that there are.",
    )


def environment_cells(
    environment: Environment, sessions: tuple[str, ...], now: datetime
) -> tuple[str, ...]:
    """Return the environment as the table shows it."""
    return (
        short_name(environment),
        environment.engine,
        environment.software,
        str(len(environment.packages)),
        size(environment.size_bytes()),
        age(now - environment.created),
        str(len(sessions) or ""),
        environment.source,
    )


def environment_fields(environment: Environment, sessions: tuple[str, ...]) -> dict[str, Json]:
    """Return the environment as a JSON object."""
    return {
        "environment": environment.name,
        "engine": environment.engine,
        "software": environment.software,
        "packages": list(environment.packages),
        "size": environment.size_bytes(),
        "created": environment.created.isoformat(),
        "source": clean(environment.source),
        "directory": str(environment.directory),
        "sessions": list(sessions),
    }


@environments_group.command("remove", cls=Command, short_help="Remove environments.")
@click.argument("keys", metavar="[KEY]...", nargs=-1, shell_complete=complete_environment)
@click.option(
    "--unused", is_flag=True, help="Remove all that no session needs, not even a stopped one."
)
@pass_terminal
def remove_command(terminal: Terminal, keys: tuple[str, ...], unused: bool) -> None:
    """Remove environments; the next launch that needs one builds it again.

    KEY is as `binder-lite environments` shows it, or its beginning; without /NUMBER it means all
    generations.
    """
    from binder_lite.environments import remove_environment
    from binder_lite.settings import read_settings

    if bool(keys) == unused:
        raise BadOption(
            "Name the environments to remove, or use --unused; one of the two.",
            hint="`binder-lite environments` lists them with their keys.",
        )
    settings = read_settings()
    uses = users(settings)
    before = everybodys(settings)
    named = [find_name(key, before) for key in keys]
    sizes = {each.directory: each.size_bytes() for each in before}
    if unused:
        server = asyncio.run(_server_key(settings)) if uses else ""
        named = [each.name for each in before if each.name not in uses and each.key != server]
    for name in dict.fromkeys(named):
        for root in sorted(_roots(before, name)) or [settings.environments]:
            try:
                remove_environment(root, name)
            except EnvironmentInUse:
                # Without --unused a person named it, and must know.
                if not unused:
                    raise
    gone = sizes.keys() - {each.directory for each in everybodys(settings)}
    freed = size(sum(sizes[directory] for directory in gone))
    terminal.note(f"Removed {count(len(gone), 'environment')}, {freed}.")


def _roots(environments: Iterable[Environment], name: str) -> set[Path]:
    return {each.root for each in environments if name in (each.key, each.name)}


async def _server_key(settings: Settings) -> str:
    """Return the key of the notebook server, which all sessions share and none of them names.

    Only the embedded engine has one.
    """
    from binder_lite.engines.choice import find_engine

    chosen = await find_engine("uv", settings)
    recipe = chosen.engine.server_recipe() if chosen else None
    return recipe.key if recipe else ""
