# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.manifests import exceptions
from binder_lite.manifests.names import find_package
from binder_lite.manifests.origins import Origins
from binder_lite.requirements.model import Language
from unit.manifests.guixes import GUIX, PACKAGES

_ORIGINS = Origins(GUIX)

# Language → name → the specifications of what is found; "-" for what is not needed.
FOUND: dict[Language, dict[str, str]] = {
    "python": {
        "python": "python@3.11.14 python@3.10.19",
        "numpy": "python-numpy@2.3.1 python-numpy@1.26.4",
        # By the address of its source, whatever the spelling.
        "jinja2": "python-jinja2@1.0",
        "ruamel-yaml": "python-ruamel.yaml@1.0",
        "beautifulsoup4": "python-beautifulsoup4@4.12",
        "scikit-learn": "python-scikit-learn@1.7.0",
        "python-dateutil": "python-dateutil@2.9.0",
        # From a repository, by Guix's own name.
        "pyyaml": "python-pyyaml@6.0",
        "python-magic": "python-magic@1.0",
        # Not called after Python; built as it, from a repository of that name.
        "snakemake": "snakemake@8.4",
        # Another build of the same.
        "numpy-headless": "python-numpy@2.3.1 python-numpy@1.26.4",
        # What only a table knows.
        "torch": "python-pytorch@2.9.0",
        "sklearn": "python-scikit-learn@1.7.0",
        # Its successor is another project.
        "old": "",
        # Equal names that are other software.
        "docker": "python-docker@7.0",
        "docx": "",
        "python-docx": "python-docx@1.0",
        "magic": "",
        "attr": "",
        "flint": "",
        "gitlab": "",
        "git": "",
        "graphviz": "",
        "scikit-build": "",
        "ggplot2": "",
        "dateutil": "",
        "pip": "-",
        "nothing-such": "",
    },
    "r": {
        "R": "r-minimal@4.5.2",
        "ggplot2": "r-ggplot2@3.5.1",
        "data.table": "r-data-table@1.15.4",
        "RCurl": "r-rcurl@1.98",
        "RcurlOfGit": "r-rcurl-of-git@2",
        "DESeq2": "r-deseq2@1.44.0",
        # R's names are told apart by case.
        "GGplot2": "",
        "deseq2": "",
        "data-table": "",
        "stats": "-",
        "numpy": "",
    },
    "julia": {
        "julia": "julia@1.10.4",
        "DataFrames": "julia-dataframes@1.6.1",
        "JSON": "julia-json@0.21.4",
        "Json": "",
        "Dates": "-",
        "Plots": "",
    },
    "conda": {
        "numpy": "python-numpy@2.3.1 python-numpy@1.26.4",
        "pytorch": "python-pytorch@2.9.0",
        "r-base": "r-minimal@4.5.2",
        "r-ggplot2": "r-ggplot2@3.5.1",
        "r-data.table": "r-data-table@1.15.4",
        "bioconductor-deseq2": "r-deseq2@1.44.0",
        "r-irkernel": "r-irkernel@1.3.2",
        "julia": "julia@1.10.4",
        "bowtie": "bowtie1@1.3",
        "bowtie2": "bowtie@2.5",
        "samtools": "samtools@1.19",
        "compilers": "gcc-toolchain@14.2.0 gcc-toolchain@12.5.0",
        "nodejs": "node@22",
        "hdf5": "hdf5@1.14",
        "graphviz": "graphviz@10.0",
        "python-graphviz": "",
        "nomkl": "-",
        "mkl": "-",
        "mamba": "-",
        "pip": "-",
        "nothing-such": "",
    },
    "system": {
        "git": "git@2.46",
        "graphviz": "graphviz@10.0",
        "build-essential": "gcc-toolchain@14.2.0 gcc-toolchain@12.5.0",
        "libhdf5-dev": "hdf5@1.14",
        "libxml2-dev": "libxml2@2.11",
        "libcurl4-openssl-dev": "curl@8.6",
        "python3-numpy": "python-numpy@2.3.1 python-numpy@1.26.4",
        "python3-docx": "",
        "python3-pip": "-",
        "r-cran-data.table": "r-data-table@1.15.4",
        "r-bioc-deseq2": "r-deseq2@1.44.0",
        "fonts-dejavu": "font-dejavu@2.37",
        "texlive-latex-extra": "texlive-collection-latexextra@1",
        "texlive": "texlive-scheme-basic@1",
        "nodejs": "node@22",
        "sudo": "-",
        "nothing-such": "",
    },
    "guix": {
        "git": "git@2.46",
        "python-numpy": "python-numpy@2.3.1 python-numpy@1.26.4",
        "python-numpy@1.26": "python-numpy@1.26.4",
        "python-numpy@1.26.4": "python-numpy@1.26.4",
        "python-numpy@1.2": "",
        "python-numpy@9": "",
        # Guix itself takes the successor.
        "python-old": "python-new@1.0",
        "nothing-such": "",
    },
}

_ROWS = [(language, name, found) for language in FOUND for name, found in FOUND[language].items()]


@pytest.mark.parametrize(("language", "name", "found"), _ROWS)
def test_a_name_is_that_software_or_none(language: Language, name: str, found: str) -> None:
    match = find_package(language, name, _ORIGINS)
    if found == "-":
        assert match.ignored
        assert match.packages == ()
        return
    assert [each.full_name for each in match.packages] == found.split()
    assert match.ignored == ""


@pytest.mark.parametrize(
    ("language", "name", "group", "output"),
    [
        ("python", "python", "kernel", "out"),
        ("python", "numpy", "requirements", "out"),
        ("r", "R", "kernel", "out"),
        ("conda", "julia", "kernel", "out"),
        ("conda", "numpy", "requirements", "out"),
        ("conda", "samtools", "system", "out"),
        ("system", "git", "system", "out"),
        ("system", "python3-numpy", "system", "out"),
        ("system", "default-jdk", "system", "jdk"),
        ("system", "default-jre", "system", "out"),
        ("system", "openjdk-17-jdk", "system", "jdk"),
        ("system", "openjdk-17-jre-headless", "system", "out"),
        ("system", "python3-tk", "system", "tk"),
        ("guix", "git:send-email", "requirements", "send-email"),
        ("guix", "python@3.10:tk", "requirements", "tk"),
    ],
)
def test_a_match_says_why_it_is_there_and_which_output(
    language: Language, name: str, group: str, output: str
) -> None:
    match = find_package(language, name, _ORIGINS)
    assert match.packages
    assert (match.group, match.output) == (group, output)


@given(st.sampled_from(get_args(Language)), st.text(max_size=30))
def test_any_name_is_looked_for(language: Language, name: str) -> None:
    match = find_package(language, name, _ORIGINS)
    assert set(match.packages) <= set(PACKAGES)
    assert not (match.packages and match.ignored)


@pytest.mark.parametrize("language", get_args(Language))
def test_an_empty_guix_has_nothing(language: Language) -> None:
    nothing = Origins(Catalogue(()))
    for name in FOUND[language]:
        assert find_package(language, name, nothing).packages == ()


def test_the_tables_know_names_as_they_are_looked_up() -> None:
    for table in (exceptions.PYPI, exceptions.CONDA, exceptions.DEBIAN):
        assert all(name == name.lower() and "_" not in name for name in table)
    both = exceptions.DEBIAN.keys() & exceptions.NOT_NEEDED_FROM_DEBIAN.keys()
    assert not both | (exceptions.PYPI.keys() & exceptions.NOT_NEEDED_FROM_PYPI.keys())
