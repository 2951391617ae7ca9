# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest

from binder_lite.errors import BadSource
from binder_lite.sources.snapshots import (
    changes_name,
    check_copyable,
    copy_command,
    folder_name,
)


def test_copying() -> None:
    assert copy_command(Path("/a b"), Path("/c"), "--verbose").argv == (
        "cp", "-dR", "--preserve=mode,timestamps", "--reflink=auto", "--verbose", "--",
        "/a b/.", "/c",
    )  # fmt: skip


def test_a_folders_name_changes_with_what_is_in_it(tmp_path: Path) -> None:
    names = {folder_name(tmp_path)}
    (tmp_path / "a").write_text("1")
    names.add(folder_name(tmp_path))
    assert folder_name(tmp_path) in names
    (tmp_path / "a").write_text("12")
    names.add(folder_name(tmp_path))
    os.utime(tmp_path / "a", (1, 1))
    names.add(folder_name(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    names.add(folder_name(tmp_path))
    assert len(names) == 5


def test_the_name_of_changes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    names = {
        changes_name("x", tmp_path, ["a"]),
        changes_name("y", tmp_path, ["a"]),
        changes_name("x", tmp_path, ["a", "gone"]),
        changes_name("x", tmp_path, ["a", "not-utf8-\udcff"]),
    }
    assert len(names) == 4
    assert changes_name("x", tmp_path, ["gone", "a"]) in names
    (tmp_path / "a").chmod(0o755)
    assert changes_name("x", tmp_path, ["a"]) not in names


def test_a_folder_that_holds_the_cache_is_not_copied(tmp_path: Path) -> None:
    check_copyable(tmp_path / "notebooks", tmp_path / "cache")
    check_copyable(tmp_path / "cac", tmp_path / "cache")
    for folder in (tmp_path, tmp_path / "cache", Path("/")):
        with pytest.raises(BadSource):
            check_copyable(folder, tmp_path / "cache")
