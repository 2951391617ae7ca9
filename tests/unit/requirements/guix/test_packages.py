# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.requirements.guix.packages import map_guix_packages, pypi_name
from binder_lite.requirements.guix.text import GuixPackage
from binder_lite.requirements.model import Requirements


def mapped(name: str, version: str = "") -> Requirements:
    return map_guix_packages((GuixPackage(name, 3, version),), "manifest.scm")


@pytest.mark.parametrize(
    ("guix", "pypi"),
    [
        ("python-numpy", "numpy"),
        ("python-dateutil", "python-dateutil"),
        ("python-pytorch", "torch"),
        ("python-scikit-learn", "scikit-learn"),
        ("opencv", "opencv-python-headless"),
        ("jupyter", "jupyter"),
        ("gcc-toolchain", ""),
        ("python", ""),
    ],
)
def test_names_become_those_of_pypi(guix: str, pypi: str) -> None:
    assert pypi_name(guix) == pypi


@pytest.mark.parametrize(
    ("version", "specifier", "notices"), [("1.26", "==1.26.*", 0), ("", "", 0), ("1-b", "", 1)]
)
def test_a_version_is_the_beginning_of_the_wanted_one(
    version: str, specifier: str, notices: int
) -> None:
    found = mapped("python-numpy", version)
    assert [item.specifier for item in found.packages] == [specifier]
    assert len(found.notices) == notices


def test_python_itself_is_a_version() -> None:
    assert [version.specifier for version in mapped("python", "3.10").python] == ["==3.10.*"]
    assert mapped("python-wrapper") == Requirements(build_files=("manifest.scm",))


@pytest.mark.parametrize(
    ("name", "language"), [("r-ggplot2", "r"), ("julia", "julia"), ("guile", "guix")]
)
def test_what_only_guix_has_is_missing(name: str, language: str) -> None:
    (missing,) = mapped(name).missing
    assert (missing.language, missing.origin.line) == (language, 3)


def test_programs_are_asked_of_the_machine_and_basic_ones_are_there() -> None:
    assert [item.name for item in mapped("gcc-toolchain").system] == ["gcc"]
    assert len(mapped("coreutils").notices) == 1
