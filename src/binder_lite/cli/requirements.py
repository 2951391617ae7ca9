# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite requirements``: what a session added, and the change that makes it last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from binder_lite.cli.json_lines import Json
from binder_lite.cli.options import Command, json_option, pass_terminal
from binder_lite.cli.sessions import session_argument
from binder_lite.cli.terminal import Terminal
from binder_lite.cli.wording import clean, count, folded

if TYPE_CHECKING:
    from binder_lite.amendments.manifest import ToGuix
    from binder_lite.amendments.model import Amendment, Left, Offer
    from binder_lite.amendments.workspace import Workspace
    from binder_lite.sessions.addition import Added, Addition
    from binder_lite.sessions.store import Session
    from binder_lite.settings import Settings

_LANGUAGES = {"python": "Python", "r": "R", "julia": "Julia", "guix": "Guix"}
_MOST_NOTICES = 20


@click.command("requirements", cls=Command, short_help="Keep what a session added.")
@session_argument
@click.option("--apply", is_flag=True, help="Write the change to the workspace without asking.")
@json_option("Print one JSON object, with the packages and the diff.")
@pass_terminal
def requirements_command(terminal: Terminal, session: str, apply: bool) -> None:
    """Show what a session installed or imports that its repository does not declare.

    It is offered as a change to the file that the repository already uses. On a terminal you are
    asked whether to write it to the session's workspace; nothing else is changed. The session may
    run or be stopped; ID is as `binder-lite sessions` shows it, or its beginning.
    """
    from binder_lite.amendments.offering import offer
    from binder_lite.amendments.workspace import Workspace
    from binder_lite.sessions.added import workspace_place
    from binder_lite.sessions.store import read_session
    from binder_lite.settings import read_settings

    settings = read_settings()
    found = read_session(settings.sessions, session)
    added, versions = asyncio.run(_find(found, settings))
    workspace = Workspace(*workspace_place(found))
    to_guix = asyncio.run(_to_guix(settings)) if added.additions else None
    offered = offer(added, workspace, versions, to_guix)
    if terminal.json:
        if apply:
            _write(offered.amendments, workspace)
        terminal.fields(requirements_fields(found, added, offered, applied=apply))
        return
    _show(terminal, found, added, offered)
    if not offered.amendments:
        return
    files = ", ".join(clean(each.path) for each in offered.amendments)
    if not (apply or terminal.ask("", f"Write this to {files} in the session's workspace?")):
        terminal.note(f"Nothing was written. `binder-lite requirements {found.id} --apply` does.")
        return
    _write(offered.amendments, workspace)
    terminal.note(f"Wrote {files}; commit it with the notebooks.")
    terminal.note(f"    workspace: {found.workspace}")


async def _to_guix(settings: Settings) -> ToGuix | None:
    """Return what tells the name that Guix has for an addition; ``None`` where it is not asked."""
    from binder_lite.engines.choice import find_guix
    from binder_lite.engines.guix.catalogue import read_catalogue
    from binder_lite.engines.guix.installation import why_unavailable
    from binder_lite.events import Step
    from binder_lite.manifests.names import find_package
    from binder_lite.manifests.origins import origins_of

    if why_unavailable() is not None:
        return None
    engine = await find_guix(settings)
    asking = Step(read_catalogue(engine.guix, engine.host, engine.cache))
    async for _ in asking:
        pass
    catalogue = asking.result

    def name(addition: Addition) -> str | None:
        found = find_package(addition.language, addition.name, origins_of(catalogue)).packages
        return found[0].name if found else None

    return name


async def _find(session: Session, settings: Settings) -> tuple[Added, dict[str, str]]:
    from binder_lite.engines.sandbox import read_host
    from binder_lite.environments import read_environment
    from binder_lite.sessions.added import Present, find_added

    roots = settings.in_space(session.space).visible_environments
    environment = read_environment(roots, session.environment)
    present = Present()
    if environment is not None:
        present = Present(environment.packages, environment.directory)
    added = await find_added(session, await read_host(settings.session_uid), present)
    pinned = (package.partition("==") for package in present.packages)
    return added, {name: version for name, equals, version in pinned if equals}


