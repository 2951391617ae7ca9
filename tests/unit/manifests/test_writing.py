# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.manifests.model import Entry
from binder_lite.manifests.writing import comment_text, scheme_string, write_manifest
from binder_lite.requirements.guix.text import parse_guix
from unit.manifests.strategies import comments, entries

ONE_GROUP = """\
(specifications->manifest
 (list "python"
       "python-numpy"   ;numpy, a.txt:1; numpy>=1.20, requirements.txt:3
       "python-pandas"  ;pandas, requirements.txt:4
       "python@3.10"))  ;runtime.txt
"""

ALL = """\
;; Written by a test.
;;
;; Guix lacks:
;;   gone, requirements.txt:9

(specifications->manifest
 (list
  ;; To run the notebooks.
  "python-ipykernel"

  ;; What the repository asks for.
  "git"           ;a; b
  "python-numpy"  ;numpy>=1.20

  ;; Programs and libraries beside the language's packages.
  "git:gui"
  "zlib"))        ;apt.txt:1
"""


def test_one_group_is_a_sorted_list_of_each_once() -> None:
    assert (
        write_manifest(
            [
                Entry("python@3.10", comment="runtime.txt"),
                Entry("python-numpy", comment="numpy>=1.20, requirements.txt:3"),
                Entry("python-pandas", comment="pandas, requirements.txt:4"),
                Entry("python"),
                Entry("python-numpy", comment="numpy, a.txt:1"),
                Entry("python-numpy"),
            ]
        )
        == ONE_GROUP
    )


def test_several_groups_have_headings_and_an_entry_is_in_the_first_of_its() -> None:
    asked = [
        Entry("zlib", "system", "apt.txt:1"),
        Entry("git", "system", "b"),
        Entry("git:gui", "system"),
        Entry("python-numpy", comment="numpy>=1.20"),
        Entry("git", "requirements", "a"),
        Entry("python-ipykernel", "kernel"),
    ]
    absent = ["gone, requirements.txt:9"]
    assert write_manifest(asked, header=["Written by a test."], absent=absent) == ALL


def test_nothing_is_an_empty_manifest() -> None:
    assert write_manifest([]) == "(specifications->manifest '())\n"
    assert write_manifest([], absent=["x"]) == (
        ";; Guix lacks:\n;;   x\n\n(specifications->manifest '())\n"
    )


def test_one_entry() -> None:
    assert write_manifest([Entry("a", comment="b")]) == (
        '(specifications->manifest\n (list "a"))  ;b\n'
    )


def test_a_long_comment_goes_on_below_and_a_very_long_one_is_cut() -> None:
    text = write_manifest([Entry("a", comment="word " * 40), Entry("b", comment="x " * 2000)])
    assert text.replace(" ", "").count("word") == 40
    assert text.count("x") < 300
    assert "…" in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert len({line.index(";") for line in text.splitlines()[1:]}) == 1


def test_a_long_name_does_not_move_all_comments() -> None:
    text = write_manifest([Entry("a", comment="b"), Entry("c" * 70, comment="d " * 30)])
    _, first, second, *more = text.splitlines()
    assert first == ' (list "a"  ;b'
    assert f'"{"c" * 70}"))  ;d' in second
    assert more


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("numpy>=1.20, requirements.txt:3", "numpy>=1.20, requirements.txt:3"),
        ("a\n(exit)\r\nb\u2028c\x85d\x0be", "a (exit) b c d e"),
        ("a\x1b[31mred\x1b[0m \x1b]0;title\x07b\x9b1mc", "ared bc"),
        ("a\u202eb\u200ec\u061cd\u2067e\ufefff\ud800g", "abcdefg"),
        ("-*- coding: utf-7 -*-", "-*- coding : utf-7 -*-"),
        ("fileenCoding=latin-1", "fileenCoding =latin-1"),
        ("co\x00ding:utf-7 co\u200bding:utf-7", "coding :utf-7 coding :utf-7"),
        ("Überprüfung ✓ \N{SNAKE}", "Überprüfung ✓ \N{SNAKE}"),
        (" \n\t ", ""),
    ],
)
def test_a_comment_is_one_harmless_line(text: str, shown: str) -> None:
    assert comment_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("python@3.10:out", '"python@3.10:out"'),
        ('a" (exit) "\\', '"a\\" (exit) \\"\\\\"'),
        ("a\nb\x7f", '"a\\x0ab\\x7f"'),
        ("a\u202eb", '"a\\U00202eb"'),
        ("a\ud800", '"a?"'),
        ("encoding:out", '"encoding:out"'),
        ("a;coding:utf-7", '"a;\\x63oding:utf-7"'),
    ],
)
def test_a_string_is_as_scheme_writes_it(text: str, shown: str) -> None:
    assert scheme_string(text) == shown


@given(st.lists(entries), st.lists(comments, max_size=3), st.lists(comments, max_size=3))
def test_what_is_read_back_is_what_was_written(
    asked: list[Entry], header: list[str], absent: list[str]
) -> None:
    text = write_manifest(asked, header=header, absent=absent)
    names = [
        package.name
        + (f"@{package.version}" if package.version else "")
        + (f":{package.output}" if package.output else "")
        for package in parse_guix(text)
    ]
    assert len(names) == len(set(names))
    assert set(names) == {entry.specification for entry in asked}
    assert all(line.strip(" ").startswith((";", "(", '"')) for line in text.split("\n") if line)
    assert not re.search(r";.*coding[:=]", text)
    assert {unicodedata.category(each) for each in text.replace("\n", "")}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )


@given(st.lists(entries), st.randoms())
def test_the_order_of_entries_does_not_matter(asked, random) -> None:  # type: ignore[no-untyped-def]
    text = write_manifest(asked)
    random.shuffle(asked)
    assert write_manifest([*asked, *asked[:1]]) == text


@given(st.text())
def test_any_specification_stays_within_its_string(name: str) -> None:
    text = write_manifest([Entry(name)])
    assert re.fullmatch(r'\(specifications->manifest\n \(list "(?:\\[^\n]|[^"\\\n])*"\)\)\n', text)
