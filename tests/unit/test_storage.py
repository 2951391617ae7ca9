# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from binder_lite.errors import DiskFull, LaunchError, NotWritable
from binder_lite.storage import (
    file_states,
    keep_changes,
    lock,
    read_record,
    remove_tree,
    tree_digest,
    tree_size,
    write_record,
    writing,
)


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    place: Path
    count: int = 0


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree beside a file that nothing in it may lead to."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/precious").write_text("precious")
    tree = tmp_path / "tree"
    (tree / "folder").mkdir(parents=True)
    (tree / "a.py").write_text("a")
    (tree / "folder/b.txt").write_text("b")
    return tree


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    thing = Thing("ü", Path("/x"), 3)
    write_record(tmp_path / "thing.json", thing, leave_out=("place",))
    assert b"place" not in (tmp_path / "thing.json").read_bytes()
    assert read_record(tmp_path / "thing.json", Thing, place=Path("/x")) == thing
    assert [path.name for path in tmp_path.glob("*thing*")] == ["thing.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"name": 3, "place": "/x"}', "{}"])
def test_what_is_no_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "thing.json").write_text(text)
    assert read_record(tmp_path / "thing.json", Thing) is None
    assert read_record(tmp_path / "none.json", Thing) is None


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EACCES, NotWritable),
        (errno.EPERM, NotWritable),
        (errno.EROFS, NotWritable),
    ],
)
def test_writing_tells_people_why_not(number: int, expected: type[LaunchError]) -> None:
    with pytest.raises(expected) as raised, writing("the workspace", Path("/data/x")):
        raise OSError(number, os.strerror(number))
    assert "/data/x" in raised.value.message
    assert "the workspace" in raised.value.message.lower()
    assert raised.value.hint


def test_writing_lets_other_errors_pass() -> None:
    with pytest.raises(FileNotFoundError), writing("it", Path("/x")):
        raise FileNotFoundError(errno.ENOENT, "no")


def test_an_exclusive_lock_is_had_once(tmp_path: Path) -> None:
    held = lock(tmp_path / "deep/lock")
    assert held is not None
    assert lock(tmp_path / "deep/lock") is None
    assert lock(tmp_path / "deep/lock", shared=True) is None
    os.close(held)
    again = lock(tmp_path / "deep/lock")
    assert again is not None
    os.close(again)


def test_a_shared_lock_is_had_by_many_and_keeps_others_out(tmp_path: Path) -> None:
    held = [lock(tmp_path / "lock", shared=True) for _ in range(3)]
    assert None not in held
    assert lock(tmp_path / "lock") is None
    for each in held:
        os.close(each or 0)


def test_a_lock_is_not_inherited(tmp_path: Path) -> None:
    held = lock(tmp_path / "lock")
    assert held is not None
    assert not os.get_inheritable(held)
    os.close(held)


def test_a_tree_is_removed_without_what_its_links_lead_to(tree: Path) -> None:
    (tree / "directory").symlink_to(tree.parent / "outside")
    (tree / "file").symlink_to(tree.parent / "outside/precious")
    os.link(tree.parent / "outside/precious", tree / "hard")
    os.mkfifo(tree / "pipe")
    remove_tree(tree)
    assert not tree.exists()
    assert (tree.parent / "outside/precious").read_text() == "precious"


def test_a_tree_that_was_closed_is_removed(tree: Path) -> None:
    # Root passes closed doors; integration tests do this as an ordinary user.
    (tree / "folder/deep").mkdir()
    (tree / "folder/deep/link").symlink_to(tree.parent / "outside")
    for path in (tree / "folder/deep", tree / "folder", tree):
        path.chmod(0)
    remove_tree(tree)
    assert not tree.exists()
    assert (tree.parent / "outside").stat().st_mode & 0o777 != 0


