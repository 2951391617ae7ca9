# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions on disk: made, found, locked while they run, tidied after a crash, removed.

``<root>/<id>/`` holds ``session.json`` (what is true of a stopped session), ``home/`` with the
workspace ``home/work/``, ``run/`` and ``tmp/`` of a running one, and ``logs/``. Whoever runs the
session holds ``lock``; the kernel gives it free however that process ends. ``running.json`` says
who that was, so that what a crash left behind is noticed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from binder_lite.engines.base import EngineName, Ui
from binder_lite.errors import NotWritable, SessionNotFound, SessionRunning
from binder_lite.storage import lock, read_record, remove_tree, write_record, writing

# No letter that could be taken for another, none that a shell or URL would touch.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_FIRST = _LETTERS.index("2")
_ID_LENGTH = 20
_RECORD = "session.json"
_RUNNING = "running.json"
_STOP_SECONDS = 10
_YOUNG_SECONDS = 60

State = Literal["running", "stopped", "crashed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is true of a session whether it runs or not.

    ``environment`` is the name of the environment (key and generation); ``workspace`` is the
    session's own directory, or the person's where the session works in place. ``folder`` is the
    one that the person named, whose environment counts; ``path`` is what is opened. ``start`` is
    the repository's program that starts the server, if it has one. ``owner`` is the person's name
    on a server, ``""`` on a workstation; ``opened`` says that its server has run before. ``space``
    is the private space (:mod:`binder_lite.settings`) that its repository was fetched into with
    somebody's login, ``""`` for what anybody may fetch.
    """

    id: str
    directory: Path
    workspace: Path
    source: str
    commit: str | None
    path: str
    engine: EngineName
    environment: str
    folder: str = ""
    start: str | None = None
    ui: Ui = "lab"
    network: bool = True
    in_place: bool = False
    owner: str = ""
    opened: bool = True
    space: str = ""
    created: datetime


@dataclass(frozen=True, slots=True)
class RunningRecord:
    """Who runs a session: process id, when it began, and the URL for the person."""

    pid: int
    started: datetime
    url: str = ""


def new_session_directory(root: Path) -> Path:
    """Make the directory of a session that is still to be told what it is."""
    with writing("the session", root):
        root.mkdir(parents=True, exist_ok=True)
        # A letter first: JupyterHub's names of servers do not begin with a digit.
        first = secrets.choice(_LETTERS[:_FIRST])
        rest = (secrets.choice(_LETTERS) for _ in range(_ID_LENGTH - 1))
        directory = root / "".join((first, *rest))
        directory.mkdir(mode=0o700)
        try:
            for name in ("home", "run", "tmp", "logs"):
                (directory / name).mkdir(mode=0o700)
        except OSError:
            remove_tree(directory)
            raise
    return directory


def write_session(session: Session) -> None:
    """Write what is true of the session."""
    with writing("the session", session.directory):
        write_record(session.directory / _RECORD, session, leave_out=("directory",))


def list_sessions(root: Path) -> list[Session]:
    """Return all sessions, newest first."""
    found = [read for path in root.glob(f"*/{_RECORD}") if (read := _read(path.parent))]
    return sorted(found, key=lambda session: session.created, reverse=True)


def read_session(root: Path, id: str) -> Session:
    """Return the session of this id, or of the only id that begins so.

    Raises ``SessionNotFound``.
    """
    if set(id) <= set(_LETTERS) and (session := _read(root / id)) and session.id == id:
        return session  # The rest need not be read.
    found = [session for session in list_sessions(root) if session.id.startswith(id) and id]
    exact = [session for session in found if session.id == id]
    if len(exact or found) == 1:
        return (exact or found)[0]
    raise SessionNotFound(
        f"Several sessions begin with {id!r}." if found else f"There is no session {id!r}.",
        hint="`binder-lite sessions` lists those that there are.",
    )


def _read(directory: Path) -> Session | None:
    return read_record(directory / _RECORD, Session, directory=directory)


@contextlib.contextmanager
def running_here(directory: Path) -> Iterator[None]:
    """Mark a session as run by this process. Raises ``SessionRunning``."""
    held = lock(directory / "lock")
    if held is None:
        raise SessionRunning(
            f"The session {directory.name} runs already.",
            hint=f"Open its URL, or stop it with `binder-lite stop {directory.name}`.",
        )
    try:
        write_running(directory, "")
        yield
    finally:
        clear_runtime(directory)
        os.close(held)


def write_running(directory: Path, url: str) -> None:
    """Say that this process runs the session, and where it is reached."""
    with writing("the session", directory):
        record = RunningRecord(os.getpid(), datetime.now(UTC), url)
        write_record(directory / _RUNNING, record)


def read_running(session: Session) -> RunningRecord | None:
    """Return who runs the session, or ran it when it crashed; ``None`` for a stopped one."""
    return read_record(session.directory / _RUNNING, RunningRecord)


def state(session: Session) -> State:
    """Tell whether a session runs, is stopped, or was left behind by a crash."""
    held = lock(session.directory / "lock", shared=True)
    if held is None:
        return "running"
    os.close(held)
    return "crashed" if (session.directory / _RUNNING).exists() else "stopped"


async def stop_session(session: Session) -> None:
    """Ask whoever runs a session to stop it, and wait until it is. Nothing if it does not run.

    Raises ``SessionRunning`` when it has not stopped after ten seconds.
    """
    record = read_running(session)
    if record is None or state(session) != "running":
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(record.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            while state(session) == "running":
                await asyncio.sleep(0.05)
            return
    raise SessionRunning(
        f"The session {session.id} has not stopped after {_STOP_SECONDS} s.",
        hint=f"Its launcher is process {record.pid}; look at what it does, or end it.",
    )


def tidy(root: Path) -> list[Session]:
    """Clear up after launchers that were killed, and return the sessions that they left.

    Their processes died with them; what is left is runtime files, and directories of sessions
    that never came to be.
    """
    remove_half_made(root)
    crashed = []
    for record in root.glob(f"*/{_RECORD}"):
        directory = record.parent
        with _alone_in(directory) as alone:
            # A record that cannot be read (another version's?) still stands for somebody's work.
            session = _read(directory) if alone and (directory / _RUNNING).exists() else None
            if session:
                clear_runtime(directory)
                crashed.append(session)
    return crashed


def remove_half_made(root: Path) -> None:
    """Remove directories of sessions that never came to be, since who made them was killed."""
    for directory in root.glob("*/"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - directory.stat().st_mtime < _YOUNG_SECONDS:
                continue  # Just made, and perhaps not locked yet.
        if (directory / _RECORD).exists():
            continue
        with _alone_in(directory) as alone:
            if alone and not (directory / _RECORD).exists():
                remove_tree(directory)


@contextlib.contextmanager
def _alone_in(directory: Path) -> Iterator[bool]:
    """Hold a session's directory for as long as the block lasts, unless somebody else does."""
    try:
        held = lock(directory / "lock")
    except NotWritable:
        held = None  # Another person's.
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def clear_runtime(directory: Path) -> None:
    """Remove what only a running session needs."""
    for name in ("run", "tmp"):
        if (directory / name).is_dir():
            remove_tree(directory / name)
            (directory / name).mkdir(mode=0o700)
    (directory / _RUNNING).unlink(missing_ok=True)
    (directory / "open.html").unlink(missing_ok=True)


def remove_session(session: Session, *, rescue: Path | None = None) -> Path | None:
    """Remove a stopped session; with ``rescue`` its workspace is kept below that directory.

    Return where the rescue copy is. Raises ``SessionRunning``.
    """
    held = lock(session.directory / "lock")
    if held is None:
        raise SessionRunning(
            f"The session {session.id} runs.",
            hint=f"Stop it first with `binder-lite stop {session.id}`.",
        )
    kept = None
    try:
        if rescue and not session.in_place:
            with writing("the rescue copy", rescue):
                rescue.mkdir(parents=True, exist_ok=True)
                kept = rescue / session.id
                shutil.move(session.workspace, kept)
        remove_tree(session.directory)
    finally:
        os.close(held)
    return kept
