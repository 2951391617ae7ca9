# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import PathNotFound, UnsafePath
from binder_lite.sources.checkouts import (
    Marker,
    check_path,
    complete,
    leaving_links,
    read_marker,
    temporary_place,
)
from binder_lite.sources.mirror import Mirror
from binder_lite.sources.model import Checkout, PinnedSource, Source


def test_a_marker_is_read_back(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    marker = Marker(("a", "line\nbreak"), {"sub": "1" * 40}, True, 2)
    container = mirror.checkouts / "x"
    assert read_marker(container) is None
    temporary = temporary_place(mirror)
    (temporary / "files" / "a").write_text("")
    complete(temporary, container, marker)
    assert read_marker(container) == marker
    assert not temporary.exists()
    (container / "complete").write_text('{"lfs": "nonsense"}')
    assert read_marker(container) is None


def test_names_that_are_not_utf8_survive_the_marker(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    marker = Marker(("a\udcff",), {"sub\udcff": "1" * 40})
    complete(temporary_place(mirror), mirror.checkouts / "x", marker)
    assert read_marker(mirror.checkouts / "x") == marker


def test_a_new_checkout_replaces_an_incomplete_one(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    container = mirror.checkouts / "x"
    (container / "files").mkdir(parents=True)
    (container / "files" / "half").write_text("")
    complete(temporary_place(mirror), container, Marker())
    assert list((container / "files").iterdir()) == []


@pytest.mark.parametrize(
    ("target", "leaves"),
    [
        ("file", False),
        ("/etc/passwd", True),
        ("..", True),
        (".", False),
        ("folder/../file", False),
        ("folder/../../x", True),
        ("nosuch", False),
        ("link", False),
        ("up/up/..", True),
    ],
)
def test_links(tmp_path: Path, target: str, leaves: bool) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "file").write_text("")
    (root / "up").symlink_to(".")
    (root / "link").symlink_to(target)
    assert leaving_links(root, ("link",)) == (["link"] if leaves else [])


def test_a_neighbour_with_a_longer_name_is_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root-secret").mkdir()
    (tmp_path / "root" / "link").symlink_to("../root-secret")
    assert leaving_links(tmp_path / "root", ("link",)) == ["link"]


@pytest.mark.parametrize(
    ("path", "error", "hint"),
    [
        (None, None, ""),
        ("a/nb.ipynb", None, ""),
        ("a", None, ""),
        ("nb.ipynb", PathNotFound, "'a/nb.ipynb'"),
        ("a/nbb.ipynb", PathNotFound, "'a/nb.ipynb'"),
        ("zzz", PathNotFound, "Leave out"),
        ("a/nb.ipynb/x", PathNotFound, ""),
        ("out", UnsafePath, "own path"),
        ("out/passwd", UnsafePath, "own path"),
        ("dangling", PathNotFound, ""),
    ],
)
def test_the_path_to_open(
    tmp_path: Path, path: str | None, error: type[Exception] | None, hint: str
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "nb.ipynb").write_text("{}")
    (tmp_path / "out").symlink_to("/etc")
    (tmp_path / "dangling").symlink_to("nosuch")
    pinned = PinnedSource(Source("x", directory=tmp_path), "1" * 40, path=path)
    checkout = Checkout(pinned, tmp_path)
    if error is None:
        check_path(checkout)
        return
    with pytest.raises(error) as caught:
        check_path(checkout)
    assert hint in getattr(caught.value, "hint", "")
