# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.yaml import items, line, pairs, parse_yaml, scalar


def test_values_stay_as_they_are_written() -> None:
    root = parse_yaml("a:\n  - 3.10\n  - 1e3\n  - no\n  - 2020-01-01\n", "f")
    ((key, value),) = pairs(root)
    assert key == "a"
    assert [scalar(item) for item in items(value)] == ["3.10", "1e3", "no", "2020-01-01"]
    assert [line(item) for item in items(value)] == [2, 3, 4, 5]


def test_what_is_no_mapping_has_no_pairs() -> None:
    for text in ("", "- a", "a", "[]", "# nothing"):
        assert list(pairs(parse_yaml(text, "f"))) == []
    assert list(items(parse_yaml("a: b", "f"))) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1\nb: 2", "f:2"),
        ("a:\n\t- b", "f:2"),
        ("a: *missing", "f:1"),
        ("a: '", "f:1"),
        ("[" * 5000, "f"),
        ("a: b\n---\nc: d\n", "f"),
        ("{{ jinja }}: [", "f:1"),
    ],
)
def test_bad_yaml_is_refused_with_its_line(text: str, place: str) -> None:
    with pytest.raises(BadRequirements, match=place):
        parse_yaml(text, "f")


@given(st.text(alphabet="ab:-[]{}*&!|>'\"#%@,\n \t?<=~0"))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadRequirements):
        parse_yaml(text, "f")


def test_names_for_values_do_not_multiply_them() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
    )
    assert len(list(pairs(parse_yaml(bomb, "f")))) == 30
