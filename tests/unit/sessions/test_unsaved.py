# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.sessions.unsaved import commits_command, parse_status, status_command

STATUS = [
    ("", ()),
    (" M a.ipynb\0", (("changed", "a.ipynb"),)),
    ("M  a\0", (("changed", "a"),)),
    ("?? new file.txt\0", (("new", "new file.txt"),)),
    ("A  a\0 D b\0", (("new", "a"), ("deleted", "b"))),
    ("R  to\0from\0?? c\0", (("renamed", "to"), ("new", "c"))),
    ("C  copy\0of\0 M d\0", (("changed", "copy"), ("changed", "d"))),
    ("UU both\0", (("changed", "both"),)),
    (" M with\nnewline – ü\0", (("changed", "with\nnewline – ü"),)),
    ("?? -> \0", (("new", "-> "),)),
]


@pytest.mark.parametrize(("text", "expected"), STATUS)
def test_parse_status(text: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert parse_status(text) == expected


def test_git_is_told_to_run_nothing_and_to_ask_nobody() -> None:
    for command in (status_command(), commits_command("1f" * 20)):
        assert {"core.fsmonitor=false", "core.hooksPath=/dev/null"} <= set(command.argv)
        assert command.env["GIT_CONFIG_NOSYSTEM"] == "1"
        assert command.env["HOME"] == "/nonexistent"
        assert command.cwd == Path("/home/jovyan/work")


def test_commits_are_counted_that_are_on_no_remote() -> None:
    assert commits_command("abc").argv[-6:] == (
        "--count", "--branches", "HEAD", "^abc", "--not", "--remotes",
    )  # fmt: skip
