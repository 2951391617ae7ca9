# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements, LaunchError
from binder_lite.requirements.model import Requirements
from binder_lite.requirements.place import find_place
from binder_lite.requirements.r.files import guess_r, read_r
from binder_lite.requirements.tree import Tree


def write(root: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Tree(root)


def read(root: Path, files: dict[str, str]) -> Requirements:
    found = read_r(find_place(write(root, files)))
    assert found is not None
    return found


def said(found: Requirements) -> str:
    """Return the packages, each with its comparisons, and a question mark where optional."""
    return " ".join(
        item.name + item.specifier + ("?" if item.optional else "") for item in found.packages
    )


def ignored(found: Requirements) -> str:
    return " ".join(item.name for item in found.ignored)


def lock(*names: str, needs: dict[str, list[str]] | None = None) -> str:
    packages = {
        name: {"Package": name, "Version": "1.0", "Source": "Repository"}
        | ({} if needs is None else {"Requirements": needs.get(name, [])})
        for name in names
    }
    return json.dumps({"R": {"Version": "4.2.1"}, "Packages": packages}, indent=2)


DESCRIPTION = "Package: own\nDepends: R (>= 4.1)\nImports: a1 (>= 1.0), stats\n"

# The files, the one in charge, all that count, and what they ask for.
CHARGES = [
    ({"DESCRIPTION": DESCRIPTION}, "DESCRIPTION", "DESCRIPTION", "R>=4.1 a1>=1.0"),
    ({"install.R": "install.packages('a1')"}, "install.R", "install.R", "a1"),
    (
        {"DESCRIPTION": DESCRIPTION, "install.R": "install.packages(c('a1', 'b1'))"},
        "DESCRIPTION", "DESCRIPTION install.R", "R>=4.1 a1>=1.0 b1",
    ),
    (
        {"runtime.txt": "r-4.2-2023-06-01", "install.R": "install.packages('a1')"},
        "runtime.txt", "runtime.txt install.R", "R>=4.2,<4.3 a1",
    ),
    (
        {"runtime.txt": "r-2023-06-01", "DESCRIPTION": DESCRIPTION},
        "runtime.txt", "runtime.txt DESCRIPTION", "R>=4.1 a1>=1.0",
    ),
    ({"renv.lock": lock("a1")}, "renv.lock", "renv.lock", "R>=4.2,<4.3 a1==1.0"),
    (
        {"renv.lock": lock("a1"), "DESCRIPTION": DESCRIPTION},
        "DESCRIPTION", "DESCRIPTION renv.lock", "R>=4.1,>=4.2,<4.3 a1>=1.0,==1.0",
    ),
    (
        {"renv.lock": lock("a1"), "runtime.txt": "r-4.2-2023-06-01"},
        "runtime.txt", "runtime.txt renv.lock", "R>=4.2,<4.3 a1==1.0",
    ),
    (
        {"binder/install.R": "install.packages('a1')", "DESCRIPTION": DESCRIPTION},
        "binder/install.R", "binder/install.R", "a1",
    ),
    (
        {"binder/install.R": "remotes::install_deps()", "DESCRIPTION": DESCRIPTION},
        "binder/install.R", "binder/install.R DESCRIPTION", "R>=4.1 a1>=1.0",
    ),
    (
        {"binder/install.R": "renv::restore()", "renv.lock": lock("a1")},
        "binder/install.R", "binder/install.R renv.lock", "R>=4.2,<4.3 a1==1.0",
    ),
    (
        {"install.R": "source('more.R')", "more.R": "install.packages('a1')\nsource('install.R')"},
        "install.R", "install.R more.R", "a1",
    ),
    (
        {"install.R": "source('renv/activate.R')\nrenv::restore()", "renv.lock": lock("a1")},
        "install.R", "install.R renv.lock", "R>=4.2,<4.3 a1==1.0",
    ),
    (
        {"install.R": "devtools::install_local('pkg')", "pkg/DESCRIPTION": DESCRIPTION},
        "install.R", "install.R pkg/DESCRIPTION", "R>=4.1 a1>=1.0 pkg",
    ),
    (
        {"packrat/packrat.lock": "PackratFormat: 1.4\n\nPackage: a1\nVersion: 2\n"},
        "packrat/packrat.lock", "packrat/packrat.lock", "a1==2",
    ),
    ({"renv.lock": lock("a1"), "packrat/packrat.lock": ""}, "renv.lock", "renv.lock",
     "R>=4.2,<4.3 a1==1.0"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "charge", "build", "packages"), CHARGES)
def test_the_files_that_count_are_read_together(
    tmp_path: Path, files: dict[str, str], charge: str, build: str, packages: str
) -> None:
    found = read(tmp_path, files)
    assert [(language, origin.file) for language, origin in found.foreign] == [("r", charge)]
    assert found.build_files == tuple(build.split())
    assert said(found) == packages
    assert not found.guessed


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"DESCRIPTION": "Our paper."},
        {"binder/x": "", "DESCRIPTION": DESCRIPTION},
        {"renv.lock": lock("a1"), "environment.yml": "dependencies: [a]"},
        {"renv.lock": lock("a1"), "requirements.txt": "a"},
        {"runtime.txt": "python-3.10"},
        {"a.R": "library(x)"},
    ],
)
def test_r_is_not_in_charge(tmp_path: Path, files: dict[str, str]) -> None:
    assert read_r(find_place(write(tmp_path, files))) is None


