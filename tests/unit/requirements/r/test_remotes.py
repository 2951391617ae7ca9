# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.model import Missing, Origin, Requirement
from binder_lite.requirements.r.remotes import (
    Remote,
    git_remote,
    is_package_name,
    minor_release,
    parse_comparisons,
    parse_remote,
    requirement_of,
)

HUB = "git+https://github.com"

# (text, kind) → (name, specifier, url)
REMOTES = [
    ("dplyr", "", ("dplyr", "", "")),
    ("dplyr@1.1.0", "", ("dplyr", "==1.1.0", "")),
    ("dplyr@>=1.1.0", "", ("dplyr", ">=1.1.0", "")),
    ("dplyr@latest", "", ("dplyr", "", "")),
    ("cran::dplyr", "", ("dplyr", "", "")),
    ("any::dplyr", "", ("dplyr", "", "")),
    ("bioc::limma", "", ("limma", "", "")),
    ("bioc::3.16/limma", "", ("limma", "", "")),
    ("bioc::devel/limma#1234", "", ("limma", "", "")),
    ("limma", "bioc", ("limma", "", "")),
    ("r-lib/rlang", "", ("rlang", "", f"{HUB}/r-lib/rlang")),
    ("r-lib/rlang@v1.0", "", ("rlang", "", f"{HUB}/r-lib/rlang@v1.0")),
    ("r-lib/rlang@*release", "", ("rlang", "", f"{HUB}/r-lib/rlang")),
    ("r-lib/rlang#123", "", ("rlang", "", f"{HUB}/r-lib/rlang@refs/pull/123/head")),
    ("github::r-lib/rlang", "", ("rlang", "", f"{HUB}/r-lib/rlang")),
    ("o/things/rtool@dev", "", ("rtool", "", f"{HUB}/o/things@dev#subdirectory=rtool")),
    ("o/things/pkg", "", ("things", "", f"{HUB}/o/things#subdirectory=pkg")),
    ("tool=o/r-tool", "", ("tool", "", f"{HUB}/o/r-tool")),
    ("tool=github::o/r-tool@x", "", ("tool", "", f"{HUB}/o/r-tool@x")),
    ("o/tool?source", "", ("tool", "", f"{HUB}/o/tool")),
    ("https://github.com/o/tool", "github", ("tool", "", f"{HUB}/o/tool")),
    ("https://github.com/o/tool/tree/dev", "github", ("tool", "", f"{HUB}/o/tool@dev")),
    ("git@github.com:o/tool.git", "github", ("tool", "", "git+ssh://git@github.com/o/tool.git")),
    ("gitlab::o/tool@main", "", ("tool", "", "git+https://gitlab.com/o/tool@main")),
    ("gitlab::git.example.org/o/tool", "", ("tool", "", "git+https://git.example.org/o/tool")),
    ("gitlab::group/tool/-/sub", "", ("sub", "", "git+https://gitlab.com/group/tool"
                                                 "#subdirectory=sub")),
    ("bitbucket::o/tool", "", ("tool", "", "git+https://bitbucket.org/o/tool")),
    ("git::https://example.org/o/tool.git", "", ("tool", "", "git+https://example.org/o/tool.git")),
    ("git::https://example.org/o/tool.git@v2", "",
     ("tool", "", "git+https://example.org/o/tool.git@v2")),
    ("git::https://me@example.org/o/tool.git", "",
     ("tool", "", "git+https://me@example.org/o/tool.git")),
    ("git::git@example.org:o/tool.git", "", ("tool", "", "git+ssh://git@example.org/o/tool.git")),
    ("https://example.org/tool.git", "", ("tool", "", "git+https://example.org/tool.git")),
    ("url::https://example.org/tool_1.2.tar.gz", "",
     ("tool", "", "https://example.org/tool_1.2.tar.gz")),
    ("https://example.org/src/tool_1.2-3.tar.gz", "",
     ("tool", "", "https://example.org/src/tool_1.2-3.tar.gz")),
    ("url::https://github.com/o/tool/archive/main.zip", "",
     ("tool", "", "https://github.com/o/tool/archive/main.zip")),
    ("svn::https://example.org/svn/tool", "", ("tool", "", "svn+https://example.org/svn/tool")),
]  # fmt: skip

