# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.julia.manifest import (
    apply_manifest,
    parse_manifest,
    whole_manifest,
)
from binder_lite.requirements.julia.names import STANDARD_LIBRARY
from binder_lite.requirements.julia.project import parse_project
from binder_lite.requirements.model import Origin, Requirements

FILE = "Manifest.toml"
UUID = "00000000-0000-4000-8000-000000000000"
FORMATS = ("", "1.0", "2.0", "2.1")
NAMES = st.from_regex(r"[A-Z][A-Za-z0-9]{0,8}", fullmatch=True)
VERSIONS = st.tuples(*[st.integers(0, 99)] * 3).map(lambda numbers: ".".join(map(str, numbers)))


def manifest(form: str, entries: Mapping[str, str], julia: str = "") -> str:
    """Return a manifest; an entry's text is its keys besides the UUID."""
    lines = [f'julia_version = "{julia}"'] if julia else []
    lines += [f'manifest_format = "{form}"'] if form else []
    prefix = "deps." if form.startswith("2") else ""
    for name, keys in entries.items():
        lines += [f"[[{prefix}{name}]]", f'uuid = "{UUID}"', keys]
    return "\n".join(lines) + "\n"


def registered(version: str) -> str:
    return f'git-tree-sha1 = "{"0" * 40}"\nversion = "{version}"'


def applied(deps: list[str], text: str, more: str = "") -> Requirements:
    project = "[deps]\n" + "".join(f'{name} = "{UUID}"\n' for name in deps) + more
    return apply_manifest(parse_project(project, "Project.toml"), parse_manifest(text, FILE))


@pytest.mark.parametrize("form", FORMATS)
def test_the_project_is_given_the_versions_of_its_manifest(form: str) -> None:
    entries = {"A": registered("1.2.3+1"), "B": registered("2.0.0"), "Zlib_jll": 'version = "1.2"'}
    found = applied(["A"], manifest(form, entries))
    (item,) = found.packages
    assert (item.name, item.specifier, item.origin) == ("A", "=1.2.3", Origin("Project.toml", 2))
    assert [entry.name for entry in found.ignored] == ["B", "Zlib_jll"]
    assert "need it" in found.ignored[0].reason
    assert "part of Julia" in found.ignored[1].reason


@pytest.mark.parametrize("form", FORMATS)
def test_without_a_project_all_are_wanted(form: str) -> None:
    entries = {"A": registered("1.2.3"), "B": registered("2.0.0"), "Test": ""}
    text = manifest(form, entries)
    found = whole_manifest(parse_manifest(text, FILE))
    assert [(item.name, item.specifier) for item in found.packages] == [
        ("A", "=1.2.3"),
        ("B", "=2.0.0"),
    ]
    places = [(item.name, item.origin) for item in found.packages]
    for name, origin in (*places, *((item.name, item.origin) for item in found.ignored)):
        assert origin.line is not None
        assert name in text.split("\n")[origin.line - 1]
    assert [item.name for item in found.ignored] == ["Test"]


def test_the_projects_bounds_become_constraints() -> None:
    more = '[compat]\nA = "1"\njulia = "1.6"\n'
    found = applied(["A"], manifest("2.0", {"A": registered("1.2.3")}, "1.9.3"), more)
    assert [(item.name, item.specifier) for item in found.packages] == [
        ("julia", "=1.9.3"),
        ("A", "=1.2.3"),
    ]
    assert [(item.name, item.specifier) for item in found.constraints] == [
        ("julia", "1.6"),
        ("A", "1"),
    ]
    assert found.packages[0].origin == Origin(FILE, 1)


def test_without_a_version_of_julia_the_projects_bound_is_kept() -> None:
    found = applied([], manifest("", {"A": registered("1.0.0")}), '[compat]\njulia = "1.6"\n')
    assert [(item.name, item.specifier) for item in found.packages] == [("julia", "1.6")]
    assert not found.constraints


@pytest.mark.parametrize(
    ("keys", "url", "local"),
    [
        ('path = "lib/A"', "lib/A", True),
        (
            f'{registered("1.0.0")}\nrepo-rev = "main"\nrepo-url = "https://example.org/A.jl.git"',
            "git+https://example.org/A.jl.git@main",
            False,
        ),
        (
            'repo-url = "https://example.org/A.jl"\nrepo-subdir = "x"',
            "git+https://example.org/A.jl#subdirectory=x",
            False,
        ),
    ],
)
@pytest.mark.parametrize("deps", [["A"], []])
def test_what_no_registry_has_is_wanted_from_its_place(
    deps: list[str], keys: str, url: str, local: bool
) -> None:
    (item,) = applied(deps, manifest("2.0", {"A": keys})).packages
    assert (item.url, item.local, item.origin.file) == (url, local, FILE)


def test_a_package_that_the_manifest_lacks_is_told_and_kept() -> None:
    found = applied(["A"], manifest("2.0", {"B": registered("1.0.0")}), '[compat]\nA = "1"\n')
    assert [(item.name, item.specifier) for item in found.packages] == [("A", "1")]
    assert "older" in found.notices[0]


def test_of_two_packages_of_one_name_the_uuid_decides() -> None:
    other = UUID.replace("0", "1")
    entries = f'[[deps.A]]\nuuid = "{other}"\n{registered("9.0.0")}\n'
    text = manifest("2.0", {"A": registered("1.0.0")}).replace("[[", entries + "[[", 1)
    found = applied(["A"], text)
    assert [item.specifier for item in found.packages] == ["=1.0.0"]
    assert [item.name for item in found.ignored] == ["A"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('manifest_format = "9.0"\n', "newer"),
        ('manifest_format = "2.0"\njulia_version = "1.11.0-rc1"\n', "1.11.0-rc1"),
        ('manifest_format = "2.0"\njulia_version = "odd"\n', "odd"),
    ],
)
def test_what_is_unusual_is_told(text: str, word: str) -> None:
    assert word in parse_manifest(text, FILE).notices[0]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[[A]\n", "Manifest.toml:1"),
        ('manifest_format = "2.0"\n[deps.A]\nx = 1\n', "Manifest.toml:2"),
        ('manifest_format = "2.0"\ndeps = 1\n', "Manifest.toml:2"),
        ("A = [1]\n", "Manifest.toml:1"),
    ],
)
def test_what_is_malformed_names_its_line(text: str, where: str) -> None:
    with pytest.raises(BadRequirements) as caught:
        parse_manifest(text, FILE)
    assert where in caught.value.message


@given(
    st.sampled_from(FORMATS),
    st.dictionaries(NAMES, st.none() | VERSIONS, min_size=1, max_size=20),
    st.data(),
)
def test_each_package_ends_in_exactly_one_place(
    form: str, entries: dict[str, str | None], data: st.DataObject
) -> None:
    text = manifest(form, {name: registered(v) if v else "" for name, v in entries.items()})
    direct = data.draw(st.sets(st.sampled_from(sorted(entries))))
    found = applied(sorted(direct), text)
    listed = [item.name for item in found.packages] + [item.name for item in found.ignored]
    assert sorted(listed) == sorted(entries)
    assert {item.name: item.specifier for item in found.packages} == {
        name: f"={entries[name]}"
        for name in direct
        if entries[name] and name not in STANDARD_LIBRARY
    }


@given(st.text() | st.text(alphabet='[]{}=.,"\n depsAmanifest_format12'))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        whole_manifest(parse_manifest(text, FILE))
    except BadRequirements as error:
        assert FILE in error.message
