# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.r.code import Piece, parse_r_code, parse_r_pieces

# code → the packages it uses; a question mark says that the code goes on without it.
USES = [
    ("library(x1)", "x1"),
    ("library('x1')", "x1"),
    ('library("x1", quietly = TRUE)', "x1"),
    ("library(package = x1)", "x1"),
    ("require(x1)", "x1"),
    ("suppressPackageStartupMessages({library(x1); library(x2)})", "x1 x2"),
    ("library(x1); library(`x2`)", "x1 x2"),
    ("base::library(x1)", "base x1"),
    ("loadNamespace('x1')", "x1"),
    ("requireNamespace('x1')", "x1?"),
    ("x1::f(2)", "x1"),
    ("x1:::f(2)", "x1"),
    ("y <- sapply(z, x1::f)", "x1"),
    ('"x1"::f', "x1"),
    ("library()", ""),
    ("library(help = 'x1')", ""),
    ("'library(x1)' # library(x2)", ""),
    ('r"(library(x1); x2::f)"', ""),
    ("box::use(x1[f, g], a = x2, ./mod, my/mod, x3[...])", "box x1 x2 x3"),
    ("import::from(x1, f, g); import::here('x2', f)", "import x1 x2"),
    ("import::from(f, g, .from = x1)", "import x1"),
    ("use('x1', c('f'))", "x1"),
    ("data(d, package = 'x1')", "x1"),
    ("data(d)", ""),
    ("tar_option_set(packages = c('x1', 'x2'))", "x1 x2"),
    ("foreach(i = 1:3, .packages = 'x1') %dopar% f(i)", "x1"),
    ("rlang::check_installed('x1')", "rlang x1"),
    ("pacman::p_load(x1, 'x2', char = c('x3'))", "pacman x1 x2 x3"),
    ("p <- c('x1', 'x2'); pacman::p_load(p, character.only = TRUE)", "pacman x1 x2"),
    ("librarian::shelf(x1, 'x2', lib = tempdir())", "librarian x1 x2"),
    ("groundhog::groundhog.library(c('x1'), '2024-01-01')", "groundhog x1"),
    # Computed names are followed.
    ("library('x1', character.only = TRUE)", "x1"),
    ("p <- 'x1'; library(p, character.only = TRUE)", "x1"),
    ("c('x1', 'x2') -> p; for (i in p) library(i, character.only = T)", "x1 x2"),
    ("p = c('x1', 'x2'); invisible(lapply(p, library, character.only = TRUE))", "x1 x2"),
    ("sapply(c('x1', 'x2'), require, character.only = TRUE)", "x1 x2"),
    ("p <- c(p1 <- 'x1', c('x2')); lapply(p, require, character.only = TRUE)", "x1 x2"),
    ("do.call('library', list('x1'))", "x1"),
    ("c('x1') |> lapply(library, character.only = TRUE)", "x1"),
    ("library('x1') |> suppressWarnings()", "x1"),
    ("(function(p) library(p, character.only = TRUE))('x1')", "x1"),
    ("f <- function(p = 'x1') library(p, character.only = TRUE)", "x1"),
    ("if (a) p <- 'x1' else p <- 'x2'; library(p, character.only = TRUE)", "x1 x2"),
    ("p <- if (a) 'x1' else 'x2'\nlibrary(p, character.only = TRUE)", "x1 x2"),
    # Guards.
    ("if (require(x1)) f()", "x1?"),
    ("if (requireNamespace('x1', quietly = TRUE)) x1::f() else x2::f()", "x1? x2"),
    ("if (!requireNamespace('x1')) stop('no x1')", "x1"),
    ("if (!requireNamespace('x1')) message('no x1') else x1::f()", "x1?"),
    ("if (!require(x1)) { install.packages('x1'); library(x1) }", "x1"),
    ("if (requireNamespace('x1') == FALSE) stop()", "x1"),
    ("stopifnot(requireNamespace('x1'))", "x1"),
    ("has <- requireNamespace('x1')", "x1?"),
    ("has <- require(x1)", "x1?"),
    ("try(library(x1))", "x1?"),
    ("tryCatch(library(x1), error = function(e) x2::f())", "x1? x2?"),
    ("if (require(x1)) 1\nlibrary(x1)", "x1"),
]

