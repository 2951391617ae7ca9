# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "bench"))
from comparison import Spread, comparison_line, ratios, slowest_imports, spread


def test_a_spread_is_median_least_and_greatest() -> None:
    assert spread([3.0, 1.0, 8.0]) == Spread(3.0, 1.0, 8.0)
    assert str(spread([3.0, 1.0, 8.0])) == "3.00 (1.00–8.00)"


def test_ratios_are_those_of_pairs_not_of_medians() -> None:
    # The medians are equal; each pair differs.
    assert ratios([1.0, 2.0, 3.0], [2.0, 1.0, 3.0]) == Spread(1.0, 0.5, 2.0)


def test_every_run_has_a_partner() -> None:
    with pytest.raises(ValueError, match="longer"):
        ratios([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("goal", "end"),
    [
        (None, "0.50 (0.50–0.50)"),
        (0.5, "goal ≤ 0.50: met"),
        (0.4, "goal ≤ 0.40: missed by 0.10"),
    ],
)
def test_a_line_says_whether_the_goal_is_met(goal: float | None, end: str) -> None:
    assert comparison_line("the first 200", [1.0], [2.0], goal).endswith(end)


# Recorded from Python 3.11, shortened.
IMPORTTIME = """\
import time: self [us] | cumulative | imported package
import time:       200 |        200 |     click.types
import time:      1000 |       1200 |   click.core
import time:       300 |       1500 | click
a line of another program
import time:       500 |        500 | msgspec
"""


def test_the_slowest_imports_and_the_whole() -> None:
    assert slowest_imports(IMPORTTIME, 2) == [
        (0.002, "all 4 modules"),
        (0.001, "click.core"),
        (0.0005, "msgspec"),
    ]
