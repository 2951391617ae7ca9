# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from binder_lite.engines.uv.commands import install_command, venv_command

UV, VENV = PurePosixPath("/uv"), PurePosixPath("/builds/venv")


def install(**options: Any) -> tuple[str, ...]:
    values = {"build": False, "copy": False, "cwd": PurePosixPath("/input"), **options}
    constraints = values.pop("constraints", None)
    return install_command(UV, VENV, PurePosixPath("/r.txt"), constraints, {}, **values).argv


def test_wheels_are_unpacked_without_running_any_code() -> None:
    words = install()
    assert "--no-build" in words
    assert "--link-mode=hardlink" in words
    assert "--no-config" in words
    assert "--requirements=/r.txt" in words


def test_what_runs_code_shares_no_file_with_the_cache() -> None:
    words = install(build=True, copy=True)
    assert "--no-build" not in words
    assert "--link-mode=copy" in words


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"resolve": False}, "--no-deps"),
        ({"prereleases": True}, "--prerelease=allow"),
        ({"constraints": PurePosixPath("/c.txt")}, "--constraints=/c.txt"),
    ],
)
def test_an_option_adds_its_word_and_nothing_else(options: dict[str, Any], word: str) -> None:
    assert set(install(**options)) - set(install()) == {word}


def test_an_environment_does_not_name_its_own_path() -> None:
    words = venv_command(UV, Path("/usr/bin/python3"), VENV, {}).argv
    assert "--relocatable" in words
    assert words[-2:] == ("--", "/builds/venv")
