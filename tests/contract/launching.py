# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the driver as a person and reads what it reports; looks at the machine's processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from people import Person

_DRIVER = Path(__file__).with_name("driver.py")
_SECONDS = 120


class Launch:
    """A driver that runs."""

    def __init__(self, process: subprocess.Popen[bytes], report: Path, output: Path) -> None:
        self.process = process
        self._report = report
        self._output = output

    @property
    def reports(self) -> list[dict[str, Any]]:
        """All that was reported so far."""
        lines = self._report.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    @property
    def output(self) -> str:
        """What the command printed so far."""
        return self._output.read_text(errors="replace")

    def wait_for(self, kind: str) -> dict[str, Any]:
        """Return the report of this kind. Raises ``AssertionError`` when it does not come."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            ended = self.process.poll() is not None
            for report in self.reports:
                if report["kind"] == kind:
                    return report
            if ended or (self.reports and self.reports[-1]["kind"] == "failed"):
                break
            time.sleep(0.05)
        told = "\n".join(map(str, self.reports[-30:]))
        raise AssertionError(f"the launcher did not say {kind!r}:\n{told}\n{self.output}")

    def wait_for_output(self, text: str) -> str:
        """Return what the command printed, once that holds ``text``."""
        end = time.monotonic() + _SECONDS
        while text not in self.output and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        assert text in self.output, self.output
        return self.output

    @property
    def messages(self) -> str:
        """All messages so far, one a line."""
        return "\n".join(r["message"] for r in self.reports if r["kind"] == "event")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: what it printed, and what the launcher said of it."""

    output: str
    exit_status: int
    session: str
    directory: Path
    environment: str
    unsaved: tuple[str, ...]
    messages: str = field(repr=False)


@contextlib.contextmanager
def launching(
    person: Person, *, variables: Mapping[str, str] | None = None, **request: Any
) -> Iterator[Launch]:
    """Run a launch for as long as the block lasts; ``request`` is as in ``launch.Request``."""
    with contextlib.ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="driver-", dir=person.home.parent))
        stack.callback(shutil.rmtree, directory)
        report, output = directory / "report", directory / "output"
        receiver = stack.enter_context(report.open("wb")).fileno()
        printed = stack.enter_context(output.open("wb"))
        argv = person.argv(sys.executable, _DRIVER, str(receiver), json.dumps(request, default=str))
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env=person.environment(**(variables or {})),
            cwd="/",
            pass_fds=(receiver,),
            start_new_session=True,
        )
        try:
            yield Launch(process, report, output)
        finally:
            assert process.stdin
            process.stdin.close()
            try:
                process.wait(20)
            finally:
                process.kill()
                process.wait()


def run(person: Person, source: Path, *command: str, **request: Any) -> Ended:
    """Run a command in a session of its own to its end; ``request`` as for :func:`launching`."""
    with launching(person, source=str(source), command=command, **request) as launch:
        running = launch.wait_for("running")
        farewell = launch.wait_for("farewell")
        return Ended(
            output=launch.output,
            exit_status=farewell["exit_status"],
            session=running["session"],
            directory=Path(running["directory"]),
            environment=running["environment"],
            unsaved=tuple(farewell["unsaved"]),
            messages=launch.messages,
        )


def processes_naming(text: str) -> list[str]:
    """Return the command lines of this machine's processes that hold ``text``, our own left out."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if text in line and int(path.parent.name) != os.getpid():
                found.append(line)
    return found


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below ``pid``, itself included."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    """Return those that run; a zombie does not."""
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(pid)
    return found


def all_gone(pids: set[int], seconds: float = 5.0) -> bool:
    """Tell whether all have ended within so many seconds."""
    end = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pids)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a driver as the kernel does when memory runs out."""
    process.send_signal(signal.SIGKILL)
    process.wait()


# What a repository declares where a test does not: little more than a kernel, and the programs
# that tests run.
DECLARED: dict[str, dict[str, str | bytes]] = {
    "uv": {"requirements.txt": "ipykernel\n"},
    "guix": {
        "manifest.scm": "(specifications->manifest\n"
        ' (list "python-ipykernel" "git-minimal" "findutils" "util-linux" "grep" "sed"))\n'
    },
}


def make_repository(
    person: Person, name: str, files: dict[str, str | bytes], engine: str = "uv"
) -> Path:
    """Make a git repository of the person's with these files and what ``engine`` builds from."""
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=person.home.parent))
    for path, content in {**DECLARED[engine], **files}.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        if file.read_bytes().startswith(b"#!"):
            file.chmod(0o755)
    for words in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("-c", "user.name=A Person", "-c", "user.email=person@example.org", "commit", "-qm", "All"),
    ):
        subprocess.run(["git", *words], cwd=directory, check=True)
    return person.own(directory)


__all__ = [
    "Ended", "Launch", "alive", "all_gone", "descendants", "kill", "launching",
    "make_repository", "processes_naming", "run",
]  # fmt: skip
