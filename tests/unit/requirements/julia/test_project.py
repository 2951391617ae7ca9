# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.julia.names import STANDARD_LIBRARY
from binder_lite.requirements.julia.project import TomlLines, parse_project
from binder_lite.requirements.julia.versions import exactly, is_compat, of_command, of_require
from binder_lite.requirements.model import Origin

FILE = "Project.toml"
NAMES = st.from_regex(r"[A-Z][A-Za-z0-9]{0,8}", fullmatch=True)
UUID = "00000000-0000-4000-8000-000000000000"
BOUNDS = st.sampled_from(["", "1", "0.10, 0.11", "^1.2", "~1.2.3", "=1.2.3", ">= 1", "1 - 2.3"])


def deps(*names: str, table: str = "deps") -> str:
    return f"[{table}]\n" + "".join(f'{name} = "{UUID}"\n' for name in names)


def test_each_package_has_its_line_and_its_bound() -> None:
    text = deps("CSV", "Plots") + '[compat]\nPlots = "1.2, 2"\njulia = "1.6"\n'
    julia, csv, plots = parse_project(text, FILE).found.packages
    assert (julia.name, julia.specifier, julia.origin) == ("julia", "1.6", Origin(FILE, 6))
    assert (csv.name, csv.specifier, csv.origin) == ("CSV", "", Origin(FILE, 2))
    assert (plots.name, plots.specifier, plots.origin) == ("Plots", "1.2, 2", Origin(FILE, 3))
    assert {item.language for item in (julia, csv, plots)} == {"julia"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (deps("LinearAlgebra"), "part of Julia"),
        (deps("X", table="weakdeps"), "extension"),
        (deps("X") + deps("X", table="weakdeps"), "extension"),
        (deps("X", table="extras") + '[targets]\ntest = ["X"]\n', "tests"),
        (deps("X", table="extras"), "no target"),
        ('name = "X"\n', "itself"),
    ],
)
def test_what_is_not_wanted_is_listed_with_its_reason(text: str, reason: str) -> None:
    found = parse_project(text, FILE).found
    assert not found.packages
    (ignored,) = found.ignored
    assert reason in ignored.reason
    assert ignored.origin.line


def test_extras_of_other_targets_are_optional() -> None:
    text = deps("A") + deps("B", table="extras") + '[targets]\ntest = ["B"]\nplots = ["B"]\n'
    a, b = parse_project(text, FILE).found.packages
    assert (a.optional, b.optional) == (False, True)


def test_the_bound_of_what_is_not_wanted_is_a_constraint() -> None:
    text = deps("X", table="weakdeps") + '[compat]\nX = "1"\nTest = "1"\n' + deps("Test")
    found = parse_project(text, FILE).found
    assert [(item.name, item.specifier) for item in found.constraints] == [("X", "1")]


@pytest.mark.parametrize(
    ("source", "url", "local"),
    [
        ('{url = "https://example.org/A.jl"}', "git+https://example.org/A.jl", False),
        (
            '{url = "https://example.org/A.jl", rev = "v1", subdir = "lib"}',
            "git+https://example.org/A.jl@v1#subdirectory=lib",
            False,
        ),
        ('{url = "git@example.org:me/A.jl"}', "git+ssh://git@example.org/me/A.jl", False),
        ('{path = "../A"}', "../A", True),
        ('{path = ".", subdir = "lib"}', "./lib", True),
    ],
)
def test_sources_tell_where_a_package_is(source: str, url: str, local: bool) -> None:
    (item,) = parse_project(deps("A") + f"[sources]\nA = {source}\n", FILE).found.packages
    assert (item.url, item.local) == (url, local)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (deps("A") + '[compat]\nB = "1"\n', "Project.toml:4: B is bounded"),
        (deps("A") + '[compat]\nA = "latest"\n', "'latest'"),
        (deps("A") + '[sources]\nB = {path = "x"}\n', "B has a source"),
        (deps("A") + '[targets]\ntest = ["B"]\n', "names B"),
        (deps("A") + '[workspace]\nprojects = ["x"]\n', "workspace"),
    ],
)
def test_what_is_said_in_vain_is_told(text: str, word: str) -> None:
    found = parse_project(text, FILE).found
    assert [(item.name, item.specifier) for item in found.packages] == [("A", "")]
    (notice,) = found.notices
    assert word in notice


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[deps\n", "Project.toml:1"),
        ("[deps]\nA = 1\n", "Project.toml:2"),
        ("deps = 1\n", "Project.toml:1"),
        (deps("A") + "[compat]\nA = 1\n", "Project.toml:4"),
        (deps("A") + "[targets]\ntest = 1\n", "Project.toml:4"),
        (deps("A") + "[sources]\nA = 1\n", "Project.toml:4"),
        (deps("A") + "[sources]\nA = {}\n", "Project.toml:4"),
    ],
)
def test_what_is_malformed_names_its_line(text: str, where: str) -> None:
    with pytest.raises(BadRequirements) as caught:
        parse_project(text, FILE)
    assert where in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('deps = {A = "x"}', 1),
        ('\ndeps.A = "x"', 2),
        ('[deps]\n"A" = "x"', 2),
        ("[sources.A]\nurl = 'x'", 1),
    ],
)
def test_a_key_in_an_unusual_form_has_a_line(text: str, line: int) -> None:
    assert TomlLines(text).key("sources" if "sources" in text else "deps", "A") == line


