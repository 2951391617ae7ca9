# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.sources.git_output import Listing, parse_listing, parse_status, unquote_path

SHA = "1234567890123456789012345678901234567890"


@pytest.mark.parametrize(
    ("printed", "path"),
    [
        ("plain", "plain"),
        ("with space", "with space"),
        ('"', '"'),
        ('"line\\nbreak"', "line\nbreak"),
        ('"\\303\\237"', "ß"),
        ('"\\377"', "\udcff"),
        ('"a\\"b\\\\c"', 'a"b\\c'),
        ('"\\a\\b\\f\\r\\t\\v"', "\a\b\f\r\t\v"),
        ('"\\\\303"', "\\303"),
        ('"a\\001b"', "a\x01b"),
    ],
)
def test_paths_in_quotes(printed: str, path: str) -> None:
    assert unquote_path(printed) == path


def test_status() -> None:
    unchanged = f"N... 100644 100644 100644 {SHA} {SHA}"
    text = "\n".join(
        [
            "# branch.head main",
            f"1 .M {unchanged} a b",
            f"1 D. {unchanged} gone",
            f"1 .M S.M. 160000 160000 160000 {SHA} {SHA} submodule",
            f"u UU N... 100644 100644 100644 100644 {SHA} {SHA} {SHA} both",
            '? "new\\nfile"',
            "? nested/",
            "! ignored",
        ]
    )
    assert parse_status(text) == ["a b", "gone", "both", "new\nfile", "nested/"]


def test_listing() -> None:
    text = "\n".join(
        [
            f"100644 {SHA} 0\tREADME.md",
            f"100755 {SHA} 0\trun.sh",
            f"120000 {SHA} 0\ta link",
            f"160000 {SHA} 0\tparts/sub",
            f"100644 {SHA} 0\t.gitattributes",
            f'100644 {SHA} 0\t"d\\303\\251/.gitattributes"',
            f"100644 {SHA} 0\tnot.gitattributes",
        ]
    )
    assert parse_listing(text) == Listing(
        ("a link",), {"parts/sub": SHA}, (".gitattributes", "dé/.gitattributes")
    )