# code → the packages it installs, as name, specifier and URL together
HUB = "git+https://github.com"
INSTALLS = [
    ("install.packages('x1')", "x1"),
    ("install.packages(c('x1', \"x2\"), repos = 'https://cran.example.org')", "x1 x2"),
    ("install.packages(pkgs = 'x1')", "x1"),
    ("utils::install.packages('x1')", "x1"),
    ("p <- c('x1', 'x2')\nfor (i in p) install.packages(i)", "x1 x2"),
    ("p <- c('x1', 'x2')\nlapply(p, install.packages)", "x1 x2"),
    ("p <- c('x1', 'x2')\ninvisible(sapply(p, install.packages, repos = r))", "x1 x2"),
    ("p <- c('x1'); p <- c(p, 'x2'); install.packages(p)", "x1 x2"),
    ("p <- c('x1'); install.packages(p[!(p %in% installed.packages()[, 'Package'])])", "x1"),
    ("install.packages(setdiff(c('x1', 'x2'), rownames(installed.packages())))", "x1 x2"),
    ("f <- function(p) { n <- p[!p %in% q]; install.packages(n) }; f(c('x1', 'x2'))", "x1 x2"),
    ("f(c('x1'))\nf <- function(p) install.packages(p)", "x1"),
    ("g <- function(p) f(p); f <- function(p) install.packages(p); g('x1')", "x1"),
    ("f <- function(x, p) install.packages(p); f(p = 'x1', 2)", "x1"),
    ("lapply(c('x1'), function(p) if (!require(p, character.only = TRUE)) install.packages(p))",
     "x1"),
    ("lapply(c('x1'), \\(p) install.packages(p))", "x1"),
    ("purrr::walk(c('x1'), ~ install.packages(.x))", "x1"),
    ("do.call(install.packages, list(c('x1', 'x2')))", "x1 x2"),
    ("do.call('install.packages', list('x1'))", "x1"),
    ("c('x1') |> install.packages()", "x1"),
    ("c('x1') %>% install.packages", "x1"),
    ("remotes::install_github('o/x1@v1')", f"x1={HUB}/o/x1@v1"),
    ("remotes::install_github(c('o/x1', 'o/x2'), ref = 'v1')",
     f"x1={HUB}/o/x1@v1 x2={HUB}/o/x2@v1"),
    ("devtools::install_github('o/r', subdir = 'x1')", f"x1={HUB}/o/r#subdirectory=x1"),
    ("library(devtools)\ninstall_github('o/x1')", f"x1={HUB}/o/x1"),
    ("remotes::install_gitlab('o/x1')", "x1=git+https://gitlab.com/o/x1"),
    ("remotes::install_git('https://example.org/x1.git', branch = 'b')",
     "x1=git+https://example.org/x1.git@b"),
    ("remotes::install_url('https://example.org/x1_1.0.tar.gz')",
     "x1=https://example.org/x1_1.0.tar.gz"),
    ("remotes::install_cran(c('x1'))", "x1"),
    ("remotes::install_version('x1', '1.2')", "x1==1.2"),
    ("remotes::install_version('x1', version = '>= 1.2')", "x1>=1.2"),
    ("remotes::install_version('x1')", "x1"),
    ("remotes::install_bioc('3.16/x1')", "x1"),
    ("BiocManager::install(c('x1', 'x2'))", "x1 x2"),
    ("library(BiocManager); install('x1')", "x1"),
    ("BiocManager::install(version = '3.16')", ""),
    ("source('https://example.org/biocLite.R'); biocLite(); biocLite(c('x1'))", "x1"),
    ("pak::pkg_install(c('bioc::x1', 'o/x2'))", f"x1 x2={HUB}/o/x2"),
    ("pak::pak('x1@1.0')", "x1==1.0"),
    ("pak::pak(c('github::o/x1'))", f"x1={HUB}/o/x1"),
    ("renv::install('x1@1.2')", "x1==1.2"),
    ("pacman::p_install(x1)", ""),
    ("pacman::p_install('x1', 'x2')", "x1 x2"),
    ("pacman::p_load_gh('o/x1')", f"x1={HUB}/o/x1"),
    ("librarian::shelf(o / x1)", f"x1={HUB}/o/x1"),
    ("install.packages('x1_1.0.tar.gz', repos = NULL)", "x1=x1_1.0.tar.gz"),
    ("install.packages('https://example.org/x1_1.0.tar.gz', repos = NULL)",
     "x1=https://example.org/x1_1.0.tar.gz"),
    ("installed.packages()", ""),
    ("'install.packages(\"x1\")' # install.packages('x2')", ""),
]  # fmt: skip