def _write(amendments: Iterable[Amendment], workspace: Workspace) -> None:
    for amendment in amendments:
        workspace.apply(amendment)


def _show(terminal: Terminal, session: Session, added: Added, offered: Offer) -> None:
    columns = terminal.columns if terminal.is_watched else None
    _tell(terminal, notice_lines(added.notices, columns))
    if not added.additions:
        terminal.note(f"Session {session.id} added nothing that its repository does not declare.")
        return
    terminal.table(
        ("package", "version", "language", "how it is known"), addition_rows(added.additions)
    )
    for amendment in offered.amendments:
        terminal.result("")
        terminal.diff(amendment.diff())
        _tell(terminal, notice_lines(amendment.notices, columns))
    if terminal.is_watched:
        terminal.note("")
    _tell(terminal, [line for each in offered.left for line in left_lines(each, columns)])


def _tell(terminal: Terminal, lines: Sequence[str]) -> None:
    if lines:
        terminal.note(lines)


def addition_rows(additions: Sequence[Addition]) -> list[tuple[str, str, str, str]]:
    """Return the rows of the table; the language is told where there are several."""
    languages = {each.language for each in additions}
    return [
        (
            each.name,
            each.version,
            _LANGUAGES[each.language] if len(languages) > 1 or "python" not in languages else "",
            how_text(each),
        )
        for each in additions
    ]


def how_text(addition: Addition) -> str:
    """Say how an addition is known: ``installed with pip, used in index.ipynb:12``."""
    where = str(addition.origin) if addition.origin else ""
    if addition.how == "installed":
        used = f", used in {where}" if where else ""
        return f"installed with {addition.tool}{used}"
    if addition.how == "install line":
        return f"{where} installs it with {addition.tool}"
    return f"{where} {'imports' if addition.language == 'python' else 'uses'} it"


def left_lines(left: Left, columns: int | None) -> list[str]:
    """Say what no change adds, and what a person may write."""
    lines = _folded(f"left out: {clean(left.addition.name)}: {clean(left.reason)}", columns)
    return [*lines, f"    {clean(left.line)}"] if left.line else lines


def notice_lines(notices: Sequence[str], columns: int | None) -> list[str]:
    """Return what a person should know, cut short where it is a lot."""
    shown = [f"note: {clean(notice)}" for notice in notices[:_MOST_NOTICES]]
    if len(notices) > _MOST_NOTICES:
        shown.append(f"note: and {count(len(notices) - _MOST_NOTICES, 'more note')}.")
    return [part for line in shown for part in _folded(line, columns)]


def _folded(line: str, columns: int | None) -> list[str]:
    return [line] if columns is None else folded(line, columns, indent=4)


def requirements_fields(
    session: Session, added: Added, offered: Offer, *, applied: bool
) -> dict[str, Json]:
    """Return what was found and what is offered as a JSON object."""
    return {
        "session": session.id,
        "workspace": str(session.workspace),
        "additions": [_addition_fields(each) for each in added.additions],
        "changes": [
            {
                "path": each.path,
                "packages": [addition.name for addition in each.added],
                "diff": each.diff(),
                "notices": [clean(notice) for notice in each.notices],
            }
            for each in offered.amendments
        ],
        "left": [
            {"name": each.addition.name, "reason": clean(each.reason), "line": clean(each.line)}
            for each in offered.left
        ],
        "diff": "".join(each.diff() for each in offered.amendments),
        "applied": applied and bool(offered.amendments),
        "notices": [clean(notice) for notice in added.notices],
    }


def _addition_fields(addition: Addition) -> dict[str, Json]:
    return {
        "language": addition.language,
        "name": addition.name,
        "version": addition.version or None,
        "how": addition.how,
        "tool": addition.tool or None,
        "origin": str(addition.origin) if addition.origin else None,
        "url": addition.url or None,
    }
