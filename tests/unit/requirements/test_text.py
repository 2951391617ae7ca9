# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.text import decode, quoted_line, split_lines

ENCODED = [
    ("café".encode(), "café"),
    (b"\xef\xbb\xbfcaf\xc3\xa9", "café"),
    ("café".encode("utf-16"), "café"),
    (b"\xfe\xff" + "café".encode("utf-16-be"), "café"),
    ("café".encode("utf-32"), "café"),
    (b"# -*- coding: cp1251 -*-\n\xcf", "# -*- coding: cp1251 -*-\n\u041f"),
    (b"\n# coding=latin-1\n\xe9", "\n# coding=latin-1\né"),
    # A declaration that is no encoding, or none of text, does not count.
    (b"# coding: nonsense\nx", "# coding: nonsense\nx"),
    (b"# coding: hex\nx", "# coding: hex\nx"),
    (b"# coding: ascii\ncaf\xe9", "# coding: ascii\ncafé"),
    (b"caf\xe9", "café"),
    (b"", ""),
]


@pytest.mark.parametrize(("data", "text"), ENCODED)
def test_text_is_decoded_as_its_author_meant_it(data: bytes, text: str) -> None:
    assert decode(data, "file") == text


@pytest.mark.parametrize("data", [b"\x7fELF\0\0", b"\xff\xfea", b"PK\x03\x04\0"])
def test_what_is_no_text_is_refused_with_its_name(data: bytes) -> None:
    with pytest.raises(BadRequirements, match="file is not a text file"):
        decode(data, "file")


@given(st.binary())
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadRequirements):
        assert isinstance(decode(data, "file"), str)


def test_only_line_ends_end_lines() -> None:
    assert split_lines("a\nb\r\nc\rd\u2028e\x0bf") == ["a", "b", "c", "d\u2028e\x0bf"]


def test_a_value_is_found_in_quotes_before_it_is_found_bare() -> None:
    assert quoted_line("# six\n\n'six'", "six") == 3
    assert quoted_line("# six", "six") == 1
    assert quoted_line("seven", "six") is None
