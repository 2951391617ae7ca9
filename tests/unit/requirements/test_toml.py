# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import BadRequirements
from binder_lite.requirements.toml import (
    header_offset,
    key_line,
    parse_toml,
    string,
    strings,
    table,
    tables,
)

DOCUMENT = {"a": {"b": {"c": "text"}, "list": [{"x": 1}, 2], "n": 3}}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb = = 2", r"pyproject\.toml:2 "),
        ("a = 1\na = 2\n", "Cannot overwrite"),
        ("a=" + "[" * 5000, "nested"),
    ],
)
def test_bad_toml_is_refused_with_its_line(text: str, place: str) -> None:
    with pytest.raises(BadRequirements, match=place) as caught:
        parse_toml(text, "pyproject.toml")
    assert "pyproject.toml" in caught.value.message


def test_what_is_not_there_or_of_another_type_is_empty() -> None:
    assert table(DOCUMENT, "a", "b") == {"c": "text"}
    assert table(DOCUMENT, "a", "n", "deeper") == {}
    assert tables(DOCUMENT, "a", "list") == [{"x": 1}]
    assert tables(DOCUMENT, "a", "n") == []
    assert string(table(DOCUMENT, "a", "b"), "c") == "text"
    assert string(table(DOCUMENT, "a"), "n") == ""


def test_a_list_of_strings_is_one_or_an_error() -> None:
    assert strings(None, "f", "x") == ()
    assert strings(["a"], "f", "x") == ("a",)
    for value in ("a", ["a", 1], {"a": 1}):
        with pytest.raises(BadRequirements, match=r"f: tool\.x is not a list"):
            strings(value, "f", "tool.x")


def test_lines_of_keys_are_found_after_their_header() -> None:
    text = "[one]\nkey = 1\n[two]\n'key' = 2\nother=3\n"
    assert key_line(text, "other") == 5
    assert (
        key_line("[a]\nx = 1\n[b]\nx = 2\n", "x", start=header_offset("[a]\nx = 1\n[b]", "b")) == 4
    )
    assert header_offset(text, "missing") == 0
    assert key_line(text, "missing") is None
