# SPDX-License-Identifier: GPL-3.0-or-later
"""Real repositories, and real servers for them on the loopback address."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from binder_lite.events import Event, Step
from binder_lite.sources.git import fetch, resolve
from binder_lite.sources.model import Checkout
from binder_lite.sources.url import parse_source
from web_servers import http_server


def git(directory: Path, *arguments: str) -> str:
    """Run git as a person would, and return what it prints."""
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=directory, check=True, capture_output=True,
    )  # fmt: skip
    return done.stdout.decode(errors="surrogateescape").strip()


@dataclass(frozen=True)
class Origin:
    """A repository with a work tree, to be launched or served."""

    path: Path

    @classmethod
    def make(cls, path: Path, *options: str) -> Origin:
        path.mkdir(parents=True)
        git(path, "init", "--quiet", "--initial-branch=main", *options)
        return cls(path)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes] = {}, message: str = "more") -> str:
        self.write(files)
        git(self.path, "add", "--all")
        git(self.path, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.path, "rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        return git(self.path, *arguments)


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """A repository with one commit."""
    made = Origin.make(tmp_path / "origin")
    made.commit({"index.ipynb": "{}", "data/values.csv": "1,2\n", "README.md": "# Hello\n"})
    return made


@pytest.fixture
def repositories(tmp_path: Path) -> Path:
    """Where mirrors and checkouts are kept."""
    return tmp_path / "cache" / "repositories"


@dataclass
class Fetched:
    """What a launch's first part came to."""

    checkout: Checkout
    events: list[Event]

    @property
    def directory(self) -> Path:
        return self.checkout.directory

    def said(self, kind: type[Event]) -> str:
        return "\n".join(event.message for event in self.events if type(event) is kind)

    def files(self) -> list[str]:
        return files_below(self.directory)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one mebibyte, where root may mount one."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def files_below(directory: Path) -> list[str]:
    return sorted(
        os.path.relpath(os.path.join(parent, name), directory)
        for parent, folders, names in os.walk(directory)
        for name in names
        if ".git" not in Path(parent).relative_to(directory).parts
    )


async def fetched(
    text: str | Path,
    repositories: Path,
    *,
    ref: str | None = None,
    path: str | None = None,
    submodules: bool = False,
) -> Fetched:
    """Parse, resolve and fetch, as a launch does."""
    source = parse_source(str(text), cwd=Path("/"), ref=ref, path=path)
    pinned = await resolve(source)
    step = Step(fetch(pinned, repositories, submodules=submodules))
    events = [event async for event in step]
    return Fetched(step.result, events)


@dataclass
class Server:
    """A web server for the repositories below ``root``."""

    root: Path
    login: str | None = None
    status: int | None = None
    smart: bool = True
    protocols: bool = True
    config: tuple[str, ...] = ()
    # Set, it lets an answer that stopped in its middle go on.
    go_on: threading.Event | None = None
    url: str = ""
    sent: list[int] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Hands requests on to git's own program for web servers."""

    protocol_version = "HTTP/1.0"
    served: Server

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        server = self.served
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        given = self.headers.get("Authorization")
        server.authorizations.append(given)
        if server.status is not None:
            self.send_error(server.status)
        elif server.login and given != "Basic " + base64.b64encode(server.login.encode()).decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.end_headers()
        elif server.smart:
            self._smart(server, body)
        else:
            file = server.root / self.path.split("?")[0].lstrip("/")
            self.send_response(200 if file.is_file() else 404)
            self.end_headers()
            self.wfile.write(file.read_bytes() if file.is_file() else b"")

    def _smart(self, server: Server, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        config = {"GIT_CONFIG_COUNT": str(len(server.config))}
        for number, setting in enumerate(server.config):
            key, _, value = setting.partition("=")
            config |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            env={
                "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **config,
                "GIT_PROJECT_ROOT": str(server.root), "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "" if server.protocols else "",
            },
        )  # fmt: skip
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().splitlines()]
        status = next((value for name, value in headers if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        if server.go_on and self.command == "POST" and len(rest) > 1_000_000:
            half = len(rest) // 2
            self.wfile.write(rest[:half])
            rest = rest[half:]
            server.go_on.wait(30)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(rest)
        server.sent.append(len(rest))


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start web servers; they end with the test."""
    with contextlib.ExitStack() as stack:

        def start(root: Path, **options: object) -> Server:
            server = Server(root, **options)  # type: ignore[arg-type]
            handler = type("ServedHandler", (Handler,), {"served": server})
            port = stack.enter_context(http_server(handler))
            server.url = f"http://127.0.0.1:{port}"
            return server

        yield start
