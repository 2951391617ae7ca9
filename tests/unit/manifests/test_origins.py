# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.engines.guix.catalogue import Package
from binder_lite.manifests.origins import (
    Origins,
    julia_origin,
    origins_of,
    pypi_origin,
    r_name,
    r_origin,
    repository_origin,
)
from unit.manifests.guixes import GUIX

_FILES = "https://files.pythonhosted.org/packages"
_ORIGINS = Origins(GUIX)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{_FILES}/source/n/numpy/numpy-2.3.1.tar.gz", "numpy"),
        (f"{_FILES}/source/J/Jinja2/Jinja2-3.1.tar.gz", "jinja2"),
        (f"{_FILES}/source/r/ruamel.yaml/ruamel.yaml-0.18.tar.gz", "ruamel-yaml"),
        (f"{_FILES}/12/3f/{60 * 'a'}/zope_interface-6.1.tar.gz", "zope-interface"),
        (f"{_FILES}/12/3f/zope_interface-6.1.tar.gz", ""),
        ("https://mirror.example.org/packages/source/a/attrs/attrs-23.tar.gz", "attrs"),
        ("https://pypi.org/packages/source/a/attrs/attrs-23.tar.gz", "attrs"),
        ("https://pypi.io/packages/source/a/attrs/attrs-23.tar.gz", "attrs"),
        ("https://github.com/numpy/numpy", ""),
        ("https://example.org/source/n/numpy/numpy-2.tar.gz", ""),
        ("", ""),
    ],
)
def test_a_project_of_pypi_is_known_by_its_address(url: str, name: str) -> None:
    assert pypi_origin(Package("x", "1", urls=("https://elsewhere/", url))) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("mirror://cran/src/contrib/data.table_1.15.4.tar.gz", "data.table"),
        ("mirror://cran/src/contrib/Archive/RCurl/RCurl_1.98-1.14.tar.gz", "RCurl"),
        ("https://cran.r-project.org/src/contrib/Matrix_1.6-5.tar.gz", "Matrix"),
        (
            "https://bioconductor.org/packages/release/bioc/src/contrib/DESeq2_1.44.0.tar.gz",
            "DESeq2",
        ),
        (
            "https://bioconductor.org/packages/3.19/data/annotation/src/contrib/GO.db_3.19.1.tar.gz",
            "GO.db",
        ),
        ("https://github.com/tidyverse/ggplot2", ""),
    ],
)
def test_a_package_of_r_is_known_by_its_address(url: str, name: str) -> None:
    assert r_origin(Package("x", "1", urls=(url,))) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/JuliaData/DataFrames.jl", "DataFrames"),
        ("https://github.com/JuliaIO/JSON.jl.git", "JSON"),
        ("https://github.com/JuliaIO/JSON.jl/", "JSON"),
        ("https://github.com/JuliaLang/julia", ""),
    ],
)
def test_a_package_of_julia_is_known_by_its_repository(url: str, name: str) -> None:
    assert julia_origin(Package("x", "1", urls=(url,))) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/pytorch/PyTorch", "pytorch"),
        ("https://github.com/pytorch/pytorch.git/", "pytorch"),
        ("https://gitlab.com/group/sub/thing.git", "thing"),
        ("https://gitlab.com/group/sub/thing/-/archive/v1/thing-v1.tar.gz", "thing"),
        ("https://bitbucket.org/owner/thing/get/v1.tar.gz", "thing"),
        ("https://github.com/owner/thing/archive/refs/tags/v1.tar.gz", "thing"),
        ("https://github.com/owner/thing/releases/download/1/thing-1.tar.gz", "thing"),
        ("mirror://gnu/make/make-4.4.tar.gz", ""),
    ],
)
def test_a_repository_is_known_by_its_last_name(url: str, name: str) -> None:
    assert repository_origin(Package("x", "1", urls=(url,))) == name


@pytest.mark.parametrize(
    ("name", "called"),
    [("data.table", "r-data-table"), ("R_x", "r-r-x"), ("ggplot2", "r-ggplot2")],
)
def test_guix_s_name_of_a_package_of_r(name: str, called: str) -> None:
    assert r_name(name) == called


def test_all_versions_of_a_project_are_found_the_newest_first() -> None:
    assert [each.version for each in _ORIGINS.python("numpy")] == ["2.3.1", "1.26.4"]


def test_the_names_of_a_catalogue_are_collected_once() -> None:
    assert origins_of(GUIX) is origins_of(GUIX)
