# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sides of the comparison: our launcher, and what a person would type instead.

Both run in fresh processes with a fresh home, are asked the same questions over HTTP by the same
client, and are stopped before the next one starts. Comparing and printing is left to others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from uv import find_uv_bin

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from end_to_end.notebook_client import open_client

LAUNCHER = Path(sys.executable).with_name("guix-notebook-launcher")
PYTHON = Path(sys.executable).resolve()
_POLL_SECONDS = 0.01
_LONGEST_SECONDS = 300.0
_STOP_SECONDS = 15.0
# What would make one machine's figures differ from another's, or one side's from the other's.
_OURS_TO_SET = ("BINDER_LITE_", "IPYTHON", "JUPYTER", "PYTHON", "UV_CACHE_DIR", "VIRTUAL_", "XDG_")


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository and the imports that its first real cell would do."""

    name: str
    url: str
    imports: str


@dataclass(frozen=True, slots=True)
class Phase:
    """Something that was said or done, and when it began, in seconds from the start."""

    began: float
    what: str


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the start until the server answered, and until two cells had their results."""

    answered: float
    first_cell: float
    imported: float
    phases: tuple[Phase, ...]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the variables of either side: the machine's own, without what tunes Python."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OURS_TO_SET)}
    return {**kept, "HOME": str(home), **more}


@contextlib.contextmanager
def fresh_directory(root: Path) -> Iterator[Path]:
    """Give an empty directory; what was written before is on the disk when the clock starts."""
    directory = Path(tempfile.mkdtemp(dir=root))
    (directory / "home").mkdir()
    os.sync()
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def __call__(self) -> float:
        """Return the seconds."""
        return time.perf_counter() - self._start


