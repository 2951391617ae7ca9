# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser without a screen: runs notebooks through a Jupyter server's own API.

It does over HTTP and websockets what JupyterLab's page does, in the same order, and knows nothing
of what started the server. Messages are Jupyter's protocol 5, one JSON object a websocket message,
with the field ``channel`` saying which of the kernel's sockets is meant (the server's usual form).
https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect

Json: TypeAlias = dict[str, Any]

# Longer than any cell of the examples; a kernel that never answers fails a test by name.
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """What a printed URL says: the server (with its prefix, ending in a slash), token and path."""

    base: str
    token: str
    path: str


def parse_address(url: str) -> Address:
    """Take apart a URL as the launcher prints it; ``path`` is relative to the workspace."""
    parts = urlsplit(url)
    prefix, path = _split_path(parts.path)
    token = parse_qs(parts.query).get("token", [""])[0]
    return Address(f"{parts.scheme}://{parts.netloc}{prefix}", token, unquote(path))


def _split_path(path: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*?/)(?:lab(?:/tree)?|tree|notebooks|edit)(?:/(.*))?", path)
    return (found[1], found[2] or "") if found else (path.rstrip("/") + "/", "")


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a cell; ``text`` is what a terminal would show of it."""

    kind: Literal["stream", "display_data", "execute_result", "error"]
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellRun:
    """What came of running one piece of code."""

    status: str
    outputs: tuple[Output, ...]

    @property
    def text(self) -> str:
        """All outputs as one text."""
        return "".join(output.text for output in self.outputs)

    @property
    def error(self) -> str | None:
        """Name and message of the exception that ended it."""
        errors = [output.text for output in self.outputs if output.kind == "error"]
        return errors[0] if errors else None if self.status == "ok" else self.status

    def mime_types(self) -> set[str]:
        """The kinds of content that its outputs have."""
        return {kind for output in self.outputs for kind in output.data}


def parse_output(message: Json) -> Output | None:
    """Return the output that a kernel's message carries, ``None`` for any other message."""
    content = message["content"]
    match message["header"]["msg_type"]:
        case "stream":
            return Output("stream", content["text"])
        case "display_data" | "execute_result" as kind:
            return Output(kind, content["data"].get("text/plain", ""), content["data"])
        case "error":
            return Output("error", f"{content['ename']}: {content['evalue']}")
        case _:
            return None


def choose_kernel(specs: Json, metadata: Json) -> str | None:
    """Choose as JupyterLab does; ``None`` where its page would ask "Select Kernel".

    ``specs`` is the answer of ``/api/kernelspecs``, ``metadata`` the notebook's. The name wins;
    else the notebook's language, when exactly one kernel speaks it.
    """
    wanted = metadata.get("kernelspec", {})
    kernels = specs["kernelspecs"]
    if wanted.get("name") in kernels:
        return str(wanted["name"])
    language = wanted.get("language") or metadata.get("language_info", {}).get("name")
    speaking = [name for name, spec in kernels.items() if spec["spec"]["language"] == language]
    return speaking[0] if len(speaking) == 1 else None


class Kernel:
    """A kernel's websocket; one request at a time."""

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket = socket
        self._session = session

    async def execute(self, code: str) -> CellRun:
        """Run ``code``; returns when the kernel is idle again and has replied."""
        request = await self._request("execute_request", _EXECUTE | {"code": code})
        outputs: list[Output] = []
        status, idle = "", False
        async with asyncio.timeout(SECONDS):
            while not (status and idle):
                message = json.loads(await self._socket.recv())
                if message["parent_header"].get("msg_id") != request:
                    continue
                kind = message["header"]["msg_type"]
                if kind == "execute_reply":
                    status = message["content"]["status"]
                elif kind == "status":
                    idle = message["content"]["execution_state"] == "idle"
                elif kind == "clear_output":
                    outputs.clear()
                elif output := parse_output(message):
                    outputs.append(output)
        return CellRun(status, tuple(outputs))

    async def _request(self, kind: str, content: Json) -> str:
        identity = uuid.uuid4().hex
        header = {
            "msg_id": identity,
            "msg_type": kind,
            "username": "",
            "session": self._session,
            "date": "",
            "version": "5.3",
        }
        await self._socket.send(
            json.dumps(
                {
                    "channel": "shell",
                    "header": header,
                    "parent_header": {},
                    "metadata": {},
                    "content": content,
                    "buffers": [],
                }
            )
        )
        return identity