@pytest.mark.parametrize(
    ("text", "packages", "notices"),
    [
        ("r-4.1-2022-01-01", "R>=4.1,<4.2", 1),
        ("r-4.1.3-2022-01-01\n", "R>=4.1,<4.2", 2),
        ("r-4.1", "R>=4.1,<4.2", 0),
        ("r-2022-01-01", "", 1),
        ("\n r-2022-01-01 ", "", 1),
        ("r", "", 0),
        ("r-latest", "", 1),
    ],
)
def test_a_runtime_names_a_release(tmp_path: Path, text: str, packages: str, notices: int) -> None:
    found = read(tmp_path, {"runtime.txt": text})
    assert said(found) == packages
    assert len(found.notices) == notices
    assert all(notice.startswith("runtime.txt:") for notice in found.notices)


def test_a_lock_s_r_gives_way_to_the_runtime(tmp_path: Path) -> None:
    found = read(tmp_path, {"renv.lock": lock("a1"), "runtime.txt": "r-4.1-2022-01-01"})
    assert said(found) == "R>=4.1,<4.2 a1==1.0"
    assert ignored(found) == "R"


LOCKED = [
    # Nothing asks for any: all are wanted.
    ({}, None, "a1 b1 c1 x1", "renv"),
    # Where the lock does not say what needs what, the others are taken to be needed.
    ({"DESCRIPTION": "Type: project\nImports: a1"}, None, "a1", "b1 c1 x1 renv"),
    ({"a.R": "library(a1)"}, None, "a1", "b1 c1 x1 renv"),
    ({"a.Rmd": "```{r}\na1::f()\n```"}, None, "a1", "b1 c1 x1 renv rmarkdown knitr"),
    # What nothing needs was asked for by somebody.
    ({"a.R": "library(a1)"}, {"a1": ["b1"], "b1": ["c1"]}, "a1 x1", "b1 c1 renv"),
    ({"a.R": "library(a1); library(c1)"}, {"a1": ["b1", "c1"]}, "a1 c1 x1", "b1 renv"),
    # What the code uses and the lock has not.
    ({"a.R": "library(a1); library(y1)"}, {"a1": ["b1", "c1", "x1"]}, "a1", "b1 c1 x1 renv y1"),
    ({"a.R": "renv::restore()"}, None, "a1 b1 c1 x1", "renv"),
    ({"a.R": "if (require(a1)) f()"}, None, "a1", "b1 c1 x1 renv"),
]


@pytest.mark.parametrize(("files", "needs", "packages", "rest"), LOCKED)
def test_of_a_lock_what_is_asked_for_is_wanted(
    tmp_path: Path,
    files: dict[str, str],
    needs: dict[str, list[str]] | None,
    packages: str,
    rest: str,
) -> None:
    locked = lock("a1", "b1", "c1", "x1", "renv", needs=needs)
    found = read(tmp_path, {**files, "renv.lock": locked})
    names = [item.name for item in found.packages if item.name != "R"]
    assert names == packages.split()
    assert ignored(found) == rest
    assert all(item.specifier == "==1.0" for item in found.packages if item.name != "R")


def test_a_malformed_lock_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadRequirements, match=r"renv\.lock:2"):
        read(tmp_path, {"renv.lock": '{\n<<<<<<< HEAD\n"R": {}}'})


TOLD = [
    ("install.packages(readLines('p.txt'))", "install.R:1 installs"),
    ("x <- 1\nsystem('apt install gdal')", "install.R:2 installs by another program"),
    ("source('https://example.org/a.R')", "install.R:1 runs a script from elsewhere"),
    ("source('gone.R')", "install.R:1 runs a script that is not there"),
    ("source('../gone.R')", "install.R:1 runs a script that is not there"),
    ("source(paste0(a, 'b.R'))", "install.R:1 runs another file"),
    ("remotes::install_deps()", "install.R:1 installs what DESCRIPTION asks for"),
    ("remotes::install_local('gone')", "install.R:1 installs a file that is not there"),
]


@pytest.mark.parametrize(("code", "notice"), TOLD)
def test_what_install_r_does_otherwise_is_told(tmp_path: Path, code: str, notice: str) -> None:
    (told,) = read(tmp_path, {"install.R": code}).notices
    assert told.startswith(notice)


def test_what_install_r_cannot_have_is_missing(tmp_path: Path) -> None:
    code = "install.packages(c('a1', 'my package'))\nremotes::install_local('../x')"
    found = read(tmp_path, {"install.R": code})
    assert said(found) == "a1"
    assert [(item.name, item.origin.line) for item in found.missing] == [
        ("my package", 1), ("../x", 2),
    ]  # fmt: skip


