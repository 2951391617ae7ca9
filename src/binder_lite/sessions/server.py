# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's notebook server: how it is called, and how it is spoken to.

It listens on a Unix socket in the session's directory and gets its token through its environment.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from binder_lite.engines.base import HOME, PROGRAMS, RUN, WORK, Ui
from binder_lite.engines.sandbox import sandbox_error
from binder_lite.errors import Details, DiskFull, ServerFailed
from binder_lite.events import printable
from binder_lite.sessions.bridge import socket_address
from binder_lite.storage import free_bytes

SOCKET = "server.sock"
_POLL_SECONDS = 0.02
_LONGEST_ANSWER = 500
_START_SECONDS = 120
_LAST_LINES = 20
# With less a server cannot write what it must when it starts.
_LEAST_FREE = 65536


def server_arguments(base_url: str, default_kernel: str = "python3") -> tuple[str, ...]:
    """Return the arguments of a Jupyter server.

    What does not change from session to session is in ``inside/jupyter``.
    """
    common = {
        "sock": str(RUN / SOCKET),
        "sock_mode": "0600",
        "base_url": base_url,
        # Behind a proxy the browser names the proxy's host; the token guards the server.
        "allow_remote_access": str(base_url != "/"),
    }
    words = [f"--ServerApp.{name}={value}" for name, value in common.items()]
    return (
        *words,
        f"--ServerApp.root_dir={WORK}",
        f"--MultiKernelManager.default_kernel_name={default_kernel}",
    )


def own_server_arguments(base_url: str, default_kernel: str, ui: Ui) -> tuple[str, ...]:
    """Return the arguments of a server that an environment brings, of any version.

    The Notebook before version 7 has other names for them; each passes over what it does not know.
    """
    words = server_arguments(base_url, default_kernel)
    if ui != "notebook":
        return words
    renamed = (word.replace("ServerApp.root_dir", "NotebookApp.notebook_dir") for word in words)
    older = (word.replace("ServerApp.", "NotebookApp.") for word in renamed)
    return tuple(dict.fromkeys((*words, *older)))


def shared_server_arguments(base_url: str, ui: Ui) -> tuple[str, ...]:
    """Return what the shared server is told, its interface first."""
    choice = "--ServerApp.contents_manager_class=kernel_choice.ContentsManager"
    return (ui, *server_arguments(base_url), choice)


