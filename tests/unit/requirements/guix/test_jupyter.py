# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.guix.jupyter import (
    Download,
    EnvironmentUse,
    GuixNotebook,
    NotebookEnvironment,
    Pin,
    Query,
    Request,
    UnknownRequest,
    parse_guix_cells,
    request_lines,
)
from binder_lite.requirements.text import split_lines

COMMIT = "36cc160e721a764c16f53c6f7fbd9d09c581717e"
SHA256 = "e831b3a86091496cdba720411f9748de81507798f6130adeaef872d206e1b057"
BASE32 = "1yvrmaj4qcb9vn2nfjz1q0cil830hvmxpp8cgi76aylbnv36aask"
URL = "https://ftp.gnu.org/gnu/coreutils/coreutils-8.30.tar.xz"

# The cells of guix-jupyter's demonstration that are of some kind of their own.
DEMONSTRATION = (
    f";;guix pin {COMMIT}",
    ";;guix environment guile-kernel-env <- jupyter-guile-kernel",
    ";;guix environment guile-kernel-env\n(define (list-environ env)\n  (environ))",
    ';; Here we don\'t repeat "guix environment", so we use the\n'
    ";; same environment as the previous cell.\n(list-environ (environ))",
    ";;guix environment my-ipython <- python-ipython python-ipykernel",
    ";;guix environment my-ipython\n# This is python lang !\nimport os",
    ";;guix environment R <- r r-irkernel",
    f";;guix download {URL} {SHA256}\n;;\n;; Here we download a file and make it available",
    "file.info('coreutils-8.30.tar.xz')",
)


def test_what_a_notebook_asks_for_is_known() -> None:
    found = parse_guix_cells(DEMONSTRATION)
    assert found.pins == (Pin(COMMIT, 1),)
    assert found.environments == (
        NotebookEnvironment("guile-kernel-env", ("jupyter-guile-kernel",), 2),
        NotebookEnvironment("my-ipython", ("python-ipython", "python-ipykernel"), 5),
        NotebookEnvironment("R", ("r", "r-irkernel"), 7),
    )
    assert found.downloads == (Download(URL, SHA256, 8),)
    assert not found.unknown
    assert not found.unmade
    assert [request.cell for request in found.requests] == [1, 2, 3, 5, 6, 7, 8]


def test_what_a_notebook_asks_for_is_told_in_its_order() -> None:
    assert request_lines(
        parse_guix_cells([*DEMONSTRATION, ";;guix shell x", ";;guix search a b"])
    ) == (
        f"cell 1: Guix at commit {COMMIT}",
        "cell 2: environment guile-kernel-env of jupyter-guile-kernel",
        "cell 5: environment my-ipython of python-ipython python-ipykernel",
        "cell 7: environment R of r r-irkernel",
        f"cell 8: download of {URL} (SHA-256 {SHA256})",
        "cell 10: not understood: ;;guix shell x",
        "cell 11: guix search a b",
    )


def test_an_environment_must_be_made_before_it_is_used() -> None:
    found = parse_guix_cells([";;guix environment a", ";;guix environment a <- guile"])
    assert found.unmade == (EnvironmentUse("a", 1),)
    assert request_lines(found) == (
        "cell 1: environment a, which no cell before it makes",
        "cell 2: environment a of guile",
    )


def test_other_notebooks_ask_for_nothing() -> None:
    cells = ["import os", "", "# ;;guix pin abc", ' ";;guix describe"', ";; guix describe"]
    assert parse_guix_cells(cells) == GuixNotebook()
    assert request_lines(GuixNotebook()) == ()


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (";;guix describe", Query("describe", (), 1)),
        (";;guix search python  plot", Query("search", ("python", "plot"), 1)),
        (";;guix\tenvironment  a  <-\tb ", NotebookEnvironment("a", ("b",), 1)),
        (
            ";;guix environment a <- python@3.10 gcc-toolchain glibc@2.35:debug git:send-email",
            NotebookEnvironment(
                "a", ("python@3.10", "gcc-toolchain", "glibc@2.35:debug", "git:send-email"), 1
            ),
        ),
        (f";;guix pin {COMMIT[:7]}", Pin(COMMIT[:7], 1)),
        (f";;guix download {URL} {BASE32}", Download(URL, BASE32, 1)),
    ],
)
def test_lines_are_understood(line: str, request_: Request) -> None:
    assert parse_guix_cells([line]).requests == (request_,)


@pytest.mark.parametrize(
    "line",
    [
        ";;guix",
        ";;guix ",
        ";;guix-describe",
        ";;guix: describe",
        ";;guix install a",
        ";;guix describe a",
        ";;guix search",
        ";;guix environment",
        ";;guix environment a <-",
        ";;guix environment <- a",
        ";;guix environment a b",
        ";;guix environment --manifest=m.scm",
        ";;guix environment a <- --with-input=a=b c",
        ";;guix environment a <- b@",
        ";;guix environment a <- \x1b[2Jb",
        ";;guix pin",
        ";;guix pin master",
        f";;guix pin {COMMIT} b",
        f";;guix pin {COMMIT}0",
        f";;guix download {URL}",
        f";;guix download {SHA256} {URL}",
        f";;guix download {URL} {SHA256[:-1]}",
        f";;guix download {URL} {SHA256} -> file",
    ],
)
def test_what_is_not_understood_is_kept(line: str) -> None:
    assert parse_guix_cells([f"x\n{line}\ny"]).unknown == (UnknownRequest(line, 1),)


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["\n;;guix", "environment", "pin", "download", "<-", "a", COMMIT, SHA256, URL, "\n"]
            ),
        ).map(" ".join)
        | st.text(alphabet=";guix \n\r\x0b\x1b"),
        max_size=5,
    )
)
def test_no_line_is_lost(cells: list[str]) -> None:
    found = parse_guix_cells(cells)
    lines = [line for cell in cells for line in split_lines(cell) if line.startswith(";;guix")]
    assert len(found.requests) == len(lines)
    assert {item.text for item in found.unknown} <= set(lines)
    assert len(request_lines(found)) <= len(lines)
