# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs as another program sees them: arguments, streams, exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from integration.cli.programs import ADMIN, LAUNCHER, PRETEND, environment, run


def test_help_imports_nothing_of_a_launch() -> None:
    code = (
        "import sys, binder_lite.cli.admin\n"
        "heavy = {'rich', 'httpx', 'nbformat', 'msgspec', 'platformdirs', 'binder_lite.launch'}\n"
        "print(*sorted(heavy & sys.modules.keys()))"
    )
    assert run((sys.executable, "-c", code)).stdout == "\n"


@pytest.mark.parametrize("program", [LAUNCHER, ADMIN])
def test_version_names_program_and_version(program: tuple[str, ...]) -> None:
    done = run(program, "--version")
    assert done.returncode == 0
    assert done.stdout.split()[-1][0].isdigit()


def test_standard_output_has_the_urls_and_nothing_else() -> None:
    done = run(PRETEND, "./ends", "--no-browser")
    assert done.returncode == 3
    assert done.stdout == (
        "To access the notebook, open this file in a browser:\n"
        "    file:///data/open.html\n"
        "or copy and paste one of these URLs:\n"
        "    http://localhost:8890/lab/tree/index.ipynb?token=abc\n"
        " or http://127.0.0.1:8890/lab/tree/index.ipynb?token=abc\n"
    )
    assert done.stderr.splitlines()[0] == "fetching: Looking up ./ends …"
    assert done.stderr.splitlines()[-1] == "    go on with it: binder-lite resume s1"


def test_every_line_of_json_output_is_an_object() -> None:
    done = run(PRETEND, "./ends", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert all({"phase", "kind", "message"} <= event.keys() for event in events)
    assert [event["phase"] for event in events if event["kind"] == "message"] == [
        "fetching",
        "building",
        "launching",
        "ready",
    ]
    assert events[-1]["url"] == "http://localhost:8890/lab/tree/index.ipynb?token=abc"
    assert "workspace: /data/work" in done.stderr


def test_an_error_is_the_last_event_and_the_exit_status() -> None:
    done = run(PRETEND, "./fails", "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, done.stderr) == (44, "")
    assert (last["phase"], last["code"], last["hint"]) == (
        "failed",
        "build-failed",
        "Read the log.",
    )
    assert last["details"] == {
        "command": "uv pip install x",
        "exit_status": 1,
        "last_lines": ["the last line"],
        "log": "/data/build.log",
    }


def test_an_error_is_told_to_a_person_without_traceback() -> None:
    done = run(PRETEND, "./fails")
    assert done.stdout == ""
    assert done.stderr.splitlines()[-5:] == [
        "error: Building x failed.",
        "hint: Read the log.",
        "command: uv pip install x (status 1)",
        "    the last line",
        "log: /data/build.log",
    ]


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_mistake_of_ours_keeps_its_traceback(words: tuple[str, ...]) -> None:
    done = run(PRETEND, "./bug", *words)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("ZeroDivisionError: a mistake of ours")
    if words:
        assert json.loads(done.stdout.splitlines()[-1])["code"] == "internal-error"


def test_a_real_error_of_a_real_launch() -> None:
    done = run(LAUNCHER, "/nonexistent/repository", "--json")
    assert done.returncode == 20
    assert json.loads(done.stdout.splitlines()[-1])["code"] == "repository-not-found"


@pytest.mark.parametrize("words", [("--json",), ()])
def test_a_reader_that_leaves_ends_nothing(words: tuple[str, ...]) -> None:
    command = [*PRETEND, "./ends", *words, "--no-browser"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        command,
        stdout=write_end,
        stderr=subprocess.PIPE,
        env=environment(),
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    os.close(write_end)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_lines_are_written_at_once_and_not_at_the_end() -> None:
    process = subprocess.Popen(
        [*PRETEND, "./slow", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    assert process.stdout
    first = json.loads(process.stdout.readline())
    assert first["phase"] == "fetching"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    process.stdout.close()


@pytest.mark.parametrize("name", ["ascii", "latin-1"])
def test_any_locale_will_do(name: str) -> None:
    command = [*PRETEND, "./ends", "--no-browser"]
    done = subprocess.run(
        command,
        env=environment(PYTHONIOENCODING=name),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.decode(name).splitlines()[0] == "fetching: Looking up ./ends ..."


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_a_signal_ends_the_session_cleanly(number: signal.Signals, status: int) -> None:
    process = subprocess.Popen(
        [*PRETEND, "./ready", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        encoding="utf-8",
    )
    assert process.stdout
    while " or http" not in process.stdout.readline():
        pass
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == status
    assert err.splitlines()[-6:] == [
        "Stopping …",
        "Session s1 is over: stopped.",
        "    workspace: /data/work",
        "    unsaved work:",
        "        changed: index.ipynb",
        "    go on with it: binder-lite resume s1",
    ]


def test_a_session_that_goes_idle_ends_with_status_0() -> None:
    done = run(PRETEND, "./ready", "--no-browser", "--idle-timeout", "0.1")
    assert done.returncode == 0
    assert "Session s1 is over: no activity." in done.stderr


def test_the_chosen_browser_gets_the_file(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {seen}.new && mv {seen}.new {seen}\n')
    browser.chmod(0o755)
    page = tmp_path / "open.html"
    process = subprocess.Popen(
        [*PRETEND, "./ready"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(BROWSER=str(browser), PRETEND_FILE=str(page)),
    )
    try:
        deadline = time.monotonic() + 20
        while not seen.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert seen.read_text() == f"{page.as_uri()}\n"
    finally:
        process.terminate()
        assert process.wait(30) == 143


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_understands_its_completion(shell: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(run(ADMIN, "completion", shell).stdout)
    assert script.stat().st_size > 500
    if shell == "bash":
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_bash_completes_through_the_program_itself() -> None:
    done = run(
        ADMIN,
        _BINDER_LITE_COMPLETE="bash_complete",
        COMP_WORDS="binder-lite launch --engine ",
        COMP_CWORD="3",
    )
    assert done.stdout.split() == ["plain,auto", "plain,guix", "plain,uv"]


def test_doctor_finds_out_whether_this_machine_will_do() -> None:
    done = run(ADMIN, "doctor", "--json")
    checks = {check["name"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert checks["python"]["outcome"] == "ok"
    assert checks["package index"]["outcome"] == "skipped"
    failed = [check for check in checks.values() if check["outcome"] == "failed"]
    assert done.returncode == (1 if failed else 0)
    assert all(check["hint"] for check in failed)


@pytest.mark.needs("git", "bwrap")
def test_doctor_shows_versions_of_what_is_there() -> None:
    done = run(ADMIN, "doctor", "--json")
    checks = {check["name"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert checks["git"]["found"].startswith("git version ")
    assert checks["bubblewrap"]["found"].startswith("bubblewrap ")
    assert checks["uv"]["found"].startswith("uv ")


def test_doctor_names_what_is_missing_and_fails(tmp_path: Path) -> None:
    done = run(ADMIN, "doctor", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "✗ git " in done.stdout
    assert "A launch does not work yet: " in done.stdout
