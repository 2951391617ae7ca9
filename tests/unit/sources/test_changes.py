# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from binder_lite.sources.changes import apply_changes

Tree = Mapping[str, str]


def write(directory: Path, tree: Tree) -> Path:
    """Write files; a content that begins with an arrow is a link's target."""
    directory.mkdir()
    for name, content in tree.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("->"):
            file.symlink_to(content.removeprefix("->"))
        else:
            file.write_text(content)
    return directory


def read(directory: Path) -> dict[str, str]:
    found = {}
    for parent, folders, names in os.walk(directory):
        for name in (*folders, *names):
            file = Path(parent, name)
            if file.is_symlink():
                found[str(file.relative_to(directory))] = f"->{file.readlink()}"
            elif file.is_file():
                found[str(file.relative_to(directory))] = file.read_text()
            elif not any(file.iterdir()):
                found[str(file.relative_to(directory))] = "empty folder"
    return found


@pytest.mark.parametrize(
    ("committed", "now", "changed", "expected"),
    [
        ({"a": "1"}, {"a": "2"}, ["a"], {"a": "2"}),
        ({"a": "1"}, {"a": "2"}, [], {"a": "1"}),
        ({"a": "1"}, {"a": "1", "b/c/d": "2"}, ["b/c/d"], {"a": "1", "b/c/d": "2"}),
        ({"a": "1", "b/c/d": "2"}, {"a": "1"}, ["b/c/d"], {"a": "1"}),
        ({"b/c": "1", "b/d": "2"}, {"b/d": "2"}, ["b/c"], {"b/d": "2"}),
        ({"a/b": "1"}, {"a": "file"}, ["a", "a/b"], {"a": "file"}),
        ({"a": "file"}, {"a/b": "1"}, ["a", "a/b"], {"a/b": "1"}),
        ({"a": "->x"}, {"a/b": "1"}, ["a", "a/b"], {"a/b": "1"}),
        ({"a": "1"}, {"a": "->/etc/passwd"}, ["a"], {"a": "->/etc/passwd"}),
        ({"a/b": "1"}, {"a": "->../outside"}, ["a", "a/b"], {"a": "->../outside"}),
        ({"a": "1"}, {"a": "1", "nested/x": "2"}, ["nested/"], {"a": "1"}),
        ({"a": "1"}, {"a": "1"}, ["gone", "gone/too"], {"a": "1"}),
    ],
)
def test_a_checkout_becomes_like_the_work_tree(
    tmp_path: Path, committed: Tree, now: Tree, changed: list[str], expected: Tree
) -> None:
    write(tmp_path / "outside", {"b": "secret"})
    target = write(tmp_path / "target", committed)
    apply_changes(write(tmp_path / "top", now), changed, target)
    assert read(target) == expected
    assert read(tmp_path / "outside") == {"b": "secret"}


def test_nothing_outside_is_removed(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"b": "secret"})
    target = write(tmp_path / "target", {"a": "->../outside"})
    apply_changes(write(tmp_path / "top", {"a": "->../outside"}), ["a/b"], target)
    assert read(tmp_path / "outside") == {"b": "secret"}


def test_modes_and_times_are_kept(tmp_path: Path) -> None:
    top = write(tmp_path / "top", {"run": "1"})
    (top / "run").chmod(0o755)
    os.utime(top / "run", (1, 1))
    target = write(tmp_path / "target", {})
    apply_changes(top, ["run"], target)
    assert (target / "run").stat().st_mode & 0o777 == 0o755
    assert (target / "run").stat().st_mtime == 1
