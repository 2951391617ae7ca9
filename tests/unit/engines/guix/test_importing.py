# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.engines.guix.importing import Import, Source, import_command
from unit.engines.guix.examples import GUIX


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Import("pypi", "tabulate"), "import pypi --recursive tabulate"),
        (Import("pypi", "tabulate", "0.9"), "import pypi --recursive tabulate@0.9"),
        (
            Import("cran", "data.table"),
            "import cran --license-prefix=license: --recursive data.table",
        ),
        (
            Import("bioconductor", "DESeq2"),
            "import cran --archive=bioconductor --license-prefix=license: --recursive DESeq2",
        ),
    ],
)
def test_each_source_has_its_words(wanted: Import, words: str) -> None:
    assert import_command(GUIX, wanted).argv == (str(GUIX.program), *words.split())


@pytest.mark.parametrize(
    ("source", "name", "version"),
    [
        ("pypi", "--help", ""),
        ("pypi", "-x", ""),
        ("pypi", "", ""),
        ("pypi", "a b", ""),
        ("pypi", "a@1", ""),
        ("pypi", "a\n", ""),
        ("pypi", "../a", ""),
        ("pypi", "ä", ""),
        ("pypi", "a" * 101, ""),
        ("pypi", "a", "1 2"),
        ("pypi", "a", "-1"),
        ("julia", "Plots", ""),
    ],
)
def test_what_no_package_is_called_is_refused(source: Source, name: str, version: str) -> None:
    with pytest.raises(ValueError, match=r"is no|there is no"):
        Import(source, name, version)
