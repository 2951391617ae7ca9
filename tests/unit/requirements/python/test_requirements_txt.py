# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements, LaunchError
from binder_lite.requirements.model import Index, Origin, Requirement
from binder_lite.requirements.python.requirements_txt import (
    Include,
    logical_lines,
    parse_requirements_txt,
)
from binder_lite.requirements.text import decode

FILE = "r.txt"

LINES = [
    ("a\n\nb\n", [(1, "a"), (3, "b")]),
    ("a # c\n# d\nb#e\n", [(1, "a"), (3, "b#e")]),
    ("a \\\n  --hash=x:1 \\\n  --hash=x:2\nb", [(1, "a   --hash=x:1   --hash=x:2"), (4, "b")]),
    # A comment ends what a backslash began, and its own backslash joins nothing.
    ("a \\\n# c\nb", [(1, "a"), (3, "b")]),
    ("# c \\\nb", [(2, "b")]),
    ("a\\", [(1, "a")]),
    ("\r\na\rb\r\n", [(2, "a"), (3, "b")]),
    ("", []),
]

OPTIONS = [
    ("-r a.txt", Include("a.txt", "requirements", Origin(FILE, 1))),
    ("-ra.txt", Include("a.txt", "requirements", Origin(FILE, 1))),
    ("--requirement=a.txt", Include("a.txt", "requirements", Origin(FILE, 1))),
    ("--requirement 'a b.txt'", Include("a b.txt", "requirements", Origin(FILE, 1))),
    ("-c a.txt", Include("a.txt", "constraints", Origin(FILE, 1))),
    ("-i https://example.org", Index("https://example.org", Origin(FILE, 1), "index")),
    (
        "--extra-index-url https://example.org",
        Index("https://example.org", Origin(FILE, 1), "extra-index"),
    ),
    ("-f ./wheels", Index("./wheels", Origin(FILE, 1), "find-links")),
    ("-e .", Requirement("", Origin(FILE, 1), url=".", local=True, editable=True)),
    (
        "--editable=git+https://example.org/x#egg=x",
        Requirement("x", Origin(FILE, 1), url="git+https://example.org/x", editable=True),
    ),
]

NOTICED = [
    "--trusted-host example.org", "--no-binary :all:", "--only-binary=numpy", "--prefer-binary",
    "--no-index", "--require-hashes", "--use-feature x", "x --config-settings=a=b",
    "--index-url https://${TOKEN}@example.org/",
]  # fmt: skip

MALFORMED = [
    ("--user", "cannot stand in a requirements file"),
    ("--nonsense x", "cannot stand"),
    ("-r", "lacks its value"),
    ("-r 'a", "not closed"),
    ("--pre x", "looks like"),
    ("x -r y", "a line of its own"),
    ("numpy=1.2=py39", "numpy==1.2"),
    ("x" * 300_000, "looks like"),
]


@pytest.mark.parametrize(("text", "lines"), LINES)
def test_lines_are_joined_and_counted_as_pip_does(text: str, lines: list[tuple[int, str]]) -> None:
    assert list(logical_lines(text)) == lines


@pytest.mark.parametrize(("line", "expected"), OPTIONS, ids=[line for line, _ in OPTIONS])
def test_options_are_kept(line: str, expected: object) -> None:
    parsed = parse_requirements_txt(line, FILE)
    assert [*parsed.includes, *parsed.found.indexes, *parsed.found.packages] == [expected]


def test_several_options_may_share_a_line() -> None:
    found = parse_requirements_txt("-i https://a.example -f b --pre", FILE).found
    assert [index.kind for index in found.indexes] == ["index", "find-links"]
    assert found.prereleases


@pytest.mark.parametrize("line", NOTICED)
def test_an_option_that_is_not_followed_is_told_with_its_line(line: str) -> None:
    found = parse_requirements_txt(f"\n{line}", FILE).found
    assert len(found.notices) == 1
    assert found.notices[0].startswith("r.txt:2: -")
    assert "ignored" in found.notices[0]
    assert not found.indexes


def test_hashes_are_kept() -> None:
    found = parse_requirements_txt("x==1 --hash=sha256:ab --hash sha512:cd", FILE).found
    assert found.packages[0].hashes == ("sha256:ab", "sha512:cd")


def test_what_conda_froze_is_taken_by_name() -> None:
    found = parse_requirements_txt("x[a] @ file:///croot/x/work ; os_name=='posix'", FILE).found
    expected = Requirement("x", Origin(FILE, 1), extras=("a",), marker='os_name == "posix"')
    assert found.packages == (expected,)
    assert "author's machine" in found.notices[0]


@pytest.mark.parametrize(("line", "hint"), MALFORMED, ids=[hint for _, hint in MALFORMED])
def test_a_malformed_line_is_refused_with_its_number_and_a_way_on(line: str, hint: str) -> None:
    with pytest.raises(BadRequirements, match=r"r.txt:3") as caught:
        parse_requirements_txt(f"a\nb\n{line}\n", FILE)
    assert hint in caught.value.hint


def test_lines_count_from_where_the_text_stands() -> None:
    found = parse_requirements_txt("a\nb", FILE, first_line=10).found
    assert [item.origin.line for item in found.packages] == [10, 11]


PIECES = st.sampled_from(
    ["a", "==1", "\n", "\\\n", " ", "#", "-r ", "-e ", "--hash=", "sha256:x", "--pre", "'", '"',
     ";", "[", "]", "@", "file:///", "-", "--", "=", "git+https://x/y", "${A}",
     "\u2028", "\x0c", "./"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_requirements_txt(text, FILE)
    except LaunchError as error:
        assert FILE in error.message


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parse_requirements_txt(decode(data, FILE), FILE)
    except LaunchError as error:
        assert FILE in error.message