PROBLEMS = [
    "", "my package", "1st", "my-package", "dplyr@soon", "strange::thing", "url::https://x.org/",
    "a.", "github::alone",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "expected"), REMOTES, ids=[each[0] for each in REMOTES])
def test_installers_words_are_understood(
    text: str, kind: str, expected: tuple[str, str, str]
) -> None:
    found = parse_remote(text, kind)
    assert not found.problem
    assert (found.name, found.specifier, found.url) == expected


@pytest.mark.parametrize("text", PROBLEMS)
def test_what_names_nothing_says_why(text: str) -> None:
    found = parse_remote(text)
    assert found.problem
    missing = requirement_of(found, Origin("install.R", 1))
    assert isinstance(missing, Missing)
    assert missing.reason == found.problem


def test_what_is_said_beside_counts_where_the_text_does_not_say() -> None:
    assert parse_remote("o/t", ref="v1", folder="sub").url == f"{HUB}/o/t@v1#subdirectory=sub"
    assert parse_remote("o/t@v2", ref="v1").url == f"{HUB}/o/t@v2"
    assert parse_remote("t", version="1.2").specifier == "==1.2"
    assert parse_remote("t", version=">= 1.2, < 2").specifier == ">=1.2,<2"


@pytest.mark.parametrize(
    ("path", "url"), [("tools/one", "tools/one"), ("./one", "one"), ("a/../b", "b")]
)
def test_a_local_path_begins_at_the_project(path: str, url: str) -> None:
    origin = Origin("DESCRIPTION", 3)
    remote = Remote("one", url=path, local=True)
    assert requirement_of(remote, origin) == Requirement("one", origin, "r", url=url, local=True)
    below = requirement_of(remote, origin, "project")
    assert isinstance(below, Requirement)
    assert below.url == f"project/{url}"


@pytest.mark.parametrize("path", ["../one", "/home/me/one", "~/one", "C:/one", "a/../../one"])
def test_a_path_outside_of_the_checkout_is_missing(path: str) -> None:
    missing = requirement_of(Remote("one", url=path, local=True), Origin("DESCRIPTION", 3))
    assert isinstance(missing, Missing)
    assert "author's machine" in missing.reason


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        (">= 1.2", ">=1.2"),
        (">=1.2-3", ">=1.2-3"),
        ("== 1", "==1"),
        ("!= 1.1", "!=1.1"),
        (">= 1, < 2", ">=1,<2"),
        ("= 1.2", None),
        ("1.2", None),
        (">= r12345", None),
        ("", None),
    ],
)
def test_comparisons_are_r_s(text: str, specifier: str | None) -> None:
    assert parse_comparisons(text) == specifier


@pytest.mark.parametrize(
    ("version", "specifier"),
    [("4.1", ">=4.1,<4.2"), ("4.1.3", ">=4.1,<4.2"), ("4", ">=4.0,<5.0"), ("", ""), ("x", "")],
)
def test_patch_releases_of_r_are_interchangeable(version: str, specifier: str) -> None:
    assert minor_release(version) == specifier


def test_names_are_those_that_r_allows() -> None:
    assert all(map(is_package_name, ["R6", "data.table", "R", "ggplot2"]))
    assert not any(map(is_package_name, ["", "2a", "a.", "a-b", "a_b", "é", ".a"]))


def test_a_git_url_has_one_prefix() -> None:
    assert git_remote("git+https://x.org/a", "v1", "b") == "git+https://x.org/a@v1#subdirectory=b"


@given(st.text(alphabet="abR1.-_/@#:=?*~\\ %\n"), st.sampled_from(["", "github", "git", "url"]))
def test_any_text_is_a_remote_or_says_why_not(text: str, kind: str) -> None:
    found = parse_remote(text, kind)
    assert found.problem or found.name or found.url
    item = requirement_of(found, Origin("x", 1))
    if isinstance(item, Requirement) and item.local:
        assert item.url.split("/")[0] not in ("", "..", "~")
