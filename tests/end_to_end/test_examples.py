# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example launches, its notebook runs in the session, and nothing is left afterwards."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from end_to_end.launcher import gone, launched
from end_to_end.notebook_client import open_client, parse_address
from end_to_end.repositories import EXAMPLES, commit_all, file_url, head, make_repository

pytestmark = [pytest.mark.needs("git"), pytest.mark.usefixtures("launcher_variables")]


@dataclass(frozen=True, slots=True)
class Example:
    """A folder of ``examples/``, how it is launched, and what is then to be seen.

    ``result`` is what the last cell prints; ``said`` and ``page`` are regular expressions for the
    launch's messages and for JupyterLab's page.
    """

    folder: str
    result: str
    notebook: str = "index.ipynb"
    options: tuple[str, ...] = ()
    said: str = ""
    page: str = ""

    def __str__(self) -> str:
        return "-".join([self.folder, *self.options])


TABLE = (
    Example("requirements-txt", "Found: chromosome 4, within 20 Mb of where the gene was hidden."),
    Example("nested-requirements", "Not 0 but about 10 to the power of -350"),
    Example("hashed-requirements", "Same genome, same fingerprint; one letter changed, another."),
    Example("pyproject-toml", "After twenty generations: 98.3% inbred."),
    Example("setup-cfg", "One letter of DNA, one amino acid: E6V"),
    Example("local-package", "Three of four are dark: 3 of 4."),
    Example("uv-lock", "Small populations lose it sooner; rich 13.9.4, as locked."),
    Example("poetry-lock", "Clock reaches all 8 others, says the locked networkx 3.3."),
    Example("pipfile-lock", "The motif is CACGTG, with the locked more-itertools 10.5.0."),
    Example("pylock-toml", "4 genes under the peak, from Slc31a1 to Tlr4."),
    Example(
        "environment-yml",
        "Three pathways of four genes, as hidden.",
        said=r"environment\.yml:9: conda's matplotlib-base",
    ),
    Example("runtime-txt", "Heritability 0.94, computed by Python 3.11."),
    Example("pep-723", "That is 21 trips to the sun and back."),
    Example(
        "manifest-scm",
        "The first gene matters only where the second is D: epistasis.",
        said=r"manifest\.scm: .*Guix would give exactly",
    ),
    Example(
        "guix-scm",
        "A quarter of the mates were alike, and the genotypes tell.",
        said=r"guix\.scm: .*Guix would give exactly",
    ),
    Example("binder-directory", "Weights of BXD lines: odd lines are heavier."),
    Example(
        "nothing-declared",
        "All can see on 2026-03-23; BXD40 is the last.",
        said="(?i)import.*(pyyaml.*python-dateutil|python-dateutil.*pyyaml)",
    ),
    Example(
        "notebook-in-subdirectory",
        "Highest in the liver, in 20 of 20 lines.",
        notebook="analysis/liver/first-look.ipynb",
    ),
    Example(
        "non-ascii-names",
        "α = 1.75 µm von Linie zu Linie.",
        notebook="données/Übung 1 – «α».ipynb",
    ),
    Example("wrong-kernel-name", "χ² = 0.47: remarkably near.", said="python38"),
    Example(
        "wrong-kernel-name",
        "χ² = 0.47: remarkably near.",
        notebook="conda.ipynb",
        options=("--path", "conda.ipynb"),
        said="conda-env-foo-py",
    ),
    Example("source-package", "Two traits, threshold 4.5", said="from source"),
    Example(
        "own-server",
        "This is the repository's own JupyterLab 4.4.",
        page=r'"appVersion": "4\.4\.',
    ),
    Example(
        "front-end-extension",
        "With 14 tests it is 51%: more likely than not.",
        page="@jupyter-widgets/jupyterlab-manager",
    ),
)


# Launched in test_guix.py and test_generated_manifests.py.
WITH_GUIX = {"r-manifest", "r-description", "guix-jupyter"}


@pytest.mark.parametrize("example", TABLE, ids=str)
async def test_an_example_runs_in_its_session(example: Example, tmp_path: Path) -> None:
    repository = make_repository(example.folder, tmp_path)
    async with launched(file_url(repository), "--engine", "uv", *example.options) as launch:
        ready = launch.ready
        assert (ready.engine, ready.path) == ("uv", example.notebook)
        assert ready.commit == head(repository)
        assert re.search(example.said, launch.said), launch.said

        address = parse_address(ready.url)
        assert (address.token, address.path) == (ready.token, example.notebook)
        async with open_client(address.base, ready.token) as client:
            runs = await client.run_notebook(example.notebook)
            assert [run.error for run in runs] == [None] * len(runs)
            assert runs[-1].text.splitlines()[-1] == example.result
            assert re.search(example.page, await client.page("lab"))

        processes = launch.processes()
        assert len(processes) > 1, "a launcher alone cannot run a notebook"
        assert await launch.interrupt() == 130
        assert await gone(processes, 0) == set()


async def test_a_terminal_has_the_environment_and_starts_in_the_workspace(tmp_path: Path) -> None:
    repository = make_repository("nested-requirements", tmp_path)
    async with launched(file_url(repository), "--engine", "uv") as launch:
        base = parse_address(launch.ready.url).base
        async with open_client(base, launch.ready.token) as client:
            shown = await client.run_in_terminal(
                "ls; python -c 'import mpmath; print(mpmath.mpf(6)*7)'"
            )
    assert "index.ipynb" in shown
    assert "42.0" in shown


async def test_a_session_dies_with_its_launcher(tmp_path: Path) -> None:
    repository = make_repository("nested-requirements", tmp_path)
    async with launched(file_url(repository), "--engine", "uv") as launch:
        async with open_client(parse_address(launch.ready.url).base, launch.ready.token) as client:
            await client.run_notebook(launch.ready.path)
        processes = launch.processes()
        await launch.kill()
        assert await gone(processes) == set()


async def test_a_folder_of_a_repository_brings_its_own_environment(tmp_path: Path) -> None:
    """`make demo` launches a folder of this project, whose root declares something else."""
    make_repository("pyproject-toml", tmp_path)
    repository = tmp_path / "pyproject-toml"
    shutil.copytree(EXAMPLES / "nested-requirements", repository / "studies" / "tail")
    commit_all(repository)
    async with launched(str(repository / "studies" / "tail"), "--engine", "uv") as launch:
        path = launch.ready.path
        assert path == "studies/tail/index.ipynb"
        async with open_client(parse_address(launch.ready.url).base, launch.ready.token) as client:
            runs = await client.run_notebook(path)
        assert runs[-1].text == "Not 0 but about 10 to the power of -350\n"


def test_every_example_is_launched() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()} - {"brands", "serve"}
    assert {example.folder for example in TABLE} | WITH_GUIX == folders
