# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import LaunchError
from binder_lite.requirements.r.documents import RDocument, parse_document


def code(document: RDocument) -> list[tuple[str, int]]:
    return [(piece.source, piece.line) for piece in document.pieces]


def uses(document: RDocument) -> list[tuple[str, int]]:
    return [(use.package, use.line) for use in document.uses]


def markdown(text: str, file: str = "a.Rmd") -> RDocument:
    return parse_document(text.encode(), file)


CHUNKS = [
    ("```{r}\nx\n```", [("x", 2)]),
    ("```{r setup, echo=FALSE}\nx\ny\n```\n", [("x\ny", 2)]),
    ("a\n\n``` {R}\nx\n```", [("x", 4)]),
    ("~~~{r}\nx\n~~~", [("x", 2)]),
    ("````{r}\n```\nx\n````", [("```\nx", 2)]),
    ("- item\n\n  ```{r}\n  x\n  ```", [("  x", 4)]),
    ("> ```{r}\n> x\n> ```", [("x", 2)]),
    ("```{r}\nx", [("x", 2)]),
    ("```{r}\r\nx\r\n```", [("x", 2)]),
    ("```{python}\nimport x\n```", []),
    ("```r\nlibrary(x)\n```", []),
    ("````\n```{r}\nx\n```\n````", []),
    ("```{{r}}\nx\n```", []),
    ("```{webr-r}\nx\n```", []),
    ("Of `r nrow(x)` and `r y`.", [("nrow(x)", 1), ("y", 1)]),
    ("Of `{r} nrow(x)`.", [("nrow(x)", 1)]),
    ("``r library(x)`` is code", []),
    ("```{r, eval=requireNamespace('sf')}\nx\n```", [
        ("list(eval=requireNamespace('sf'))", 1), ("x", 2),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CHUNKS)
def test_chunks_and_inline_code_are_r(text: str, expected: list[tuple[str, int]]) -> None:
    assert code(markdown(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "```{r, eval=FALSE}\nx\n```",
        "```{r a, eval = F, echo=T}\nx\n```",
        "```{r}\n#| label: a\n#| eval: false\nx\n```",
        "---\nexecute:\n  eval: false\n---\n```{r}\nx\n```",
    ],
)
def test_what_is_only_shown_is_optional(text: str) -> None:
    assert [piece.optional for piece in markdown(text).pieces] == [True]
    assert not markdown(text.replace("FALSE", "TRUE")).notices


FRONT = [
    ("output: html_document", []),
    ("output: bookdown::html_document2", [("bookdown", 3)]),
    ("output:\n  bookdown::pdf_document2:\n    toc: true", [("bookdown", 4)]),
    ("output:\n  - rticles::jss_article\n  - distill::distill_article",
     [("rticles", 4), ("distill", 5)]),
    ("site: blogdown::x", [("blogdown", 3)]),
    ("params:\n  day: !r lubridate::today()", [("lubridate", 4)]),
    ("vignette: >\n  %\\VignetteEngine{quarto::html}", [("quarto", 3)]),
    ("runtime: shiny_prerendered", [("shiny", 3)]),
    ("server: shiny", [("shiny", 3)]),
    ("server:\n  type: shiny", [("shiny", 3)]),
    ("abstract: purrr::map is nice", []),
    ("output: 'a::b::c'", [("a", 3)][:0]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FRONT)
def test_formats_of_the_front_matter_are_uses(text: str, expected: list[tuple[str, int]]) -> None:
    found = markdown(f"---\ntitle: x\n{text}\n---\n")
    assert uses(found) == [*expected, ("rmarkdown", 1), ("knitr", 1)]
    assert not found.notices


def test_a_front_matter_that_is_not_valid_is_told() -> None:
    found = markdown("---\ntitle: [\n---\n```{r}\nx\n```")
    assert code(found) == [("x", 5)]
    assert "a.Rmd:" in found.notices[0]


def test_a_front_matter_that_refers_to_itself_ends() -> None:
    lines = ["a0: &a0 [x::y, x::y]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    text = "\n".join(["---", *lines, "output: *a39", "---", ""])
    assert ("x", 2) not in uses(markdown(text))[2:]


def test_chunks_of_other_languages_are_run_by_packages() -> None:
    text = "```{python}\nx\n```\n\n```{Rcpp}\nx\n```\n```{bash}\nls\n```\n"
    assert uses(markdown(text))[2:] == [("reticulate", 2), ("Rcpp", 6)]


def test_quarto_needs_knitr_where_it_has_r() -> None:
    assert not uses(markdown("```{python}\nx\n```", "a.qmd"))
    assert uses(markdown("```{r}\nx\n```", "a.qmd")) == [("rmarkdown", 1), ("knitr", 1)]


def test_other_yaml_of_rmarkdown_names_formats() -> None:
    assert uses(markdown("bookdown::gitbook:\n  css: x\n", "_output.yml")) == [("bookdown", 1)]


def test_sweave_is_read() -> None:
    first = "\\VignetteEngine{knitr::knitr}\n<<a, echo=FALSE>>=\nx\n@\n"
    found = markdown(f"{first}Of \\Sexpr{{y}}.\n<<eval=FALSE>>=\nz", "a.Rnw")
    assert [(p.source, p.line, p.optional) for p in found.pieces] == [
        ("x", 3, False), ("y", 5, False), ("z", 7, True),
    ]  # fmt: skip
    assert uses(found) == [("knitr", 1)]


def notebook(language: str, *sources: str) -> bytes:
    cells = [{"cell_type": "code", "source": source.splitlines(True)} for source in sources]
    metadata = {"language_info": {"name": language}}
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells}, indent=1).encode()


def test_a_notebook_of_r_is_read_with_its_lines() -> None:
    data = notebook("R", "a\nlibrary(x1)", "x <- 'é'\nlibrary(x2)")
    found = parse_document(data, "a.ipynb")
    assert code(found) == [("a\nlibrary(x1)", 1), ("x <- 'é'\nlibrary(x2)", 3)]
    lines = data.decode().split("\n")
    for number, text in ((2, "library(x1)"), (3, "x <- "), (4, "library(x2)")):
        line = found.line(number)
        assert line is not None
        assert text in lines[line - 1]


def test_cells_for_r_of_a_notebook_of_python_are_read() -> None:
    data = notebook("python", "import x", "%%R -i df\nlibrary(x1)", "y = 1\n%R library(x2)")
    found = parse_document(data, "a.ipynb")
    assert [text.strip() for text, _ in code(found)] == ["library(x1)", "library(x2)"]
    assert "Python" in found.notices[0]


def test_notebooks_of_other_languages_are_told() -> None:
    found = parse_document(notebook("julia", "%%R\nlibrary(x)"), "a.ipynb")
    assert not found.pieces
    assert found.notices == ("a.ipynb is a notebook of julia, not of R.",)


@given(
    st.lists(
        st.sampled_from([
            "```{r}", "```", "~~~", "````", "---", "output: a::b", "> ", "x", "#| eval: false",
            "`r y`", "<<>>=", "@", "\\Sexpr{z}", "{", "}", ": [", "",
        ])
    ),
    st.sampled_from(["a.Rmd", "a.qmd", "a.Rnw", "a.R", "_output.yml"]),
)  # fmt: skip
def test_any_text_is_read_and_lines_are_the_file_s(lines: list[str], file: str) -> None:
    found = parse_document("\n".join(lines).encode(), file)
    for piece in found.pieces:
        assert piece.line <= len(lines) + 2
    assert all(1 <= use.line <= max(len(lines), 1) for use in found.uses)


@given(st.binary(max_size=300), st.sampled_from(["a.Rmd", "a.qmd", "a.Rnw", "a.R", "a.ipynb"]))
def test_any_bytes_are_read_or_refused(data: bytes, file: str) -> None:
    try:
        parse_document(data, file)
    except LaunchError as error:
        assert file in error.message
