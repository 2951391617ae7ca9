# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements, LaunchError
from binder_lite.requirements.model import Index, Missing, Origin, Requirement
from binder_lite.requirements.python.pipfile import parse_pipfile, parse_pipfile_lock

ENTRIES = [
    ('x = "*"', Requirement("x", Origin("Pipfile", 2))),
    ('x = ">=1,<2"', Requirement("x", Origin("Pipfile", 2), specifier="<2,>=1")),
    ('"x" = "1.2"', Requirement("x", Origin("Pipfile", 2), specifier="==1.2")),
    (
        'x = { version = "==1", extras = ["b", "a"], markers = "os_name == \'nt\'" }',
        Requirement(
            "x", Origin("Pipfile", 2), specifier="==1", extras=("a", "b"), marker='os_name == "nt"'
        ),
    ),
    (
        'x = { path = ".", editable = true }',
        Requirement("x", Origin("Pipfile", 2), url=".", local=True, editable=True),
    ),
    (
        'x = { file = "https://example.org/x.zip" }',
        Requirement("x", Origin("Pipfile", 2), url="https://example.org/x.zip"),
    ),
    (
        'x = { git = "git@example.org:a/x.git", ref = "v1", editable = true }',
        Requirement(
            "x", Origin("Pipfile", 2), url="git+ssh://git@example.org/a/x.git@v1", editable=True
        ),
    ),
    (
        'x = { path = "/srv/x" }',
        Missing("x", Origin("Pipfile", 2), "it is a file on its author's machine"),
    ),
]


@pytest.mark.parametrize(("line", "expected"), ENTRIES, ids=[line for line, _ in ENTRIES])
def test_entries_are_understood(line: str, expected: Requirement | Missing) -> None:
    found = parse_pipfile(f"[packages]\n{line}\n", "Pipfile")
    assert [*found.packages, *found.missing] == [expected]


def test_the_usual_index_is_not_named_and_a_secret_one_is_told() -> None:
    found = parse_pipfile(
        """[[source]]
name = "pypi"
url = "https://usual.example/simple"
[[source]]
name = "ours"
url = "https://ours.example/simple"
[[source]]
name = "secret"
url = "https://$USER:$TOKEN@secret.example/simple"
""",
        "Pipfile",
    )
    assert found.indexes == (
        Index("https://ours.example/simple", Origin("Pipfile", 6), "extra-index"),
    )
    assert found.notices == ("Pipfile:9: an index is left out: it needs a variable.",)


def test_a_python_that_is_not_understood_is_told() -> None:
    found = parse_pipfile('[requires]\npython_version = "pypy"', "Pipfile")
    assert not found.python
    assert "'pypy'" in found.notices[0]


def test_a_lock_has_lines_in_its_own_sections() -> None:
    document = {
        "_meta": {},
        "default": {"a": {"version": "==1"}},
        "develop": {"a": {"version": "==2"}},
    }
    found = parse_pipfile_lock(json.dumps(document, indent=1), "Pipfile.lock")
    assert [(item.specifier, item.origin.line) for item in found.packages] == [
        ("==1", 4),
        ("==2", 9),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{\n"default": ', "Pipfile.lock:2"),
        ("[]", "Pipfile.lock"),
        ("[" * 100_000, "Pipfile.lock"),
        ('{"default": {"x": 1}}', "'x = 1'"),
    ],
    ids=range(4),
)
def test_a_malformed_lock_is_refused(text: str, place: str) -> None:
    with pytest.raises(BadRequirements) as caught:
        parse_pipfile_lock(text, "Pipfile.lock")
    assert place in caught.value.message


KEYS = (
    "default develop _meta requires sources version git path url hashes extras markers "
    "python_version name x"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
)


@given(JSON)
def test_any_json_is_read_or_refused(document: object) -> None:
    with contextlib.suppress(LaunchError):
        parse_pipfile_lock(json.dumps(document), "Pipfile.lock")
