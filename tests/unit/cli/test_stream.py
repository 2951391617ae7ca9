# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import os

from binder_lite.cli.stream import Stream


def test_a_locale_that_lacks_a_sign_is_no_reason_to_fail() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="latin-1")
    Stream(file).line("✓ Fetching … é 日 \udcff")
    assert raw.getvalue() == b"+ Fetching ... \xe9 \\u65e5 \\udcff\n"


def test_a_name_that_is_no_unicode_can_be_written_in_utf_8() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="utf-8")
    Stream(file).line("✓ \udcff")
    assert raw.getvalue() == "✓ \\udcff\n".encode()


def test_a_reader_that_has_gone_is_no_reason_to_fail() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as file:
        stream = Stream(file)
        stream.line("nobody reads this")
        stream.line("nor this")
        stream.flush()
        # What the interpreter itself does at the end.
        file.flush()


def test_every_line_is_handed_on_at_once() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as file, os.fdopen(read_end, "rb", buffering=0) as reader:
        Stream(file).line("now")
        assert reader.read(100) == b"now\n"
