# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be lost if a workspace were removed: changes, commits and files that are only there.

The workspace is hostile: its git configuration can name programs to run. So git looks at it from
inside a sandbox that shows the workspace, read-only, and has no network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.base import WORK
from binder_lite.engines.sandbox import Bind, Host, Sandbox, sandbox_command
from binder_lite.errors import ToolMissing
from binder_lite.sessions.store import Session
from binder_lite.storage import file_states, read_record, write_record

_START = "start.json"
_SECONDS = 20
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}


def status_command() -> Command:
    """List what differs from the last commit, ignored files left out."""
    words = ("status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=dirty")
    return Command((*_GIT, *words), _ENV, cwd=Path(WORK))


def commits_command(start: str) -> Command:
    """Count the commits of all branches that came after ``start`` and are on no remote."""
    words = ("rev-list", "--count", "--branches", "HEAD", f"^{start}", "--not", "--remotes")
    return Command((*_GIT, *words), _ENV, cwd=Path(WORK))


def changes_command(start: str) -> Command:
    """Name the files that differ between the commit ``start`` and the workspace."""
    words = ("diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--no-renames")
    return Command((*_GIT, *words, "--ignore-submodules=all", start, "--"), _ENV, cwd=Path(WORK))


def parse_status(text: str) -> tuple[tuple[str, str], ...]:
    """Return what ``git status --porcelain -z`` lists: what happened, and the file's name."""
    words = {"?": "new", "A": "new", "D": "deleted", "R": "renamed"}
    entries = iter(text.split("\0"))
    found = []
    for entry in entries:
        if len(entry) < 4:
            continue
        letters, name = entry[:2], entry[3:]
        if "R" in letters or "C" in letters:
            next(entries, None)
        kind = next((words[letter] for letter in letters if letter in words), "changed")
        found.append((kind, name))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Start:
    """The files that are in a workspace without the session's doing, with their times and sizes.

    ``complete``: these are all; otherwise only those that no commit has.
    """

    files: dict[str, tuple[int, int]]
    complete: bool

    def has(self, name: str, state: tuple[int, int] | None) -> bool:
        """Tell whether a file (``None``: it is not there) is as it was at the start."""
        return self.files.get(name) == state and (self.complete or name in self.files)


def remember_start(session: Session, seed: Path | None, *, uncommitted: bool) -> None:
    """Note what is in the workspace without the person's doing, so that changes can be told later.

    That is what the build wrote (``seed``), and all files where git cannot tell: in a workspace
    without it, and where ``uncommitted`` changes of the source were taken along.
    """
    files = dict(file_states(seed)) if seed else {}
    complete = uncommitted or not (session.workspace / ".git").exists()
    if complete:
        files = {**dict(file_states(session.workspace)), **files}
    write_record(session.directory / _START, Start(files, complete))


async def unsaved(session: Session, host: Host) -> tuple[str, ...]:
    """Return what is only in the session's workspace, a line each; nothing for one in place."""
    if session.in_place or not session.workspace.is_dir():
        return ()
    if session.workspace.is_symlink():
        return ("the workspace was replaced by a symbolic link",)
    start = read_record(session.directory / _START, Start) or Start({}, False)
    after = dict(file_states(session.workspace))
    if session.commit is None or not (session.workspace / ".git").exists():
        return tuple(each for each in _differences(start.files, after) if not _is_copy(each))
    try:
        async with asyncio.timeout(_SECONDS):
            changes = tuple(
                f"{kind}: {name}"
                for kind, name in parse_status(await _look(session, status_command(), host))
                if not (start.has(name, after.get(name)) or _is_copy(name))
            )
            commits = int(await _look(session, commits_command(session.commit), host))
    except (TimeoutError, process.CommandFailed, ToolMissing, ValueError):
        return ("the workspace's git repository cannot be read",)
    return (*changes, f"{commits} commit(s) that are not pushed") if commits else changes


def _is_copy(name: str) -> bool:
    """Tell whether Jupyter made a file by itself, of a notebook that was only opened."""
    return "/.ipynb_checkpoints/" in f"/{name.split(': ')[-1]}"


async def changed_files(session: Session, host: Host) -> frozenset[str]:
    """Return the files of the workspace that are new or changed since the session's start.

    Also those that a commit of the session's has by now. Raises :class:`UnreadableWorkspace`.
    """
    start = read_record(session.directory / _START, Start) or Start({}, False)
    after = dict(file_states(session.workspace))
    if session.commit is None or not (session.workspace / ".git").exists():
        return frozenset(name for name, state in after.items() if start.files.get(name) != state)
    try:
        async with asyncio.timeout(_SECONDS):
            status = parse_status(await _look(session, status_command(), host))
            named = await _look(session, changes_command(session.commit), host)
    except (TimeoutError, process.CommandFailed, ToolMissing) as error:
        raise UnreadableWorkspace(session.id) from error
    names = {name for _, name in status} | set(filter(None, named.split("\0")))
    return frozenset(name for name in names if name in after and not start.has(name, after[name]))


class UnreadableWorkspace(Exception):
    """Git cannot tell what was changed in a workspace. Not for a person as it is."""


async def _look(session: Session, command: Command, host: Host) -> str:
    binds = (Bind(session.workspace, WORK),)
    return await process.check(sandbox_command(Sandbox(binds=binds, network=False), command, host))


def _differences(
    before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]
) -> Iterable[str]:
    for name in sorted(after.keys() | before.keys()):
        if name not in before:
            yield f"new: {name}"
        elif name not in after:
            yield f"deleted: {name}"
        elif before[name] != after[name]:
            yield f"changed: {name}"
