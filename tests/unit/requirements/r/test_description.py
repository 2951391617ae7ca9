# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Requirements
from binder_lite.requirements.r.description import (
    decode_description,
    parse_control,
    parse_description,
    split_items,
)
from binder_lite.requirements.r.remotes import BASE_PACKAGES


def read(text: str, head: str = "Package: own\n") -> Requirements:
    description = parse_description(head + text, "DESCRIPTION")
    assert description is not None
    return description.found


def listed(found: Requirements) -> list[tuple[str, str, int | None]]:
    return [(item.name, item.specifier, item.origin.line) for item in found.packages]


FOLDINGS = [
    ("Imports: a1, b1", [("a1", "", 2), ("b1", "", 2)]),
    ("Imports:\n    a1,\n    b1\n", [("a1", "", 3), ("b1", "", 4)]),
    ("Imports:\n\ta1\n\t, b1\n", [("a1", "", 3), ("b1", "", 4)]),
    ("Imports: a1\n  (>= 1.0),\n b1", [("a1", ">=1.0", 2), ("b1", "", 4)]),
    ("Imports: a1(>=1.0),b1 ( < 2 )", [("a1", ">=1.0", 2), ("b1", "<2", 2)]),
    ("Imports: a1,\n .\n b1", [("a1", "", 2), ("b1", "", 4)]),
    ("Imports: a1,\n  \t \n b1", [("a1", "", 2), ("b1", "", 4)]),
    ("Imports: a1,\n# a note\n b1", [("a1", "", 2), ("b1", "", 4)]),
    ("Imports: a1,\n  # c1,\n b1", [("a1", "", 2), ("b1", "", 4)]),
    ("Imports:\r\n a1,\r\n b1\r\n", [("a1", "", 3), ("b1", "", 4)]),
    ("Imports: a1,, b1,\n", [("a1", "", 2), ("b1", "", 2)]),
    ("Imports : a1", [("a1", "", 2)]),
    ("Imports: a1\nTitle: x\nImports: b1", [("a1", "", 2), ("b1", "", 4)]),
    ("Imports: a1 (>= 1, < 2), b1", [("a1", ">=1,<2", 2), ("b1", "", 2)]),
    ("Imports: a1\nDepends: a1 (>= 2)", [("a1", ">=2", 2)]),
    ("LinkingTo: Rcpp (>= 0.11.0-1)", [("Rcpp", ">=0.11.0-1", 2)]),
    ("Depends: R (>= 4.1), a1", [("R", ">=4.1", 2), ("a1", "", 2)]),
]


@pytest.mark.parametrize(("text", "expected"), FOLDINGS)
def test_lists_are_read_however_they_are_folded(
    text: str, expected: list[tuple[str, str, int | None]]
) -> None:
    found = read(text)
    assert listed(found) == expected
    assert not found.notices


def test_a_byte_order_mark_is_no_part_of_the_first_field() -> None:
    text = decode_description(b"\xef\xbb\xbfPackage: own\nImports: a1", "DESCRIPTION")
    description = parse_description(text, "DESCRIPTION")
    assert description is not None
    assert description.package == "own"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Title: caf\xe9\nEncoding: latin1\n", "café"),
        ("Title: café\nEncoding: latin1\n".encode(), "cafÃ©"),
        ("Title: café\nEncoding: UTF-8\n".encode(), "café"),
        (b"Title: \xbe\nEncoding: latin2\n", "ž"),
        ("Title: café\n".encode(), "café"),
        ("Title: café\nEncoding: klingon\n".encode(), "café"),
        (b"Title: caf\xe9\nEncoding: UTF-8\n", "café"),
        ("Title: café\nEncoding: latin1\n".encode("utf-8-sig"), "café"),
    ],
)
def test_a_file_is_in_the_encoding_that_it_names(data: bytes, text: str) -> None:
    assert text in decode_description(data, "DESCRIPTION")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(BadRequirements, match="DESCRIPTION"):
        decode_description(b"Package: a\0b\nEncoding: latin1", "DESCRIPTION")


def test_suggests_are_optional_unless_something_needs_them() -> None:
    found = read("Suggests: a1, b1\nImports: b1")
    assert [(item.name, item.optional) for item in found.packages] == [("a1", True), ("b1", False)]


def test_what_is_not_installed_says_why() -> None:
    found = read(
        "Imports: stats, own\nEnhances: e1\nConfig/Needs/website: pkgdown, o/theme\n",
    )
    assert not found.packages
    assert [(item.name, item.origin.line) for item in found.ignored] == [
        ("stats", 2), ("own", 2), ("e1", 3), ("pkgdown", 4), ("o/theme", 4),
    ]  # fmt: skip
    assert all(item.reason and item.language == "r" for item in found.ignored)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Imports: my package", "DESCRIPTION:2"),
        ("Imports: a1,\n b1 (>= 2", "DESCRIPTION:3"),
        ("Imports: a_b", "DESCRIPTION:2"),
        ("nonsense", "DESCRIPTION:2"),
        ("Depends: R (>= r12345)", "DESCRIPTION:2"),
        ("Imports: a1 (= 1.2)", "DESCRIPTION:2"),
        ("\nImports: a1", "DESCRIPTION:3"),
        ("SystemRequirements: GDAL (>= 2.0)", "DESCRIPTION:2"),
        ("Additional_repositories: https://example.org", "DESCRIPTION:2"),
    ],
)
def test_what_is_not_understood_is_told_with_its_line(text: str, place: str) -> None:
    (notice,) = read(text).notices
    assert notice.startswith(f"{place}:")