@contextlib.contextmanager
def started(
    argv: list[str], env: dict[str, str], cwd: Path, log: Path, stdout: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program for as long as the block lasts; leave nothing of it behind."""
    with log.open("a") as file:
        process = subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=file if stdout is None else stdout,
            stderr=file,
            text=True,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
                break
        if process.stdout:
            process.stdout.close()


def until_answered(base: str, token: str, process: subprocess.Popen[str], log: Path) -> None:
    headers = {"Authorization": f"token {token}"}
    deadline = time.monotonic() + _LONGEST_SECONDS
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as http:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if http.get("api/status").status_code == 200:
                    return
            time.sleep(_POLL_SECONDS)
    sys.exit(f"no server at {base}:\n{log.read_text()}")


async def run_cells(
    base: str, token: str, path: str, imports: str, clock: Clock
) -> tuple[float, float]:
    """Run `1+1`, then the imports, in the notebook's kernel; return when each was done."""
    metadata = {"kernelspec": {"name": "python3"}}
    async with open_client(base, token) as client, client.kernel(path, metadata) as kernel:
        first = await kernel.execute("1+1")
        at_first = clock()
        second = await kernel.execute(imports)
        at_second = clock()
    if first.text != "2" or second.error:
        sys.exit(f"a cell failed: {first.error or first.text!r}, {second.error}")
    return at_first, at_second


class Ours:
    """`guix-notebook-launcher`, with a data directory that is kept from launch to launch."""

    def __init__(self, root: Path, engine: str = "uv") -> None:
        self._root = root
        self._kept = root / "kept"
        self._engine = engine

    @property
    def kept(self) -> Path:
        """The data directory that is kept; its ``cache`` is the cache."""
        return self._kept

    def fill(self, repository: Repository) -> None:
        """Launch once, so that all downloads are in the package cache. Not measured.

        The session lasts until its environment is compiled, as any but the shortest does.
        """
        (self._kept / "home").mkdir(parents=True, exist_ok=True)
        self._launch(repository, self._kept, self._kept, until_compiled=True)

    def first(self, repository: Repository, *, server: bool) -> Times:
        """Launch where nothing but the package cache is there, and maybe the shared server."""
        with fresh_directory(self._root) as directory:
            packages = Path("builds/packages")
            # Where a server was built, it is known which Pythons the machine has.
            carried = [packages, *([Path("pythons"), *self._servers()] if server else ())]
            data = directory / "data"
            for part in carried:
                (data / part).parent.mkdir(parents=True, exist_ok=True)
                (self._kept / part).rename(data / part)
            os.sync()
            try:
                return self._launch(repository, data)
            finally:
                for part in carried:
                    (data / part).rename(self._kept / part)

    def again(self, repository: Repository) -> Times:
        """Launch with all built, in a home that has seen launches before."""
        os.sync()
        return self._launch(repository, self._kept, self._kept)

    def imports(self, repository: Repository) -> str:
        """Return what `-X importtime` prints for the launcher up to the build."""
        with fresh_directory(self._root) as directory:
            argv = [str(PYTHON_OF_LAUNCHER), "-X", "importtime", str(LAUNCHER)]
            env = self._environment(directory, self._kept)
            done = subprocess.run(
                [*argv, repository.url, "--dry-run", "--json"],
                env=env,
                capture_output=True,
                text=True,
                check=True,
            )
            return done.stderr

    def _servers(self) -> list[Path]:
        found = []
        for record in self._kept.glob("environments/*/*/environment.json"):
            if json.loads(record.read_text())["source"] == "the notebook server":
                found.append(record.parent.relative_to(self._kept))
        return found

    def _environment(self, directory: Path, data: Path) -> dict[str, str]:
        cache = data / "cache"
        return environment(
            directory / "home", BINDER_LITE_DATA=str(data), BINDER_LITE_CACHE=str(cache)
        )

    def _launch(
        self,
        repository: Repository,
        data: Path,
        place: Path | None = None,
        *,
        until_compiled: bool = False,
    ) -> Times:
        with fresh_directory(self._root) as fresh:
            directory = place or fresh
            argv = [str(LAUNCHER), repository.url, "--no-browser", "--json"]
            argv += ["--engine", self._engine]
            env = self._environment(directory, data)
            log = directory / "log"
            clock = Clock()
            phases = []
            with started(argv, env, directory, log, subprocess.PIPE) as process:
                assert process.stdout
                event = {"phase": "", "message": ""}
                for line in process.stdout:
                    event = json.loads(line)
                    if event["kind"] in ("message", "warning"):
                        phases.append(Phase(clock(), f"{event['phase']}: {event['message']}"))
                    if event["phase"] in ("ready", "failed"):
                        break
                if event["phase"] != "ready":
                    sys.exit(f"no session: {event}\n{log.read_text()}")
                parts = urlsplit(event["url"])
                base, token = f"http://{parts.netloc}/", parse_qs(parts.query)["token"][0]
                until_answered(base, token, process, log)
                answered = clock()
                cells = run_cells(base, token, event["path"], repository.imports, clock)
                first_cell, imported = asyncio.run(cells)
                compiled = data / "environments" / event["environment"] / "compiled"
                waits = until_compiled and self._engine == "uv"
                while waits and not compiled.exists() and clock() < _LONGEST_SECONDS:
                    time.sleep(0.1)
            return Times(answered, first_cell, imported, tuple(phases))


# The interpreter that the launcher's own first line names, virtual environment and all.
PYTHON_OF_LAUNCHER = Path(sys.executable)


class ByHand:
    """git clone, uv venv, uv pip install, jupyter lab; with a package cache of its own."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept = root / "by-hand"
        self._kept.mkdir()

    def fill(self, repository: Repository) -> None:
        """Install once, with bytecode as after some days of use, and serve once. Not measured."""
        place = self._place(repository)
        place.mkdir()
        with (place / "log").open("a") as log:
            env = self._environment(place)
            for argv in self._steps(repository, place):
                subprocess.run(argv, env=env, cwd=place, check=True, stdout=log, stderr=log)
            argv = [str(place / "venv/bin/python"), "-m", "compileall", "-q", str(place / "venv")]
            subprocess.run(argv, env=env, check=False, stdout=log, stderr=log)
        self.again(repository)

    def first(self, repository: Repository) -> Times:
        """Do all of it."""
        with fresh_directory(self._root) as directory:
            env = self._environment(directory)
            clock = Clock()
            phases = []
            with (directory / "log").open("a") as log:
                for argv in self._steps(repository, directory):
                    phases.append(Phase(clock(), " ".join([Path(argv[0]).name, *argv[1:3]])))
                    subprocess.run(argv, env=env, cwd=directory, check=True, stdout=log, stderr=log)
            return self._serve(repository, directory, env, clock, phases)

    def again(self, repository: Repository) -> Times:
        """Start the server where all is installed."""
        place = self._place(repository)
        os.sync()
        return self._serve(repository, place, self._environment(place), Clock(), [])

    def _place(self, repository: Repository) -> Path:
        return self._kept / repository.name

    def _environment(self, directory: Path) -> dict[str, str]:
        cache = str(self._kept / "cache")
        path = f"{directory / 'venv/bin'}{os.pathsep}{os.environ['PATH']}"
        venv = str(directory / "venv")
        home = directory / "home"
        return environment(home, UV_CACHE_DIR=cache, PATH=path, VIRTUAL_ENV=venv)

    def _steps(self, repository: Repository, directory: Path) -> list[list[str]]:
        uv = find_uv_bin()
        requirements = str(directory / "repository/requirements.txt")
        return [
            ["git", "clone", "--quiet", repository.url, "repository"],
            [uv, "venv", "--python", str(PYTHON), "venv"],
            [uv, "pip", "install", "-r", requirements, "jupyterlab"],
        ]

    def _serve(
        self,
        repository: Repository,
        directory: Path,
        env: dict[str, str],
        clock: Clock,
        phases: list[Phase],
    ) -> Times:
        phases.append(Phase(clock(), "jupyter lab"))
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        argv = [str(directory / "venv/bin/jupyter"), "lab", "--no-browser", f"--port={port}"]
        argv += ["--allow-root"] if os.geteuid() == 0 else []
        base, token, log = f"http://127.0.0.1:{port}/", "bench", directory / "log"
        env = {**env, "JUPYTER_TOKEN": token}
        with started(argv, env, directory / "repository", log) as process:
            until_answered(base, token, process, log)
            answered = clock()
            cells = run_cells(base, token, "index.ipynb", repository.imports, clock)
            first_cell, imported = asyncio.run(cells)
        return Times(answered, first_cell, imported, tuple(phases))
