# SPDX-License-Identifier: GPL-3.0-or-later
"""Real git and Git LFS behind the exit: where they get to, and where they do not."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from binder_lite.engines.sandbox import find_bwrap
from binder_lite.errors import HostUnreachable, SourceRefused
from binder_lite.events import Warn
from binder_lite.outgoing.exit import Exit, Judge, Streams, connect_to, exit_at
from binder_lite.sources import lfs
from binder_lite.sources.policy import Policy, look_up
from binder_lite.web import isolated_git
from integration.sources.conftest import (
    Handler,
    Origin,
    Serve,
    Server,
    fetched,
    origin,
    repositories,
    serve,
)
from web_servers import asked_server, http_server

__all__ = ["origin", "repositories", "serve"]

ALL = Policy()
PUBLIC, STORE = "93.184.215.14", "93.184.215.15"
FORGE = "http://forge.example/origin"


@dataclass
class Internet:
    """Names and addresses as a test wants them; some public addresses are servers of ours."""

    servers: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(
        default_factory=lambda: {"forge.example": [PUBLIC], "store.example": [STORE]}
    )
    connected: list[tuple[str, int]] = field(default_factory=list)

    async def look_up(self, host: str, port: int, *, names: bool = True) -> tuple[str, ...]:
        if host not in self.names:
            return await look_up(host, port, names=names)
        answers = self.names[host]
        return (answers.pop(0) if len(answers) > 1 else answers[0],)

    async def connect(self, address: str, port: int, *, tls: bool = False) -> Streams:
        self.connected.append((address, port))
        return await connect_to("127.0.0.1", self.servers.get(address, port))


@pytest.fixture
def internet() -> Internet:
    return Internet()


Monkey = pytest.MonkeyPatch
Behind = Callable[..., contextlib.AbstractAsyncContextManager[None]]


@pytest.fixture
def behind(internet: Internet, tmp_path: Path, monkeypatch: Monkey) -> Behind:
    """Let all git of this process run behind an exit with a policy."""

    @asynccontextmanager
    async def run(policy: Policy = ALL) -> AsyncIterator[None]:
        def made(judge: Judge) -> Exit:
            return Exit(judge, look_up=internet.look_up, connect=internet.connect)

        directory = tmp_path / "web"
        directory.mkdir(mode=0o700)
        # That nobody is led past the exit by it.
        monkeypatch.setenv("no_proxy", "*")
        async with exit_at(directory, policy, await find_bwrap(), made=made) as words:
            for name, value in isolated_git.variables(directory, words).items():
                monkeypatch.setenv(name, value)
            yield

    return run


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@dataclass
class Inner:
    """A server of the machine itself, which nobody may reach."""

    port: int
    asked: list[str]


@pytest.fixture
def inner() -> Iterator[Inner]:
    with asked_server() as (port, asked):
        yield Inner(port, asked)


@pytest.fixture
def forge(origin: Origin, serve: Serve, internet: Internet) -> Server:
    """A forge on the internet that has the repository."""
    server = serve(origin.path.parent)
    internet.servers[PUBLIC] = urlsplit(server.url).port or 0
    return server


@pytest.mark.usefixtures("forge")
async def test_a_public_repository_is_fetched(
    repositories: Path, internet: Internet, behind: Behind
) -> None:
    async with behind():
        got = await fetched(FORGE, repositories)
    assert "index.ipynb" in got.files()
    assert set(internet.connected) == {(PUBLIC, 80)}


@pytest.mark.needs("openssl")
async def test_a_public_repository_is_fetched_by_https(
    origin: Origin, repositories: Path, internet: Internet, behind: Behind, tmp_path: Path,
    monkeypatch: Monkey,
) -> None:  # fmt: skip
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=forge.example", "-addext", "subjectAltName=DNS:forge.example",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("GIT_SSL_CAINFO", str(tmp_path / "cert.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    class Served(Handler):
        served = Server(origin.path.parent)

        def finish(self) -> None:
            super().finish()
            with contextlib.suppress(OSError):
                self.connection.unwrap()

    with http_server(Served, tls=context) as port:
        internet.servers[PUBLIC] = port
        async with behind():
            got = await fetched("https://forge.example/origin", repositories)
            with pytest.raises(SourceRefused, match="leads to a place"):
                await fetched("https://127.0.0.1:8443/origin", repositories)
    assert "index.ipynb" in got.files()
    assert set(internet.connected) == {(PUBLIC, 443)}


@pytest.mark.usefixtures("forge")
async def test_a_name_that_leads_elsewhere_at_the_second_look(
    repositories: Path, internet: Internet, behind: Behind
) -> None:
    internet.names["forge.example"] = [PUBLIC, "127.0.0.1"]
    async with behind():
        with pytest.raises(SourceRefused, match="leads to a place"):
            await fetched(FORGE, repositories)
    assert internet.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/x", "http://localhost:{port}/x", "http://127.1:{port}/x",
        "http://2130706433:{port}/x", "http://[::ffff:127.0.0.1]:{port}/x",
        "http://169.254.169.254/latest", "https://127.0.0.1:{port}/x", "http://near.internal/x",
    ],
)  # fmt: skip
async def test_no_redirect_leads_to_private_networks(
    target: str, repositories: Path, internet: Internet, inner: Inner, behind: Behind
) -> None:
    where = target.format(port=inner.port)
    internet.names["near.internal"] = [PUBLIC]

    class Leading(Quiet):
        def do_GET(self) -> None:
            self.send_response(301)
            self.send_header("Location", f"{where}/info/refs?service=git-upload-pack")
            self.end_headers()

    with http_server(Leading) as internet.servers[PUBLIC]:
        async with behind():
            with pytest.raises(SourceRefused, match="leads to a place"):
                await fetched(FORGE, repositories)
    assert inner.asked == []
    assert internet.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(("allow", "found"), [((), True), ((r"http://forge\.example/.*",), False)])
@pytest.mark.usefixtures("forge")
async def test_a_redirect_on_the_internet_is_followed_as_far_as_the_operator_allows(
    allow: tuple[str, ...], found: bool, repositories: Path, internet: Internet, behind: Behind
) -> None:
    internet.names["moved.example"] = [PUBLIC]
    internet.servers[STORE] = internet.servers[PUBLIC]

    class Leading(Quiet):
        def do_GET(self) -> None:
            self.send_response(301)
            self.send_header("Location", f"http://store.example{self.path}")
            self.end_headers()

    with http_server(Leading) as internet.servers[PUBLIC]:
        async with behind(Policy(allow=allow)):
            if found:
                assert "index.ipynb" in (await fetched(FORGE, repositories)).files()
            else:
                with pytest.raises(SourceRefused):
                    await fetched(FORGE, repositories)


async def test_what_the_operator_names_may_be_near(
    origin: Origin, repositories: Path, serve: Serve, inner: Inner, behind: Behind
) -> None:
    near = serve(origin.path.parent).url
    async with behind(Policy(allow=(f"{near}/.*",))):
        got = await fetched(f"{near}/origin", repositories)
        with pytest.raises(SourceRefused):
            await fetched(f"http://127.0.0.1:{inner.port}/origin", repositories)
    assert "index.ipynb" in got.files()
    assert inner.asked == []


@pytest.mark.usefixtures("forge")
async def test_no_submodule_leads_to_private_networks(
    origin: Origin, repositories: Path, inner: Inner, behind: Behind, tmp_path: Path
) -> None:
    other = Origin.make(tmp_path / "other")
    other.commit({"x": ""})
    origin.git("submodule", "--quiet", "add", str(other.path), "sub")
    url = f"http://127.0.0.1:{inner.port}/other"
    origin.git("config", "--file", ".gitmodules", "submodule.sub.url", url)
    origin.commit()
    async with behind():
        with pytest.raises(SourceRefused):
            await fetched(FORGE, repositories, submodules=True)
    assert inner.asked == []


async def test_a_login_is_given_to_the_forge(
    origin: Origin, repositories: Path, serve: Serve, internet: Internet, behind: Behind
) -> None:
    server = serve(origin.path.parent, login="ada:secret")
    internet.servers[PUBLIC] = urlsplit(server.url).port or 0
    async with behind():
        got = await fetched("http://ada:secret@forge.example/origin", repositories)
    assert "index.ipynb" in got.files()


async def test_without_the_exit_git_gets_nowhere(
    origin: Origin, repositories: Path, serve: Serve, tmp_path: Path, monkeypatch: Monkey
) -> None:
    for name, value in isolated_git.variables(tmp_path, ()).items():
        monkeypatch.setenv(name, value)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(HostUnreachable):
        await fetched(f"{serve(origin.path.parent).url}/origin", repositories)


@pytest.mark.usefixtures("forge")
async def test_nothing_is_left_of_a_git_that_has_ended(repositories: Path, behind: Behind) -> None:
    async with behind():
        before = asyncio.all_tasks()
        await fetched(FORGE, repositories)
        async with asyncio.timeout(30):
            while left := asyncio.all_tasks() - before:
                await asyncio.wait(left, timeout=0.1)


# Git LFS.


@pytest.fixture
def with_lfs(origin: Origin) -> Origin:
    origin.git("lfs", "install", "--local")
    origin.git("lfs", "track", "*.bin")
    origin.commit({"model.bin": b"big data"})
    return origin


def storing(href: str) -> type[Quiet]:
    """Return what answers as a server of Git LFS does, and says that its files are at ``href``."""

    class Storing(Quiet):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            objects = [
                {**each, "actions": {"download": {"href": href}}} for each in asked["objects"]
            ]
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.git-lfs+json")
            self.end_headers()
            self.wfile.write(json.dumps({"transfer": "basic", "objects": objects}).encode())

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"big data")

    return Storing


@pytest.mark.needs("git-lfs")
@pytest.mark.parametrize("allow", [(), (r"http://forge\.example/.*",)])
@pytest.mark.usefixtures("forge")
async def test_files_of_git_lfs_are_fetched(
    allow: tuple[str, ...], with_lfs: Origin, repositories: Path, internet: Internet,
    behind: Behind,
) -> None:  # fmt: skip
    with_lfs.commit({".lfsconfig": "[lfs]\n\turl = http://store.example/lfs\n"})
    with http_server(storing("http://store.example/file")) as internet.servers[STORE]:
        async with behind(Policy(allow=allow)):
            got = await fetched(FORGE, repositories)
    assert got.said(Warn) == ""
    assert (got.directory / "model.bin").read_bytes() == b"big data"
    assert set(internet.connected) == {(PUBLIC, 80), (STORE, 80)}


@pytest.mark.needs("git-lfs")
@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/lfs", "http://localhost:{port}/lfs", "http://[::1]:{port}/lfs",
     "http://0.0.0.0:{port}/lfs", "http://169.254.169.254/lfs", "ssh://git@127.0.0.1:{port}/lfs"],
)  # fmt: skip
@pytest.mark.usefixtures("forge")
async def test_no_lfsconfig_leads_to_private_networks(
    url: str, with_lfs: Origin, repositories: Path, inner: Inner, internet: Internet,
    behind: Behind,
) -> None:  # fmt: skip
    with_lfs.commit({".lfsconfig": f"[lfs]\n\turl = {url.format(port=inner.port)}\n"})
    async with behind():
        got = await fetched(FORGE, repositories)
    assert "could not be fetched" in got.said(Warn)
    assert lfs.is_pointer(got.directory / "model.bin")
    assert inner.asked == []
    assert set(internet.connected) == {(PUBLIC, 80)}


@pytest.mark.needs("git-lfs")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254"])
@pytest.mark.usefixtures("forge")
async def test_no_answer_of_a_server_of_git_lfs_leads_to_private_networks(
    host: str, with_lfs: Origin, repositories: Path, inner: Inner, internet: Internet,
    behind: Behind,
) -> None:  # fmt: skip
    with_lfs.commit({".lfsconfig": "[lfs]\n\turl = http://store.example/lfs\n"})
    with http_server(storing(f"http://{host}:{inner.port}/file")) as internet.servers[STORE]:
        async with behind():
            got = await fetched(FORGE, repositories)
    assert "could not be fetched" in got.said(Warn)
    assert inner.asked == []
    assert set(internet.connected) == {(PUBLIC, 80), (STORE, 80)}


@pytest.mark.needs("git-lfs")
@pytest.mark.usefixtures("forge")
async def test_no_lfsconfig_leads_to_files_of_the_server(
    with_lfs: Origin, repositories: Path, behind: Behind, tmp_path: Path
) -> None:
    """Who knows the hash of another's file could have it, or learn that it is there."""
    other = Origin.make(tmp_path / "private")
    other.git("lfs", "install", "--local")
    other.git("lfs", "track", "*.bin")
    other.commit({"secret.bin": b"secret data"})
    oid = hashlib.sha256(b"secret data").hexdigest()
    with_lfs.git("config", "filter.lfs.clean", "cat")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 11\n"
    with_lfs.commit({"secret.bin": pointer,
                     ".lfsconfig": f"[lfs]\n\turl = file://{other.path}\n"})  # fmt: skip
    async with behind():
        got = await fetched(FORGE, repositories)
    assert "could not be fetched" in got.said(Warn)
    assert lfs.is_pointer(got.directory / "secret.bin")
