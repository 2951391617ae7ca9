# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Index, Origin
from binder_lite.requirements.python.pyproject import Pyproject, parse_pyproject
from binder_lite.requirements.python.requirements_txt import Include

FILE = "pyproject.toml"


def read(text: str) -> Pyproject:
    return parse_pyproject(text, FILE)


@pytest.mark.parametrize(
    "text", ["", "[tool.black]\n", "[tool.poetry]\nname = 'x'\n", "[tool.uv]\npackage = false\n"]
)
def test_configuration_of_tools_declares_nothing(text: str) -> None:
    assert not read(text).declares
    assert not read(text).found.build_files


@pytest.mark.parametrize(
    ("text", "is_installed"),
    [
        ("[build-system]\nrequires = []\n[project]\nname = 'x'", True),
        ("[project]\nname = 'x'", False),
        ("[build-system]\nrequires = []\n[tool.uv]\npackage = false", False),
        ("[build-system]\nrequires = []\n[tool.poetry]\npackage-mode = false", False),
    ],
)
def test_a_build_system_makes_a_project_to_install(text: str, is_installed: bool) -> None:
    assert (read(text).project is not None) is is_installed


def test_the_project_is_editable_and_knows_its_folder() -> None:
    project = parse_pyproject(
        "[build-system]\n[project]\nname = 'X.y'", "sub/pyproject.toml"
    ).project
    assert project is not None
    assert (project.name, project.url, project.local, project.editable) == (
        "x-y",
        "sub",
        True,
        True,
    )


def test_equal_lines_are_told_apart_by_their_tables() -> None:
    found = read(
        """[dependency-groups]
notebook = ["rich"]
[project]
dependencies = [
  "numpy",
  "rich",
]
"""
    ).found
    assert [(item.name, item.origin.line) for item in found.packages] == [
        ("numpy", 5),
        ("rich", 6),
        ("rich", 2),
    ]


@pytest.mark.parametrize(
    ("file", "includes"),
    [
        ('"requirements.txt"', ["requirements.txt"]),
        ('["a.txt", "b.txt"]', ["a.txt", "b.txt"]),
    ],
)
def test_dynamic_dependencies_are_looked_for_in_their_files(file: str, includes: list[str]) -> None:
    parsed = read(
        "[project]\ndynamic = ['dependencies']\n"
        f"[tool.setuptools.dynamic]\ndependencies = {{ file = {file} }}\n"
    )
    assert parsed.includes == tuple(
        Include(name, "requirements", Origin(FILE, 4)) for name in includes
    )
    assert not parsed.found.notices


def test_dynamic_dependencies_without_a_file_are_told() -> None:
    assert "build system" in read("[project]\ndynamic = ['dependencies']").found.notices[0]


def test_what_uv_adds_is_read() -> None:
    found = read(
        """[project]
dependencies = []
[tool.uv]
constraint-dependencies = ["numpy<2"]
override-dependencies = ["x==1"]
[[tool.uv.index]]
url = "https://a.example/simple"
default = true
[[tool.uv.index]]
url = "https://b.example/simple"
"""
    ).found
    assert [(item.name, item.specifier, item.origin.line) for item in found.constraints] == [
        ("numpy", "<2", 4)
    ]
    assert found.indexes == (
        Index("https://a.example/simple", Origin(FILE, 7), "index"),
        Index("https://b.example/simple", Origin(FILE, 10), "extra-index"),
    )
    assert "x==1" in found.notices[0]


def test_other_tools_environments_are_told() -> None:
    found = read("[project]\nname = 'x'\n[tool.hatch.envs.default]\ndependencies = ['x']").found
    assert found.notices == (f"{FILE}: tool.hatch.envs is not read.",)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[project]\ndependencies = ['x==']", f"{FILE}:2"),
        ("[project]\ndependencies = 'x'", "project.dependencies"),
        ("[project]\nrequires-python = '3.9 or so'", f"{FILE}:2"),
        ("[dependency-groups]\nnotebook = [{ include-group = 'none' }]", FILE),
        ("[dependency-groups]\nnotebook = [{ include-group = 'notebook' }]", FILE),
        ("[dependency-groups]\nnotebook = 'x'", FILE),
        ("[dependency-groups]\nnotebook = ['x==']", FILE),
        ("[project\n", "pyproject.toml:1 "),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(BadRequirements) as caught:
        read(text)
    assert place in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["project = 1", "dependency-groups = 1", "[tool]\nuv = []"])
def test_tables_of_another_type_do_no_harm(text: str) -> None:
    assert not read(text).found.packages
