# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Origin, PythonVersion
from binder_lite.requirements.python.version import (
    parse_python_version_file,
    parse_runtime_txt,
    python_version,
    requires_python,
)

HERE = Origin("f", 1)


@pytest.mark.parametrize(
    ("text", "specifier", "preferred"),
    [
        ("3.10", "==3.10.*", ""),
        ("3", "==3.*", ""),
        ("3.10.4", "==3.10.*", "3.10.4"),
        ("3.13.0rc1", "==3.13.*", "3.13.0rc1"),
        (">=3.9,<4", "<4,>=3.9", ""),
        ("~=3.10", "~=3.10", ""),
    ],
)
def test_a_patch_release_is_preferred_not_binding(
    text: str, specifier: str, preferred: str
) -> None:
    assert python_version(text, HERE) == PythonVersion(specifier, HERE, preferred)


@pytest.mark.parametrize("text", ["", "pypy3.9", "system", "my-env", "3.x", "latest"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert python_version(text, HERE) is None


@pytest.mark.parametrize(
    ("text", "language", "specifiers"),
    [
        ("python-3.10\n", "python", ["==3.10.*"]),
        ("\nPython-3.10.4", "python", ["==3.10.*"]),
        ("r-4.2-2023-06-01", "r", []),
        ("r", "r", []),
        ("python-2.7", "python", ["==2.7.*"]),
        ("nodejs-20", "", []),
        ("python", "", []),
        ("", "", []),
    ],
)
def test_runtime_txt_names_a_language(text: str, language: str, specifiers: list[str]) -> None:
    found_language, found = parse_runtime_txt(text, "runtime.txt")
    assert found_language == language
    assert [version.specifier for version in found.python] == specifiers
    assert bool(found.notices) is (language == "")
    assert found.build_files == ("runtime.txt",)


def test_the_line_of_runtime_txt_is_known() -> None:
    assert parse_runtime_txt("\n\npython-3.10", "f")[1].python[0].origin == Origin("f", 3)


@pytest.mark.parametrize(
    ("text", "specifiers", "notices"),
    [
        ("3.12\n", ["==3.12.*"], 0),
        ("# ours\ncpython@3.12.1\n3.11\n", ["==3.12.*"], 1),
        ("pypy3.10\n3.12\n", ["==3.12.*"], 1),
        ("my-env\n", [], 1),
        ("", [], 0),
    ],
)
def test_python_version_files(text: str, specifiers: list[str], notices: int) -> None:
    found = parse_python_version_file(text, ".python-version")
    assert [version.specifier for version in found.python] == specifiers
    assert len(found.notices) == notices


def test_requires_python_is_a_specifier_or_an_error() -> None:
    assert requires_python(">=3.9", HERE) == PythonVersion(">=3.9", HERE)
    assert requires_python("", HERE) is None
    with pytest.raises(BadRequirements, match="f:1"):
        requires_python("3.9 or so", HERE)
