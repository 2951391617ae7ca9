# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a launch, told here and nowhere else.

source → pinned source → checkout → requirements → engine → build → environment → session → server
→ browser

:func:`.preparing.prepare` goes as far as the environment, :func:`start` from there;
:func:`launch` is both, with the container started at once, so that its server is imported by the
time it has something to serve.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from binder_lite.command import redact
from binder_lite.engines.base import RUN, WORK, Activation, Box, Engine, Ui
from binder_lite.engines.choice import EngineChoice, named_engine
from binder_lite.environments import (
    Environment,
    improving,
    read_environment,
    tidy_builds,
    using,
)
from binder_lite.errors import BadOption, EnvironmentNotFound, ServerFailed
from binder_lite.events import Message, Result, Step, Steps, together
from binder_lite.inside.behind_exit import VARIABLES
from binder_lite.outgoing.web_exit import SOCKET as EXIT_SOCKET
from binder_lite.outgoing.web_exit import web_exit
from binder_lite.preparing import Prepared, Request, choose, named_folder, prepare
from binder_lite.sessions.assignment import (
    Assignment,
    seeds,
    served_ui,
    server_assignment,
)
from binder_lite.sessions.bridge import check_port
from binder_lite.sessions.container import contained
from binder_lite.sessions.running import Farewell, Ready, Running
from binder_lite.sessions.server import SOCKET, ServerClient
from binder_lite.sessions.serving import serve
from binder_lite.sessions.store import (
    Session,
    new_session_directory,
    read_session,
    running_here,
    tidy,
    write_session,
)
from binder_lite.sessions.unsaved import remember_start
from binder_lite.settings import Settings
from binder_lite.slots import Slot, beside, contain, session_box
from binder_lite.sources.local import find_place
from binder_lite.sources.url import parse_source
from binder_lite.sources.workspace import write_workspace
from binder_lite.storage import lock, remove_tree, writing

