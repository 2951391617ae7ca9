# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Origin, Requirements
from binder_lite.requirements.python.poetry import git_url, parse_poetry, poetry_specifier
from binder_lite.requirements.toml import parse_toml

HERE = Origin("pyproject.toml", 1)

SPECIFIERS = [
    ("^1.2.3", "<2,>=1.2.3"),
    ("^1.2", "<2,>=1.2"),
    ("^1", "<2,>=1"),
    ("^0.2.3", "<0.3,>=0.2.3"),
    ("^0.0.3", "<0.0.4,>=0.0.3"),
    ("^0.0", "<0.1,>=0.0"),
    ("^0", "<1,>=0"),
    ("~1.2.3", "<1.3,>=1.2.3"),
    ("~1.2", "<1.3,>=1.2"),
    ("~1", "<2,>=1"),
    ("~=1.2", "~=1.2"),
    ("*", ""),
    ("", ""),
    ("1.*", "==1.*"),
    ("1.2.3", "==1.2.3"),
    ("=1.2.3", "==1.2.3"),
    (">=1, <2", "<2,>=1"),
    (">=1 <2", "<2,>=1"),
    (">= 1.2", ">=1.2"),
    ("~2.7 || ^3.6", "<4,>=3.6"),
]


@pytest.mark.parametrize(("poetry", "pep440"), SPECIFIERS)
def test_constraints_become_pep_440(poetry: str, pep440: str) -> None:
    assert poetry_specifier(poetry, HERE) == pep440


@pytest.mark.parametrize("text", ["^", "^x", "latest", ">=1 nonsense", "~"])
def test_a_malformed_constraint_is_refused(text: str) -> None:
    with pytest.raises(BadRequirements, match=r"pyproject\.toml:1"):
        poetry_specifier(text, HERE)


@given(st.text(alphabet="^~<>=!*.,| 0123456789abrcx"))
def test_any_constraint_is_understood_or_refused(text: str) -> None:
    try:
        poetry_specifier(text, HERE)
    except BadRequirements as error:
        assert error.hint


@pytest.mark.parametrize(
    ("url", "rev", "folder", "expected"),
    [
        ("https://example.org/x.git", "", "", "git+https://example.org/x.git"),
        ("https://example.org/x", "v1", "py", "git+https://example.org/x@v1#subdirectory=py"),
        ("git@example.org:owner/x.git", "main", "", "git+ssh://git@example.org/owner/x.git@main"),
        ("git+https://example.org/x", "", "", "git+https://example.org/x"),
        ("ssh://git@example.org:22/x", "", "", "git+ssh://git@example.org:22/x"),
    ],
)
def test_repositories_become_urls(url: str, rev: str, folder: str, expected: str) -> None:
    assert git_url(url, rev, folder) == expected


def read(text: str, *, is_installed: bool = False) -> Requirements:
    document = parse_toml(text, "pyproject.toml")
    groups = ("notebook",)
    return parse_poetry(document, text, "pyproject.toml", groups, is_installed=is_installed)


def test_a_dependency_may_have_several_forms_and_markers() -> None:
    found = read(
        """[tool.poetry.dependencies]
python = ">=3.9"
a = [{ version = "1", python = "<3.10" }, { version = "2", markers = "os_name == 'nt'" }]
b = { version = "*", extras = ["x"], platform = "linux" }
c = { url = "https://example.org/c-1-py3-none-any.whl" }
"""
    )
    assert [(item.name, item.specifier, item.marker) for item in found.packages] == [
        ("a", "==1", 'python_version < "3.10"'),
        ("a", "==2", 'os_name == "nt"'),
        ("b", "", 'sys_platform == "linux"'),
        ("c", "", ""),
    ]
    assert [item.origin.line for item in found.packages] == [3, 3, 4, 5]
    assert found.packages[2].extras == ("x",)
    assert found.python[0].specifier == ">=3.9"


def test_an_extra_named_for_notebooks_is_taken() -> None:
    text = """[tool.poetry.dependencies]
a = { version = "1", optional = true }
b = { version = "1", optional = true }
[tool.poetry.extras]
notebook = ["a"]
"""
    found = read(text)
    assert [item.name for item in found.packages] == ["a"]
    assert found.notices == ("pyproject.toml: optional, not installed: b.",)


def test_references_of_an_installed_project_are_left_to_its_build() -> None:
    text = '[tool.poetry.dependencies]\na = { path = "a" }\nb = "1"\n'
    found = read(text, is_installed=True)
    assert [item.name for item in found.packages] == ["b"]
    assert "a comes with the project" in found.notices[0]
    assert [item.name for item in read(text).packages] == ["a", "b"]


def test_dependencies_listed_in_project_win() -> None:
    found = read('[project]\ndependencies = []\n[tool.poetry.dependencies]\na = "1"\n')
    assert not found.packages
    assert "is not read" in found.notices[0]


def test_a_dependency_of_another_type_is_refused() -> None:
    with pytest.raises(BadRequirements):
        read("[tool.poetry.dependencies]\na = 1\n")