REMOTES = [
    ("r-lib/a1@v1", "git+https://github.com/r-lib/a1@v1"),
    ("github::o/a1", "git+https://github.com/o/a1"),
    ("gitlab::o/a1", "git+https://gitlab.com/o/a1"),
    ("git::https://example.org/a1.git", "git+https://example.org/a1.git"),
    ("url::https://example.org/a1_1.0.tar.gz", "https://example.org/a1_1.0.tar.gz"),
    ("a1=o/r-thing", "git+https://github.com/o/r-thing"),
    ("o/things/a1", "git+https://github.com/o/things#subdirectory=a1"),
    ("o/A1", "git+https://github.com/o/A1"),
    ("bioc::a1", ""),
    ("cran::a1", ""),
    ("local::libs/a1", "libs/a1"),
]


@pytest.mark.parametrize(("remote", "url"), REMOTES)
def test_a_remote_says_from_where_a_package_comes(remote: str, url: str) -> None:
    (item,) = read(f"Imports: a1 (>= 1)\nRemotes:\n  {remote}").packages
    assert item.url == url
    assert item.specifier == ">=1"
    assert item.local is remote.startswith("local::")
    assert item.origin.line == 2


def test_a_remote_that_nothing_asks_for_is_ignored() -> None:
    found = read("Imports: a1\nRemotes: o/b1, local::.")
    assert listed(found) == [("a1", "", 2)]
    assert [item.name for item in found.ignored] == ["o/b1", "local::."]


def test_a_remote_that_cannot_be_had_is_missing() -> None:
    found = read("Remotes: local::../other, strange::x")
    assert [(item.name, item.origin.line) for item in found.missing] == [
        ("../other", 2), ("strange::x", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Package: x",
        "Type: project\nImports: a1",
        "Title: Our paper\nVersion: 1\nDepends:\n R (>= 3.5), a1\n",
        "Suggests: a1",
    ],
)
def test_it_is_r_s_where_it_describes_a_package_or_lists_packages(text: str) -> None:
    assert parse_description(text, "DESCRIPTION") is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Our paper.\n",
        "Imports: goods from abroad, mostly",
        "Title: x\nAuthor: y",
        # An Octave package's.
        "Name: signal\nVersion: 1.4\nDepends: octave (>= 4.0), control\n",
    ],
)
def test_other_files_of_that_name_are_not_r_s(text: str) -> None:
    assert parse_description(text, "DESCRIPTION") is None


def test_records_end_at_empty_lines() -> None:
    records, stray = parse_control("A: 1\n\n\nB: 2\nC: 3\nnone\n")
    assert [[field.name for field in record] for record in records] == [["A"], ["B", "C"]]
    assert stray == ((6, "none"),)


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9.]{0,6}[A-Za-z0-9]", fullmatch=True).filter(
    lambda name: name not in BASE_PACKAGES and name != "own"
)
SPACE = st.sampled_from(["", " ", "\t", "\n ", "\n\t", "\r\n   ", "\n# note, with a comma\n ",
                         "\n .\n ", "  \n \n  "])  # fmt: skip
VERSIONS = st.one_of(
    st.just(""),
    st.builds(
        "{}{}".format,
        st.sampled_from([">=", "<=", "==", "!=", ">", "<"]),
        st.from_regex(r"[0-9]{1,2}([.-][0-9]{1,2}){0,3}", fullmatch=True),
    ),
)


@given(st.data())
def test_what_is_written_with_any_folding_is_read_back(data: st.DataObject) -> None:
    wanted = data.draw(st.dictionaries(NAMES, VERSIONS, max_size=8))
    field = data.draw(st.sampled_from(["Depends", "Imports", "LinkingTo", "Suggests"]))

    def fold() -> str:
        return data.draw(SPACE)

    items = [
        f"{fold()}{name}{fold()}" + (f"({fold()}{version}{fold()})" if version else "") + fold()
        for name, version in wanted.items()
    ]
    found = read(f"{field}: {','.join(items)}{fold()}")
    assert {item.name: item.specifier for item in found.packages} == wanted
    assert all(item.optional == (field == "Suggests") for item in found.packages)
    assert not found.notices
    assert not found.ignored


@given(st.text(alphabet="PackgeImports: RDnd,()>=1.\n\t#/@\r-"))
def test_any_text_is_read_and_its_items_are_counted(text: str) -> None:
    description = parse_description(f"Package: own\nImports: a1\n{text}", "D")
    assert description is not None
    records, stray = parse_control(f"Package: own\nImports: a1\n{text}")
    fields = [field for record in records for field in record]
    lists = [
        field
        for field in fields
        if field.name in ("Depends", "Imports", "LinkingTo", "Suggests", "Enhances")
    ]
    items = [item for field in lists for item in split_items(field)]
    found = description.found
    ended = len(found.ignored) + len(found.notices) - len(stray) - (len(records) > 1)
    # A package that is named twice is one requirement, and so may be a version not understood.
    assert len(found.packages) + ended >= len({item.partition("(")[0] for _, item in items}) - 1
    assert all(item.origin.line for item in found.packages)


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode_description(b"Encoding: latin1\n" + data, "DESCRIPTION")
    except BadRequirements:
        return
    parse_description(text, "DESCRIPTION")