def test_a_link_in_a_tree_s_place_is_not_followed(tree: Path) -> None:
    link = tree.parent / "link"
    link.symlink_to(tree.parent / "outside")
    with pytest.raises(OSError, match="symbolic link"):
        remove_tree(link)
    assert (tree.parent / "outside/precious").exists()


def test_removing_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    remove_tree(tmp_path / "none")


def test_a_tree_s_size_counts_a_file_once(tree: Path) -> None:
    before = tree_size(tree)
    os.link(tree / "a.py", tree / "again.py")
    (tree / "link").symlink_to(tree.parent / "outside")
    assert before > 0
    assert tree_size(tree) - before < 4096
    assert tree_size(tree.parent / "none") == 0


def test_file_states_name_links_and_leave_out_what_holds_nothing(tree: Path) -> None:
    (tree / "directory").symlink_to(tree.parent / "outside")
    (tree / "broken").symlink_to("nowhere")
    os.mkfifo(tree / "pipe")
    names = [name for name, _ in file_states(tree)]
    assert sorted(names) == ["a.py", "broken", "directory", "folder/b.txt"]


def test_changes_are_kept_and_links_stay_links(tree: Path) -> None:
    before = dict(file_states(tree))
    (tree / "folder/new.txt").write_text("new")
    (tree / "a.py").write_text("changed")
    (tree / "link").symlink_to(tree.parent / "outside/precious")
    (tree / "directory").symlink_to(tree.parent / "outside")
    (tree / ".git").mkdir()
    (tree / ".git/config").touch()
    os.mkfifo(tree / "pipe")
    target = tree.parent / "kept"
    keep_changes(tree, before, target)
    assert sorted(name for name, _ in file_states(target)) == [
        "a.py", "directory", "folder/new.txt", "link",
    ]  # fmt: skip
    assert (target / "link").is_symlink()
    assert (target / "directory").readlink() == tree.parent / "outside"


def _same(tree: Path) -> None:
    """Leave the tree as it is."""


DIGESTS = {
    "nothing": (_same, True),
    "a notebook": (lambda t: (t / "new.ipynb").write_text("{}"), True),
    "git's own files": (lambda t: [(t / ".git").mkdir(), (t / ".git/HEAD").touch()], True),
    "times": (lambda t: os.utime(t / "a.py", (0, 0)), True),
    "rights of others": (lambda t: (t / "a.py").chmod(0o600), True),
    "a pipe": (lambda t: os.mkfifo(t / "pipe"), True),
    "content": (lambda t: (t / "a.py").write_text("A"), False),
    "a name": (lambda t: (t / "a.py").rename(t / "b.py"), False),
    "a new file": (lambda t: (t / "folder/c").touch(), False),
    "being a program": (lambda t: (t / "a.py").chmod(0o755), False),
    "a link": (lambda t: (t / "link").symlink_to("a.py"), False),
    "a link to a directory": (lambda t: (t / "link").symlink_to("folder"), False),
}


@pytest.mark.parametrize(("change", "same"), DIGESTS.values(), ids=DIGESTS)
def test_tree_digest(tree: Path, change: object, same: bool) -> None:
    (tree / "a.py").chmod(0o644)
    before = tree_digest(tree)
    change(tree)  # type: ignore[operator]
    assert (tree_digest(tree) == before) is same


def test_a_digest_is_the_same_wherever_links_lead(tree: Path) -> None:
    (tree / "data").symlink_to("/nonexistent/data")
    without = tree_digest(tree)
    (tree / "data").unlink()
    (tree / "data").symlink_to("/nonexistent/other")
    assert tree_digest(tree) != without
    (tree / "data").unlink()
    (tree / "data").symlink_to("/usr")
    assert tree_digest(tree) != without


def test_a_link_counts_and_not_what_it_leads_to(tree: Path) -> None:
    (tree / "link").symlink_to(tree.parent / "outside/precious")
    before = tree_digest(tree)
    (tree.parent / "outside/precious").write_text("other")
    assert tree_digest(tree) == before
