# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite requirements`` on sessions whose files are made here: other languages, bad will.

Their git repositories are real, and git looks at them in a sandbox, as always.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from binder_lite.engines.sandbox import give, read_host
from binder_lite.sessions.store import Session, write_session
from binder_lite.sessions.unsaved import remember_start
from binder_lite.settings import read_settings
from integration.cli.programs import ADMIN, on_terminal, run

pytestmark = pytest.mark.needs("git")

_ID = "madehere"
_UUID = "336ed68f-0bac-5ca0-87d4-7b16caf5d00b"
_PIP = ".venv/lib/python3.11/site-packages/tiny-1.5.dist-info"
_TINY: dict[str, str] = {
    f"{_PIP}/METADATA": "Name: tiny\nVersion: 1.5\n",
    f"{_PIP}/REQUESTED": "",
    f"{_PIP}/INSTALLER": "pip\n",
}
_R = ".venv/lib/R/library/tidy/DESCRIPTION"
_JULIA = ".julia/environments/v1.10"


def make(repository: Mapping[str, str], home: Mapping[str, str]) -> Path:
    """Make a stopped session with these files; returns its workspace."""
    directory = read_settings().sessions / _ID
    work = directory / "home/work"
    _write(work, {"README": "", **repository})
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=work, check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=work, check=True, capture_output=True, text=True
    ).stdout.strip()
    session = Session(
        id=_ID,
        directory=directory,
        workspace=work,
        source="https://example.org/r",
        commit=head,
        path="",
        engine="uv",
        environment="gone/1",
        created=datetime.now(UTC),
    )
    write_session(session)
    remember_start(session, None, uncommitted=False)
    _write(directory / "home", home)
    hand_over()
    return work


def hand_over() -> None:
    """Give the workspace to the user that sessions run under, as a launch by root does."""
    settings = read_settings()
    give(settings.sessions / _ID / "home", asyncio.run(read_host(settings.session_uid)))


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def ask(*words: str) -> dict[str, Any]:
    done = run(ADMIN, "requirements", _ID, "--json", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    ("file", "before", "home", "after"),
    [
        pytest.param(
            "DESCRIPTION",
            "Package: study\nVersion: 1\nImports:\n    dplyr (>= 1.0),\n    zoo (>= 1)\n"
            "License: x\n",
            {_R: "Package: tidy\nVersion: 1.2\n"},
            "Package: study\nVersion: 1\nImports:\n    dplyr (>= 1.0),\n    tidy (>= 1.2),\n"
            "    zoo (>= 1)\nLicense: x\n",
            id="R",
        ),
        pytest.param(
            "DESCRIPTION",
            "Package: study\nVersion: 1\nImports: zoo, dplyr\n",
            {"work/new.R": "library(dplyr)\nlibrary(vegan)\n"},
            "Package: study\nVersion: 1\nImports: zoo, dplyr, vegan\n",
            id="R, only used",
        ),
        pytest.param(
            "Project.toml",
            f'name = "Study"\n\n[deps]\nAB = "{_UUID}"\n\n[compat]\nAB = "1"\n',
            {
                f"{_JULIA}/Project.toml": f'[deps]\nCSV = "{_UUID}"\n',
                f"{_JULIA}/Manifest.toml": '[[deps.CSV]]\nversion = "0.10.4"\n',
            },
            f'name = "Study"\n\n[deps]\nAB = "{_UUID}"\nCSV = "{_UUID}"\n\n[compat]\nAB = "1"\n'
            'CSV = "0.10.4"\n',
            id="Julia",
        ),
        pytest.param("requirements.txt", "six==1.0\n", _TINY, "six==1.0\ntiny==1.5\n", id="Python"),
    ],
)
def test_each_language_s_own_file(file: str, before: str, home: dict[str, str], after: str) -> None:
    work = make({file: before}, home)
    offered = ask()
    assert (work / file).read_text() == before
    assert [each["path"] for each in offered["changes"]] == [file]
    assert f"+++ b/{file}" in offered["diff"]
    assert ask("--apply")["applied"] is True
    assert (work / file).read_text() == after
    assert (work / file).stat().st_uid == work.stat().st_uid
    again = ask("--apply")
    assert (again["additions"], again["diff"], again["applied"]) == ([], "", False)


