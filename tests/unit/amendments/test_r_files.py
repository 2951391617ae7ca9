# SPDX-License-Identifier: GPL-3.0-or-later
"""DESCRIPTION and install.R."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.amendments.description import amend_description
from binder_lite.amendments.install_r import amend_install_r
from binder_lite.amendments.model import CannotAmend
from binder_lite.sessions.installed import parse_fields
from unit.amendments.made import is_kept, r

_NEW = r("new", "1.5")


def case(name: str, before: str, after: str) -> object:
    return pytest.param(f"Package: x\n{before}", f"Package: x\n{after}", id=name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        case(
            "a line each, sorted",
            "Imports:\n    dplyr,\n    tidyr\nLicense: MIT\n",
            "Imports:\n    dplyr,\n    new,\n    tidyr\nLicense: MIT\n",
        ),
        case(
            "a line each, unsorted",
            "Imports:\n    tidyr,\n    dplyr\nLicense: MIT\n",
            "Imports:\n    tidyr,\n    dplyr,\n    new\nLicense: MIT\n",
        ),
        case("first", "Imports:\n  zip,\n  zoo\n", "Imports:\n  new,\n  zip,\n  zoo\n"),
        case("in a line", "Imports: tidyr, dplyr\n", "Imports: tidyr, dplyr, new\n"),
        case("one in its own line", "Imports:\n  z\n", "Imports:\n  z,\n  new\n"),
        case("one beside the name", "Imports: z\n", "Imports: z, new\n"),
        case(
            "leading commas",
            "Imports:\n    tidyr\n  , dplyr\n  , a\n",
            "Imports:\n    tidyr\n  , dplyr\n  , a\n  , new\n",
        ),
        case(
            "versions",
            "Imports:\n    tidyr (>= 1.0),\n    dplyr (>= 2)\n",
            "Imports:\n    tidyr (>= 1.0),\n    dplyr (>= 2),\n    new (>= 1.5)\n",
        ),
        case("exact versions", "Imports: z (== 1)\n", "Imports: z (== 1), new (== 1.5)\n"),
        case("a comma at the end", "Imports: z, a,\nX: y\n", "Imports: z, a, new,\nX: y\n"),
        case(
            "a comment",
            "Imports:\n    z,\n# why, this\n    a\nX: y\n",
            "Imports:\n    z,\n# why, this\n    a,\n    new\nX: y\n",
        ),
        case(
            "folded at a width",
            f"Imports: z, {'b' * 40}, {'a' * 40},\n    c, {'d' * 60}\n",
            f"Imports: z, {'b' * 40}, {'a' * 40},\n    c, {'d' * 60}, new\n",
        ),
        case(
            "folded at a width, and full",
            f"Imports: z, {'b' * 40}, {'a' * 40},\n    c, {'d' * 70}\n",
            f"Imports: z, {'b' * 40}, {'a' * 40},\n    c, {'d' * 70},\n    new\n",
        ),
        case(
            "no Imports",
            "Depends: R (>= 4)\nLicense: MIT\n",
            "Depends: R (>= 4)\nImports:\n    new\nLicense: MIT\n",
        ),
        case("neither", "License: MIT", "License: MIT\nImports:\n    new\n"),
        case("empty", "Imports:\nX: y\n", "Imports: new\nX: y\n"),
        case("CRLF", "Imports:\r\n  z,\r\n  a\r\n", "Imports:\r\n  z,\r\n  a,\r\n  new\r\n"),
        case("there", "Depends: R, new\n", "Depends: R, new\n"),
        case("there with a version", "Imports: new(>= 1)\n", "Imports: new(>= 1)\n"),
        case(
            "suggested only",
            "Suggests: new\nImports: a\n",
            "Suggests: new\nImports: a, new\n",
        ),
    ],
)
def test_description(before: str, after: str) -> None:
    assert amend_description(before, [_NEW]) == after
    assert amend_description(after, [_NEW]) == after


def test_remotes() -> None:
    before = "Package: x\nImports:\n    a\n"
    added = [r("new", "1", "me/new"), r("other", "1", "gitlab::us/other")]
    after = amend_description(before, added)
    assert after == (
        "Package: x\nImports:\n    a,\n    new,\n    other\n"
        "Remotes:\n    me/new,\n    gitlab::us/other\n"
    )
    assert amend_description(after, added) == after


def test_no_description_at_all() -> None:
    with pytest.raises(CannotAmend):
        amend_description("", [_NEW])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'install.packages("new")\n'),
        ("x <- 1", 'x <- 1\ninstall.packages("new")\n'),
        ("install.packages('new')\n", "install.packages('new')\n"),
        ('remotes::install_github("me/new@v1")\n', 'remotes::install_github("me/new@v1")\n'),
        ('# "new"\r\n', '# "new"\r\ninstall.packages("new")\r\n'),
        ('install.packages("newer")\n', 'install.packages("newer")\ninstall.packages("new")\n'),
    ],
)
def test_install_r(before: str, after: str) -> None:
    assert amend_install_r(before, [_NEW]) == after
    assert amend_install_r(after, [_NEW]) == after


def test_install_r_from_forges() -> None:
    text = amend_install_r("", [r("a", url="me/a"), r("b", url="gitlab::me/b")])
    assert text == 'remotes::install_github("me/a")\nremotes::install_gitlab("me/b")\n'
    assert amend_install_r(text, [r("a", url="me/a"), r("b", url="gitlab::me/b")]) == text


_GAP = st.sampled_from(["", " ", "\n    ", "\n\t", "\n# note, x\n  ", "\n .\n  "])


@given(
    items=st.lists(st.sampled_from(["aa", "bB.b", "cc (>= 1.0)", "Zz(== 2)"]), unique=True),
    gaps=st.lists(st.tuples(_GAP, _GAP), min_size=4, max_size=4),
    trailing=st.booleans(),
    tail=st.sampled_from(["", "License: MIT\n", "Suggests:\n    q,\n    p\n"]),
    end=st.sampled_from(["\n", "\r\n"]),
    names=st.lists(st.sampled_from(["new", "Abc", "zzz", "aa"]), unique=True),
)
def test_what_was_there_stays_and_what_is_new_is_read(
    items: list[str], gaps: list[tuple[str, str]], trailing: bool, tail: str, end: str,
    names: list[str],
) -> None:  # fmt: skip
    pieces = (before + item + after for item, (before, after) in zip(items, gaps, strict=False))
    field = ",".join(pieces) + ("," if trailing and items else "")
    if "." in re.sub(r"[\w.]{2,}|\d\.\d", "", field):
        return  # A lone dot is an empty line, which this field has not.
    before = f"Package: x\nImports:{field}\n{tail}".replace("\n", end)
    added = [r(name, "1.5") for name in names]
    after = amend_description(before, added)
    assert is_kept(before, after)
    old, new = (_imports(text) for text in (before, after))
    assert new == old | set(names)
    rest = [{k: v for k, v in parse_fields(t) if k != "Imports"} for t in (before, after)]
    assert rest[0] == rest[1]
    assert amend_description(after, added) == after


def _imports(text: str) -> set[str]:
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    value = dict(parse_fields(kept)).get("Imports", "")
    return {item.split("(")[0].strip() for item in value.split(",") if item.strip()}
