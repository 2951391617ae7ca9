# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.requirements.model import Origin, Requirement, Requirements
from binder_lite.requirements.python.uv_sources import apply_sources

ITEM = Requirement("x", Origin("pyproject.toml", 3), extras=("e",), marker='os_name == "posix"')


def apply(source: object, *, is_installed: bool = False) -> Requirements:
    document = {"tool": {"uv": {"sources": {"X": source}}}}
    found = Requirements(packages=(ITEM,))
    return apply_sources(found, document, is_installed=is_installed)


@pytest.mark.parametrize(
    ("source", "url", "local", "editable"),
    [
        ({"git": "https://a.example/x", "rev": "v1"}, "git+https://a.example/x@v1", False, False),
        ({"url": "https://example.org/x.zip"}, "https://example.org/x.zip", False, False),
        ({"path": "libs/x", "editable": True}, "./libs/x", True, True),
    ],
)
def test_a_dependency_comes_from_its_source(
    source: object, url: str, local: bool, editable: bool
) -> None:
    found = apply(source)
    (item,) = found.packages
    assert (item.url, item.local, item.editable) == (url, local, editable)
    assert (item.extras, item.marker) == (ITEM.extras, ITEM.marker)
    assert found.reads_tree is local


def test_a_member_of_the_workspace_is_missing() -> None:
    found = apply({"workspace": True})
    assert [item.name for item in found.missing] == ["x"]
    assert not found.packages


@pytest.mark.parametrize("source", [{"index": "other"}, [{"index": "a"}, {"index": "b"}]])
def test_a_source_that_cannot_be_followed_is_told(source: object) -> None:
    found = apply(source)
    assert found.packages == (ITEM,)
    assert len(found.notices) == 1


def test_an_installed_project_brings_it_itself() -> None:
    found = apply({"git": "https://example.org/x"}, is_installed=True)
    assert not found.packages
    assert "comes with the project" in found.notices[0]


def test_without_sources_nothing_changes() -> None:
    found = Requirements(packages=(ITEM,))
    assert apply_sources(found, {}, is_installed=True) is found
