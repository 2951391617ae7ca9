# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
from dataclasses import replace

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from binder_lite import launch
from binder_lite.cli.admin import admin_group, completion_script
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import SessionRunning
from binder_lite.events import Message, Steps
from binder_lite.launch import Running
from binder_lite.sessions.store import Session, write_running, write_session
from binder_lite.settings import Settings, read_settings


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run_program(admin_group, "binder-lite", words, Terminal(out, err))
    return status, out.getvalue(), err.getvalue()


def test_an_unknown_command_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sesions")[0] == 2
    assert "'sessions'" in capsys.readouterr().err


def test_help_lists_the_commands_in_the_order_of_the_story() -> None:
    lines = CliRunner().invoke(admin_group, ["--help"]).output.splitlines()
    start = lines.index("Commands:") + 1
    listed = [line.split()[0] for line in lines[start : start + len(admin_group.commands)]]
    assert listed == [
        "launch", "sessions", "resume", "stop", "requirements", "environments", "manifest", "pin",
        "config", "serve", "doctor", "completion",
    ]  # fmt: skip
    assert not [line for line in lines[start:] if line.endswith("...")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_one_script_completes_both_programs(shell: str) -> None:
    script = completion_script(shell)
    for name in ("GUIX_NOTEBOOK_LAUNCHER", "BINDER_LITE"):
        assert f"_{name}_COMPLETE={shell}_complete" in script
    assert run("completion", shell)[1] == script + "\n"


def completions(words: list[str], incomplete: str) -> list[str]:
    shell = ShellComplete(admin_group, {}, "binder-lite", "_BINDER_LITE_COMPLETE")
    return [item.value for item in shell.get_completions(words, incomplete)]


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ([], "se", ["sessions", "serve"]),
        (["launch"], "--allow", ["--allow-missing"]),
        (["launch", "--engine"], "u", ["uv"]),
        (["launch"], "./fold", ["./fold"]),
        (["completion"], "", ["bash", "zsh", "fish"]),
    ],
)
def test_commands_options_and_choices_are_completed(
    words: list[str], incomplete: str, expected: list[str]
) -> None:
    assert completions(words, incomplete) == expected


def test_resume_takes_a_prefix_tidies_up_and_hands_on_its_options(
    monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    resumed: list[object] = []

    directory = read_settings().sessions / session.id

    async def resume(id: str, settings: Settings, **options: object) -> Steps[Running]:
        resumed.append((id, options))
        assert list((directory / "run").iterdir()) == []
        yield Message("launching", "Starting")
        raise SessionRunning("It runs.")

    monkeypatch.setattr(launch, "resume", resume)
    (directory / "run").mkdir(parents=True)
    (directory / "run" / "left-by-a-crash").touch()
    write_session(replace(session, directory=directory))
    write_running(directory, "http://x/")
    status, _, err = run("resume", "abc", "--ui", "notebook", "--port", "8890", "--no-network")
    assert (status, err) == (51, "launching: Starting\nerror: It runs.\n")
    assert resumed == [("abcdefgh", {"ui": "notebook", "port": 8890, "network": False})]
