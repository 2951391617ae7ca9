# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path

import pytest

from binder_lite.requirements.guessing import guess_requirements, package_of, read_inline_metadata
from binder_lite.requirements.model import Requirements
from binder_lite.requirements.python.import_names import NOT_ON_PYPI, PACKAGE_OF_MODULE
from binder_lite.requirements.tree import Tree


def write(root: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Tree(root)


def notebook(*sources: str, language: str = "python") -> str:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    metadata = {"language_info": {"name": language}}
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells}, indent=1)


def names(found: Requirements) -> list[str]:
    return [item.name for item in found.packages]


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("numpy", "numpy"),
        ("sklearn.linear_model.Ridge", "scikit-learn"),
        ("cv2", "opencv-python-headless"),
        ("mpl_toolkits.mplot3d.Axes3D", "matplotlib"),
        ("mpl_toolkits.basemap", "basemap"),
        ("google.cloud.storage.Client", "google-cloud-storage"),
        ("ruamel.yaml.YAML", "ruamel.yaml"),
    ],
)
def test_a_module_belongs_to_a_package(module: str, package: str) -> None:
    assert package_of(module) == (package, "")


@pytest.mark.parametrize("module", ["google.colab.drive", "_private", "osgeo.gdal", "win32api"])
def test_a_module_that_no_package_brings_says_why(module: str) -> None:
    assert package_of(module)[1]


def test_no_module_is_in_two_tables() -> None:
    assert not PACKAGE_OF_MODULE.keys() & NOT_ON_PYPI.keys()
    assert all(package == package.lower() for package in PACKAGE_OF_MODULE.values())


def test_the_repository_s_own_modules_are_not_packages(tmp_path: Path) -> None:
    code = "import near, below, package, folder, far, unrelated, os, distutils, elsewhere"
    tree = write(
        tmp_path,
        {
            "a/main.py": code,
            "a/near.py": "",
            "a/b/below.py": "",
            "src/package/__init__.py": "",
            "folder/x.py": "",
            "x/y/far.py": "",
            "x/elsewhere/z.py": "",
        },
    )
    # A folder without __init__.py that is not at the top is no package of anyone's.
    assert names(guess_requirements(tree, None)) == ["unrelated", "elsewhere"]


def test_the_notebook_to_open_comes_first(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a.py": "import a1", "b.ipynb": notebook("import b1")})
    assert names(guess_requirements(tree, "b.ipynb")) == ["b1", "a1"]


def test_what_is_not_run_is_not_read(tmp_path: Path) -> None:
    files = [
        "setup.py",
        "tests/test_a.py",
        "docs/conf.py",
        ".hidden/a.py",
        "venv/x.py",
        "build/x.py",
    ]
    assert (
        guess_requirements(write(tmp_path, dict.fromkeys(files, "import x1")), None)
        == Requirements()
    )


def test_an_installation_with_a_version_counts_more_than_an_import(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a.ipynb": notebook("import x", "%pip install 'x>=2' y")})
    found = guess_requirements(tree, None)
    assert [(item.name, item.specifier) for item in found.packages] == [("x", ">=2"), ("y", "")]


@pytest.mark.parametrize(
    "line", ["!apt-get install x", "%conda install x", "%pip install ./x", "%pip install x=="]
)
def test_what_a_notebook_installs_otherwise_is_told(tmp_path: Path, line: str) -> None:
    found = guess_requirements(write(tmp_path, {"a.ipynb": notebook(line)}), None)
    assert not found.packages
    assert found.notices[0].startswith("a.ipynb:")


def test_an_optional_import_is_wanted_where_another_file_needs_it(tmp_path: Path) -> None:
    optional = "try:\n  import x1\nexcept ImportError:\n  x1 = None\n"
    tree = write(tmp_path, {"a.py": optional, "b.py": "import x1"})
    found = guess_requirements(tree, None)
    assert names(found) == ["x1"]
    assert not found.notices
    alone = guess_requirements(write(tmp_path / "alone", {"a.py": optional}), None)
    assert not alone.packages
    assert "x1" in alone.notices[0]
    assert not alone.guessed


def test_large_files_are_told_not_read(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a.py": "import x1\n", "big.ipynb": ""})
    with (tmp_path / "big.ipynb").open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    found = guess_requirements(tree, "big.ipynb")
    assert names(found) == ["x1"]
    assert found.notices == ("big.ipynb is larger than 20 MB; its imports were not read.",)


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("a.ipynb", "{", "a.ipynb:1"),
        ("a.py", "# /// script\n", "not closed"),
        ("a.py", "\0", "not a text file"),
        ("a.ipynb", notebook("x", language="julia"), "julia"),
    ],
)
def test_a_broken_file_among_others_is_told(
    tmp_path: Path, name: str, text: str, word: str
) -> None:
    tree = write(tmp_path, {name: text, "other.py": "import x1"})
    found = guess_requirements(tree, "other.py")
    assert names(found) == ["x1"]
    assert word in found.notices[0]


def test_another_language_is_in_charge_where_its_notebook_is_opened(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a.ipynb": notebook("x", language="R"), "b.py": "import x1"})
    found = guess_requirements(tree, "a.ipynb")
    assert [(language, origin.file) for language, origin in found.foreign] == [("r", "a.ipynb")]
    assert not found.packages


def test_other_scripts_with_metadata_say_what_they_need(tmp_path: Path) -> None:
    script = "# /// script\n# dependencies = ['y1']\n# ///\nimport z1\n"
    tree = write(tmp_path, {"a.py": "import x1", "b.py": script})
    assert names(guess_requirements(tree, "a.py")) == ["y1", "x1"]


def test_inline_metadata_of_other_files_is_none(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a.md": "# /// script\n# ///\n", "a.py": "import x"})
    assert read_inline_metadata(tree, "a.md") is None
    assert read_inline_metadata(tree, "a.py") is None
    assert read_inline_metadata(tree, "missing.py") is None


@pytest.mark.parametrize(
    ("files", "language"),
    [
        ({"model.jl": "using DataFrames\n"}, "julia"),
        ({"report.Rmd": "```{r}\nlibrary(ggplot2)\n```\n", "data.csv": ""}, "r"),
        ({"a.R": "library(ggplot2)\n", "run.py": "import numpy\n"}, ""),
        ({"a.R": "library(ggplot2)\n", "index.ipynb": '{"nbformat": 4, "cells": []}'}, ""),
    ],
)
def test_scripts_alone_tell_the_language(
    tmp_path: Path, files: dict[str, str], language: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = guess_requirements(Tree(tmp_path), None)
    assert [name for name, _ in found.foreign] == ([language] if language else [])
    assert found.guessed or not language
