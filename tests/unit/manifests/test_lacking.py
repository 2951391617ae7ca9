# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.manifests.lacking import advise, importer
from binder_lite.manifests.mapping import Outcome
from binder_lite.requirements.model import Language, Origin, Requirement
from unit.manifests.guixes import GUIX

_AT = Origin("requirements.txt", 3)


def missing(language: Language, name: str, url: str = "") -> Outcome:
    return Outcome(asked=Requirement(name, _AT, language, url=url), status="missing")


@pytest.mark.parametrize(
    ("language", "name", "url", "nearest", "command", "channel"),
    [
        ("python", "nunpy", "", "python-numpy",
         "guix import pypi --recursive nunpy", "guix-science"),
        ("r", "ggplot", "", "r-ggplot2",
         "guix import cran --recursive ggplot", "guix-cran"),
        ("r", "Bioc", "https://bioconductor.org/packages/Bioc", "",
         "guix import cran --archive=bioconductor --recursive Bioc", "guix-bioconductor"),
        ("julia", "DataFrame", "", "julia-dataframes", "", "guix-science"),
        # conda's names are in their own language's words.
        ("conda", "r-ggplot", "", "r-ggplot2",
         "guix import cran --recursive ggplot", "guix-cran"),
        ("conda", "bioconductor-deseq", "", "r-deseq2",
         "guix import cran --archive=bioconductor --recursive deseq", "guix-bioconductor"),
        ("conda", "tensorflow-gpu", "", "",
         "guix import pypi --recursive tensorflow", "guix-science"),
        ("system", "graphvis", "", "graphviz", "", "guix-science"),
        ("system", "python3-nunpy", "", "python-numpy",
         "guix import pypi --recursive nunpy", "guix-science"),
        ("python", "", "https://example.org/x.zip", "", "", "guix-science"),
    ],
)  # fmt: skip
def test_what_can_be_done_is_told(
    language: Language, name: str, url: str, nearest: str, command: str, channel: str
) -> None:
    advice = advise(missing(language, name, url), GUIX)
    assert advice.nearest[:1] == tuple(nearest.split())
    assert advice.importer == command
    assert advice.channel.name == channel
    said = str(advice)
    assert advice.channel.url.startswith("https://")
    assert f"the channel {channel} has" in said
    assert (f"`{command}`" in said) is bool(command)


def test_names_that_are_not_near_are_not_named() -> None:
    assert advise(missing("python", "zzzzzzzz"), GUIX).nearest == ()
    assert "near names" not in str(advise(missing("python", "zzzzzzzz"), GUIX))
    # Near names are of the same language: R's ggplot2 is no help to Python.
    assert advise(missing("python", "ggplot2"), GUIX).nearest == ()


@pytest.mark.parametrize(
    "name", ["", "x; rm -rf", "--help", "-", "a b", "$(id)", "`id`", "a\nb", "-L/tmp", "a'b"]
)
def test_a_command_holds_nothing_but_a_name(name: str) -> None:
    assert importer("python", name) == ""
    assert importer("r", name) == ""