def test_what_only_installs_is_not_installed(tmp_path: Path) -> None:
    code = "library(remotes)\ninstall.packages('devtools')\ndevtools::install_github('o/a1')"
    found = read(tmp_path, {"install.R": code})
    assert said(found) == "devtools a1"
    assert ignored(found) == "remotes"


def test_where_nothing_is_declared_the_code_is_looked_at(tmp_path: Path) -> None:
    files = {
        "runtime.txt": "r-4.1-2022-01-01",
        "a.R": "library(x1)\nlibrary(stats)\nif (require(x2)) x2::f()",
        "sub/b.Rmd": "```{r}\nlibrary(x3)\n```",
        "tests/c.R": "library(x4)",
        "renv/activate.R": "library(x5)",
    }
    found = read(tmp_path, files)
    assert said(found) == "R>=4.1,<4.2 x1 x2? rmarkdown knitr x3"
    assert ignored(found) == "stats"
    assert found.guessed
    assert found.build_files == ("runtime.txt",)


def test_a_description_without_packages_declares_that_there_are_none(tmp_path: Path) -> None:
    found = read(tmp_path, {"DESCRIPTION": "Package: own\n", "a.R": "library(x1)"})
    assert not found.packages
    assert not found.guessed


def notebook(*sources: str, language: str = "R") -> str:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    metadata = {"language_info": {"name": language}}
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells}, indent=1)


def test_the_notebook_to_open_comes_first(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "a.R": "library(x1)",
            "b.ipynb": notebook("y <- 1", "library(x2)\nremotes::install_github('o/x3')"),
            "c.ipynb": notebook("import x", language="python"),
            "DESCRIPTION": "Package: own",
            "d.R": "library(own)\nlibrary(x1)\ninstall.packages('x2_1.0.tar.gz', repos = NULL)",
        },
    )
    found = guess_r(tree, "b.ipynb")
    assert said(found) == "x2 remotes x3 x1"
    assert found.packages[2].url == "git+https://github.com/o/x3"
    assert ignored(found) == "own"
    assert [each.split()[0] for each in found.notices] == ["c.ipynb", "d.R:3"]
    assert found.guessed
    assert [(language, origin.file) for language, origin in found.foreign] == [("r", "b.ipynb")]
    assert all(item.language == "r" and item.origin.line for item in found.packages)


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("x.ipynb", b"{", "x.ipynb:1"),
        ("x.R", b"\0", "x.R is not a text file"),
        ("x.R", b"#" * (1 << 20) + b"x", "larger than 1 MB"),
        ("x.R", b"p <- f()\nlibrary(p, character.only = TRUE)", "x.R:2"),
        ("x.Rmd", b"---\na: [\n---\n", "x.Rmd:"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, name: str, data: bytes, word: str
) -> None:
    tree = write(tmp_path, {"a.ipynb": notebook("library(x1)")})
    (tmp_path / name).write_bytes(data)
    found = guess_r(tree, "a.ipynb")
    assert said(found).split()[0] == "x1"
    assert any(word in notice for notice in found.notices), found.notices


def test_a_guess_is_cut_short_and_says_so(tmp_path: Path) -> None:
    files = {f"{n}.R": "\n".join(f"library(x{n}a{each})" for each in range(100)) for n in range(9)}
    found = guess_r(write(tmp_path, files), "")
    assert len(found.packages) == 500
    assert found.notices == ("4 more notebooks and scripts were not looked at.",)


def test_a_hostile_checkout_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "outside.R").write_text("install.packages('secret')")
    root = tmp_path / "root"
    tree = write(root, {"install.R": "source('link.R'); source('../outside.R')"})
    (root / "link.R").symlink_to(tmp_path / "outside.R")
    found = read_r(find_place(tree))
    assert found is not None
    assert not found.packages
    assert len(found.notices) == 2


PARTS = st.lists(
    st.sampled_from([
        b"Package: own\n", b"Imports: a1,\n b1 (>= 2)\n", b"Remotes: local::sub, o/a1\n", b"r-4.1-",
        b"2022-01-01", b"install.packages(c('x1', 'x2'))\n", b"source('install.R')\n", b"{", b"(",
        b"remotes::install_local('sub')\n", b"library(x3)\n", b"```{r}\n", b"```\n", b"---\n",
        b"\n", b"\xff", b"\0", b'{"Packages": {"a1": {"Version": "1"}}}', b"renv::restore()\n",
    ]),
    max_size=6,
).map(b"".join)  # fmt: skip
FILES = [
    "DESCRIPTION", "install.R", "renv.lock", "runtime.txt", "a.Rmd", "b.ipynb", "sub/DESCRIPTION",
    "binder/install.R",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FILES), PARTS))
def test_any_files_are_read_or_refused(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, data in files.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(data)
        try:
            found = read_r(find_place(Tree(root)))
            guess_r(Tree(root), "b.ipynb")
        except LaunchError as error:
            assert error.hint
            return
        if found is not None:
            packages = [item.name for item in found.packages if item.name]
            assert len(packages) == len(set(packages))
            assert not {item.name for item in found.ignored} & set(packages)
