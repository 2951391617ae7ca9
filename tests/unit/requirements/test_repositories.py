# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole repositories: which files count, and that nothing of what they say is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from binder_lite.errors import BadRequirements, LaunchError, TwoBinderDirectories, UnsafePath
from binder_lite.requirements.model import Requirements
from binder_lite.requirements.reading import read_requirements

REPOSITORIES = Path(__file__).parent / "repositories"


@dataclass(frozen=True)
class Sum:
    """All that a repository says, by where it is to end; names only, separated by spaces.

    ``noticed`` are words that one notice each must hold, ``python`` are specifiers.
    """

    packages: str = ""
    constraints: str = ""
    system: str = ""
    missing: str = ""
    foreign: str = ""
    ignored: str = ""
    noticed: str = ""
    python: str = ""
    build: str = ""
    guessed: bool = False
    reads_tree: bool = False


SUMS = {
    "binder-directory": Sum(
        packages="numpy",
        system="graphviz libgl1",
        ignored="requirements.txt",
        python="==3.11.*",
        build="binder/requirements.txt binder/apt.txt binder/postBuild binder/runtime.txt",
        reads_tree=True,
    ),
    "broken-notebook": Sum(packages="numpy", noticed="index.ipynb:3", guessed=True),
    "dockerfile-alone": Sum(foreign="dockerfile", build="Dockerfile"),
    "dockerfile-beside-requirements": Sum(
        packages="numpy", ignored="Dockerfile", build="requirements.txt"
    ),
    "dot-binder-directory": Sum(packages="numpy", build=".binder/environment.yml"),
    "empty-requirements": Sum(build="requirements.txt"),
    "environment-yml": Sum(
        packages="numpy pandas torch scikit-learn pip altair tqdm",
        system="graphviz",
        missing="gdal r-ggplot2",
        ignored="requirements.txt",
        noticed="conda-forge torch libstdcxx-ng",
        python="==3.10.*",
        build="environment.yml more.txt",
    ),
    "guix-manifest": Sum(
        packages="numpy python-dateutil torch",
        system="graphviz",
        ignored="channels.scm",
        noticed="coreutils exactly",
        python="==3.11.*",
        build="manifest.scm",
    ),
    "guix-manifest-beside-requirements": Sum(
        packages="numpy", ignored="manifest.scm", build="requirements.txt"
    ),
    "guix-manifest-that-computes": Sum(
        foreign="guix", noticed="call-with-input-file", build="manifest.scm"
    ),
    "guix-package": Sum(packages="numpy pytest", noticed="exactly", build="guix.scm"),
    "hashed-requirements": Sum(packages="six idna", build="requirements.txt"),
    "julia-manifest-alone": Sum(
        packages="Example",
        missing="Elsewhere",
        foreign="julia",
        noticed="Project.toml",
        build="Manifest.toml",
    ),
    "julia-notebook-in-a-project": Sum(
        packages="Plots", foreign="julia", noticed="lab/Project.toml", build="lab/Project.toml"
    ),
    "julia-notebook-undeclared": Sum(
        packages="JSON3 Plots DataFrames", foreign="julia", guessed=True
    ),
    "julia-require": Sum(packages="julia Plots", foreign="julia", build="REQUIRE"),
    "julia-with-manifest": Sum(
        packages="julia CSV Stale Here",
        constraints="CSV",
        foreign="julia",
        noticed="Nobody Stale",
        build="Project.toml Manifest.toml",
        reads_tree=True,
    ),
    "julia-with-requirements": Sum(
        packages="IJulia numpy", foreign="julia", build="Project.toml requirements.txt"
    ),
    "local-and-remote-packages": Sum(
        packages="./tools thing other demo local",
        missing="hg+https://example.org/old",
        build="requirements.txt",
        reads_tree=True,
    ),
    "nested-requirements": Sum(
        packages="scipy numpy matplotlib",
        constraints="numpy",
        build=(
            "requirements.txt requirements/base.txt requirements/more/plots.txt constraints.txt"
        ),
    ),
    "notebook-with-inline-metadata": Sum(packages="polars", noticed="index.ipynb", python=">=3.11"),
    "pipfile": Sum(
        packages="numpy pandas requests thing pywin pytest",
        noticed="development",
        python="==3.11.*",
        build="Pipfile",
    ),
    "pipfile-lock": Sum(
        packages="idna", ignored="Pipfile", python="==3.11.*", build="Pipfile.lock"
    ),
    "poetry": Sum(
        packages="numpy rich typing-extensions ipywidgets poem",
        constraints="numpy",
        noticed="extra-thing pyproject.toml:10 helper 'notebook' 'dev' poetry.lock:7",
        python="<4,>=3.10",
        build="pyproject.toml poetry.lock",
        reads_tree=True,
    ),
    "pylock": Sum(
        packages="idna colorama tool", noticed="pytest", python=">=3.9", build="pylock.toml"
    ),
    "pyproject": Sum(
        packages="numpy rich altair tqdm ipywidgets matplotlib demo-project",
        noticed="'jupyter' 'dev' 'notebook' 'docs'",
        python=">=3.10",
        build="pyproject.toml",
        reads_tree=True,
    ),
    "pyproject-configures-tools-only": Sum(
        packages="numpy", ignored="pyproject.toml", guessed=True
    ),
    "r-compendium": Sum(packages="here readr bayesplot", foreign="r", build="DESCRIPTION"),
    "r-description": Sum(
        packages="R sf dplyr lakedata Rcpp testthat knitr leaflet",
        foreign="r",
        build="DESCRIPTION install.R",
    ),
    "r-install-script": Sum(
        packages="BiocManager tidyverse pheatmap DESeq2 org.Hs.eg.db Matrix plots",
        foreign="r",
        noticed="install.R:15",
        build="install.R",
    ),
    "r-notebook-undeclared": Sum(packages="ggplot2", foreign="r", guessed=True),
    "r-renv": Sum(packages="R ggplot2", foreign="r", build="renv.lock"),
    "r-runtime": Sum(
        packages="R ggplot2",
        foreign="r",
        noticed="2023-06-01",
        build="runtime.txt install.R",
    ),
    "r-runtime-undeclared": Sum(
        packages="R bookdown rmarkdown knitr readr gt dplyr ragg",
        foreign="r",
        noticed="2024-02-01",
        build="runtime.txt",
        guessed=True,
    ),
    "requirements-beside-a-project": Sum(
        packages="jupyterlab-git beside",
        noticed="repo2docker",
        python=">=3.10",
        build="requirements.txt pyproject.toml",
        reads_tree=True,
    ),
    "requirements-of-a-conda-machine": Sum(
        packages="numpy requests", noticed="author's", build="requirements.txt"
    ),
    "requirements-txt": Sum(packages="numpy pandas matplotlib", build="requirements.txt"),
    "requirements-with-options": Sum(
        packages="numpy",
        missing="private",
        noticed="--extra-index-url --trusted-host --no-binary",
        build="requirements.txt",
        reads_tree=True,
    ),
    "setup-cfg": Sum(
        packages="numpy rich neat", python=">=3.9", build="setup.cfg setup.py", reads_tree=True
    ),
    "setup-py": Sum(
        packages="numpy six old-project",
        python=">=3.8 ==3.10.*",
        build="setup.py runtime.txt",
        reads_tree=True,
    ),
    "undeclared": Sum(
        packages="matplotlib numpy scikit-learn opencv-python-headless altair requests pandas",
        missing="osgeo",
        noticed="cupy urllib2",
        guessed=True,
    ),
    "utf-16-requirements": Sum(packages="numpy pandas", build="requirements.txt"),
    "uv-lock": Sum(
        packages="idna tool",
        constraints="idna numpy numpy",
        ignored="requirements.txt",
        python=">=3.11",
        build="pyproject.toml uv.lock",
    ),
}

