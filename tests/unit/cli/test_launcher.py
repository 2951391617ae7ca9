# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_lite import launch, planning
from binder_lite.cli.admin import admin_group
from binder_lite.cli.launcher import launch_command
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import EngineUnavailable
from binder_lite.events import Message, Result, Steps
from binder_lite.launch import Request, Running
from binder_lite.planning import Plan
from binder_lite.settings import Settings


class Launches:
    """Takes the place of launch.py: remembers the requests, and ends at once."""

    def __init__(self, plan: Plan) -> None:
        self.requests: list[Request] = []
        self.planned: list[Request] = []
        self._plan = plan

    async def launch(self, request: Request, settings: Settings) -> Steps[Running]:
        self.requests.append(request)
        yield Message("fetching", "Looking up")
        raise EngineUnavailable("No engine.", hint="None.")

    async def plan(self, request: Request, settings: Settings) -> Steps[Plan]:
        self.planned.append(request)
        yield Message("fetching", "Looking up")
        yield Result(self._plan)


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> Iterator[Launches]:
    launches = Launches(plan)
    monkeypatch.setattr(launch, "launch", launches.launch)
    monkeypatch.setattr(planning, "plan", launches.plan)
    yield launches


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run_program(launch_command, "launcher", words, Terminal(out, err))
    return status, out.getvalue(), err.getvalue()


def test_every_option_reaches_the_request(launches: Launches) -> None:
    words = (
        "https://example.org/r.git --ref v1 --path a/b.ipynb --ui notebook --kernel ir "
        "--engine uv --port 8890 --no-network --rebuild --submodules --allow-missing --strict "
        "--trust -- python x.py"
    )
    assert run(*words.split())[0] == 40
    [request] = launches.requests
    source = request.source
    assert (source.url, source.ref, source.path) == (
        "https://example.org/r.git",
        "v1",
        "a/b.ipynb",
    )
    assert request == Request(
        source=source,
        engine="uv",
        ui="notebook",
        kernel="ir",
        port=8890,
        network=False,
        in_place=False,
        rebuild=True,
        submodules=True,
        allow_missing=True,
        strict=True,
        trust=True,
        command=("python", "x.py"),
    )


def test_a_path_is_relative_to_the_working_directory(
    launches: Launches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("--in-place", "./x")
    [request] = launches.requests
    assert (request.source.directory, request.in_place) == (tmp_path / "x", True)


def test_binder_lite_launch_is_the_same_command(launches: Launches) -> None:
    words = ["launch", "--json", "./x", "--", "ls", "-l"]
    out = io.StringIO()
    assert run_program(admin_group, "binder-lite", words[:3], Terminal(out, io.StringIO())) == 40
    assert json.loads(out.getvalue().splitlines()[-1])["code"] == "engine-unavailable"
    run_program(admin_group, "binder-lite", ["launch", *words[2:]], Terminal(out, io.StringIO()))
    assert launches.requests[1].command == ("ls", "-l")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("ftp://x/y",), 10, "error: "),
        (("./x", "--json", "--", "ls"), 12, "standard output"),
        (("./x", "--in-place", "--ref", "v1"), 12, "--in-place"),
    ],
)
def test_bad_input_is_told_before_anything_begins(
    words: tuple[str, ...], status: int, said: str, launches: Launches
) -> None:
    got, out, err = run(*words)
    assert got == status
    assert said in out + err
    assert launches.requests == []


def test_bad_settings_are_an_error_with_a_hint(
    launches: Launches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINDER_LITE_CONFIG", "/nonexistent/config.toml")
    status, _, err = run("./x")
    assert status == 11
    assert "hint: " in err
    assert launches.requests == []


def test_a_dry_run_says_the_plan_and_launches_nothing(launches: Launches) -> None:
    status, out, err = run("--dry-run", "./x")
    assert (status, err) == (0, "fetching: Looking up\n")
    assert out.startswith("Source\n")
    assert launches.requests == []


def test_a_dry_run_with_json_ends_with_the_plan_also_for_a_command(launches: Launches) -> None:
    status, out, _ = run("--dry-run", "--json", "./x", "--", "ls")
    *_, last = [json.loads(line) for line in out.splitlines()]
    assert (status, last["kind"], last["phase"]) == (0, "plan", "waiting")
    assert launches.planned[0].command == ("ls",)
