# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commands run behind the exit of a server."""

from __future__ import annotations

import pytest

from binder_lite.command import Command
from binder_lite.sources.leaving import BEHIND, leaving

GIT = Command(("git", "fetch"), {"A": "b"})


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BEHIND, "door '/a place/socket'")


def test_a_persons_own_git_leaves_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(BEHIND, raising=False)
    assert leaving(GIT, "https://example.org/r") is GIT
    assert leaving(GIT, "https://example.org/r", "storage") is GIT


@pytest.mark.usefixtures("behind")
@pytest.mark.parametrize("url", ["https://example.org/r", "HTTP://example.org/r"])
def test_git_of_a_server_is_behind_its_exit(url: str) -> None:
    command = leaving(GIT, url)
    assert command.argv == ("door", "/a place/socket", "fetching", url, "git", "fetch")
    assert command.env == GIT.env
    assert command.display() == "git fetch"


@pytest.mark.usefixtures("behind")
@pytest.mark.parametrize("url", ["ssh://git@example.org/r", "git@example.org:r", "file:///r"])
def test_what_only_an_operator_opens_is_not_but_its_git_lfs_is(url: str) -> None:
    assert leaving(GIT, url) is GIT
    assert leaving(GIT, url, "storage").argv[:4] == ("door", "/a place/socket", "storage", url)
