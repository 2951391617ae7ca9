# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Origin
from binder_lite.requirements.r.lock import Lock, parse_packrat_lock, parse_renv_lock


def read(packages: dict[str, object], **top: object) -> Lock:
    return parse_renv_lock(json.dumps({**top, "Packages": packages}, indent=2), "renv.lock")


def test_versions_and_lines_are_read() -> None:
    text = """{
  "R": {"Version": "4.2.1", "Repositories": [{"Name": "CRAN", "URL": "https://example.org"}]},
  "Packages": {
    "R6": {
      "Package": "R6", "Version": "2.5.1", "Source": "Repository", "Repository": "CRAN",
      "Requirements": ["R"]
    },
    "MASS": {"Package": "MASS", "Version": "7.3-58.1", "Source": "Repository"}
  }
}"""
    lock = parse_renv_lock(text, "renv.lock")
    assert [(item.name, item.specifier, item.origin.line) for item in lock.packages] == [
        ("R6", "==2.5.1", 4), ("MASS", "==7.3-58.1", 8),
    ]  # fmt: skip
    assert lock.r is not None
    assert (lock.r.name, lock.r.specifier) == ("R", ">=4.2,<4.3")
    assert lock.r.origin == Origin("renv.lock", 2)
    assert lock.needs == (("R6", ("R",)),)


SOURCES = [
    ({"Source": "Repository", "Repository": "RSPM"}, ""),
    ({"Source": "Bioconductor"}, ""),
    ({"Source": "unknown"}, ""),
    (
        {"Source": "GitHub", "RemoteHost": "api.github.com", "RemoteUsername": "o",
         "RemoteRepo": "r", "RemoteRef": "main", "RemoteSha": "abc123"},
        "git+https://github.com/o/r@abc123",
    ),
    (
        {"Source": "GitHub", "RemoteUsername": "o", "RemoteRepo": "r", "RemoteRef": "HEAD",
         "RemoteSubdir": "pkg"},
        "git+https://github.com/o/r#subdirectory=pkg",
    ),
    (
        {"Source": "GitHub", "RemoteHost": "https://git.example.org/api/v3", "RemoteUsername": "o",
         "RemoteRepo": "r"},
        "git+https://git.example.org/o/r",
    ),
    (
        {"Source": "GitLab", "RemoteHost": "gitlab.com", "RemoteUsername": "o", "RemoteRepo": "r"},
        "git+https://gitlab.com/o/r",
    ),
    (
        {"Source": "git", "RemoteUrl": "https://example.org/r.git", "RemoteSha": "abc"},
        "git+https://example.org/r.git@abc",
    ),
    ({"Source": "URL", "RemoteUrl": "https://example.org/x_1.tar.gz"},
     "https://example.org/x_1.tar.gz"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "url"), SOURCES)
def test_a_source_is_a_url_where_no_registry_has_it(record: dict[str, str], url: str) -> None:
    (item,) = read({"x": {"Package": "x", "Version": "1.0", **record}}).packages
    assert item.url == url
    assert item.specifier == "==1.0"


def test_what_was_installed_from_its_author_s_machine_is_missing() -> None:
    lock = read({"x": {"Version": "1.0", "Source": "Local", "RemoteUrl": "~/x"}})
    assert not lock.packages
    assert [(item.name, item.language) for item in lock.missing] == [("x", "r")]
    assert "1.0" in lock.missing[0].reason


def test_what_needs_what_is_followed() -> None:
    lock = read({
        "a": {"Version": "1", "Requirements": ["b"]},
        "b": {"Version": "1", "Imports": ["c (>= 1)", "R (>= 4)"], "LinkingTo": ["a"]},
        "c": {"Version": "1", "Depends": "d, e (>= 2)"},
        "x": {"Version": "1"},
    })  # fmt: skip
    assert lock.brought_by(frozenset({"a"})) == {"a", "b", "c", "d", "e", "R"}
    assert lock.brought_by(frozenset({"x", "unknown"})) == frozenset()


def test_what_else_it_says_is_told() -> None:
    lock = read({}, Bioconductor={"Version": "3.16"}, Python={"Version": "3.10.4", "Type": "conda"})
    assert [word for word in ("3.16", "3.10.4") if any(word in each for each in lock.notices)]
    assert len(lock.notices) == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{\n"R": {},\n<<<<<<< HEAD\n}', "renv.lock:3"),
        ("", "renv.lock:1"),
        ("[1]", "renv.lock"),
        ('{"Packages": []}', "renv.lock"),
        ('{"Packages": {\n"a": 1}}', "renv.lock"),
        ('{"Packages": {\n"a-b": {}}}', "renv.lock:2"),
        ("[" * 100_000, "renv.lock"),
        ('{"a": ' + "1" * 5000 + "}", "renv.lock"),
    ],
)
def test_a_malformed_file_is_refused(text: str, place: str) -> None:
    with pytest.raises(BadRequirements, match=place) as caught:
        parse_renv_lock(text, "renv.lock")
    assert caught.value.hint


PACKRAT = """PackratFormat: 1.4
PackratVersion: 0.5.0
RVersion: 3.5.1
Repos: CRAN=https://example.org

Package: R6
Source: CRAN
Version: 2.2.2
Hash: b2366cd9d2f3851a5704b4e192b985c2

Package: thing
Source: github
Version: 0.1
GithubRepo: thing
GithubUsername: o
GithubRef: master
GithubSha1: abc123
Requires: R6, rlang
"""


def test_packrat_s_file_says_the_same() -> None:
    lock = parse_packrat_lock(PACKRAT, "packrat/packrat.lock")
    assert [(item.name, item.specifier, item.url, item.origin.line) for item in lock.packages] == [
        ("R6", "==2.2.2", "", 6),
        ("thing", "==0.1", "git+https://github.com/o/thing@abc123", 11),
    ]
    assert lock.r is not None
    assert (lock.r.specifier, lock.r.origin.line) == (">=3.5,<3.6", 3)
    assert lock.brought_by(frozenset({"thing"})) == {"R6", "rlang"}
    with pytest.raises(BadRequirements, match=r"packrat\.lock:1"):
        parse_packrat_lock("no field", "packrat.lock")


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9.]{0,6}[A-Za-z0-9]", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}([.-][0-9]{1,3}){0,3}", fullmatch=True)


@given(st.dictionaries(NAMES, VERSIONS), st.sampled_from([None, 2]))
def test_what_is_written_is_read_back(wanted: dict[str, str], indent: int | None) -> None:
    packages = {name: {"Package": name, "Version": version} for name, version in wanted.items()}
    text = json.dumps({"R": {"Version": "4.3.0"}, "Packages": packages}, indent=indent)
    lock = parse_renv_lock(text, "renv.lock")
    assert {item.name: item.specifier for item in lock.packages} == {
        name: f"=={version}" for name, version in wanted.items()
    }
    lines = text.split("\n")
    for item in lock.packages:
        assert item.origin.line is not None
        assert f'"{item.name}"' in lines[item.origin.line - 1]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Packages", "R", "Version", "Source", "Requirements", "a", "Python"]),
            inner, max_size=4,
        ),
    ),
)  # fmt: skip


@given(JSON)
def test_any_document_is_read_or_refused(document: object) -> None:
    for value in (document, {"Packages": document}, {"Packages": {"a": document}}):
        try:
            parse_renv_lock(json.dumps(value), "renv.lock")
        except BadRequirements as error:
            assert error.hint


@given(st.text(alphabet='{}[]":,Packages R\n1'))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_renv_lock, parse_packrat_lock):
        try:
            parse(text, "lock")
        except BadRequirements as error:
            assert error.hint