UNCLEAR = [
    "library(p, character.only = TRUE)",
    "lapply(p, library, character.only = TRUE)",
    "requireNamespace(paste0('a', b))",
    "install.packages(readLines('packages.txt'))",
    "install.packages(p)",
    "lapply(p, install.packages)",
    "for (i in f()) install.packages(i)",
    "f <- function(p) install.packages(p)",
    "remotes::install_github(paste0(owner, '/x1'))",
    "pacman::p_load(char = p)",
    "pacman::p_install(x1)",
    "system('apt-get install -y libgdal-dev')",
    "system2('R', c('CMD', 'INSTALL', 'x1'))",
    "reticulate::py_install('numpy')",
    "install_everything()",
    "keras::install_keras()",
    "install('x1')",
    "source(file.path(here, 'packages.R'))",
    "library(a_b)",
    "data(d, package = p)",
]


def used(code: str) -> str:
    uses = parse_r_code(code).uses
    return " ".join(use.package + ("?" if use.optional else "") for use in uses)


def installed(code: str) -> str:
    texts = []
    for install in parse_r_code(code).installs:
        remote = install.remote
        texts.append(remote.name + remote.specifier + (f"={remote.url}" if remote.url else ""))
    return " ".join(texts)


@pytest.mark.parametrize(("code", "packages"), USES, ids=[code for code, _ in USES])
def test_uses_are_found(code: str, packages: str) -> None:
    assert used(code) == packages


@pytest.mark.parametrize(("code", "packages"), INSTALLS, ids=[code for code, _ in INSTALLS])
def test_installations_are_found(code: str, packages: str) -> None:
    assert installed(code) == packages


@pytest.mark.parametrize("code", UNCLEAR)
def test_what_cannot_be_followed_is_told(code: str) -> None:
    found = parse_r_code(f"\n{code}")
    (unclear,) = found.unclear
    assert unclear.line == 2
    assert unclear.reason
    assert not found.installs


def test_a_version_that_is_computed_is_told_and_any_is_taken() -> None:
    found = parse_r_code("remotes::install_version('x1', v)")
    assert [one.remote.specifier for one in found.installs] == [""]
    assert "version" in found.unclear[0].reason


def test_other_repositories_are_told() -> None:
    code = "install.packages('x1', repos = c('https://x.example.org', 'https://cran.example.org'))"
    found = parse_r_code(code)
    assert [one.remote.name for one in found.installs] == ["x1"]
    assert [one.reason for one in found.unclear] == [
        "names other repositories (https://x.example.org), which are not used"
    ]


def test_each_name_has_the_line_where_it_stands() -> None:
    code = "p <- c(\n  'x1',\n  # why\n  'x2'\n)\n\ninstall.packages(p)\nlibrary(\n  x1)\n"
    found = parse_r_code(code)
    assert [(one.remote.name, one.line) for one in found.installs] == [("x1", 2), ("x2", 4)]
    assert [(one.package, one.line) for one in found.uses] == [("x1", 8)]
    assert parse_r_code("a\r\nlibrary(x1)\rlibrary(x2)").uses[1].line == 3


def test_the_pieces_of_a_file_share_their_names() -> None:
    pieces = [Piece("p <- c('x1',\n'x2')", 10), Piece("install.packages(p)", 20, optional=True)]
    found = parse_r_pieces(pieces)
    assert [(one.remote.name, one.line) for one in found.installs] == [("x1", 10), ("x2", 11)]
    assert all(one.optional for one in found.installs)


