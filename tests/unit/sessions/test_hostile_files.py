# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest

from binder_lite.errors import BadRequirements, UnsafePath
from binder_lite.sessions.hostile_files import list_folder, read_start, replace_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file, and links of all kinds that lead to a secret outside."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key").write_text("a secret")
    inside = tmp_path / "root"
    (inside / "folder").mkdir(parents=True)
    (inside / "folder/file").write_text("content")
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "folder/link").symlink_to(tmp_path / "secret/key")
    (inside / "folder/hanging").symlink_to(tmp_path / "secret/new")
    os.mkfifo(inside / "folder/pipe")
    return inside


_NOT_TO_BE_REACHED = ["link/key", "folder/link", "../secret/key", "folder/../../secret/key"]


@pytest.mark.parametrize("path", [*_NOT_TO_BE_REACHED, "folder/pipe", "folder", "gone", "a\0b"])
def test_only_regular_files_inside_are_read(path: str, root: Path) -> None:
    assert read_start(root, path, 100) is None


def test_no_more_is_read_than_asked_for(root: Path) -> None:
    assert read_start(root, "folder/file", 3) == b"con"


@pytest.mark.parametrize("path", ["link", "../secret", "folder/file", "gone"])
def test_only_folders_inside_are_listed(path: str, root: Path) -> None:
    assert list_folder(root, path) == []
    assert list_folder(root, "folder") == ["file", "hanging", "link", "pipe"]


@pytest.mark.parametrize("path", [*_NOT_TO_BE_REACHED, "folder/hanging", "folder/pipe"])
@pytest.mark.parametrize("before", [None, b"a secret"])
def test_nothing_outside_is_written(path: str, before: bytes | None, root: Path) -> None:
    with pytest.raises(UnsafePath):
        replace_file(root, path, b"evil", before=before)
    assert (root.parent / "secret/key").read_text() == "a secret"
    assert not (root.parent / "secret/new").exists()
    assert len(list_folder(root, "folder")) == 4


def test_a_file_is_replaced_with_its_permissions(root: Path) -> None:
    file = root / "folder/file"
    file.chmod(0o4751)
    replace_file(root, "folder/file", b"new", before=b"content")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o7777 == 0o751
    replace_file(root, "made", b"new", before=None)
    assert (root / "made").read_bytes() == b"new"
    assert len(list_folder(root, "folder")) == 4


@pytest.mark.parametrize(
    ("path", "before"),
    [("folder/file", b"other"), ("folder/file", b"contend"), ("folder/file", None), ("gone", b"x")],
)
def test_a_file_that_was_changed_meanwhile_is_kept(
    path: str, before: bytes | None, root: Path
) -> None:
    with pytest.raises(BadRequirements, match="changed meanwhile"):
        replace_file(root, path, b"new", before=before)
    assert (root / "folder/file").read_text() == "content"
