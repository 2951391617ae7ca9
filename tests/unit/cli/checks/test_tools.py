# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from binder_lite.cli.checks import tools


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which there is nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


async def test_git_is_needed(empty_path: Path) -> None:
    check = await tools.check_git("debian")
    assert (check.outcome, check.found) == ("failed", "not found")
    assert check.hint == "Install it with:\n  sudo apt install git"


async def test_git_lfs_is_needed_by_some(empty_path: Path) -> None:
    check = await tools.check_git_lfs("arch")
    assert check.outcome == "warning"
    assert check.hint.endswith("Install it with:\n  sudo pacman -S git-lfs")


async def test_guix_is_not_needed(empty_path: Path) -> None:
    assert (await tools.check_guix()).outcome == "skipped"


@pytest.mark.parametrize(("version", "outcome"), [((3, 11, 0), "ok"), ((3, 10, 9), "failed")])
async def test_python_must_be_new_enough(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], outcome: str
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert (await tools.check_python()).outcome == outcome


async def test_a_guix_whose_daemon_does_not_answer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "guix"
    program.write_text("#!/bin/sh\necho 'guix (GNU Guix) 1.5.0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("GUIX_DAEMON_SOCKET", str(tmp_path / "socket"))
    check = await tools.check_guix()
    assert check.outcome == "warning"
    assert "the Guix daemon does not answer" in check.found
    assert "guix-daemon" in check.hint
