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
from binder_lite.errors import BadOption, EnvironmentNotFound, LaunchError

if TYPE_CHECKING:
    from binder_lite.environments import Environment


# As many digits of a key as tell environments apart for a person, as git does for commits.
_SHORT = 12


def complete_environment(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Let the shell complete the key of an environment."""
    from binder_lite.room import all_environments
    from binder_lite.settings import read_settings

    try:
        found = all_environments(read_settings())
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
        from binder_lite.room import all_environments, sessions_by_environment
        from binder_lite.settings import read_settings

        settings = read_settings()
        found = all_environments(settings)
        uses = sessions_by_environment(settings)
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
    from binder_lite.room import all_environments, remove_environments, server_key, unneeded
    from binder_lite.sessions.store import list_sessions
    from binder_lite.settings import read_settings

    if bool(keys) == unused:
        raise BadOption(
            "Name the environments to remove, or use --unused; one of the two.",
            hint="`binder-lite environments` lists them with their keys.",
        )
    settings = read_settings()
    before = all_environments(settings)
    named = [find_name(key, before) for key in keys]
    if unused:
        # The next session would need the server, if there is one to come.
        server = asyncio.run(server_key(settings)) if list_sessions(settings.sessions) else ""
        named = [each.name for each in unneeded(settings, server)]
    # What a person names and is in use, they must know.
    freed = remove_environments(settings, named, skip_used=unused)
    there = {each.directory for each in all_environments(settings)}
    gone = [each for each in before if each.directory not in there]
    terminal.note(f"Removed {count(len(gone), 'environment')}; that freed {size(freed)}.")
    if any(each.is_in_store for each in gone):
        terminal.note("What Guix built for them is in its store, until `guix gc` removes it.")
