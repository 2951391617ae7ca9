# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from collections.abc import Sequence

import pytest

from binder_lite.cli import doctor
from binder_lite.cli.admin import admin_group
from binder_lite.cli.checks.model import Check
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.settings import Settings

OK = Check("git", "ok", "git version 2.39.5", "never shown")
SKIPPED = Check("guix", "skipped", "not found", "The embedded engine is used.")
WARNING = Check("git-lfs", "warning", "not found", "Install it with:\n  sudo apt install git-lfs")
FAILED = Check("bubblewrap", "failed", "not found", "Install it.")


@pytest.mark.parametrize(
    ("checks", "status", "end"),
    [
        ([OK, SKIPPED, WARNING], 0, "A launch works here."),
        ([OK, FAILED], 1, "A launch does not work yet: bubblewrap."),
    ],
)
def test_only_what_no_launch_can_do_without_is_a_failure(
    checks: Sequence[Check], status: int, end: str
) -> None:
    assert doctor.exit_status(checks) == status
    assert doctor.checks_text(checks, 80).splitlines()[-1] == end


def test_findings_are_aligned_and_hints_shown_where_there_is_something_to_do() -> None:
    assert doctor.checks_text([OK, SKIPPED, WARNING, FAILED], 80).splitlines()[:-2] == [
        "✓ git         git version 2.39.5",
        "· guix        not found",
        "    The embedded engine is used.",
        "! git-lfs     not found",
        "    Install it with:",
        "      sudo apt install git-lfs",
        "✗ bubblewrap  not found",
        "    Install it.",
    ]


def test_prose_is_folded_and_what_is_to_be_copied_is_not() -> None:
    command = "  sudo install -m 644 /usr/share/a-long/path-with-hyphens /etc/apparmor.d/"
    check = Check("user namespaces", "failed", "word " * 10, "prose " * 10 + "\n" + command)
    lines = doctor.checks_text([check], 40).splitlines()
    assert f"    {command}" in lines
    assert all(len(line) <= 40 for line in lines if command not in line)


def test_foreign_text_brings_no_escapes() -> None:
    assert "\x1b" not in doctor.checks_text([Check("a", "ok", "\x1b[2Jx")], 80)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    found = [OK, FAILED]

    async def examine(settings: Settings, *, network: bool = False) -> list[Check]:
        return [*found, Check("package index", "ok" if network else "skipped", "-")]

    monkeypatch.setattr(doctor, "examine", examine)
    return found


def run(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    return run_program(
        admin_group, "binder-lite", ["doctor", *words], Terminal(out)
    ), out.getvalue()


def test_the_command_fails_when_a_launch_would(found: list[Check]) -> None:
    status, out = run()
    assert (status, "✗ bubblewrap" in out) == (1, True)
    found.remove(FAILED)
    assert run()[0] == 0


def test_a_program_gets_one_object_for_each_check(found: list[Check]) -> None:
    status, out = run("--json", "--network")
    assert status == 1
    assert [json.loads(line) for line in out.splitlines()] == [
        {"name": "git", "outcome": "ok", "found": "git version 2.39.5", "hint": "never shown"},
        {"name": "bubblewrap", "outcome": "failed", "found": "not found", "hint": "Install it."},
        {"name": "package index", "outcome": "ok", "found": "-", "hint": ""},
    ]
