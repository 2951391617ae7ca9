# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest

from binder_lite.errors import RefNotFound
from binder_lite.sources.model import PinnedSource, Source
from binder_lite.sources.refs import Refs, find_ref, nearest, parse_refs, pin, split

A, B, C = "a" * 40, "b" * 40, "c" * 40
LS_REMOTE = f"""ref: refs/heads/main\tHEAD
{A}\tHEAD
{B}\trefs/heads/feature/x
{C}\trefs/heads/feature/x-more
{A}\trefs/heads/main
{B}\trefs/heads/v1
{C}\trefs/pull/1/head
{B}\trefs/tags/v0
{C}\trefs/tags/v1
{A}\trefs/tags/v1^{{}}
"""
REFS = parse_refs(LS_REMOTE)
SOURCE = Source("text", url="https://example.org/r")


def test_what_ls_remote_prints() -> None:
    assert REFS.head == "refs/heads/main"
    assert REFS.commits["refs/tags/v1"] == A
    assert REFS.commits["refs/tags/v0"] == B
    assert REFS.names() == ["feature/x", "feature/x-more", "main", "v1", "v0", "v1"]
    assert parse_refs("") == Refs({}, None)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("main", "refs/heads/main"),
        ("v0", "refs/tags/v0"),
        ("v1", "refs/heads/v1"),
        ("refs/tags/v1", "refs/tags/v1"),
        ("tags/v1", "refs/tags/v1"),
        ("pull/1/head", "refs/pull/1/head"),
        ("refs/heads/nosuch", None),
        ("feature", None),
    ],
)
def test_names(name: str, full: str | None) -> None:
    assert find_ref(REFS, name) == full


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("main/a/b.ipynb", ("main", "a/b.ipynb")),
        ("main", ("main", None)),
        ("feature/x/a.ipynb", ("feature/x", "a.ipynb")),
        ("feature/x-more/a", ("feature/x-more", "a")),
        ("refs/heads/feature/x/a", ("refs/heads/feature/x", "a")),
        ("refs/tags/v1/a", ("refs/tags/v1", "a")),
        (f"{B}/a", (B, "a")),
        ("nosuch/a", None),
    ],
)
def test_where_a_ref_ends(text: str, parts: tuple[str, str | None] | None) -> None:
    assert split(REFS, text) == parts


@pytest.mark.parametrize(
    ("changes", "commit", "ref", "path"),
    [
        ({}, A, "refs/heads/main", None),
        ({"ref": "HEAD"}, A, "refs/heads/main", None),
        ({"ref": "feature/x"}, B, "refs/heads/feature/x", None),
        ({"ref": "refs/tags/v1", "path": "x"}, A, "refs/tags/v1", "x"),
        ({"ref": B}, B, None, None),
        ({"ref": B.upper()}, B, None, None),
        ({"ref": "D" * 64}, "d" * 64, None, None),
        ({"ref": "bbbb"}, B, None, None),
        ({"ref_and_path": "feature/x/a"}, B, "refs/heads/feature/x", "a"),
        ({"ref_and_path": "bbbb/a"}, B, None, "a"),
        ({"ref_and_path": "feature/x/a", "ref": "main"}, A, "refs/heads/main", "a"),
        ({"ref_and_path": "gone/a", "ref": "main"}, A, "refs/heads/main", "a"),
        ({"ref_and_path": "feature/x/a", "path": "b"}, B, "refs/heads/feature/x", "b"),
    ],
)
def test_pinning(changes: dict[str, str], commit: str, ref: str | None, path: str | None) -> None:
    source = replace(SOURCE, **changes)  # type: ignore[arg-type]
    assert pin(source, REFS, "it") == PinnedSource(source, commit, ref, path)


@pytest.mark.parametrize(
    ("changes", "refs", "hint"),
    [
        ({"ref": "mian"}, REFS, "'main'"),
        ({"ref": "Main"}, REFS, "'main'"),
        ({"ref": "refs/heads/mian"}, REFS, "'main'"),
        ({"ref": "zzz"}, REFS, "default branch is 'main'"),
        ({"ref": "dddd"}, REFS, "full id"),
        ({"ref_and_path": "mian/a/b.ipynb"}, REFS, "'main'"),
        ({"ref_and_path": "feature/y/b.ipynb"}, REFS, "'feature/x'"),
        ({}, Refs({}), "Push something"),
        ({}, Refs({"refs/heads/one": A}), "one"),
        ({}, Refs({"refs/odd/one": A}), "--ref"),
        ({"ref": "x"}, Refs({"refs/odd/one": A}), "page"),
    ],
)
def test_what_is_not_there(changes: dict[str, str], refs: Refs, hint: str) -> None:
    with pytest.raises(RefNotFound) as caught:
        pin(replace(SOURCE, **changes), refs, "it")  # type: ignore[arg-type]
    assert hint in caught.value.hint


def test_a_short_id_of_two_commits_is_none() -> None:
    refs = Refs({"refs/heads/a": "abcd" + "0" * 36, "refs/heads/b": "abcd" + "1" * 36})
    with pytest.raises(RefNotFound):
        pin(replace(SOURCE, ref="abcd"), refs, "it")


def test_a_head_that_names_no_branch() -> None:
    refs = Refs({"HEAD": A}, "refs/heads/gone")
    assert pin(SOURCE, refs, "it") == PinnedSource(SOURCE, A, None, None)


def test_nearest() -> None:
    names = ["Index.ipynb", "index.py", "other"]
    assert nearest("index.ipynb", names) == ["Index.ipynb", "index.py"]
    assert nearest("nothing like it", names) == []