def test_what_was_committed_in_the_session_counts_too() -> None:
    work = make({"requirements.txt": "six\n", "old.py": "import unknown_before"}, {})
    (work / "new.py").write_text("import brand_new\n")
    for words in (["add", "-A"], ["commit", "-q", "-m", "y"]):
        subprocess.run(["git", "-c", "safe.directory=*", *words], cwd=work, check=True)
    hand_over()
    assert [each["name"] for each in ask()["additions"]] == ["brand-new"]


def test_a_person_is_asked_and_a_no_writes_nothing() -> None:
    work = make({"requirements.txt": "six\n"}, _TINY)
    for key, status in (("n\n", "Nothing was written"), ("y\n", "Wrote requirements.txt")):
        with on_terminal(ADMIN, "requirements", _ID) as it:
            shown = it.read_until("[y/N]")
            assert "\x1b[32m+tiny" in shown
            it.press(key)
            assert it.end() == 0
        assert status in it.output
        assert ("tiny" in (work / "requirements.txt").read_text()) == (key == "y\n")


def test_without_a_terminal_nothing_is_written() -> None:
    work = make({"requirements.txt": "six\n"}, _TINY)
    done = run(ADMIN, "requirements", _ID)
    assert done.returncode == 0
    assert "+tiny\n" in done.stdout and "\x1b" not in done.stdout + done.stderr
    assert f"binder-lite requirements {_ID} --apply" in done.stderr
    assert (work / "requirements.txt").read_text() == "six\n"


def test_nothing_added_is_said() -> None:
    make({"requirements.txt": "six\n"}, {})
    done = run(ADMIN, "requirements", _ID)
    assert (done.returncode, done.stdout) == (0, "")
    assert "added nothing that its repository does not declare" in done.stderr


def test_a_file_that_became_a_link_is_neither_read_nor_written(tmp_path: Path) -> None:
    work = make({"requirements.txt": "six\n"}, _TINY)
    secret = tmp_path / "secret"
    secret.write_text("machine x password hunter2\n")
    (work / "requirements.txt").unlink()
    (work / "requirements.txt").symlink_to(secret)
    done = run(ADMIN, "requirements", _ID, "--apply")
    assert done.returncode == 27
    assert "hunter2" not in done.stdout + done.stderr
    assert secret.read_text() == "machine x password hunter2\n"


def test_a_workspace_that_became_a_link_is_refused(tmp_path: Path) -> None:
    work = make({"requirements.txt": "six\n"}, _TINY)
    work.rename(work.with_name("moved"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/requirements.txt").write_text("six\n")
    work.symlink_to(tmp_path / "elsewhere")
    done = run(ADMIN, "requirements", _ID, "--apply")
    assert done.returncode == 27, done.stderr
    assert (tmp_path / "elsewhere/requirements.txt").read_text() == "six\n"


def test_hostile_names_and_sizes() -> None:
    site = ".venv/lib/python3.11/site-packages"
    work = make(
        {"requirements.txt": "six\n"},
        {
            **_TINY,
            f"{site}/\x1b]0;evil\x07-1.dist-info/METADATA": "Name: \x1b[31mred\nVersion: 1\n",
            f"{site}/url-1.dist-info/METADATA": "Name: url\nVersion: 1\n",
            f"{site}/url-1.dist-info/REQUESTED": "",
            f"{site}/url-1.dist-info/direct_url.json": json.dumps(
                {"url": "https://x.org/a.zip\n--index-url https://evil.example/"}
            ),
            "work/\x1b[2Jname.py": "import tiny",
            "work/bad.ipynb": "{" * 100_000,
        },
    )
    metadata = work.parent / _PIP / "METADATA"
    os.truncate(metadata, 100 * 1024 * 1024)
    done = run(ADMIN, "requirements", _ID, "--apply")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert (work / "requirements.txt").read_text() == "six\ntiny\n"


def test_a_repository_that_git_cannot_read_is_told() -> None:
    work = make({"requirements.txt": "six\n"}, {**_TINY, "work/new.py": "import brand_new"})
    (work / ".git/config").write_text("[core\n")
    answer = ask()
    assert [each["name"] for each in answer["additions"]] == ["tiny"]
    assert "cannot be read" in answer["notices"][0]