@given(st.dictionaries(NAMES, BOUNDS, max_size=20), st.booleans())
def test_a_generated_project_is_read_back(wanted: dict[str, str], bounded: bool) -> None:
    text = deps(*wanted) + "[compat]\n"
    text += "".join(f'{name} = "{bound}"\n' for name, bound in wanted.items() if bound)
    text += 'julia = "1.9"\n' if bounded else ""
    found = parse_project(text, FILE).found
    packages = {item.name: item.specifier for item in found.packages if item.name != "julia"}
    ignored = {item.name for item in found.ignored}
    assert packages == {name: wanted[name] for name in wanted if name not in STANDARD_LIBRARY}
    assert packages.keys() | ignored == wanted.keys()
    assert not packages.keys() & ignored
    assert any(item.name == "julia" for item in found.packages) is bounded
    assert not found.notices


@given(st.sets(NAMES), st.sets(NAMES), st.sets(NAMES), st.sets(NAMES))
def test_every_name_ends_in_exactly_one_place(
    own: set[str], weak: set[str], extras: set[str], tested: set[str]
) -> None:
    names = ", ".join(f'"{name}"' for name in sorted(tested))
    text = deps(*own) + deps(*weak, table="weakdeps") + deps(*extras, table="extras")
    found = parse_project(text + f"[targets]\ntest = [{names}]\n", FILE).found
    listed = [item.name for item in found.packages] + [item.name for item in found.ignored]
    assert sorted(listed) == sorted(own | weak | extras)
    assert len(found.notices) == len(tested - own - weak - extras)


@given(st.text() | st.text(alphabet='[]{}=.,"\n depscompat1'))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_project(text, FILE)
    except BadRequirements as error:
        assert FILE in error.message


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("1", True), ("1.2, 2", True), ("^0.1.2", True), ("~1", True), ("=1.2.3", True),
        (">= 1.2", True), ("≥1.2", True), ("< 2", True), ("1.2 - 2", True), ("*", True),
        ("v1.2", True), ("", False), ("1.2.3.4", False), ("latest", False), ("1,", False),
        ("1 2", False), ("1" * 2000, False),
    ],
)  # fmt: skip
def test_a_bound_is_told_from_what_is_none(text: str, valid: bool) -> None:
    assert is_compat(text) is valid


@pytest.mark.parametrize(
    ("version", "bound"),
    [
        ("1.2.3", "=1.2.3"), ("1.2.3+4", "=1.2.3"), ("1.11.0-rc1", "=1.11.0"),
        ("400.902.1.0+0", "=400.902.1"), ("x", ""), ("", ""),
    ],
)  # fmt: skip
def test_one_version_as_a_bound(version: str, bound: str) -> None:
    assert exactly(version) == bound
    assert not bound or is_compat(bound)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("1.2", "~1.2"), ("1", "~1"), ("1.2.3", "=1.2.3"), ("1.2-1.5", "1.2 - 1.5"),
        ('"1.2"', "~1.2"), ("v1.2", "~1.2"), ("x", None), ("1.2.3.4", None),
    ],
)  # fmt: skip
def test_a_version_in_a_command_as_a_bound(text: str, bound: str | None) -> None:
    assert of_command(text) == bound
    assert bound is None or is_compat(bound)


@pytest.mark.parametrize(
    ("versions", "bound"),
    [
        ("", ""), ("0.6", ">= 0.6"), ("0.10 0.12", "0.10 - 0.11"), ("0.3 1.0", "0.3 - 0"),
        ("0.1 1.2.3", "0.1 - 1.2.2"), ("0.1 0.2 0.4", "0.1 - 0.1, >= 0.4"), ("0.7-", ">= 0.7"),
        ("2 1", None), ("0 0", None), ("x", None), ("1 x", None),
    ],
)  # fmt: skip
def test_versions_of_a_require_as_a_bound(versions: str, bound: str | None) -> None:
    assert of_require(versions.split()) == bound
    assert not bound or is_compat(bound)
