# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person installs and imports in a session comes back as a change to their own file.

A package is installed from a folder of the repository, so that no index needs to have it; a
notebook that imports another one is written; then the session is asked what it added.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from end_to_end.launcher import launched
from end_to_end.notebook_client import open_client, parse_address
from end_to_end.repositories import commit_all, file_url, git
from wheels import make_wheel

pytestmark = [pytest.mark.needs("git"), pytest.mark.usefixtures("tidy_afterwards")]

_PROGRAM = Path(sys.executable).with_name("binder-lite")
_WHEEL = "cheerful_tiny-1.5-py3-none-any.whl"
_INSTALL = "pip install --quiet --no-index --find-links wheels cheerful-tiny"
_NEW_NOTEBOOK = """
import json, pathlib
cells = ["import cheerful_tiny, json, helpers", "import yaml\\n%pip install humanize==4.9.0"]
pathlib.Path("new.ipynb").write_text(json.dumps({
    "nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": c}
        for c in cells]}, indent=1))
"""


@dataclass(frozen=True, slots=True)
class Format:
    """A file, what it says, and what it says with the additions."""

    file: str
    before: str
    after: str
    more: dict[str, str] = field(default_factory=dict)


FORMATS = [
    Format(
        "requirements.txt",
        "# What we need\r\nsix==1.17.0  # for old code\r\n",
        "# What we need\r\nsix==1.17.0  # for old code\r\ncheerful-tiny==1.5\r\n"
        "humanize==4.9.0\r\npyyaml\r\n",
    ),
    Format(
        "pyproject.toml",
        '[project]\nname = "study"\nversion = "1"\ndependencies = [\n  "six>=1.16", # why\n]\n',
        '[project]\nname = "study"\nversion = "1"\ndependencies = [\n  "six>=1.16", # why\n'
        '  "cheerful-tiny>=1.5",\n  "humanize>=4.9.0",\n  "pyyaml",\n]\n',
    ),
    Format(
        "binder/environment.yml",
        "name: study\ndependencies:\n- python\n- pip\n- pip:\n  - six  # why\n",
        "name: study\ndependencies:\n- python\n- pip\n- pip:\n  - six  # why\n  - cheerful-tiny\n"
        "  - humanize\n  - pyyaml\n",
    ),
    Format(
        "requirements.txt",
        "",
        "cheerful-tiny==1.5\nhumanize==4.9.0\npyyaml\nsix==1.17.0\n",
        more={"old.py": "import six\n"},
    ),
]


@pytest.mark.parametrize("form", FORMATS, ids=["requirements", "pyproject", "conda", "nothing"])
async def test_the_change_is_offered_and_written(form: Format, tmp_path: Path) -> None:
    repository = _make(tmp_path / "study", form)
    async with launched("--engine", "uv", file_url(repository)) as launch:
        address = parse_address(launch.ready.url)
        async with open_client(address.base, address.token) as client:
            assert (await client.run_code(f"!{_INSTALL}")).error is None
            assert (await client.run_code(_NEW_NOTEBOOK)).error is None
        running = _ask(launch.ready.session)
        await launch.interrupt()
    stopped = _ask(launch.ready.session)
    assert running == stopped

    assert [(each["name"], each["version"], each["how"]) for each in stopped["additions"]] == [
        ("cheerful-tiny", "1.5", "installed"),
        ("humanize", "4.9.0", "install line"),
        ("pyyaml", None, "imported"),
    ]
    assert stopped["additions"][0]["origin"].startswith("new.ipynb:")
    workspace = Path(stopped["workspace"])
    file = workspace / form.file
    before = file.read_bytes() if file.exists() else None
    assert stopped["applied"] is False and stopped["left"] == []
    _apply_with_git(repository, stopped["diff"])
    assert (repository / form.file).read_bytes() == form.after.encode()

    applied = _ask(launch.ready.session, "--apply")
    assert applied["applied"] is True and applied["diff"] == stopped["diff"]
    assert before != file.read_bytes() == form.after.encode()
    again = _ask(launch.ready.session, "--apply")
    assert (again["additions"], again["changes"], again["applied"]) == ([], [], False)
    assert "nothing that" in _run(launch.ready.session).stderr


def _make(directory: Path, form: Format) -> Path:
    (directory / "wheels").mkdir(parents=True)
    wheel = make_wheel("cheerful_tiny", "1.5", {"cheerful_tiny.py": ""})
    (directory / "wheels" / _WHEEL).write_bytes(wheel)
    (directory / "helpers.py").write_text("")
    (directory / "index.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []})
    )
    if form.before:
        (directory / form.file).parent.mkdir(exist_ok=True)
        (directory / form.file).write_bytes(form.before.encode())
    for name, text in form.more.items():
        (directory / name).write_text(text)
    git(directory, "init", "--quiet", "--initial-branch=main")
    commit_all(directory)
    return directory


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_PROGRAM, "requirements", *arguments], capture_output=True, text=True, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _ask(*arguments: str) -> dict[str, Any]:
    [line] = _run("--json", *arguments).stdout.splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


def _apply_with_git(repository: Path, diff: str) -> None:
    subprocess.run(["git", "apply"], cwd=repository, input=diff.encode(), check=True)
