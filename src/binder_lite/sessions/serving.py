# SPDX-License-Identifier: GPL-3.0-or-later
"""From an assigned container to a server that a browser can open, its kernel started."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from binder_lite.errors import Details, ServerFailed
from binder_lite.events import Result, Steps, Warn
from binder_lite.requirements.notebooks import Notebook, read_notebook
from binder_lite.sessions.assignment import WAITING
from binder_lite.sessions.bridge import bridged
from binder_lite.sessions.container import Container
from binder_lite.sessions.kernel import choose_kernel
from binder_lite.sessions.running import Ready, write_open_file
from binder_lite.sessions.server import (
    SOCKET,
    ServerClient,
    last_lines,
    page_path,
    speaking_to,
    wait_until_ready,
)
from binder_lite.sessions.store import Session, write_running

_WARM_SECONDS = 120
_POLL_SECONDS = 0.1


def server_log(directory: Path) -> Path:
    """Return the file that a session's server prints to."""
    return directory / "logs" / "server.log"


async def wait_until_waiting(container: Container, run: Path, log: Path) -> None:
    """Return when a container that was prepared waits for its session. Raises ``ServerFailed``."""
    process = container.process
    try:
        async with asyncio.timeout(_WARM_SECONDS):
            while not (run / WAITING).exists() and process.returncode is None:
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        pass
    if not (run / WAITING).exists() or process.returncode is not None:
        raise ServerFailed(
            "The environment's notebook server could not be imported ahead.",
            hint="Sessions of this environment start without a spare.",
            details=Details(exit_status=process.returncode, last_lines=last_lines(log), log=log),
        )


async def serve(
    session: Session,
    container: Container,
    stack: contextlib.AsyncExitStack,
    *,
    base_url: str,
    token: str,
    port: int | None,
    kernel: str,
    url_path: str | None,
) -> Steps[tuple[Ready, ServerClient]]:
    """Wait for the server, bridge it to ``port``, start the kernel of the notebook to open.

    Without a port it is reached on its socket only, and the URL is a path. What lasts as long as
    the session is entered on ``stack``. Raises ``ServerFailed``, ``PortTaken`` and, for a
    ``kernel`` that does not exist, ``BadOption``.
    """
    run = session.directory / "run"
    await wait_until_ready(container.process, run, base_url, token, server_log(session.directory))
    client = await stack.enter_async_context(speaking_to(run, base_url, token))
    chosen = None
    if port is not None:
        chosen = await stack.enter_async_context(bridged(run / SOCKET, port))
    notebook = await asyncio.to_thread(_workspace_notebook, session)
    if notebook:
        languages, default = await client.kernel_languages()
        kernel, told = choose_kernel(
            languages,
            default,
            asked=kernel,
            named=notebook.kernel_name,
            language=notebook.language,
        )
        if told:
            yield Warn("launching", told)
        if why := await client.start_kernel(session.path, kernel):
            said = f"The kernel {kernel} of {session.path} does not start ({why})."
            yield Warn("launching", f"{said} Choose another in the notebook.")
    is_folder = (session.workspace / session.path).is_dir()
    page = page_path(session.ui, session.path, is_folder=is_folder, url_path=url_path)
    mark = "&" if "?" in page else "?"
    url = f"{base_url}{page}"
    if chosen is not None:
        url = f"http://localhost:{chosen}{url}{mark}token={token}"
    write_running(session.directory, url)
    ready = Ready(
        url=url,
        token=token,
        session=session.id,
        engine=session.engine,
        environment=session.environment,
        commit=session.commit,
        path=session.path,
        kernel=kernel if notebook else "",
        open_file=write_open_file(session.directory, url),
    )
    yield Result((ready, client))


def _workspace_notebook(session: Session) -> Notebook | None:
    """Read the notebook that will be opened; the workspace may hold links that lead anywhere."""
    if not session.path.endswith(".ipynb") or session.workspace.is_symlink():
        return None
    file = (session.workspace / session.path).resolve()
    if not file.is_file() or not file.is_relative_to(session.workspace.resolve()):
        return None
    return read_notebook(file)
