# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.command import Command, redact

REDACTED = [
    ("https://ada:s3cret@host.example/repo", "https://…@host.example/repo"),
    ("https://s3cret@host.example/repo", "https://…@host.example/repo"),
    ("see https://a:b@x.example and ssh://git@y.example", "see https://…@x.example and ssh://…@y.example"),
    ("http://localhost:8888/lab?token=s3cret&a=1", "http://localhost:8888/lab?token=…&a=1"),
    ("ACCESS_TOKEN=s3cret", "ACCESS_TOKEN=…"),
    ("private_token=s3cret", "private_token=…"),
    ("password=s3cret api_key=k apikey=k", "password=… api_key=… apikey=…"),
    ("mail ada@host.example about tokens", "mail ada@host.example about tokens"),
    ("git@host.example:ada/repo", "git@host.example:ada/repo"),
    ("https://host.example/@scope/x", "https://host.example/@scope/x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REDACTED)
def test_redact(text: str, expected: str) -> None:
    assert redact(text) == expected


@given(st.text())
def test_what_is_redacted_stays_so(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.lists(st.text(alphabet="ab '\"$\\\n*;|&", min_size=1), min_size=1))
def test_a_command_is_shown_as_one_would_type_it(words: list[str]) -> None:
    assert shlex.split(Command(tuple(words)).display()) == words


def test_secrets_are_not_shown() -> None:
    command = Command(("git", "fetch", "https://ada:s3cret@host.example/x"), {"TOKEN": "s3cret"})
    assert "s3cret" not in command.display()


def test_what_is_shown_can_be_another_command() -> None:
    assert Command(("bwrap", "--", "uv"), shown=("uv", "pip")).display() == "uv pip"


def test_variables_are_added_to_a_copy() -> None:
    command = Command(("a",), {"X": "1"}, Path("/tmp"), (3,))
    more = command.with_env(Y="2", X="3")
    assert command.env == {"X": "1"}
    assert (more.env, more.argv, more.cwd) == ({"X": "3", "Y": "2"}, ("a",), Path("/tmp"))
    assert more.pass_fds == (3,)


@pytest.mark.parametrize("argv", [(), ("a\0b",), ("a", "\0")])
def test_what_cannot_be_run_is_no_command(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"command needs|NUL"):
        Command(argv)
