# SPDX-License-Identifier: GPL-3.0-or-later
"""Julia's files in whole repositories, and the corpus of Julia repositories."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.julia import guessing as julia_guessing
from binder_lite.requirements.julia.code import JuliaCode, parse_cell
from binder_lite.requirements.julia.files import guess_julia, read_julia
from binder_lite.requirements.julia.require import parse_require
from binder_lite.requirements.model import Ignored, Missing, Requirement, Requirements
from binder_lite.requirements.place import Place
from binder_lite.requirements.reading import read_requirements
from binder_lite.requirements.tree import Tree

CORPUS = Path(__file__).parents[3] / "corpus" / "julia"
UUID = "00000000-0000-4000-8000-000000000000"
PROJECT = f'[deps]\nA = "{UUID}"\n'


def write(folder: Path, files: Mapping[str, str]) -> Tree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(folder)


def notebook(*sources: str, language: str = "julia") -> str:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    metadata = {"language_info": {"name": language}}
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells}, indent=1)


def manifest(name: str = "A", version: str = "1.2.3") -> str:
    return f'[[{name}]]\ngit-tree-sha1 = "0"\nuuid = "{UUID}"\nversion = "{version}"\n'


def said(found: Requirements) -> list[Requirement | Missing | Ignored]:
    return [*found.packages, *found.missing, *found.ignored]


def names(found: Requirements | None) -> list[str]:
    assert found is not None
    return [f"{item.name}{item.specifier}" for item in found.packages]


@pytest.mark.parametrize(
    ("files", "wanted", "build"),
    [
        ({"REQUIRE": "B"}, "B", "REQUIRE"),
        ({"REQUIRE": "B", "Project.toml": PROJECT}, "A", "Project.toml"),
        ({"Project.toml": "", "JuliaProject.toml": PROJECT}, "A", "JuliaProject.toml"),
        ({"Project.toml": PROJECT, "Manifest.toml": manifest()}, "A=1.2.3",
         "Project.toml Manifest.toml"),
        ({"Project.toml": PROJECT, "Manifest.toml": "", "JuliaManifest.toml": manifest()},
         "A=1.2.3", "Project.toml JuliaManifest.toml"),
        ({"Project.toml": PROJECT, "Manifest-v1.9.toml": "", "Manifest-v1.11.toml": manifest()},
         "A=1.2.3", "Project.toml Manifest-v1.11.toml"),
        ({"Project.toml": PROJECT, "Manifest-v1.11.toml": "", "Manifest.toml": manifest()},
         "A=1.2.3", "Project.toml Manifest.toml"),
        ({"Project.toml": f'manifest = "x/M.toml"\n{PROJECT}', "x/M.toml": manifest()},
         "A=1.2.3", "Project.toml x/M.toml"),
        ({"Manifest.toml": manifest()}, "A=1.2.3", "Manifest.toml"),
        ({"Manifest.toml": manifest(), "REQUIRE": "B"}, "B", "REQUIRE"),
    ],
)  # fmt: skip
def test_which_file_is_in_charge(
    tmp_path: Path, files: dict[str, str], wanted: str, build: str
) -> None:
    found = read_julia(Place(write(tmp_path, files)))
    assert names(found) == wanted.split()
    assert found is not None
    assert found.build_files == tuple(build.split())
    assert [(language, origin.file) for language, origin in found.foreign] == [
        ("julia", build.split()[0])
    ]


def test_other_manifests_are_told(tmp_path: Path) -> None:
    files = {"Project.toml": PROJECT, "Manifest.toml": manifest(), "Manifest-v1.11.toml": "x"}
    found = read_julia(Place(write(tmp_path, files)))
    assert found is not None
    assert found.ignored_files == (("Manifest-v1.11.toml", "Manifest.toml counts"),)


@pytest.mark.parametrize(
    "files", [{}, {"Manifest.toml": "[package]\nname = 'x'\n"}, {"x/Project.toml": PROJECT}]
)
def test_what_is_not_julias_is_left(tmp_path: Path, files: dict[str, str]) -> None:
    assert read_julia(Place(write(tmp_path, files))) is None


def test_a_manifest_that_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    text = f'manifest = "../M.toml"\n{PROJECT}'
    found = read_julia(Place(write(tmp_path, {"Project.toml": text})))
    assert found is not None
    assert "../M.toml" in found.notices[0]


@pytest.mark.parametrize(
    ("path", "url", "reason"),
    [
        ("lib", "lib", ""),
        ("./lib/../lib", "lib", ""),
        (".", ".", ""),
        ("../out", "", "no folder"),
        ("none", "", "no folder"),
        ("link", "", "no folder"),
        ("/home/someone/A", "", "author's machine"),
        ("C:\\\\A", "", "author's machine"),
    ],
)
def test_a_local_package_must_be_in_the_checkout(
    tmp_path: Path, path: str, url: str, reason: str
) -> None:
    project = PROJECT + f'[sources]\nA = {{path = "{path}"}}\n'
    (tmp_path / "out").mkdir()
    tree = write(tmp_path / "checkout", {"Project.toml": project, "lib/x": ""})
    (tmp_path / "checkout/link").symlink_to(tmp_path / "out")
    found = read_julia(Place(tree))
    assert found is not None
    assert [item.url for item in found.packages] == ([url] if url else [])
    assert [reason in item.reason for item in found.missing] == ([] if url else [True])
    assert found.reads_tree is bool(url)


def test_a_path_is_relative_to_the_file_that_says_it(tmp_path: Path) -> None:
    project = PROJECT + '[sources]\nA = {path = ".."}\n'
    tree = write(tmp_path, {"binder/Project.toml": project})
    found = read_julia(Place(tree, "binder"))
    assert found is not None
    assert [item.url for item in found.packages] == ["."]


@pytest.mark.parametrize(
    ("text", "wanted", "ignored"),
    [
        ("julia 0.6\nA\nB 0.1 0.2\n", "julia>= 0.6; A; B0.1 - 0.1", ""),
        ("# all\n\nA # why\n", "A", ""),
        ("@osx A\n@windows B\n@unix C\n@linux D\n@!windows E\n@!linux F\n", "C; D; E", "A B F"),
        ("@unix @!osx A\n@unix @!linux B", "A", "B"),
        ("Dates\nA\n", "A", "Dates"),
        ("A\r\nB\r\n", "A; B", ""),
    ],
)
def test_lines_of_a_require(text: str, wanted: str, ignored: str) -> None:
    found = parse_require(text, "REQUIRE")
    assert names(found) == wanted.split("; ")
    assert [item.name for item in found.ignored] == ignored.split()


@pytest.mark.parametrize("text", ["A x", "A 2 1", "1", "A @osx", "@osx", "https://x.example"])
def test_a_line_of_a_require_that_is_none_names_its_place(text: str) -> None:
    with pytest.raises(BadRequirements, match="REQUIRE:2"):
        parse_require(f"B\n{text}\n", "REQUIRE")


@given(st.text() | st.text(alphabet="A @!osx#0.1\n-"))
def test_any_require_is_read_or_refused(text: str) -> None:
    try:
        found = parse_require(text, "REQUIRE")
    except BadRequirements as error:
        assert "REQUIRE:" in error.message
    else:
        rows = [
            row for row in text.replace("\r", "\n").split("\n") if row.partition("#")[0].split()
        ]
        assert len(found.packages) + len(found.ignored) == len(rows)


def test_a_guess_takes_the_notebook_first_and_names_lines(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "a.jl": "using B, Plots\n",
            "b.ipynb": notebook("x = 1\nusing Plots, Statistics", "using Own"),
            "src/Own.jl": "module Own\nend",
            "test/t.jl": "using NotLookedAt",
            "c.qmd": "```{julia}\nusing C\n```\n",
        },
    )
    found = guess_julia(tree, "b.ipynb")
    assert names(found) == ["Plots", "B", "C"]
    assert [item.name for item in found.ignored] == ["Statistics", "Own"]
    assert found.guessed
    for item in said(found):
        line = (tmp_path / item.origin.file).read_text().split("\n")[(item.origin.line or 0) - 1]
        assert item.name in line


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ('using A\nPkg.add(name="A", version="1.2")', "A~1.2"),
        ('Pkg.add(name="A", version="1.2")\nPkg.add("A")', "A~1.2"),
        ("try\nusing A\ncatch\nend", ""),
        ('try\nusing A\ncatch\nPkg.add("A")\nend', "A"),
        ("try\nusing A\ncatch\nend\nusing A", "A"),
        ("using Base.Threads, Main.X", ""),
        ('Pkg.add("Dates")', ""),
        ('Pkg.add("A", rev="main")', "A"),
    ],
)
def test_what_is_said_of_one_package_is_joined(tmp_path: Path, cell: str, wanted: str) -> None:
    found = guess_julia(write(tmp_path, {"a.ipynb": notebook(cell)}), "a.ipynb")
    assert names(found) == wanted.split()
    assert not {item.name for item in found.packages} & {item.name for item in found.ignored}


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"lab/a.ipynb": notebook("using B"), "lab/Project.toml": PROJECT}, "A"),
        ({"lab/a.ipynb": notebook('Pkg.activate("../env")'), "env/Project.toml": PROJECT}, "A"),
        ({"lab/a.ipynb": notebook("]activate ../env"), "env/JuliaProject.toml": PROJECT}, "A"),
        ({"lab/a.ipynb": notebook('using B; Pkg.activate("../../x")')}, "B"),
        ({"lab/a.ipynb": notebook('using B; Pkg.activate("new")')}, "B"),
    ],
)
def test_the_project_that_a_notebook_runs_in_counts(
    tmp_path: Path, files: dict[str, str], wanted: str
) -> None:
    found = guess_julia(write(tmp_path, files), "lab/a.ipynb")
    assert names(found) == wanted.split()
    assert found.guessed is (wanted == "B")
    assert bool(found.build_files) is (wanted == "A")


PLUTO = (
    "### A Pluto.jl notebook ###\n\n# ╔═╡ 1\nusing NotAsked\n\n# ╔═╡ 2\n"
    f'PLUTO_PROJECT_TOML_CONTENTS = """\n{PROJECT}"""\n'
)


def test_a_pluto_notebook_that_is_opened_says_itself_what_it_needs(tmp_path: Path) -> None:
    tree = write(tmp_path, {"p.jl": PLUTO, "x.jl": "using B"})
    found = guess_julia(tree, "p.jl")
    assert names(found) == ["A"]
    assert not found.guessed
    assert "p.jl" in found.notices[0]
    assert names(guess_julia(tree, "x.jl")) == ["A", "B"]


def test_of_two_versions_the_first_counts_and_the_other_is_told(tmp_path: Path) -> None:
    one = PLUTO.replace('"""\n', '"""\n[compat]\nA = "1"\n', 1)
    tree = write(tmp_path, {"a.ipynb": notebook("1"), "b.jl": one, "c.jl": one.replace("1", "2")})
    found = guess_julia(tree, "a.ipynb")
    assert names(found) == ["A1"]
    assert any("c.jl" in notice and "A" in notice for notice in found.notices)


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"b.ipynb": "{"}, "b.ipynb:1"),
        ({"b.ipynb": notebook("import x", language="python")}, "notebook of python"),
        ({"b.jl": "\0"}, "not a text file"),
        ({"b.jl": PLUTO.replace("[deps]", "[deps")}, "b.jl:8"),
        ({"b.jl": "a ~ b " * 40_000}, ""),
        ({"b.jl": "using B; a = " + "a ~ b " * 40_000}, "too intricate"),
        ({"b.jl": "#" * (1024 * 1024 + 1)}, "larger than 1 MB"),
    ],
)
def test_a_broken_file_among_others_is_told(
    tmp_path: Path, files: dict[str, str], word: str
) -> None:
    tree = write(tmp_path, {"a.ipynb": notebook("using A"), **files})
    found = guess_julia(tree, "a.ipynb")
    assert names(found)[0] == "A"
    assert [word in notice for notice in found.notices] == ([True] if word else [])


def test_a_guess_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(julia_guessing, "_MOST_FILES", 2)
    monkeypatch.setattr(julia_guessing, "_MOST_FINDINGS", 5)
    files = {f"{name}.jl": f"using {name}1, {name}2, {name}3, {name}4" for name in "BCDE"}
    tree = write(tmp_path, {"a.ipynb": notebook("using A"), **files})
    found = guess_julia(tree, "a.ipynb")
    assert 5 <= len(found.packages) + len(found.notices) <= 7
    assert any("2 more files" in notice for notice in found.notices)
    assert any("the rest is left out" in notice for notice in found.notices)


# How much of each repository ends where: packages, constraints, missing, ignored, notices.
COUNTS = {
    "data-science": (9, 0, 0, 2, 0),
    "differential-equations": (6, 0, 0, 2, 0),
    "genomics": (6, 0, 0, 0, 0),
    "manifest-2.0": (3, 0, 1, 2, 1),
    "manifest-2.1": (3, 1, 0, 2, 0),
    "manifest-old": (2, 0, 0, 4, 0),
    "monorepo-sources": (3, 0, 1, 0, 0),
    "notebooks-undeclared": (7, 0, 0, 4, 0),
    "old-require": (7, 0, 0, 2, 0),
    "optimisation": (6, 3, 0, 4, 0),
    "package-with-extensions": (4, 2, 0, 6, 0),
    "pluto-code-only": (3, 0, 0, 4, 0),
    "pluto-mandelbrot": (4, 3, 0, 5, 1),
    "quarto-report": (5, 0, 0, 0, 0),
    "teaching": (5, 0, 0, 1, 0),
}


def read_corpus(name: str) -> Requirements:
    folder = CORPUS / name
    pluto = next((path.name for path in folder.glob("*.jl")), None)
    return guess_julia(Tree(folder), pluto) if pluto else read_requirements(folder)


def test_every_repository_of_the_corpus_is_in_the_table() -> None:
    assert {path.name for path in CORPUS.iterdir()} == COUNTS.keys()


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_of_the_corpus_is_lost(name: str) -> None:
    found = read_corpus(name)
    parts = (found.packages, found.constraints, found.missing, found.ignored, found.notices)
    assert tuple(map(len, parts)) == COUNTS[name]
    assert [language for language, _ in found.foreign] == ["julia"]
    for item in said(found):
        assert item.language == "julia"
        text = (CORPUS / name / item.origin.file).read_text()
        assert item.name in text.split("\n")[(item.origin.line or 0) - 1]


@pytest.mark.parametrize(
    "name", [name for name in COUNTS if list((CORPUS / name).glob("*Project.toml"))]
)
def test_every_uuid_of_the_corpus_belongs_to_one_item(name: str) -> None:
    found = read_corpus(name)
    project = found.build_files[0]
    listed = {item.name for item in said(found)}
    written = {
        line.split("=")[0].strip()
        for line in (CORPUS / name / project).read_text().split("\n")
        if posixpath.basename(project).endswith(".toml") and line.count("-") == 4 and "=" in line
    } - {"uuid"}
    assert written
    assert written <= listed


def test_what_takes_too_long_is_left_and_what_was_read_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse_for_long(source: str) -> JuliaCode:
        monkeypatch.setattr(julia_guessing, "_MOST_SECONDS", 0.0)
        return parse_cell(source)

    monkeypatch.setattr(julia_guessing, "parse_cell", parse_for_long)
    tree = write(tmp_path, {"a.ipynb": notebook("using A", "using B"), "c.jl": "using C"})
    found = guess_julia(tree, "a.ipynb")
    assert names(found) == ["A"]
    assert "a.ipynb is more than is read" in found.notices[0]
    assert "1 more files" in found.notices[1]
