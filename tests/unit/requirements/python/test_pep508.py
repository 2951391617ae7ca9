# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Missing, Origin, Requirement
from binder_lite.requirements.python.pep508 import parse_requirement

HERE = Origin("requirements.txt", 7)
HASH = "ab" * 32

PARSED = [
    ("numpy", Requirement("numpy", HERE)),
    ("Foo_Bar.baz >= 1.0, <2", Requirement("foo-bar-baz", HERE, specifier="<2,>=1.0")),
    ("x[B,a_c]==1.*", Requirement("x", HERE, specifier="==1.*", extras=("a-c", "b"))),
    (
        'x; python_version<"3" and os_name=="a/b"',
        Requirement("x", HERE, marker='python_version < "3" and os_name == "a/b"'),
    ),
    (
        "x @ https://example.org/x.zip ; os_name=='posix'",
        Requirement("x", HERE, url="https://example.org/x.zip", marker='os_name == "posix"'),
    ),
    (
        "x[a] @ git+https://example.org/x@v1#subdirectory=py&egg=other",
        Requirement("x", HERE, url="git+https://example.org/x@v1#subdirectory=py", extras=("a",)),
    ),
    (
        "git+https://example.org/x.git#egg=X[a,b]",
        Requirement("x", HERE, url="git+https://example.org/x.git", extras=("a", "b")),
    ),
    (
        f"https://example.org/demo-1.0.tar.gz#sha256={HASH}",
        Requirement(
            "demo", HERE, url="https://example.org/demo-1.0.tar.gz", hashes=(f"sha256:{HASH}",)
        ),
    ),
    (
        "git+ssh://git@example.org/x.git",
        Requirement("", HERE, url="git+ssh://git@example.org/x.git"),
    ),
    (".", Requirement("", HERE, url=".", local=True)),
    (".[dev, Test]", Requirement("", HERE, url=".", local=True, extras=("dev", "test"))),
    ("./a b/c", Requirement("", HERE, url="./a b/c", local=True)),
    ("file:./sub%20dir", Requirement("", HERE, url="./sub dir", local=True)),
    (
        "dist/x-1-py3-none-any.whl",
        Requirement("x", HERE, url="dist/x-1-py3-none-any.whl", local=True),
    ),
    ("x @ ./here", Requirement("x", HERE, url="./here", local=True)),
    ("./a ; os_name=='nt'", Requirement("", HERE, url="./a", local=True, marker='os_name == "nt"')),
]

MISSING = [
    ("x==${VERSION}", "VERSION"),
    ("git+https://${USER}:${TOKEN}@example.org/x", "USER"),
    ("hg+https://example.org/x", "not hg"),
    ("git+file:///srv/x", "author's machine"),
    ("x @ file:///croot/x/work", "author's machine"),
    ("/srv/x", "author's machine"),
    ("~/x", "author's machine"),
    ("C:\\x\\y.zip", "author's machine"),
]

MALFORMED = [
    "numpy==", "numpy=1.2", "= 1", "x y", "x @ y", "x; y", "x[", "x>=1.0.*", "-",
    "x==1" + "1" * 9000, "(" * 3000,
    "x; " + "(" * 3000, "./a ; nonsense", "x @ https://example.org/ ; (",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PARSED, ids=[text for text, _ in PARSED])
def test_a_requirement_is_understood(text: str, expected: Requirement) -> None:
    assert parse_requirement(text, HERE) == expected


def test_an_editable_one_is_a_path_even_without_a_slash() -> None:
    expected = Requirement("", HERE, url="tools", local=True, editable=True)
    assert parse_requirement("tools", HERE, editable=True) == expected


@pytest.mark.parametrize(("text", "reason"), MISSING, ids=[text for text, _ in MISSING])
def test_what_cannot_be_had_says_why(text: str, reason: str) -> None:
    found = parse_requirement(text, HERE)
    assert isinstance(found, Missing)
    assert reason in found.reason
    assert found.origin == HERE


@pytest.mark.parametrize(
    ("text", "shown"),
    [("numpy=1.26", "numpy==1.26"), ("rich=>13", "rich>=13"), ("rich =< 13", "rich<=13")],
)
def test_a_slip_is_shown_as_it_is_meant(text: str, shown: str) -> None:
    with pytest.raises(BadRequirements) as caught:
        parse_requirement(text, HERE)
    assert caught.value.hint.endswith(f": {shown}")


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_malformed_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BadRequirements, match=r"requirements.txt:7") as caught:
        parse_requirement(text, HERE)
    assert caught.value.hint
    assert len(caught.value.message) < 300


def test_a_secret_in_a_url_is_not_shown() -> None:
    with pytest.raises(BadRequirements) as caught:
        parse_requirement("x y https://me:secret@example.org", HERE)
    assert "secret" not in caught.value.message


@given(st.text(), st.booleans())
def test_any_text_is_a_requirement_or_refused(text: str, editable: bool) -> None:
    with contextlib.suppress(BadRequirements):
        parse_requirement(text, HERE, editable=editable)


PIECES = st.sampled_from(
    ["git+", "https://", "file:", "[", "]", "@", " @ ", ";", " ; ", "==", "#", "egg=", "a", "1.0",
     "/", ".", "${X}", "\\", "'", '"', "(", ")", "os_name", ".whl", "%", "-1-py3-none-any.whl"]
)  # fmt: skip


@given(st.lists(PIECES).map("".join), st.booleans())
def test_any_mixture_of_its_parts_is_a_requirement_or_refused(text: str, editable: bool) -> None:
    with contextlib.suppress(BadRequirements):
        parse_requirement(text, HERE, editable=editable)
