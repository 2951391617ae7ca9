# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from binder_lite.cli.tables import table_text

ROWS = [
    ("abcdefghijklmnopqrst", "running", "https://example.org/a/rather/long/address.git"),
    ("bcdefghijklmnopqrstu", "stopped", "short"),
]


def test_a_file_gets_whole_lines() -> None:
    assert table_text(("id", "state", "source"), ROWS, width=None, colour=False) == (
        "id                    state    source\n"
        "abcdefghijklmnopqrst  running  https://example.org/a/rather/long/address.git\n"
        "bcdefghijklmnopqrstu  stopped  short"
    )


def test_a_narrow_terminal_folds_but_never_the_first_column() -> None:
    text = table_text(("id", "state", "source"), ROWS, width=50, colour=False)
    assert all(len(line) <= 50 for line in text.splitlines())
    assert [line.split()[0] for line in text.splitlines() if line[0] != " "] == [
        "id",
        "abcdefghijklmnopqrst",
        "bcdefghijklmnopqrstu",
    ]
    assert "".join(line[31:].strip() for line in text.splitlines()[1:-1]) == ROWS[0][2]


def test_cells_are_text_and_not_markup_or_escapes() -> None:
    assert table_text(("a",), [("[red]\x1b[31mx",)], width=None, colour=False) == "a\n[red]x"