def server_variables(token: str, variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables of any Jupyter server in a session, beside an environment's own."""
    config = (str(PROGRAMS / "jupyter"), variables.get("JUPYTER_CONFIG_PATH"))
    return {
        "JUPYTER_TOKEN": token,
        "JUPYTER_RUNTIME_DIR": str(RUN / "jupyter"),
        "JUPYTER_CONFIG_PATH": ":".join(filter(None, config)),
        "JUPYTER_CONFIG_DIR": str(HOME / ".jupyter"),
        "JUPYTER_PATH": variables.get("JUPYTER_PATH", ""),
    }


def deferring(
    variables: Mapping[str, str], directory: str = str(PROGRAMS / "deferred")
) -> Mapping[str, str]:
    """Return the variables with which a server that is not ours to start starts sooner.

    ``directory`` is where it finds ``inside/deferred``.
    """
    paths = (directory, variables.get("PYTHONPATH"))
    return {"PYTHONPATH": ":".join(filter(None, paths))}


def page_path(ui: Ui, path: str, *, is_folder: bool, url_path: str | None = None) -> str:
    """Return the path of the page that shows ``path``, relative to the server's base URL."""
    if url_path is not None:
        return url_path.lstrip("/")
    quoted = quote(path)
    if ui == "lab":
        return f"lab/tree/{quoted}" if path else "lab"
    if not path or is_folder:
        return f"tree/{quoted}" if path else "tree"
    return f"notebooks/{quoted}" if path.endswith(".ipynb") else f"edit/{quoted}"


@dataclass(frozen=True, slots=True)
class Activity:
    """What the server's kernels and terminals did last; ``busy``: one of them is at work."""

    last: datetime | None
    busy: bool


class ServerClient:
    """Speaks to a session's server over its socket, as a browser with the token would."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def answers(self) -> bool:
        """Tell whether the server answers with status 200."""
        try:
            return (await self._http.get("api/status")).status_code == 200
        except httpx.TransportError:
            return False

    async def kernel_languages(self) -> tuple[Mapping[str, str], str]:
        """Return the language of each kernel that there is, by name, and the default's name.

        Raises ``ServerFailed`` for a server that cannot say: an environment may bring any.
        """
        try:
            content = await self._get("api/kernelspecs")
            specs = content["kernelspecs"]
            languages = {name: spec["spec"].get("language", "") for name, spec in specs.items()}
            return languages, content.get("default", "")
        except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ServerFailed(
                f"The notebook server does not say which kernels it has ({_said(error)}).",
                hint="Look at its log; `binder-lite sessions` names the session's directory.",
            ) from error

    async def start_kernel(self, path: str, kernel: str) -> str:
        """Start ``kernel`` for the notebook ``path``, as opening it would.

        Return why it does not start; ``""`` when it does.
        """
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": kernel}}
        try:
            (await self._http.post("api/sessions", json=body)).raise_for_status()
        except httpx.HTTPError as error:
            return _said(error)
        return ""

    async def activity(self) -> Activity:
        """Return what kernels and terminals did last; open tabs do not count."""
        kernels, terminals = await self._get("api/kernels"), await self._get("api/terminals")
        times = [
            item["last_activity"] for item in (*kernels, *terminals) if "last_activity" in item
        ]
        last = max((_time(text) for text in times), default=None)
        return Activity(last, any(kernel["execution_state"] == "busy" for kernel in kernels))

    async def shut_down(self) -> None:
        """Ask the server to shut down its kernels and itself."""
        (await self._http.post("api/shutdown")).raise_for_status()

    async def _get(self, path: str) -> Any:
        answer = await self._http.get(path)
        answer.raise_for_status()
        return answer.json()


def _said(error: Exception) -> str:
    """Return in a few words what a server answered, or that it did not."""
    if not isinstance(error, httpx.HTTPStatusError):
        return f"{type(error).__name__}"
    try:
        said = str(error.response.json()["message"])
    except (ValueError, LookupError, TypeError):
        said = ""
    status = f"status {error.response.status_code}"
    return f"{status}: {printable(said)[:_LONGEST_ANSWER]}" if said else status


@contextlib.asynccontextmanager
async def speaking_to(run: Path, base_url: str, token: str) -> AsyncIterator[ServerClient]:
    """Give a client of the server whose socket is in ``run``, which must be there."""
    with socket_address(run / SOCKET) as socket:
        # No TLS on a socket: reading the machine's certificates would only take time.
        transport = httpx.AsyncHTTPTransport(uds=socket, verify=False)
        async with httpx.AsyncClient(
            transport=transport,
            base_url=f"http://localhost{base_url}",
            headers={"Authorization": f"token {token}"},
            timeout=30,
        ) as http:
            yield ServerClient(http)


async def wait_until_ready(
    process: asyncio.subprocess.Process, run: Path, base_url: str, token: str, log: Path
) -> None:
    """Return when the server answers. Raises ``ServerFailed`` when it ends or takes too long.

    Also ``SandboxUnavailable`` and ``DiskFull``, where that is why.
    """
    try:
        async with asyncio.timeout(_START_SECONDS):
            while process.returncode is None:
                with contextlib.suppress(FileNotFoundError):
                    async with speaking_to(run, base_url, token) as client:
                        if await client.answers():
                            return
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        said = f"did not answer within {_START_SECONDS} s"
    else:
        said = f"ended with status {process.returncode} before it answered"
    if error := sandbox_error("\n".join(last_lines(log))):
        raise error
    if free_bytes(run) < _LEAST_FREE:
        raise DiskFull(
            f"The disk is full: the notebook server could not write to {run.parent}.",
            hint="Free some space there, or choose another place with BINDER_LITE_DATA.",
        )
    raise ServerFailed(
        f"The notebook server {said}.",
        hint="Its last lines are below. `binder-lite doctor` checks what a launch needs.",
        details=Details(exit_status=process.returncode, last_lines=last_lines(log), log=log),
    )


def last_lines(log: Path) -> tuple[str, ...]:
    """Return the end of a log, escapes removed."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 65536))
        lines = file.read().decode(errors="replace").splitlines()
        return tuple(printable(line) for line in lines[-_LAST_LINES:])
    return ()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