REFUSED: dict[str, tuple[type[LaunchError], str]] = {
    "both-binder-directories": (TwoBinderDirectories, "binder/ and .binder/"),
    "circular-requirements": (BadRequirements, "a.txt → b.txt → a.txt"),
    "latin-1-requirements": (BadRequirements, "requirements.txt:4"),
    "malformed-environment-yml": (BadRequirements, "environment.yml:3"),
    "malformed-julia-project": (BadRequirements, "Project.toml:3"),
    "malformed-requirements": (BadRequirements, "requirements.txt:3"),
    "r-malformed-lock": (BadRequirements, "renv.lock:5"),
    "requirements-leave-the-repository": (UnsafePath, "../outside.txt"),
}


def test_every_repository_is_in_one_of_the_tables() -> None:
    present = {path.name for path in REPOSITORIES.iterdir() if not path.name.startswith(".")}
    assert present == SUMS.keys() | REFUSED.keys()
    assert not SUMS.keys() & REFUSED.keys()


@pytest.mark.parametrize("name", SUMS)
def test_all_that_a_repository_says_ends_in_one_place(name: str) -> None:
    found = read_requirements(REPOSITORIES / name)
    expected = SUMS[name]
    assert _names(found) == expected.packages.split()
    assert [item.name for item in found.constraints] == expected.constraints.split()
    assert [item.name for item in found.system] == expected.system.split()
    assert [item.name.split(" ")[0] for item in found.missing] == expected.missing.split()
    assert [language for language, _ in found.foreign] == expected.foreign.split()
    assert [file for file, _ in found.ignored_files] == expected.ignored.split()
    assert [version.specifier for version in found.python] == expected.python.split()
    assert found.build_files == tuple(expected.build.split())
    assert found.guessed is expected.guessed
    assert found.reads_tree is expected.reads_tree
    words = expected.noticed.split()
    assert len(found.notices) == len(words), found.notices
    for word, notice in zip(words, found.notices, strict=True):
        assert word in notice


@pytest.mark.parametrize("name", REFUSED)
def test_a_defect_has_its_own_error_that_names_the_place(name: str) -> None:
    kind, place = REFUSED[name]
    with pytest.raises(kind) as caught:
        read_requirements(REPOSITORIES / name)
    assert place in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", SUMS)
def test_every_requirement_knows_its_file_and_line(name: str) -> None:
    found = read_requirements(REPOSITORIES / name)
    origins = [item.origin for item in (*found.packages, *found.constraints, *found.system)]
    origins += [item.origin for item in found.missing]
    assert all(origin.line for origin in origins), origins
    for origin in (*origins, *(origin for _, origin in found.foreign)):
        assert (REPOSITORIES / name / origin.file).is_file()


@pytest.mark.parametrize("name", [name for name in SUMS if name.startswith("guix-")])
def test_for_the_guix_engine_its_own_files_are_only_named(name: str) -> None:
    found = read_requirements(REPOSITORIES / name, guix=True)
    assert not found.packages
    assert not found.missing
    assert not found.foreign
    names = ("manifest.scm", "guix.scm", "channels.scm")
    present = {path.name for path in (REPOSITORIES / name).iterdir()}
    assert found.build_files == tuple(name for name in names if name in present)
    assert {file for file, _ in found.ignored_files} == present - set(names)


def _names(found: Requirements) -> list[str]:
    return [item.name or f"./{item.url}" for item in found.packages]
