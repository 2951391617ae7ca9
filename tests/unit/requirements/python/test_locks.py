# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Requirement
from binder_lite.requirements.python.locks import parse_poetry_lock, parse_pylock, parse_uv_lock

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def shown(items: tuple[Requirement, ...]) -> list[str]:
    return [item.name + (item.specifier or f" @ {item.url}") for item in items]


@pytest.mark.parametrize(
    ("source", "pin"),
    [
        ('{ registry = "https://a.example" }', ["x==1.0"]),
        ('{ virtual = "." }', []),
        ('{ editable = "." }', []),
        (
            f'{{ git = "https://a.example/x?subdirectory=py&rev=main#{COMMIT}" }}',
            [f"x @ git+https://a.example/x@{COMMIT}#subdirectory=py"],
        ),
    ],
)
def test_uv_pins_versions_and_commits(source: str, pin: list[str]) -> None:
    found = parse_uv_lock(
        f'[[package]]\nname = "x"\nversion = "1.0"\nsource = {source}\n', "uv.lock"
    )
    assert shown(found.constraints) == pin
    assert not found.notices
    assert not found.packages


@pytest.mark.parametrize("source", ['{ directory = "libs/x" }', '{ url = "https://a.example/x" }'])
def test_what_the_lock_does_not_pin_is_told(source: str) -> None:
    found = parse_uv_lock(f'[[package]]\nname = "x"\nsource = {source}\n', "uv.lock")
    assert not found.constraints
    assert found.notices[0].startswith("uv.lock:1: x is not pinned")


POETRY = """[[package]]
name = "x"
version = "1"
{one}
[[package]]
name = "x"
version = "2"
{two}
"""


def test_several_versions_count_only_where_markers_tell_them_apart() -> None:
    apart = POETRY.format(one="markers = \"os_name == 'nt'\"", two="markers = \"os_name != 'nt'\"")
    found = parse_poetry_lock(apart, "poetry.lock")
    assert [(item.specifier, item.marker) for item in found.constraints] == [
        ("==1", 'os_name == "nt"'),
        ("==2", 'os_name != "nt"'),
    ]
    found = parse_poetry_lock(POETRY.format(one="", two=""), "poetry.lock")
    assert not found.constraints
    assert [notice.split(":")[1] for notice in found.notices] == ["1", "5"]


def test_poetry_pins_commits() -> None:
    source = '[package.source]\ntype = "git"\nurl = "https://a.example/x"\nresolved_reference = '
    found = parse_poetry_lock(f'[[package]]\nname = "x"\nversion = "1"\n{source}"{COMMIT}"', "p")
    assert shown(found.constraints) == [f"x @ git+https://a.example/x@{COMMIT}"]


PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "x"\n'


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('directory = { path = ".", editable = true }', "x @ ."),
        ('directory = { path = "libs/x" }', "x @ ./libs/x"),
        (
            f'vcs = {{ type = "git", url = "https://a.example/x", commit-id = "{COMMIT}" }}',
            f"x @ git+https://a.example/x@{COMMIT}",
        ),
        (
            'archive = { url = "https://a.example/x.zip", hashes = { sha256 = "ab" } }',
            "x @ https://a.example/x.zip",
        ),
        (
            'version = "1"\nwheels = [{ name = "x-1-py3-none-any.whl", '
            'url = "https://a.example/x-1-py3-none-any.whl", hashes = { sha256 = "ab" } }]',
            "x==1",
        ),
    ],
)
def test_pylock_says_where_each_package_comes_from(rest: str, expected: str) -> None:
    found = parse_pylock(f"{PYLOCK}{rest}\n", "pylock.toml")
    assert shown(found.packages) == [expected]
    assert found.packages[0].origin.line == 3
    assert found.reads_tree is found.packages[0].local


def test_groups_that_are_installed_by_default_are_selected() -> None:
    marked = (
        PYLOCK.replace("[[", 'dependency-groups = ["a", "b"]\ndefault-groups = ["a"]\n[[')
        + 'directory = { path = "." }\nmarker = "\'GROUP\' in dependency_groups"\n'
    )
    assert parse_pylock(marked.replace("GROUP", "a"), "f").packages[0].marker == ""
    left = parse_pylock(marked.replace("GROUP", "b"), "f")
    assert not left.packages
    assert "not asked for: x" in left.notices[0]


@pytest.mark.parametrize("parse", [parse_uv_lock, parse_poetry_lock])
def test_a_package_without_a_name_is_refused(parse: type) -> None:
    with pytest.raises(BadRequirements, match="number 1 has no name"):
        parse("[[package]]\nversion = '1'", "lock")


@pytest.mark.parametrize(
    "text", ["", "lock-version = '9'\ncreated-by='x'\npackages=[]", PYLOCK, "packages = 1", "["]
)
def test_a_malformed_pylock_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadRequirements, match=r"pylock\.toml"):
        parse_pylock(text, "pylock.toml")