__all__ = [
    "EngineChoice", "Farewell", "Opened", "Ready", "Request", "Running", "Ui", "launch",
    "new_session", "open_session", "resume", "start",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session whose server runs on a Unix socket of its own.

    ``token`` is the server's own, ``page`` the path below ``base_url`` of what is to be opened.
    """

    session: Session
    socket: Path
    token: str
    base_url: str
    page: str
    kernel: str
    client: ServerClient
    running: Running


async def launch(request: Request, settings: Settings) -> Steps[Running]:
    """Do all that leads from a source to a running session."""
    if request.in_place and request.source.directory is None:
        raise BadOption(
            "--in-place works on a local directory, and the source is not one.",
            hint="Leave --in-place out, or clone the repository and launch the clone.",
        )
    check_port(request.port or 0)
    choosing = Step(choose(request, settings))
    async for event in choosing:
        yield event
    chosen, looked = choosing.result
    engine = chosen.engine
    yield Message("waiting", f"Engine: {engine.name} ({chosen.reason}).")
    for left in await asyncio.to_thread(tidy, settings.sessions):
        said = f"The launcher of session {left.id} had ended without stopping it; tidied up."
        yield Message("waiting", f"{said} `binder-lite resume {left.id}` goes on with it.")
    await asyncio.to_thread(tidy_builds, settings.environments)
    workspace = await _workspace_in_place(request)
    async with contextlib.AsyncExitStack() as stack:
        directory = new_session_directory(settings.sessions)
        stack.enter_context(running_here(directory))
        box = session_box(settings, directory, request, workspace)
        engine.hand_over(directory)
        slot = Slot(engine=engine, box=box, stack=stack)
        stack.callback(slot.forget_unless_kept)
        preparing = Step(prepare(request, engine, settings, looked))
        async for event in together(preparing, Step(beside(slot, request, settings))):
            yield event
        prepared = preparing.result
        session = await _write_session(request, prepared, engine, box)
        starting = Step(start(slot, session, prepared.environment, request, settings))
        try:
            async for event in starting:
                yield event
        except ServerFailed:
            slot.kept = True  # For its log, which the error names.
            raise
        slot.kept = True
        yield Result(starting.result)


async def resume(
    session: str, settings: Settings, *, ui: Ui | None = None, port: int = 0, network: bool = True
) -> Steps[Running]:
    """Start the server of a stopped session again, with the interface that it had or ``ui``.

    One that began without network stays so. Raises ``SessionNotFound`` and ``SessionRunning``.
    """
    found = read_session(settings.sessions, session)
    found = replace(found, ui=ui or found.ui)
    settings = settings.in_space(found.space)
    engine = await named_engine(found.engine, settings)
    request = replace(_request_of(found), port=port, network=network and found.network)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(running_here(found.directory))
        box = _box_of(found, request, settings)
        slot = Slot(engine=engine, box=box, stack=stack)
        opening = Step(_open(slot, found, request, settings))
        async for event in opening:
            yield event
        yield Result(opening.result)


async def new_session(
    request: Request,
    prepared: Prepared,
    engine: Engine,
    settings: Settings,
    *,
    owner: str,
    directory: Path | None = None,
) -> Session:
    """Make a session that somebody opens later, with its workspace filled.

    ``directory`` is that of a spare (:func:`.slots.warm_slot`), whose id the session gets.
    """
    made = directory or new_session_directory(settings.sessions)
    # What nobody holds is taken for a killed launch's by whoever tidies up. A spare holds its own.
    held = lock(made / "lock") if directory is None else None
    try:
        if directory is None:
            engine.hand_over(made)
        box = session_box(settings.in_space(prepared.space), made, request, None)
        return await _write_session(request, prepared, engine, box, owner=owner, opened=False)
    except BaseException:
        if directory is None:
            remove_tree(made)
        raise
    finally:
        if held is not None:
            os.close(held)


async def open_session(
    session: str,
    settings: Settings,
    *,
    base_url: str,
    variables: Mapping[str, str] | None = None,
    slot: Slot | None = None,
) -> Steps[Opened]:
    """Start a session's server for whoever stands between it and a browser.

    It is reached on its Unix socket, below ``base_url``. ``variables`` are put into the session's
    environment. ``slot`` is the spare that the session was made in. Raises ``SessionNotFound``,
    ``SessionRunning`` and ``ServerFailed``.
    """
    found = read_session(settings.sessions, session)
    settings = replace(settings, base_url=base_url).in_space(found.space)
    request = replace(_request_of(found), port=None)
    async with contextlib.AsyncExitStack() as stack:
        if slot is None:
            engine = await named_engine(found.engine, settings)
            stack.enter_context(running_here(found.directory))
            slot = Slot(engine=engine, box=_box_of(found, request, settings), stack=stack)
        slot.kept = True
        slot.variables = variables or {}
        opening = Step(_open(slot, found, request, settings))
        async for event in opening:
            yield event
    running = opening.result
    ready, client = running.ready, running.client
    assert ready and client  # noqa: S101 - it is a server and no command
    yield Result(
        Opened(
            session=running.session,
            socket=found.directory / "run" / SOCKET,
            token=ready.token,
            base_url=base_url,
            page=ready.url.removeprefix(base_url),
            kernel=ready.kernel,
            client=client,
            running=running,
        )
    )


def _request_of(session: Session) -> Request:
    """Return the request that leads to what the session was made of."""
    source = parse_source(session.source, cwd=Path("/"))
    # A local source's directory tells the folder already.
    opened = None if source.directory else session.folder or session.path or None
    return Request(
        source=replace(source, ref=session.commit, path=opened, ref_and_path=None),
        engine=session.engine,
        ui=session.ui,
        network=session.network,
        in_place=session.in_place,
    )


def _box_of(session: Session, request: Request, settings: Settings) -> Box:
    workspace = session.workspace if session.in_place else None
    return session_box(settings, session.directory, request, workspace)


async def _open(
    slot: Slot, session: Session, request: Request, settings: Settings
) -> Steps[Running]:
    """Go from a session's record to its running server, in the slot's container if it has one."""
    slot.resumed = session.opened
    if slot.container is None:  # In one that runs, what is in there may be anything by now.
        for name in ("run", "tmp"):
            slot.engine.hand_over(session.directory / name)
    environment = read_environment(settings.visible_environments, session.environment)
    if environment is None and slot.box.environment:
        raise EnvironmentNotFound(
            "The environment has just been removed, and this session's server is part of it.",
            hint="Launch again.",
        )
    if environment is None:
        yield Message("building", "The session's environment was removed; building it again.")
        preparing = Step(prepare(request, slot.engine, settings))
        async for event in preparing:
            yield event
        environment = preparing.result.environment
        session = replace(session, environment=environment.name)
        write_session(session)
    if slot.container is None:
        async for event in Step(beside(slot, request, settings)):
            yield event
    starting = Step(start(slot, session, environment, request, settings))
    async for event in starting:
        yield event
    running = starting.result
    if not session.opened:
        write_session(replace(running.session, opened=True))
    yield Result(running)


async def _workspace_in_place(request: Request) -> Path | None:
    if not request.in_place or request.source.directory is None:
        return None
    return (await find_place(request.source.directory)).root


async def _write_session(
    request: Request,
    prepared: Prepared,
    engine: Engine,
    box: Box,
    *,
    owner: str = "",
    opened: bool = True,
) -> Session:
    """Fill the slot's workspace, and write down what the session is."""
    pinned = prepared.read.checkout.pinned
    workspace = box.workspace or box.directory / "home" / WORK.name
    if box.workspace is None:
        # Filled where no container sees it: in a spare's, the repository's code may run already,
        # and put a link in the workspace's place.
        filled = box.directory / "workspace"
        with writing("the workspace", workspace):
            await write_workspace(prepared.read.checkout, filled)
            await asyncio.to_thread(engine.hand_over, filled)
            _move_in(filled, workspace)
    session = Session(
        id=box.directory.name,
        directory=box.directory,
        workspace=workspace,
        source=redact(str(request.source.directory or request.source.text)),
        commit=pinned.commit,
        path=prepared.read.path,
        folder=named_folder(prepared.read.checkout),
        engine=engine.name,
        environment=prepared.environment.name,
        start=prepared.read.requirements.start,
        ui=request.ui,
        network=request.network,
        in_place=request.in_place,
        owner=owner,
        space=prepared.space,
        opened=opened,
        created=datetime.now(UTC),
    )
    write_session(session)
    seed = engine.activate(prepared.environment.directory).seed_work
    await asyncio.to_thread(remember_start, session, seed, uncommitted=pinned.uncommitted)
    return session


def _move_in(filled: Path, workspace: Path) -> None:
    """Put a filled directory in the workspace's place, which is empty or not there."""
    try:
        filled.rename(workspace)
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise ServerFailed(
            "The environment's own server, which waited for this session, has put something in the "
            "workspace's place.",
            hint="Launch again. Whoever runs this server can do without `environment_spares`.",
        ) from error


async def start(
    slot: Slot, session: Session, environment: Environment, request: Request, settings: Settings
) -> Steps[Running]:
    """Go from the environment to a running server or command.

    What the slot's stack holds goes over to the result.
    """
    activation = slot.engine.activate(environment.directory)
    await slot.stack.enter_async_context(using(environment))
    slot.box = replace(slot.box, environment=environment.directory, nesting=activation.nesting)
    if request.command:
        yield Message("launching", f"Running {request.command[0]} in the session.")
        yield Result(await _run_command(slot, session, activation, request, settings))
        return
    yield Message("launching", "Starting the notebook server.")
    shared = slot.shared_server
    interpreter = activation.interpreter
    if shared:
        interpreter = slot.engine.server_interpreter(shared.directory)
    served = served_ui(activation, session.ui, shared=shared is not None)
    if served != session.ui:
        session = replace(session, ui=served)
        write_session(session)
    container = slot.container or await contain(slot, interpreter, warm=False)
    token = secrets.token_urlsafe(32)
    assignment = server_assignment(
        session,
        activation,
        settings.base_url,
        token,
        interpreter,
        resumed=slot.resumed,
        variables=slot.variables,
    )
    container.assign(await _leaving(slot, assignment, request, settings))
    serving = Step(
        serve(
            session,
            container,
            slot.stack,
            base_url=settings.base_url,
            token=token,
            port=request.port,
            kernel=request.kernel,
            url_path=request.source.url_path,
        )
    )
    async for event in serving:
        yield event
    ready, client = serving.result
    # Last of all, so that nothing of the start waits for it.
    for each in filter(None, (environment, shared)):
        compiling = slot.engine.compile_command(each.directory)
        await slot.stack.enter_async_context(improving(each, compiling))
    lasting = slot.stack.pop_all()
    yield Result(
        Running(session, container.process, slot.engine.host, lasting, ready=ready, client=client)
    )


async def _leaving(
    slot: Slot, assignment: Assignment, request: Request, settings: Settings
) -> Assignment:
    """Return the assignment with the session's exit, where the web is all that it may reach."""
    if settings.network != "web" or not request.network:
        return assignment
    run, hand_over = slot.box.directory / "run", slot.engine.hand_over
    leaving = web_exit(run, settings.network_hosts, hand_over)
    await slot.stack.enter_async_context(leaving)
    return replace(assignment, env={**VARIABLES, **assignment.env}, exit=str(RUN / EXIT_SOCKET))


async def _run_command(
    slot: Slot, session: Session, activation: Activation, request: Request, settings: Settings
) -> Running:
    """Run the person's command in a container of its own, with the person's terminal."""
    container = await slot.stack.enter_async_context(
        contained(slot.engine, slot.box, activation.interpreter, warm=False, output=None)
    )
    terminal = {name: os.environ[name] for name in ("TERM", "COLORTERM") if name in os.environ}
    assignment = Assignment(
        env={**activation.variables, **terminal},
        cwd=str(WORK),
        files=activation.files,
        seeds=seeds(session, activation, resumed=slot.resumed),
        argv=request.command,
    )
    assignment = await _leaving(slot, assignment, request, settings)
    return Running(
        session,
        container.process,
        slot.engine.host,
        slot.stack.pop_all(),
        begin=lambda: container.assign(assignment),
    )
