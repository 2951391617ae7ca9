# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import TwoBinderDirectories, UnsafePath
from binder_lite.requirements.place import find_place
from binder_lite.requirements.tree import Tree


@pytest.mark.parametrize(
    ("folders", "project", "folder"),
    [
        ([], "", ""),
        (["binder"], "", "binder"),
        ([".binder"], "", ".binder"),
        (["binder", "sub"], "sub", "sub"),
        (["binder", "sub/.binder"], "sub", "sub/.binder"),
    ],
)
def test_a_binder_directory_is_exclusive(
    tmp_path: Path, folders: list[str], project: str, folder: str
) -> None:
    for name in folders:
        (tmp_path / name).mkdir(parents=True)
    place = find_place(Tree(tmp_path), project)
    assert place.folder == folder
    assert place.is_binder_directory is (folder != project)


def test_both_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binder").mkdir()
    (tmp_path / ".binder").mkdir()
    with pytest.raises(TwoBinderDirectories):
        find_place(Tree(tmp_path))


def test_a_file_of_this_name_is_no_binder_directory(tmp_path: Path) -> None:
    (tmp_path / "binder").touch()
    assert find_place(Tree(tmp_path)).folder == ""


def test_a_binder_directory_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "binder").symlink_to("../elsewhere")
    with pytest.raises(UnsafePath):
        find_place(Tree(tmp_path / "checkout"))


def test_files_are_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "binder").mkdir()
    (tmp_path / "binder" / "a.txt").write_bytes("é".encode("utf-16"))
    place = find_place(Tree(tmp_path))
    assert place.path("a.txt") == "binder/a.txt"
    assert place.has("a.txt")
    assert place.text("a.txt") == "é"
