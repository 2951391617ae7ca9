# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import BadSource
from binder_lite.sources.model import Login, Source
from binder_lite.sources.submodules import listed, parse_gitmodules, submodule_source

SHA = "1234567890123456789012345678901234567890"
BASE = "https://example.org/group/repo.git"


def test_gitmodules() -> None:
    text = (
        "submodule.a.path\nlib/a/\0submodule.a.url\n../a\0submodule.b.c.path\nb\0"
        "submodule.b.c.url\nhttps://example.org/b\nc\0submodule.half.path\nx\0"
        "submodule.a.update\n!touch x\0other.key\n1\0"
    )
    assert parse_gitmodules(text) == {
        "lib/a": ("a", "../a"),
        "b": ("b.c", "https://example.org/b\nc"),
    }
    assert parse_gitmodules("") == {}


@pytest.mark.parametrize(
    ("base", "url", "found"),
    [
        (BASE, "../a.git", "https://example.org/group/a.git"),
        (BASE, "../../other/a", "https://example.org/other/a"),
        (BASE, "./a", "https://example.org/group/repo.git/a"),
        (BASE, "https://other.org/a", "https://other.org/a"),
        (BASE, "git@other.org:b/a.git", "git@other.org:b/a.git"),
        ("git@example.org:group/repo.git", "../a.git", "git@example.org:group/a.git"),
    ],
)
def test_addresses(base: str, url: str, found: str) -> None:
    pinned = submodule_source(Source("x", url=base), "lib", "lib", url, SHA, base, None)
    assert (pinned.source.url, pinned.commit) == (found, SHA)


@pytest.mark.parametrize(
    "url",
    ["../../../../a", "ext::sh -c x", "-x", "--upload-pack=x", "/srv/private", "file:///srv/x",
     "https://example.org/a\nb", "."],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(BadSource):
        submodule_source(Source("x", url=BASE), "lib", "lib", url, SHA, BASE, None)


def test_a_login_goes_to_the_same_host_only() -> None:
    parent = Source("x", url=BASE, login=Login("me", "s3cret"))
    same = submodule_source(parent, "a", "a", "../a", SHA, BASE, None)
    other = submodule_source(parent, "a", "a", "https://example.com/a", SHA, BASE, None)
    assert same.source.login == Login("me", "s3cret")
    assert other.source.login is None


def test_what_is_here_already_is_taken_from_here(tmp_path: Path) -> None:
    (tmp_path / "modules" / "lib").mkdir(parents=True)
    (tmp_path / "modules" / "lib" / "HEAD").write_text("")
    parent = Source("x", directory=Path("/srv/repo"))
    found = submodule_source(parent, "p", "lib", "../a", SHA, "/srv/repo", tmp_path)
    assert found.source.directory == tmp_path / "modules" / "lib"
    found = submodule_source(parent, "p", "other", "../a", SHA, "/srv/repo", tmp_path)
    assert found.source.directory == Path("/srv/a")
    (tmp_path / "HEAD").write_text("")
    found = submodule_source(parent, "p", "..", "../a", SHA, "/srv/repo", tmp_path)
    assert found.source.directory == Path("/srv/a")


def test_lists_are_short() -> None:
    assert listed({"a": SHA, "b": SHA}) == "a, b"
    assert listed(dict.fromkeys("abcde", SHA)) == "a, b, c and 2 more"
