# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import click
import pytest
from click.testing import CliRunner

from binder_lite import launch
from binder_lite.cli import options
from binder_lite.cli.launcher import launch_command


def parsed(*words: str) -> dict[str, object]:
    """Return the parameters that the launcher would be called with."""
    return dict(launch_command.make_context("launcher", list(words)).params)


def test_the_choices_are_those_of_a_launch() -> None:
    assert set(options.ENGINES) == set(get_args(launch.EngineChoice))
    assert set(options.UIS) == set(get_args(launch.Ui))


@pytest.mark.parametrize(
    ("words", "source", "program"),
    [
        (["src"], "src", ()),
        (["src", "--"], "src", ()),
        (["src", "--", "ls", "-l", "--", "x"], "src", ("ls", "-l", "--", "x")),
        (["--ref", "v1", "src", "--", "--json"], "src", ("--json",)),
    ],
)
def test_what_follows_two_dashes_is_the_program(
    words: list[str], source: str, program: Sequence[str]
) -> None:
    params = parsed(*words)
    assert (params["source"], params["program"]) == (source, program)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--", "ls"],
        ["one", "two"],
        ["src", "--engine", "conda"],
        ["src", "--ui", "rstudio"],
        ["src", "--port", "70000"],
        ["src", "--idle-timeout", "-1"],
        ["src", "--no-such-option"],
    ],
)
def test_what_makes_no_sense_is_wrong_usage(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        parsed(*words)


def test_the_defaults_are_those_of_a_launch() -> None:
    params = parsed("src")
    for name in ("engine", "ui", "kernel", "port", "network", "in_place", "rebuild", "submodules",
                 "allow_missing", "strict", "trust"):  # fmt: skip
        field = launch.Request.__dataclass_fields__[name]
        assert params[name] == field.default, name
    assert (params["ref"], params["path"], params["browser"]) == (None, None, True)


def test_options_say_the_opposite_of_what_they_switch_off() -> None:
    params = parsed("src", "--no-network", "--no-browser")
    assert (params["network"], params["browser"]) == (False, False)


def test_help_shows_every_option_under_a_heading_and_examples_as_they_are_typed() -> None:
    text = CliRunner().invoke(launch_command, ["--help"]).output
    headings = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert headings == [
        "Source:", "Environment:", "Session:", "Output:", "General:", "Examples:",
    ]  # fmt: skip
    assert "SOURCE [-- COMMAND …]" in text.splitlines()[0]
    for parameter in launch_command.params:
        if isinstance(parameter, click.Option):
            assert f"  {parameter.opts[0]}" in text or parameter.opts[0] in text
    examples = [line for line in text.splitlines() if line.startswith("    guix-notebook-")]
    assert len(examples) >= 6
    assert all(len(line) <= 80 for line in text.splitlines())