_EXECUTE: Json = {
    "silent": False,
    "store_history": True,
    "user_expressions": {},
    "allow_stdin": False,
    "stop_on_error": True,
}


class NotebookClient:
    """A person's browser, at one server. Made by :func:`open_client`."""

    def __init__(self, http: httpx.AsyncClient, address: Address) -> None:
        self._http = http
        self._address = address

    async def get(self, path: str) -> Json:
        """Get JSON from the server's API. Raises ``httpx.HTTPStatusError``."""
        answer: Json = await self._json("GET", path)
        return answer

    async def page(self, path: str) -> str:
        """Get a page as text. Raises ``httpx.HTTPStatusError``."""
        return (await self._http.get(path, follow_redirects=True)).raise_for_status().text

    async def run_notebook(self, path: str) -> list[CellRun]:
        """Run the notebook's code cells in order, up to and with the first that fails."""
        notebook = (await self.get("api/contents/" + quote(path)))["content"]
        runs: list[CellRun] = []
        async with self.kernel(path, notebook["metadata"]) as kernel:
            for cell in notebook["cells"]:
                if cell["cell_type"] != "code":
                    continue
                runs.append(await kernel.execute(cell["source"]))
                if runs[-1].error:
                    break
        return runs

    async def run_code(self, code: str) -> CellRun:
        """Run ``code`` in a kernel of its own, which ends afterwards."""
        default = (await self.get("api/kernelspecs"))["default"]
        session = await self._start(f"console-{uuid.uuid4().hex}", default)
        async with self._connect(session) as kernel:
            run = await kernel.execute(code)
        (await self._http.delete(f"api/sessions/{session['id']}")).raise_for_status()
        return run

    @contextlib.asynccontextmanager
    async def kernel(self, path: str, metadata: Json) -> AsyncIterator[Kernel]:
        """Connect to the kernel of the notebook ``path``, started unless it runs already."""
        for session in await self._json("GET", "api/sessions"):
            if session["path"] == path:
                break
        else:
            name = choose_kernel(await self.get("api/kernelspecs"), metadata)
            assert name is not None, f"JupyterLab would ask for a kernel: {metadata}"
            session = await self._start(path, name)
        async with self._connect(session) as kernel:
            yield kernel

    async def _start(self, path: str, kernel: str) -> Json:
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": kernel}}
        session: Json = await self._json("POST", "api/sessions", body)
        return session

    @contextlib.asynccontextmanager
    async def _connect(self, session: Json) -> AsyncIterator[Kernel]:
        name = uuid.uuid4().hex
        channels = f"api/kernels/{session['kernel']['id']}/channels?session_id={name}"
        async with self._socket(channels) as socket:
            yield Kernel(socket, name)

    async def run_in_terminal(self, line: str) -> str:
        """Type ``line`` into a new terminal and return all that it shows until the line is done."""
        # JupyterLab names the folder that its file browser shows; "" is the workspace.
        terminal = await self._json("POST", "api/terminals", {"cwd": ""})
        shown = ""
        async with (
            self._socket(f"terminals/websocket/{terminal['name']}") as socket,
            asyncio.timeout(SECONDS),
        ):
            # What is typed is echoed, so the end is marked by something that only running it gives.
            await socket.send(json.dumps(["stdin", f"{line}; echo done-$((6*7))\r"]))
            while "done-42" not in shown:
                kind, *rest = json.loads(await socket.recv())
                if kind == "stdout":
                    shown += rest[0]
        return shown.split("done-42")[0]

    async def _json(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = await self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def _socket(self, path: str) -> connect:
        base = self._address.base
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
        return connect(
            "ws" + base.removeprefix("http") + path,
            additional_headers={"Authorization": f"token {self._address.token}", "Origin": origin},
            proxy=None,
            max_size=None,
            open_timeout=SECONDS,
        )


@contextlib.asynccontextmanager
async def open_client(base: str, token: str) -> AsyncIterator[NotebookClient]:
    """Speak to the server at ``base`` (ending in a slash) as the person who has ``token``."""
    headers = {"Authorization": f"token {token}"}
    async with httpx.AsyncClient(
        base_url=base, headers=headers, timeout=SECONDS, trust_env=False
    ) as http:
        yield NotebookClient(http, Address(base, token, ""))
