# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest

from binder_lite.inside.session import copy_seed, write_files


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    seed = tmp_path / "seed"
    (seed / "data").mkdir(parents=True)
    (seed / "data/made.txt").write_text("made")
    (seed / "changed.txt").write_text("by the build")
    (seed / "a.ipynb").write_text("of the build")
    (seed / "link").symlink_to("data/made.txt")
    (seed / "folder").symlink_to("data")
    os.mkfifo(seed / "pipe")
    return seed


@pytest.fixture
def target(tmp_path: Path) -> Path:
    target = tmp_path / "target"
    target.mkdir()
    (target / "changed.txt").write_text("of the repository")
    (target / "a.ipynb").write_text("newer")
    return target


def test_a_new_session_gets_what_the_build_made_and_changed(
    seed: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_seed(seed, target, True)
    assert (target / "data/made.txt").read_text() == "made"
    assert (target / "changed.txt").read_text() == "by the build"
    assert (target / "link").readlink() == Path("data/made.txt")
    assert (target / "folder").readlink() == Path("data")
    assert not (target / "pipe").exists()
    assert capsys.readouterr().err == ""


def test_a_notebook_may_be_newer_than_the_build(seed: Path, target: Path) -> None:
    copy_seed(seed, target, True)
    assert (target / "a.ipynb").read_text() == "newer"


def test_files_of_the_person_s_are_not_replaced(seed: Path, target: Path) -> None:
    copy_seed(seed, target, False)
    assert (target / "changed.txt").read_text() == "of the repository"
    assert (target / "data/made.txt").read_text() == "made"


def test_what_cannot_be_copied_is_told_and_left_out(
    seed: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (target / "data").write_text("a file where the build has a directory")
    (target / "link").mkdir()
    copy_seed(seed, target, True)
    assert capsys.readouterr().err.count("not copied from the build") == 2
    assert (target / "changed.txt").read_text() == "by the build"


def test_a_link_in_the_way_is_replaced_and_not_written_through(
    seed: Path, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (target / "changed.txt").unlink()
    (target / "changed.txt").symlink_to(tmp_path / "elsewhere")
    copy_seed(seed, target, True)
    assert (tmp_path / "elsewhere").read_text() == "precious"
    assert (target / "changed.txt").read_text() == "by the build"


def test_files_are_written_links_made_and_programs_can_be_run(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "home/.venv").mkdir(parents=True)
    (tmp_path / "home/.venv/pyvenv.cfg").symlink_to(tmp_path / "elsewhere")
    files = {
        ".venv/pyvenv.cfg": "home = /usr/bin\n",
        ".venv/bin/python": "->/usr/bin/python3",
        ".venv/bin/pip": "#!/usr/bin/python3\n",
    }
    for _ in range(2):
        write_files(files, tmp_path / "home")
    venv = tmp_path / "home/.venv"
    assert (venv / "pyvenv.cfg").read_text() == "home = /usr/bin\n"
    assert (venv / "bin/python").readlink() == Path("/usr/bin/python3")
    assert os.access(venv / "bin/pip", os.X_OK)
    assert (tmp_path / "elsewhere").read_text() == "precious"
