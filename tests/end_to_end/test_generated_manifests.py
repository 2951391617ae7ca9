# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories without a Guix file, launched with a real Guix through the manifest made of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from end_to_end.launcher import launched
from end_to_end.notebook_client import open_client, parse_address
from end_to_end.refusals import make_repository as make_small
from end_to_end.refusals import refused, run_admin, run_launcher
from end_to_end.repositories import EXAMPLES, commit_all, file_url, make_repository

pytestmark = [
    pytest.mark.needs("git", "guix"),
    pytest.mark.usefixtures("launcher_variables", "tidy_afterwards"),
]


def plan(*words: str) -> dict[str, Any]:
    """Return what a launch would do."""
    done = run_launcher("--dry-run", "--json", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("example", "kernel", "result"),
    [
        ("requirements-txt", "python3", "Found: chromosome 4"),
        ("r-description", "ir", "The hybrid is heavier than both parents"),
    ],
)
async def test_a_repository_s_notebook_runs_with_guix(
    example: str, kernel: str, result: str, tmp_path: Path
) -> None:
    repository = make_repository(example, tmp_path)
    async with launched(file_url(repository)) as launch:
        ready = launch.ready
        assert (ready.engine, ready.path, ready.kernel) == ("guix", "index.ipynb", kernel)
        async with open_client(parse_address(ready.url).base, ready.token) as client:
            runs = await client.run_notebook(ready.path)
    assert [run.error for run in runs] == [None] * len(runs)
    assert result in runs[-1].text


def test_the_manifest_that_is_written_gives_the_same_environment(tmp_path: Path) -> None:
    repository = make_repository("requirements-txt", tmp_path)
    before = plan("--engine", "guix", file_url(repository))
    assert "requirements.txt" in before["files"]
    written = run_admin("manifest", str(repository), "--output", str(repository / "manifest.scm"))
    assert written.returncode == 0, written.stderr
    commit_all(repository)
    after = plan("--engine", "guix", file_url(repository))
    assert after["files"] == ["manifest.scm"]
    assert after["environment"] == before["environment"]
    checked = run_admin("manifest", str(repository), "--check")
    assert checked.returncode == 0, checked.stderr


def test_guix_serves_what_it_has_and_the_embedded_engine_the_rest(tmp_path: Path) -> None:
    has = make_small(tmp_path / "has", {"requirements.txt": "numpy\n"})
    lacks = make_small(tmp_path / "lacks", {"requirements.txt": "numpy\ntabulate-of-nobody\n"})
    other = make_small(tmp_path / "other", {"requirements.txt": "numpy==1.19.5\n"})
    assert plan(file_url(has))["engine"] == "guix"
    for repository, why in ((lacks, "tabulate-of-nobody (requirements.txt:2)"), (other, "1.19.5")):
        found = plan(file_url(repository))
        assert found["engine"] == "uv"
        assert why in found["reason"]


def test_what_guix_lacks_is_told_with_what_can_be_done(tmp_path: Path) -> None:
    repository = make_small(
        tmp_path / "study", {"requirements.txt": "numpy\nnumpi\nno-such-thing\n"}
    )
    error = refused("--engine", "guix", file_url(repository))
    assert error.code == "packages-missing"
    assert "numpi (requirements.txt:2), no-such-thing (requirements.txt:3)" in error.message
    advice = "\n".join(error.details["last_lines"])
    assert "python-numpy" in advice
    assert "guix import pypi --recursive no-such-thing" in advice
    strict = make_small(tmp_path / "strict", {"requirements.txt": "numpy==1.19.5\n"})
    assert refused("--engine", "guix", "--strict", file_url(strict)).code == "versions-conflict"


async def test_a_notebook_says_what_its_session_goes_without(tmp_path: Path) -> None:
    notebook = (EXAMPLES / "requirements-txt" / "index.ipynb").read_text()
    files = {"requirements.txt": "numpy\nmatplotlib\nno-such-thing\n", "index.ipynb": notebook}
    repository = make_small(tmp_path / "study", files)
    options = ("--engine", "guix", "--allow-missing", file_url(repository))
    async with launched(*options) as launch:
        assert "no-such-thing (requirements.txt:3) is missing" in launch.said
        async with open_client(parse_address(launch.ready.url).base, launch.ready.token) as client:
            runs = await client.run_notebook(launch.ready.path)
    told = ["goes without no-such-thing (requirements.txt:3)" in run.text for run in runs]
    assert told == [True] + [False] * (len(runs) - 1)


def test_the_repository_s_own_project_is_importable(tmp_path: Path) -> None:
    repository = make_small(
        tmp_path / "study",
        {
            "pyproject.toml": '[build-system]\nrequires = ["hatchling"]\n'
            '[project]\nname = "kinship"\nversion = "1"\ndependencies = ["numpy"]\n',
            "src/kinship/__init__.py": "import numpy\nVALUE = int(numpy.int64(42))\n",
        },
    )
    words = ("python3", "-c", "import kinship; print(kinship.VALUE, kinship.__file__)")
    done = run_launcher("--engine", "guix", file_url(repository), "--", *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["42", "/home/jovyan/work/src/kinship/__init__.py"]


ADDED = {
    # Example → what is run in its session, and what is offered for its file.
    "manifest-scm": (
        "echo 'import scipy.stats' > new.py; echo 'import no_such_thing' > other.py",
        "manifest.scm",
        ['+       "python-matplotlib"', '+       "python-scipy"))  ;scipy, new.py:1'],
    ),
    "r-description": (
        "mkdir -p /tmp/tiny/R && cd /tmp/tiny && echo 'f <- function() 42' > R/f.R && "
        "echo 'export(f)' > NAMESPACE && printf '%s\\n' 'Package: tiny' 'Version: 1.2' "
        "'Title: T' 'Description: D.' 'License: GPL-3' 'Author: A' 'Maintainer: A <a@b.c>' "
        "> DESCRIPTION && Rscript -e 'install.packages(\"/tmp/tiny\", repos = NULL)' "
        "-e 'stopifnot(tiny::f() == 42)' && cd - && echo 'library(survival)' > new.R",
        "DESCRIPTION",
        ["+    survival", "+    tiny (>= 1.2)"],
    ),
}


@pytest.mark.parametrize("example", ADDED)
def test_what_a_session_added_is_offered(example: str, tmp_path: Path) -> None:
    script, file, lines = ADDED[example]
    repository = make_repository(example, tmp_path)
    done = run_launcher("--engine", "guix", file_url(repository), "--", "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    found = re.search(r"binder-lite resume (\w+)", done.stdout + done.stderr)
    assert found
    offered = run_admin("requirements", found[1], "--json")
    assert offered.returncode == 0, offered.stderr
    (change,) = json.loads(offered.stdout)["changes"]
    assert change["path"] == file
    added = [line.rstrip(",") for line in change["diff"].splitlines() if line.startswith("+")]
    assert [line for line in lines if line not in added] == [], change["diff"]
