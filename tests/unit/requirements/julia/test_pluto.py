# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.julia.code import parse_julia
from binder_lite.requirements.julia.pluto import is_pluto, parse_pluto, read_pluto

HEAD = "### A Pluto.jl notebook ###\n# v0.19.42\n\n# ╔═╡ 0b4e\nusing Plots\n"
UUID = "00000000-0000-4000-8000-000000000000"
PROJECT = f'[deps]\nPlots = "{UUID}"\n'
MANIFEST = (
    'julia_version = "1.10.3"\nmanifest_format = "2.0"\n\n[[deps.Plots]]\n'
    f'git-tree-sha1 = "0"\nuuid = "{UUID}"\nversion = "1.40.4"\n'
)


def cell(which: str, content: str) -> str:
    return f'\n# ╔═╡ 0000\nPLUTO_{which}_TOML_CONTENTS = """\n{content}"""\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD, True),
        ("\ufeff" + HEAD, True),
        (HEAD.replace("\n", "\r\n"), True),
        ("# " + HEAD, False),
        ("", False),
        ("### A Pluto.jl notebook ### of mine\n", False),
    ],
)
def test_a_pluto_notebook_is_told_by_its_first_line(text: str, expected: bool) -> None:
    assert is_pluto(text) is expected


def test_the_embedded_project_and_manifest_are_read_with_the_notebooks_lines() -> None:
    text = HEAD + cell("PROJECT", PROJECT) + cell("MANIFEST", MANIFEST)
    found = read_pluto(parse_pluto(text), "a.jl")
    assert found is not None
    julia, plots = found.packages
    assert (julia.specifier, plots.specifier) == ("=1.10.3", "=1.40.4")
    lines = text.split("\n")
    assert julia.origin.line and lines[julia.origin.line - 1].startswith("julia_version")
    assert plots.origin.line and lines[plots.origin.line - 1].startswith("Plots =")


def test_the_project_alone_and_the_manifest_alone_count() -> None:
    project = read_pluto(parse_pluto(HEAD + cell("PROJECT", PROJECT)), "a.jl")
    assert project and [item.specifier for item in project.packages] == [""]
    alone = read_pluto(parse_pluto(HEAD + cell("MANIFEST", MANIFEST)), "a.jl")
    assert alone and [item.name for item in alone.packages] == ["julia", "Plots"]


def test_an_empty_project_declares_that_nothing_is_needed() -> None:
    found = read_pluto(parse_pluto(HEAD + cell("PROJECT", "") + cell("MANIFEST", "")), "a.jl")
    assert found is not None
    assert not found.packages


def test_without_either_the_code_tells() -> None:
    notebook = parse_pluto(HEAD)
    assert read_pluto(notebook, "a.jl") is None
    assert [use.name for use in parse_julia(notebook.code).uses] == ["Plots"]


def test_a_malformed_project_names_the_line_of_the_notebook() -> None:
    text = HEAD + cell("PROJECT", "[deps]\nA = = 1\n")
    with pytest.raises(
        BadRequirements, match=rf"a\.jl:{text[: text.index('A =')].count(chr(10)) + 1}"
    ):
        read_pluto(parse_pluto(text), "a.jl")


@given(st.text(), st.text())
def test_any_text_is_read_or_refused(code: str, content: str) -> None:
    for text in (code, HEAD + code + cell("PROJECT", content) + cell("MANIFEST", content)):
        try:
            read_pluto(parse_pluto(text), "a.jl")
        except BadRequirements as error:
            assert "a.jl" in error.message
