# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite serve`` as a person runs it, and a forge that it fetches from; both on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from end_to_end.launcher import ADMIN
from integration.login.running import free_port
from integration.sources.conftest import Handler, Server
from web_servers import http_server

_SECONDS = 90


@contextlib.contextmanager
def forge(root: Path) -> Iterator[str]:
    """Serve the bare repositories in ``root`` by HTTP."""
    handler = type("Served", (Handler,), {"served": Server(root)})
    with http_server(handler) as port:
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def serving(
    directory: Path,
    sources: str,
    settings: str = "",
    *,
    port: int | None = None,
    path: str = "/",
    around: Sequence[str] = (),
    data: Path | None = None,
    stops_sessions: bool = True,
    environment_spares: int = 0,
) -> Iterator[str]:
    """Run ``binder-lite serve``, which opens repositories of ``sources``; give its address.

    ``settings`` is more of its settings file, beginning with keys of no table; ``path`` is the
    prefix that they set; ``around`` are words in front of the program, and ``data`` is where its
    data are as we see them. With ``stops_sessions`` nothing goes on afterwards.
    """
    address = f"127.0.0.1:{port or free_port()}"
    config = directory / "serve.toml"
    config.write_text(
        f'bind = "{address}"\ndata = "{directory}/data"\ncache = "{directory}/cache"\n'
        f"spares = 0\nenvironment_spares = {environment_spares}\n"
        f'sources.allow = ["{sources}/.*"]\n{settings}'
    )
    config.chmod(0o600)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BINDER_LITE_")}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [*around, ADMIN, "serve", "--config", str(config)],
            env=kept, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until_healthy(f"http://{address}{path}", process, directory / "log")
        yield f"http://{address}{path}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        if stops_sessions:
            stop_hosts(data or directory / "data")


def until_healthy(server: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server can launch."""
    end = time.monotonic() + _SECONDS
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{server}health").status_code == 200:
                return
        assert process.poll() is None and time.monotonic() < end, log.read_text()[-3000:]
        time.sleep(0.2)


def build_address(server: str, repository: str, ref: str = "main", **query: str) -> str:
    """Return the address that launches a repository with the embedded engine, as events."""
    words = urlencode({"engine": "uv", **query})
    return f"{server}build/git/{quote(repository, safe='')}/{quote(ref)}?{words}"


def follow(address: str, http: httpx.Client | None = None) -> Iterator[dict[str, Any]]:
    """Yield the events of a stream, up to the one that a launch ends with."""
    with contextlib.ExitStack() as stack:
        client = http or stack.enter_context(httpx.Client())
        accept = {"Accept": "text/event-stream"}
        asked = client.stream("GET", address, headers=accept, timeout=120)
        for line in stack.enter_context(asked).iter_lines():
            if line.startswith("data: "):
                event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                yield event
                if event["kind"] in ("ready", "failed"):
                    return
    raise AssertionError("the stream ended before the launch")


def end_of(address: str, http: httpx.Client | None = None) -> dict[str, Any]:
    """Return the event that a launch ends with."""
    *_, last = follow(address, http)
    return last


def stop_hosts(data: Path) -> None:
    """End the sessions, which outlive a server, and wait until they write nothing more."""
    stopped = []
    for file in data.glob("sessions/*/running.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            pid = json.loads(file.read_bytes())["pid"]
            os.kill(pid, signal.SIGTERM)
            stopped.append(pid)
    end = time.monotonic() + _SECONDS
    while any(map(_runs, stopped)) and time.monotonic() < end:
        time.sleep(0.1)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextlib.contextmanager
def short_place() -> Iterator[Path]:
    """Make a directory with a short path, since sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="serve-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)
