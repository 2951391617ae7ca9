# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest

from binder_lite.errors import BadRequirements, UnsafePath
from binder_lite.requirements.tree import Tree


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    (root / "sub" / ".hidden").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("a credential")
    (root / "sub" / "b.txt").write_text("b")
    (root / "a.txt").write_text("a")
    (root / "sub" / ".hidden" / "c.txt").write_text("c")
    (tmp_path / "secret.txt").write_text("secret")
    return root


def test_a_file_is_read_and_a_folder_is_none(checkout: Path) -> None:
    tree = Tree(checkout)
    assert tree.read("a.txt") == b"a"
    assert tree.size("sub/b.txt") == 1
    assert not tree.has("sub")
    assert tree.has_folder("sub")
    assert not tree.has("missing")
    assert not tree.has("a.txt/below")


@pytest.mark.parametrize(
    "target", ["../secret.txt", "/etc/hostname", ".git/config", "sub/../../secret.txt"]
)
def test_a_link_that_leaves_is_refused_by_name(checkout: Path, target: str) -> None:
    (checkout / "link").symlink_to(target)
    with pytest.raises(UnsafePath, match="'link'"):
        Tree(checkout).has("link")
    assert not Tree(checkout).holds("link")


def test_a_folder_that_leaves_is_refused_with_what_is_in_it(checkout: Path) -> None:
    (checkout / "linked").symlink_to("..")
    with pytest.raises(UnsafePath):
        Tree(checkout).read("linked/secret.txt")
    with pytest.raises(UnsafePath):
        Tree(checkout).has_folder("linked")


def test_a_link_that_stays_is_followed(checkout: Path) -> None:
    (checkout / "link").symlink_to("sub/b.txt")
    assert Tree(checkout).read("link") == b"b"


def test_a_link_to_itself_is_refused(checkout: Path) -> None:
    (checkout / "loop").symlink_to("loop")
    with pytest.raises(UnsafePath):
        Tree(checkout).has("loop")


def test_the_checkout_itself_may_be_reached_by_a_link(checkout: Path) -> None:
    (checkout.parent / "way").symlink_to(checkout)
    assert Tree(checkout.parent / "way").read("a.txt") == b"a"


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "/".join(["x"] * 3000)])
def test_an_impossible_name_is_no_file(checkout: Path, path: str) -> None:
    assert not Tree(checkout).has(path)


def test_a_pipe_is_no_file(checkout: Path) -> None:
    os.mkfifo(checkout / "pipe")
    assert not Tree(checkout).has("pipe")


def test_a_file_that_is_too_large_is_refused_with_its_name(checkout: Path) -> None:
    (checkout / "big.txt").write_bytes(b"x" * 11)
    assert Tree(checkout).read("big.txt", limit=11)
    with pytest.raises(BadRequirements, match=r"big.txt is larger"):
        Tree(checkout).read("big.txt", limit=10)


def test_a_file_that_may_not_be_read_is_told(checkout: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (checkout / "a.txt").chmod(0)
    with pytest.raises(BadRequirements, match=r"a.txt cannot be read"):
        Tree(checkout).read("a.txt")


def test_a_walk_goes_breadth_first_and_stays(checkout: Path) -> None:
    (checkout / "sub" / "circle").symlink_to("..")
    (checkout / "leaving").symlink_to("../secret.txt")
    (checkout / "sub" / "deep").mkdir()
    (checkout / "sub" / "deep" / "c.txt").write_text("")
    (checkout / "z.txt").write_text("")
    assert list(Tree(checkout).walk()) == ["a.txt", "z.txt", "sub/b.txt", "sub/deep/c.txt"]
    assert list(Tree(checkout).walk("sub")) == ["sub/b.txt", "sub/deep/c.txt"]
    assert list(Tree(checkout).walk("missing")) == []
