# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose processes are killed while it launches; what a reader hears, and what is left.

Each process of ``binder-lite serve`` is found from outside, as an operator would find it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from contract.launching import alive, descendants
from end_to_end.launcher import ADMIN
from end_to_end.refusals import make_repository
from end_to_end.repositories import git
from end_to_end.serving import stop_hosts
from integration.login.running import free_port
from integration.sources.conftest import Handler, Server

SECONDS = 120
# How long a build and a server's start go on, in which they are killed.
_HELD_SECONDS = 4
_RETRY_SECONDS = 1.0
# A spare's minute, and the time in which it ends.
_ALONE_SECONDS = 80
_YOUNG_SECONDS = 60
BUILDING = "building, slowly"


class _Web(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of a git that was killed."""


class Forge:
    """Repositories by HTTP; while ``held`` is set, what is asked for is not sent."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.held, self.asked, self.go_on = threading.Event(), threading.Event(), threading.Event()
        (place / "git").mkdir()
        (place / "studies").mkdir()
        forge = self

        class Held(Handler):
            served = Server(place / "git")

            def _smart(self, server: Server, body: bytes) -> None:
                if b"command=fetch" in body and forge.held.is_set():
                    forge.asked.set()
                    forge.go_on.wait(SECONDS)
                super()._smart(server, body)

        self._web = _Web(("127.0.0.1", 0), Held)
        self._thread = threading.Thread(target=self._web.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._web.server_address[1]}"

    def publish(self, name: str, *, slowly: bool = True) -> None:
        """Make a repository that nobody has built; ``slowly``: build and server take a while."""
        study = self.place / "studies" / name
        study.mkdir()
        files = {"requirements.txt": "ipykernel\n"}
        if slowly:
            hold = f"for each in $(seq {4 * _HELD_SECONDS}); do echo '{BUILDING}'; sleep 0.25; done"
            files["postBuild"] = f"#!/bin/sh\n# {name}\n{hold}\n"
            files["start"] = f'#!/bin/sh\nsleep {_HELD_SECONDS}\nexec "$@"\n'
        make_repository(study, files)
        bare = self.place / "git" / f"{name}.git"
        git(self.place, "clone", "--quiet", "--bare", str(study), str(bare))

    def hold(self) -> None:
        """Let nothing be fetched until ``release``."""
        self.asked.clear()
        self.go_on.clear()
        self.held.set()

    def release(self) -> None:
        """Send what is asked for."""
        self.held.clear()
        self.go_on.set()

    def close(self) -> None:
        """Serve no more."""
        self.release()
        self._web.shutdown()
        self._thread.join()
        self._web.server_close()


class Reader(threading.Thread):
    """Follows a launch as a browser does: it comes back when the connection breaks."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._place = ""
        self.events: list[Mapping[str, Any]] = []
        self.left = False
        self.start()

    @property
    def end(self) -> Mapping[str, Any]:
        """The launch's last event, once it was heard."""
        last = self.events[-1] if self.events else {}
        return last if last.get("kind") in ("ready", "failed") else {}

    def run(self) -> None:
        """Follow to the end."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and not self.end and not self.left:
            with contextlib.suppress(httpx.HTTPError):
                self._follow()
            if not self.end:
                time.sleep(_RETRY_SECONDS)

    def _follow(self) -> None:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": self._place}
        timeout = httpx.Timeout(10, read=SECONDS)
        with httpx.stream("GET", self._address, headers=headers, timeout=timeout) as answer:
            if answer.status_code != 200:
                return
            for line in answer.iter_lines():
                if line.startswith("id: "):
                    self._place = line.removeprefix("id: ")
                elif line.startswith("data: "):
                    self.events.append(json.loads(line.removeprefix("data: ")))
                    if self.end:
                        return

    def heard(self, found: Callable[[Mapping[str, Any]], bool]) -> bool:
        """Tell whether an event was such a one."""
        return any(found(event) for event in self.events)


def wait(found: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Wait until this is something, and return it."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, f"not in {seconds:.0f} s: {what}"
        time.sleep(0.02)
    return value


def command(pid: int) -> str:
    """Return a process's command line; "" for one that is gone."""
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    return ""


@dataclass(slots=True)
class Session:
    """A session that was told to be ready."""

    id: str
    url: str
    token: str
    host: int

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask its server, through all that is in front of it."""
        headers = {"Authorization": f"token {self.token}"}
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=20, **more)

    def save(self) -> None:
        """Write a file that is nowhere else."""
        body = {"type": "file", "format": "text", "content": "my work"}
        answer = self.ask("PUT", "api/contents/kept.txt", json=body)
        assert answer.status_code == 201, answer.text

    def has_file(self) -> bool:
        """Tell whether the running session has it."""
        with contextlib.suppress(httpx.HTTPError, ValueError):
            answer = self.ask("GET", "api/contents/kept.txt")
            return answer.status_code == 200 and answer.json()["content"] == "my work"
        return False


@dataclass(slots=True)
class Machine:
    """``binder-lite serve`` and its processes, with all it writes below ``place``."""

    place: Path
    forge: Forge
    spares: int = 0
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def data(self) -> Path:
        """What it keeps."""
        return self.place / "data"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        config = self.place / "serve.toml"
        config.write_text(
            f'bind = "127.0.0.1:{self.port}"\ndata = "{self.data}"\ncache = "{self.place}/cache"\n'
            f'spares = {self.spares}\nsources.allow = ["{self.forge.url}/.*"]\n'
        )
        config.chmod(0o600)
        temporary = self.place / "tmp"
        temporary.mkdir(exist_ok=True)
        temporary.chmod(0o1777)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BINDER_LITE_")}
        with (self.place / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [ADMIN, "serve", "--config", str(config)],
                env={**kept, "TMPDIR": str(temporary)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        wait(self.answers, f"the server answers\n{self.log()}")
        if self.spares:
            wait(self.spare, f"a spare waits\n{self.log()}")

    def answers(self) -> bool:
        """Tell whether it serves. It must not have ended."""
        assert self.process and self.process.poll() is None, self.log()
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}health").status_code == 200
        return False

    def log(self) -> str:
        """Return the end of what it has said."""
        return (self.place / "log").read_text()[-6000:]

    def stop(self) -> None:
        """Stop it as an operator does; sessions go on."""
        assert self.process
        self.process.terminate()
        self.process.wait(60)
        self.process = None

    def launch(self, name: str) -> Reader:
        """Begin to launch a repository."""
        spec = quote(f"{self.forge.url}/{name}.git", safe="")
        return Reader(f"{self.url}build/git/{spec}/main?engine=uv")

    def session(self, reader: Reader) -> Session:
        """Return the session of a launch that is ready."""
        ready = reader.end
        assert ready["kind"] == "ready", ready
        return Session(ready["session"], ready["url"], ready["token"], self.host(ready["session"]))

    # Its processes.

    @property
    def hub(self) -> int:
        """JupyterHub, which is what `binder-lite serve` becomes."""
        assert self.process
        return self.process.pid

    def proxy(self) -> int:
        """configurable-http-proxy."""
        return int((self.data / "hub/proxy.pid").read_text())

    def below_hub(self, word: str) -> int:
        """Return the process below the hub whose command line holds this, 0 for none."""
        for pid in sorted(descendants(self.hub)):
            if word in command(pid) and pid != self.hub:
                return pid
        return 0

    def keeper_of_service(self) -> int:
        """What keeps the service running."""
        return self.below_hub("binder_lite.hub.kept binder_lite.web")

    def service(self) -> int:
        """The service itself."""
        return self.below_hub("binder_lite.hub.with_hub binder_lite.web")

    def keeper_of_spares(self) -> int:
        """What keeps spares ready."""
        return self.below_hub("binder_lite.hub.with_hub binder_lite.hub.spares")

    def gits(self) -> list[int]:
        """git, below the service."""
        below = descendants(self.service()) - {self.service()}
        return [pid for pid in below if "git" in command(pid).split(" ")[0]]

    def builders(self) -> list[int]:
        """What a build runs, below the service."""
        return sorted(descendants(self.service()) - {self.service()})

    def host(self, session: str) -> int:
        """A session's host."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            return int(
                json.loads((self.data / f"sessions/{session}/running.json").read_bytes())["pid"]
            )
        return 0

    def servers(self, host: int) -> list[int]:
        """What runs in the container below a host, its server first."""
        below = sorted(descendants(host) - {host})
        return [pid for pid in below if "bwrap" not in command(pid).split(" ")[0]]

    def spare(self) -> int:
        """A spare that waits."""
        for file in self.data.glob("sessions/*/spare.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                return int(json.loads(file.read_bytes())["pid"])
        return 0

    # What is there.

    def sessions(self) -> set[str]:
        """Return the ids of the sessions."""
        return {file.parent.name for file in self.data.glob("sessions/*/session.json")}

    def builds(self) -> int:
        """Return how many environments were built, ever."""
        return len(list(self.data.glob("environments/*/*/environment.json")))

    def processes(self) -> set[int]:
        """Return all processes that have to do with this server."""
        found = set()
        word = os.fsencode(self.place)
        for directory in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                known = (directory / "cmdline").read_bytes() + (directory / "environ").read_bytes()
                if word in known:
                    found.add(int(directory.name))
        return alive(found - {os.getpid()})

    def left_running(self, hosts: set[int]) -> list[str]:
        """Return what runs when the server has stopped, but for these hosts and what is in them.

        A spare whose keeper was killed ends by itself, within a minute.
        """
        meant = {pid for host in hosts for pid in descendants(host)}
        end = time.monotonic() + _ALONE_SECONDS
        while (left := self.processes() - meant) and time.monotonic() < end:
            time.sleep(0.1)
        return [command(pid)[:200] for pid in left]

    def left_lying(self) -> list[str]:
        """Return what is half made, or of a launch or process that has ended."""
        data, cache = self.data, self.place / "cache"
        # What has been told is kept for a while for who has not heard it.
        under_way = [
            record
            for record in data.glob("web/launches/*")
            if b'"ready": true' not in _text(record)
        ]
        # JupyterHub leaves its own socket, and the next one replaces it.
        sockets = set(data.glob("hub/*.sock")) - {data / "hub/hub.sock"}
        found = [
            *under_way, *sockets, *data.glob("builds/**/staging-*"),
            *data.glob("**/.*.new"),
            *cache.glob("**/tmp_*"), *cache.glob("**/.tmp*"), *cache.glob("**/*.lock"),
            *(self.place / "tmp").iterdir(),
            *(each for each in data.glob("sessions/*") if _was_no_session(each)),
        ]  # fmt: skip
        return [str(each.relative_to(self.place)) for each in found]


def _was_no_session(directory: Path) -> bool:
    """Tell whether a session was never made here, and the server should have removed it by now.

    It leaves alone what is younger than a minute, in which one may be about to be made.
    """
    with contextlib.suppress(FileNotFoundError):
        young = time.time() - directory.stat().st_mtime < _YOUNG_SECONDS
        return not young and not (directory / "session.json").exists()
    return False


def _text(file: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        return file.read_bytes()
    return b""


@contextlib.contextmanager
def machine(place: Path, *, spares: int = 0) -> Iterator[Machine]:
    """Run a server for as long as the block lasts, and end its sessions with it."""
    forge = Forge(place)
    made = Machine(place, forge, spares)
    try:
        made.start()
        yield made
    finally:
        forge.release()
        if made.process:
            made.stop()
        stop_hosts(made.data)
        for pid in made.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        forge.close()
