# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file counts where several do; what each says is its own module's test."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import pytest

from binder_lite.errors import BadRequirements, LaunchError, UnsafePath
from binder_lite.requirements.model import Requirements
from binder_lite.requirements.reading import read_requirements
from binder_lite.requirements.yaml import LARGEST_YAML

PROJECT = (
    "[build-system]\nrequires = []\n[project]\nname = 'own'\ndependencies = ['from-pyproject']\n"
)
# The files of Python, of highest authority first, each asking for one package of its own.
LADDER = {
    "manifest.scm": ('(specifications->manifest (list "python-from-guix"))', "from-guix"),
    "guix.scm": ("(package (inputs (list python-from-guix-scm)))", "from-guix-scm"),
    "environment.yml": ("dependencies: [from-conda]", "from-conda"),
    "environment.yaml": ("dependencies: [from-conda-too]", "from-conda-too"),
    "Pipfile.lock": ('{"default": {"from-pipfile-lock": {}}}', "from-pipfile-lock"),
    "Pipfile": ("[packages]\nfrom-pipfile = '*'", "from-pipfile"),
    "pylock.toml": (
        "lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = 'from-pylock'\n"
        "archive = { url = 'https://a.example/x.zip', hashes = { sha256 = 'ab' } }",
        "from-pylock",
    ),
    "requirements.txt": ("from-requirements", "from-requirements"),
    "pyproject.toml": (
        "[project]\nname = 'x'\ndependencies = ['from-pyproject']",
        "from-pyproject",
    ),
    "setup.cfg": ("[options]\ninstall_requires = from-setup-cfg", "from-setup-cfg"),
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def names(found: Requirements) -> list[str]:
    return [item.name or item.url for item in found.packages]


@pytest.mark.parametrize("first", range(len(LADDER)))
def test_the_first_file_counts_and_the_others_are_told(tmp_path: Path, first: int) -> None:
    files = list(LADDER)[first:]
    found = read_requirements(write(tmp_path, {name: LADDER[name][0] for name in files}))
    assert names(found) == [LADDER[files[0]][1]]
    assert found.build_files == (files[0],)
    assert {file for file, _ in found.ignored_files} == set(files[1:])
    assert all(reason == f"{files[0]} comes first" for _, reason in found.ignored_files)


@pytest.mark.parametrize(
    ("lock", "content"),
    [
        ("uv.lock", "[[package]]\nname='a'\nversion='1'\nsource={registry='x'}"),
        ("poetry.lock", "[[package]]\nname='a'\nversion='1'"),
    ],
)
def test_a_lock_pins_its_pyproject_and_counts_before_requirements_txt(
    tmp_path: Path, lock: str, content: str
) -> None:
    files = {lock: content, "requirements.txt": "b", "pyproject.toml": LADDER["pyproject.toml"][0]}
    found = read_requirements(write(tmp_path, files))
    assert names(found) == ["from-pyproject"]
    assert [item.name for item in found.constraints] == ["a"]
    (tmp_path / "pyproject.toml").unlink()
    assert names(read_requirements(tmp_path)) == ["b"]


@pytest.mark.parametrize("project", ["pyproject.toml", "setup.py"])
@pytest.mark.parametrize(
    ("requirements", "expected"),
    [("a", ["a", "own"]), ("a\n-e .[x]", ["a", "."]), ("a\n.", ["a", "."])],
)
def test_the_project_is_installed_beside_requirements_txt_once(
    tmp_path: Path, project: str, requirements: str, expected: list[str]
) -> None:
    text = PROJECT if project == "pyproject.toml" else "setup(name='own')"
    found = read_requirements(write(tmp_path, {"requirements.txt": requirements, project: text}))
    assert names(found) == expected
    assert found.reads_tree
    assert found.build_files == ("requirements.txt", project)


def test_in_a_binder_directory_the_project_is_not_installed_unasked(tmp_path: Path) -> None:
    files = {"binder/requirements.txt": "a", "pyproject.toml": PROJECT}
    found = read_requirements(write(tmp_path, files))
    assert names(found) == ["a"]
    assert not found.reads_tree
    assert found.ignored_files == (("pyproject.toml", "only files in binder/ count"),)


@pytest.mark.parametrize("name", ["Dockerfile", "default.nix"])
def test_what_nothing_here_builds_is_in_charge_only_when_alone(tmp_path: Path, name: str) -> None:
    found = read_requirements(write(tmp_path, {name: "", "a.py": "import x1"}))
    assert [origin.file for _, origin in found.foreign] == [name]
    assert not found.guessed
    found = read_requirements(write(tmp_path, {"requirements.txt": "a"}))
    assert not found.foreign
    assert [file for file, _ in found.ignored_files] == [name]


@pytest.mark.parametrize(
    ("files", "language"),
    [
        ({"Project.toml": ""}, "julia"),
        ({"JuliaProject.toml": "", "Dockerfile": ""}, "julia"),
        ({"DESCRIPTION": "Package: x\n"}, "r"),
        ({"install.R": ""}, "r"),
        ({"runtime.txt": "r-4.1-2022-01-01"}, "r"),
    ],
)
def test_other_languages_are_in_charge_and_requirements_txt_is_read_beside(
    tmp_path: Path, files: dict[str, str], language: str
) -> None:
    found = read_requirements(write(tmp_path, files | {"requirements.txt": "a", "setup.py": ""}))
    assert [name for name, _ in found.foreign] == [language]
    assert [each.name for each in found.packages if each.language == "python"] == ["a"]
    assert "setup.py" in dict(found.ignored_files)


def test_a_description_that_is_not_r_s_is_none(tmp_path: Path) -> None:
    found = read_requirements(
        write(tmp_path, {"DESCRIPTION": "Our paper.\n", "requirements.txt": "a"})
    )
    assert not found.foreign


def test_conda_serves_r_s_environment_too(tmp_path: Path) -> None:
    files = {"install.R": "", "environment.yml": "dependencies: [a]", "requirements.txt": "b"}
    found = read_requirements(write(tmp_path, files))
    assert names(found) == ["a"]
    assert found.foreign


@pytest.mark.parametrize(
    ("files", "specifiers"),
    [
        ({"runtime.txt": "python-3.10", ".python-version": "3.12"}, ["==3.10.*"]),
        ({".python-version": "3.12"}, ["==3.12.*"]),
        ({"runtime.txt": "nonsense", ".python-version": "3.12"}, ["==3.12.*"]),
        (
            {"environment.yml": "dependencies: [python=3.9]", "runtime.txt": "python-3.10"},
            ["==3.9.*"],
        ),
        (
            {"environment.yml": "dependencies: [python>=3.9]", "runtime.txt": "python-3.10"},
            [">=3.9", "==3.10.*"],
        ),
        (
            {"requirements.txt": "", "pyproject.toml": "[project]\nrequires-python='>=3.9'"},
            [],
        ),
    ],
)
def test_the_most_telling_file_says_the_version_of_python(
    tmp_path: Path, files: dict[str, str], specifiers: list[str]
) -> None:
    found = read_requirements(write(tmp_path, files))
    assert [version.specifier for version in found.python] == specifiers


def test_a_notebook_s_own_metadata_is_added_to_what_is_declared(tmp_path: Path) -> None:
    script = "# /// script\n# dependencies = ['b']\n# ///\n"
    files = {"requirements.txt": "a", "x.py": script}
    found = read_requirements(write(tmp_path, files), notebook="x.py")
    assert names(found) == ["a", "b"]
    assert "says itself" in found.notices[0]
    assert names(read_requirements(tmp_path)) == ["a"]


def test_a_named_folder_brings_its_own_environment(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "a",
        "sub/requirements.txt": "b\n-e .",
        "sub/setup.py": "setup(name='own')",
        "other/x.ipynb": "",
        "deep/binder/requirements.txt": "c",
    }
    root = write(tmp_path, files)
    found = read_requirements(root, folder="sub")
    assert [item.url or item.name for item in found.packages] == ["b", "sub"]
    assert found.directory == "sub"
    assert names(read_requirements(root, folder="other")) == ["a"]


def test_a_large_declaration_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": ""})
    with (tmp_path / "requirements.txt").open("wb") as file:
        file.truncate(11 * 1024 * 1024)
    with pytest.raises(BadRequirements, match="larger than 10 MB"):
        read_requirements(tmp_path)


@pytest.mark.parametrize("name", [*LADDER, "apt.txt", "postBuild", "start", "runtime.txt"])
def test_no_file_is_read_through_a_link_that_leaves(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / name).symlink_to("../secret")
    with pytest.raises(UnsafePath, match="leads outside"):
        read_requirements(tmp_path / "checkout")


HALF_A_MEGABYTE = 500_000
PATTERNS = {
    "spaces": "x" + " " * HALF_A_MEGABYTE + "y",
    "indented": " " * HALF_A_MEGABYTE + "x",
    "brackets": "x" + "[" * HALF_A_MEGABYTE,
    "quotes": '"' * HALF_A_MEGABYTE,
    "dots": "a." * (HALF_A_MEGABYTE // 2) + "=",
    "commas": "x = " + "a, " * (HALF_A_MEGABYTE // 3) + "!",
    "slashes": "a/" * (HALF_A_MEGABYTE // 2) + ":",
    "comments": "#|" * (HALF_A_MEGABYTE // 2),
    "lines": "\n" * HALF_A_MEGABYTE,
    "many": "".join(f"a{n}\n" for n in range(HALF_A_MEGABYTE // 7)),
    "imports": "".join(f"import a{n}\n" for n in range(HALF_A_MEGABYTE // 13)),
    "import spaces": "(\nimport a" + " " * HALF_A_MEGABYTE + "!",
    "installs": "!pip install x -" + " -" * (HALF_A_MEGABYTE // 2),
}


@pytest.mark.parametrize("name", [*LADDER, "uv.lock", "setup.py", "apt.txt", "x.py", "x.ipynb"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_nonsense_takes_long(tmp_path: Path, name: str, pattern: str) -> None:
    text = PATTERNS[pattern]
    if name == "environment.yml":
        text = "dependencies:\n- " + text[: LARGEST_YAML - 100].replace("\n", "\n- ")
    elif name == "x.ipynb":
        text = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": text}]})
    write(tmp_path, {name: text})
    if name == "uv.lock":
        write(tmp_path, {"pyproject.toml": PROJECT})
    before = time.process_time()
    with contextlib.suppress(LaunchError):
        read_requirements(tmp_path)
    assert time.process_time() - before < 10


def test_an_empty_folder_asks_for_nothing(tmp_path: Path) -> None:
    assert read_requirements(tmp_path) == Requirements()
