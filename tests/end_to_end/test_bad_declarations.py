# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories whose files contradict each other, cannot be read, or ask for what is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import uv

from binder_lite.engines.uv.pythons import installed_pythons
from end_to_end.refusals import UV, make_repository, refused, run_launcher
from end_to_end.repositories import file_url

pytestmark = [pytest.mark.needs("git"), pytest.mark.usefixtures("tidy_afterwards")]

_MERGED = '{"cells": [\n<<<<<<< HEAD\n  {},\n=======\n>>>>>>> theirs\n]}\n'

# Files → the error, and what message and hint must name.
REFUSED = {
    "two-folders": (
        {"binder/requirements.txt": "", ".binder/requirements.txt": ""},
        "two-binder-directories", "binder/ and .binder/", "Remove",
    ),
    "requirements": (
        {"requirements.txt": "ipykernel\nrich=>13\n"},
        "bad-requirements", "requirements.txt:2", "rich>=13",
    ),
    "include": (
        {"requirements.txt": "-r more/packages.txt\n"},
        "bad-requirements", "requirements.txt:1 includes 'more/packages.txt'", "Add the file",
    ),
    "yaml": (
        {"environment.yml": "dependencies:\n  - numpy: [\n"},
        "bad-requirements", "environment.yml:3", "indentation",
    ),
    "yaml-shape": (
        {"environment.yml": "name: study\ndependencies: numpy\n"},
        "bad-requirements", "environment.yml:2", "- numpy",
    ),
    "toml": (
        {"pyproject.toml": '[project]\nname = "study"\ndependencies = [\n  "rich\n]\n'},
        "bad-requirements", "pyproject.toml:4", "Mend that line",
    ),
    "notebook": ({"index.ipynb": _MERGED}, "bad-notebook", "index.ipynb:2", "merge"),
    "no-notebook": ({"index.ipynb": "[]"}, "bad-notebook", "index.ipynb", "--path"),
    "dockerfile": ({"Dockerfile": "FROM debian\n"}, "unsupported", "a Dockerfile", "Guix"),
    "r": ({"install.R": "install.packages('qtl')\n"}, "unsupported", "R (install.R)", "Guix"),
    "julia": ({"Project.toml": "[deps]\n"}, "unsupported", "Julia (Project.toml)", "Guix"),
    "conda": (
        {"environment.yml": "dependencies:\n  - ipykernel\n  - r-base\n"},
        "packages-missing", "r-base (environment.yml:3)", "--allow-missing",
    ),
    "python-3.7": ({"runtime.txt": "python-3.7\n"}, "python-unavailable", "Python 3.7", "3.8"),
    "python-2.7": ({"runtime.txt": "python-2.7\n"}, "python-unavailable", "Python 2.7", "3.8"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "code", "named", "offered"), REFUSED.values(), ids=REFUSED)
def test_what_the_files_say_cannot_be_done(
    files: dict[str, str], code: str, named: str, offered: str, tmp_path: Path
) -> None:
    error = refused(*UV, file_url(make_repository(tmp_path / "study", files)))
    assert error.code == code
    assert named in error.message
    assert offered in error.hint
    assert "Building" not in error.told


def test_the_rest_is_had_when_what_is_missing_may_be(tmp_path: Path) -> None:
    files = {"environment.yml": "dependencies:\n  - ipykernel\n  - r-base\n"}
    source = file_url(make_repository(tmp_path / "study", files))
    done = run_launcher(*UV, source, "--allow-missing", "--", "python", "-c", "import ipykernel")
    assert done.returncode == 0, done.stderr
    assert "goes without r-base (environment.yml:3)" in done.stderr


async def _other_minor(own: Path) -> str | None:
    """Return a minor version of Python that this machine has and that we do not run on."""
    found = await installed_pythons(Path(uv.find_uv_bin()), own)
    minors = {python.version.minor for python in found} - {sys.version_info.minor}
    return next((f"3.{minor}" for minor in sorted(minors, reverse=True) if minor >= 9), None)


async def test_another_python_of_this_machine_serves_who_asks_for_it(tmp_path: Path) -> None:
    minor = await _other_minor(tmp_path)
    if minor is None:
        pytest.skip("this machine has one minor version of Python only")
    files = {
        "pyproject.toml": '[project]\nname = "study"\nversion = "1"\n'
        f'requires-python = "=={minor}.*"\ndependencies = ["ipykernel"]\n'
    }
    source = file_url(make_repository(tmp_path / "study", files))
    done = run_launcher(*UV, source, "--", "python", "--version")
    assert done.stdout.startswith(f"Python {minor}."), done.stderr
