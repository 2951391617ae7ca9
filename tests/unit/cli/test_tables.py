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


def test_a_narrow_terminal_folds_the_widest_column_but_never_the_first() -> None:
    text = table_text(("id", "state", "source"), ROWS, width=50, colour=False)
    lines = text.splitlines()
    assert all(len(line) <= 50 for line in lines)
    assert [line.split()[:2] for line in lines if line[0] != " "] == [
        ["id", "state"],
        ["abcdefghijklmnopqrst", "running"],
        ["bcdefghijklmnopqrstu", "stopped"],
    ]
    assert "".join(line[31:].strip() for line in lines[1:-1]) == ROWS[0][2]


def test_where_there_is_no_room_for_columns_each_row_is_a_block() -> None:
    assert table_text(("id", "state", "source"), ROWS, width=40, colour=False) == (
        "id      abcdefghijklmnopqrst\n"
        "state   running\n"
        "source  https://example.org/a/rather/long/address.git\n"
        "\n"
        "id      bcdefghijklmnopqrstu\n"
        "state   stopped\n"
        "source  short"
    )


def test_a_single_column_that_is_too_wide_is_not_cut() -> None:
    assert table_text(("id",), [("x" * 30,)], width=20, colour=False) == "id  " + "x" * 30


def test_columns_with_nothing_in_them_are_left_out() -> None:
    rows = [("a", "", "b"), ("c", "", "")]
    assert table_text(("1", "2", "3"), rows, width=None, colour=False) == "1  3\na  b\nc"


def test_wide_characters_take_two_columns() -> None:
    text = table_text(("1", "2"), [("日本", "x"), ("abcd", "y")], width=None, colour=False)
    assert text == "1     2\n日本  x\nabcd  y"


def test_cells_are_text_and_not_markup_or_escapes() -> None:
    assert table_text(("a",), [("[red]\x1b[31mx",)], width=None, colour=False) == "a\n[red]x"
