# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of R shaped like real ones: nothing of what their files say is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from binder_lite.requirements.notebooks import default_notebook
from binder_lite.requirements.reading import read_requirements

CORPUS = Path(__file__).parents[3] / "corpus" / "r"


@dataclass(frozen=True)
class Count:
    """How many packages the files name, counted in them by hand, by where they are to end.

    ``needed`` has R itself where a file names its release; ``urls`` are those of them that are not
    from a registry.
    """

    needed: int
    optional: int = 0
    ignored: int = 0
    notices: int = 0
    urls: int = 0
    guessed: bool = False


COUNTS = {
    "archaeology-compendium": Count(needed=12, optional=3, ignored=1, urls=1),
    "ecology-remotes": Count(needed=9, optional=4, ignored=1, notices=1, urls=4),
    "econometrics-pacman": Count(needed=11, ignored=1, notices=1, guessed=True),
    "epidemiology-binder": Count(needed=9, optional=1, ignored=1, notices=1),
    "forecasting-with-python": Count(needed=10),
    "geospatial-rivers": Count(needed=15, ignored=1, notices=2, urls=1),
    "legacy-packrat": Count(needed=4, ignored=6, urls=1),
    "linguistics-sweave": Count(needed=6, notices=1, guessed=True),
    "machine-learning-tidymodels": Count(needed=16, ignored=1, notices=1, urls=1),
    "package-with-cpp": Count(needed=7, optional=4, ignored=3, notices=1),
    "psychology-pak": Count(needed=11, notices=1, urls=2),
    "quarto-report": Count(needed=9, optional=1, notices=1, guessed=True),
    "renv-bioconductor": Count(needed=5, ignored=7, notices=2),
    "renv-shiny": Count(needed=5, ignored=32, urls=1),
    "rna-seq-workshop": Count(needed=14, notices=1),
    "shiny-dashboard": Count(needed=10),
    "single-cell-notebook": Count(needed=16, ignored=1, urls=2),
    "statistics-course": Count(needed=11, ignored=2, notices=1, urls=1),
    "text-mining-book": Count(needed=11, optional=1, notices=2, guessed=True),
    "undeclared-notebook": Count(needed=9, optional=1, ignored=1, guessed=True),
}


def test_every_repository_is_counted() -> None:
    assert {path.name for path in CORPUS.iterdir()} == COUNTS.keys()


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_that_a_repository_says_is_lost(name: str) -> None:
    directory = CORPUS / name
    found = read_requirements(directory, notebook=default_notebook(directory))
    packages = [item for item in found.packages if item.language == "r"]
    assert not found.missing
    assert not found.ignored_files
    assert all(item.language == "r" and item.reason for item in found.ignored)
    assert (
        Count(
            needed=sum(not item.optional for item in packages),
            optional=sum(item.optional for item in packages),
            ignored=len(found.ignored),
            notices=len(found.notices),
            urls=sum(bool(item.url) for item in packages),
            guessed=found.guessed,
        )
        == COUNTS[name]
    )


@pytest.mark.parametrize("repository", COUNTS)
def test_every_package_is_named_on_its_line(repository: str) -> None:
    directory = CORPUS / repository
    found = read_requirements(directory)
    named = [(item.name, item.origin) for item in found.packages if item.language == "r"]
    named += [(item.name, item.origin) for item in found.ignored]
    for name, origin in named:
        # What knits a document is not named in it.
        if name in ("rmarkdown", "knitr", "reticulate", "R"):
            continue
        assert origin.line is not None
        text = (directory / origin.file).read_text("utf-8", "replace")
        assert name in text.splitlines()[origin.line - 1], origin