def test_what_only_installs_is_told_from_what_is_used() -> None:
    code = "remotes::install_cran('x1'); devtools::install_github('o/r'); devtools::test()"
    assert [(use.package, use.installer) for use in parse_r_code(code).uses] == [
        ("remotes", True), ("devtools", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "file"),
    [
        ("remotes::install_deps()", "DESCRIPTION"),
        ("devtools::install_deps('.')", "DESCRIPTION"),
        ("devtools::install()", "DESCRIPTION"),
        ("devtools::install_local()", "DESCRIPTION"),
        ("pak::local_install_deps()", "DESCRIPTION"),
        ("install.packages('.', repos = NULL)", "DESCRIPTION"),
        ("renv::restore()", "renv.lock"),
        ("packrat::restore()", "packrat/packrat.lock"),
    ],
)
def test_what_the_project_asks_for_may_be_installed(code: str, file: str) -> None:
    found = parse_r_code(code)
    assert found.projects == ((file, 1),)
    assert not found.installs


def test_scripts_that_are_run_are_named() -> None:
    assert parse_r_code("source('a.R')\nlapply(c('b.R'), source)").files[0] == ("a.R", 1)


@pytest.mark.parametrize(
    "code",
    [
        "library(x1)\ny <- c('q',\nlibrary(x2)",
        "library(x1)\n}}}\nlibrary(x2)",
        "<<<<<<< HEAD\nlibrary(x1)\n=======\nlibrary(x2)\n>>>>>>> other",
        "library(x1)\n% not R\nlibrary(x2)",
        "if (library(x1)) {\nlibrary(x2)",
    ],
)
def test_the_valid_parts_of_what_is_not_valid_are_read(code: str) -> None:
    assert used(code) == "x1 x2"


@pytest.mark.parametrize(
    "code",
    [
        "(" * 50_000,
        "f(" * 20_000 + ")" * 20_000,
        "install.packages(" * 20_000 + ")" * 20_000,
        "requireNamespace(" * 20_000 + ")" * 20_000,
        "if (require(a)) " * 20_000,
        "x <- c(x, " * 20_000,
        "x <- c('a'); " + "x <- c(x, x);" * 10_000 + "install.packages(x)",
        "f <- function(p) { f(p); f(c(p, 'a')) }; f('b')",
        "".join(f"f{n} <- function(p) {{ f{n + 1}(p); f{n + 1}('{n}') }}\n" for n in range(500))
        + "f0('x')",
        "p_load(" + ",".join(f"a{n}" for n in range(20_000)) + ")",
        f"x <- c({','.join(map(repr, map(str, range(1900))))})\n" + "install.packages(x)\n" * 9000,
        f"x <- c({','.join(map(repr, map(str, range(1900))))})\n" + "x <- c(x, 'a')\n" * 9000,
        "function(x) " * 20_000,
        "lapply(a, function(x) " * 10_000,
        "a |> " * 30_000,
        "".join(f"library(a{n})\ninstall(b)\n" for n in range(5_000)),
    ],
    ids=lambda code: code[:20],
)
def test_code_made_to_be_slow_is_cut_short(code: str) -> None:
    begin = time.monotonic()
    found = parse_r_code(code)
    assert time.monotonic() - begin < 20
    assert len(found.unclear) <= 60


@given(
    st.lists(
        st.sampled_from([
            "library", "install.packages", "(", ")", "{", "}", "'a'", "p", "<-", "function", "if",
            "for", " in ", ",", "::", "\n", "~", "|>", "lapply", "c", "[", "]", "\\", '"', "#", "é",
            "do.call", "character.only=TRUE", "!", "\0", "`",
        ]),
        max_size=40,
    )
)  # fmt: skip
def test_any_code_is_read(words: list[str]) -> None:
    code = "".join(words)
    found = parse_r_code(code)
    most = code.count("\n") + 1
    lines = [one.line for one in found.uses]
    lines += [one.line for one in found.installs]
    lines += [one.line for one in found.unclear]
    assert all(1 <= line <= most for line in lines)
