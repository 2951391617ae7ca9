# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of an environment's own waits, and goes on as if it had just been started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from binder_lite.inside import session

_SERVER = """
import json, os, sys
said = {"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "path": sys.path}
said["real"] = "real" in sys.modules
print(json.dumps(said))
"""


@dataclass(slots=True)
class Waiting:
    """A server's program that was started to wait; ``place`` is its home."""

    place: Path
    program: Path
    process: subprocess.Popen[str]
    channel: int

    def wait(self) -> None:
        """Wait until it waits."""
        end = time.monotonic() + 60
        while not (self.place / "waiting").exists():
            assert self.process.poll() is None and time.monotonic() < end
            time.sleep(0.02)

    def tell(self, argv: list[str], **more: Any) -> dict[str, Any]:
        """Give it its assignment, and return what its program says of itself."""
        told = {"env": {"TOLD": "1"}, "cwd": str(self.place), "argv": argv, **more}
        os.write(self.channel, json.dumps(told).encode() + b"\n")
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        said: dict[str, Any] = json.loads(out)
        return said


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Waiting]]:
    started: list[Waiting] = []

    def begin(code: str = _SERVER, **more: str) -> Waiting:
        program = tmp_path / "server"
        program.write_text(f"#!{sys.executable}\n{code}")
        program.chmod(0o755)
        read_end, write_end = os.pipe()
        env = {
            "HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
            "OWN": "the wrapper's",
            "PYTHONPATH": f"{session.WAITING}:{session.DEFERRED}:{tmp_path / 'more'}",
            session.WAITS: f"{read_end}:{tmp_path / 'waiting'}:{program}",
            **more,
        }
        process = subprocess.Popen(
            [str(program), "--version"], env=env, pass_fds=(read_end,),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        os.close(read_end)
        started.append(Waiting(tmp_path, program, process, write_end))
        return started[-1]

    yield begin
    for each in started:
        os.close(each.channel)
        each.process.kill()
        each.process.communicate()


def test_it_goes_on_with_what_it_is_told(start: Callable[..., Waiting]) -> None:
    waiting = start()
    waiting.wait()
    said = waiting.tell([str(waiting.program), "--port", "0"], files={"a/b": "c"})
    assert said["argv"] == ["--port", "0"]
    assert said["cwd"] == str(waiting.place)
    assert (said["env"]["TOLD"], said["env"]["OWN"]) == ("1", "the wrapper's")
    assert (waiting.place / "a/b").read_text() == "c"


def test_what_it_starts_finds_nothing_of_ours(start: Callable[..., Waiting]) -> None:
    waiting = start()
    said = waiting.tell([str(waiting.program)])
    assert said["env"]["PYTHONPATH"] == str(waiting.place / "more")
    assert session.WAITS not in said["env"]
    assert not {session.WAITING, session.DEFERRED} & set(said["path"])


def test_the_module_that_it_comes_before_is_imported_too(
    start: Callable[..., Waiting], tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/real.py").touch()
    (tmp_path / "more/sitecustomize.py").write_text("import real")
    waiting = start()
    assert waiting.tell([str(waiting.program)])["real"] is True


def test_another_program_takes_its_place(start: Callable[..., Waiting]) -> None:
    waiting = start("raise SystemExit('not this one')")
    code = 'import json, os; print(json.dumps({"told": os.environ["TOLD"]}))'
    assert waiting.tell([sys.executable, "-c", code]) == {"told": "1"}


def test_without_an_assignment_the_server_never_starts(start: Callable[..., Waiting]) -> None:
    waiting = start()
    waiting.wait()
    os.close(waiting.channel)
    waiting.channel = os.open("/dev/null", os.O_WRONLY)
    out, _err = waiting.process.communicate(timeout=60)
    assert (waiting.process.returncode, out) == (0, "")


def test_a_server_that_cannot_wait_does_not_go_on(start: Callable[..., Waiting]) -> None:
    waiting = start(**{session.WAITS: "nonsense"})
    out, err = waiting.process.communicate(timeout=60)
    assert (waiting.process.returncode, out) == (1, "")
    assert "ValueError" in err
