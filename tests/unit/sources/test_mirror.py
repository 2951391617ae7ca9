# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.sources.mirror import mirror_of

ROOT = Path("/cache")


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/group/repo.git",
        "https://example.org/group/repo/",
        "https://EXAMPLE.org/group/repo",
        "HTTPS://example.org/group/repo.git/",
    ],
)
def test_one_repository_has_one_mirror(other: str) -> None:
    assert mirror_of(ROOT, other) == mirror_of(ROOT, "https://example.org/group/repo")


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/group/Repo",
        "https://example.org:8443/group/repo",
        "http://example.org/group/repo",
        "git@example.org:group/repo",
        "https://example.org/group/repo.git/x",
    ],
)
def test_other_repositories_have_others(other: str) -> None:
    assert mirror_of(ROOT, other) != mirror_of(ROOT, "https://example.org/group/repo")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/group/repo.git", "repo"),
        ("git@example.org:repo.git", "repo"),
        ("file:///srv/my%20repo/.git", "my-20repo"),
        ("https://example.org/..", "repository"),
        ("https://example.org/" + "x" * 300, "x" * 40),
    ],
)
def test_directories_say_what_they_hold(url: str, name: str) -> None:
    directory = mirror_of(ROOT, url).directory
    assert directory.parent == ROOT
    assert directory.name.rpartition("-")[0] == name
    assert mirror_of(ROOT, url).git_dir == directory / "mirror.git"
