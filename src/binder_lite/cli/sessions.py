# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite sessions``, ``sessions remove`` and ``stop``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from binder_lite.cli.json_lines import Json
from binder_lite.cli.options import Command, json_option, pass_terminal
from binder_lite.cli.terminal import Terminal
from binder_lite.cli.wording import age, clean, count, workspace_lines
from binder_lite.errors import LaunchError, UnsavedWork

if TYPE_CHECKING:
    from binder_lite.sessions.store import Session, State
    from binder_lite.settings import Settings

_SHORT = 7


@dataclass(frozen=True, slots=True)
class Row:
    """A session as the list shows it. ``url`` is where a running one is reached."""

    session: Session
    state: State
    unsaved: tuple[str, ...]
    url: str


def complete_session(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Let the shell complete the id of a session."""
    from binder_lite.sessions.store import list_sessions
    from binder_lite.settings import read_settings

    try:
        sessions = list_sessions(read_settings().sessions)
    except LaunchError:
        return []
    return [session.id for session in sessions if session.id.startswith(incomplete)]


def session_argument(function: Any) -> Any:
    """Add the argument that names a session."""
    return click.argument("session", metavar="ID", shell_complete=complete_session)(function)


@click.group(invoke_without_command=True, short_help="List or remove sessions.")
@json_option("Print one JSON object a line, one for each session.")
@click.pass_context
@pass_terminal
def sessions_group(terminal: Terminal, ctx: click.Context) -> None:
    """List the sessions, newest first: whether they run, and what work is only in them."""
    if ctx.invoked_subcommand is None:
        from binder_lite.settings import read_settings

        rows = asyncio.run(read_rows(read_settings()))
        now = datetime.now(UTC)
        if terminal.json:
            for row in rows:
                terminal.fields(row_fields(row))
        elif rows:
            titles = ("id", "state", "source", "commit", "age", "unsaved")
            terminal.table(titles, [row_cells(row, now) for row in rows])
        else:
            terminal.note("There are no sessions. Launch one: guix-notebook-launcher SOURCE")


async def read_rows(settings: Settings) -> list[Row]:
    """Read all sessions, and clear up after those whose launcher was killed."""
    from binder_lite.sessions.store import list_sessions, read_running, state, tidy

    sessions = list_sessions(settings.sessions)
    states = [state(session) for session in sessions]
    urls = [record.url if (record := read_running(each)) else "" for each in sessions]
    tidy(settings.sessions)
    work = await _unsaved(sessions, settings)
    return [Row(*parts) for parts in zip(sessions, states, work, urls, strict=True)]


def row_cells(row: Row, now: datetime) -> tuple[str, ...]:
    """Return the row as the table shows it."""
    session = row.session
    return (
        session.id,
        row.state,
        session.source,
        (session.commit or "")[:_SHORT],
        age(now - session.created),
        count(len(row.unsaved), "change") if row.unsaved else "",
    )


def row_fields(row: Row) -> dict[str, Json]:
    """Return the row as a JSON object."""
    session = row.session
    return {
        "session": session.id,
        "state": row.state,
        "source": clean(session.source),
        "commit": session.commit,
        "path": session.path,
        "engine": session.engine,
        "environment": session.environment,
        "created": session.created.isoformat(),
        "workspace": str(session.workspace),
        "unsaved": list(row.unsaved),
        "url": row.url if row.state == "running" else None,
    }


@sessions_group.command("remove", cls=Command, short_help="Remove a session.")
@session_argument
@click.option("--force", is_flag=True, help="Remove it with unsaved work, and keep a rescue copy.")
@pass_terminal
def remove_command(terminal: Terminal, session: str, force: bool) -> None:
    """Remove a stopped session with its workspace.

    One that holds unsaved or unpushed work is kept, unless --force is given.
    """
    from binder_lite.sessions.store import read_session, remove_session
    from binder_lite.settings import read_settings

    settings = read_settings()
    found = read_session(settings.sessions, session)
    [work] = asyncio.run(_unsaved([found], settings))
    if work and not force:
        raise UnsavedWork(
            f"The session {found.id} holds work that is nowhere else:\n" + "\n".join(work),
            hint=f"Save what you need from {found.workspace}, "
            "or use --force, which keeps a rescue copy.",
        )
    kept = remove_session(found, rescue=rescue_directory(settings) if work else None)
    terminal.note(f"Session {found.id} is removed.")
    if kept:
        terminal.note(f"    rescue copy: {kept}")


def rescue_directory(settings: Settings) -> Path:
    """Return where the workspaces of sessions removed with unsaved work are kept."""
    return settings.data / "rescued"


@click.command("stop", cls=Command, short_help="Stop a running session.")
@session_argument
@pass_terminal
def stop_command(terminal: Terminal, session: str) -> None:
    """Stop a running session; its files are kept.

    ID is as `binder-lite sessions` shows it, or its beginning.
    """
    from binder_lite.sessions.store import read_session, state, stop_session
    from binder_lite.settings import read_settings

    settings = read_settings()
    found = read_session(settings.sessions, session)

    async def stop() -> tuple[str, ...]:
        await stop_session(found)
        [work] = await _unsaved([found], settings)
        return work

    was = state(found)
    work = asyncio.run(stop())
    said = "is stopped" if was == "running" else "was not running"
    terminal.note(
        [f"Session {found.id} {said}.", *workspace_lines(found.id, found.workspace, work)]
    )


async def _unsaved(sessions: Sequence[Session], settings: Settings) -> list[tuple[str, ...]]:
    """Return what is only in each session's workspace."""
    from binder_lite.engines.sandbox import read_host
    from binder_lite.sessions.unsaved import unsaved

    if not sessions:
        return []
    host = await read_host(settings.session_uid)
    return await asyncio.gather(*(unsaved(session, host) for session in sessions))
