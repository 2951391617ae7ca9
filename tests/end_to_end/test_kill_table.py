# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of the kill table that matter most; ``make kill-table`` fills all of it."""

from __future__ import annotations

import pytest

from end_to_end.kill_table import ROWS, Stage, try_row

pytestmark = [
    pytest.mark.minutes,
    pytest.mark.slow,
    pytest.mark.needs("git"),
    pytest.mark.timeout(600),
]


@pytest.mark.parametrize(
    ("process", "stages"),
    [
        ("service", ["building", "starting"]),
        ("hub", ["starting"]),
        ("proxy", ["building"]),
    ],
    ids=["service", "hub", "proxy"],
)
def test_nothing_is_lost_and_nothing_left_behind(process: str, stages: list[Stage]) -> None:
    [row] = [row for row in ROWS if row.process == process]
    for cell in try_row(row, stages, print):
        assert not cell.wrong, str(cell)
