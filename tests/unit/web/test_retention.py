# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.web.retention import (
    DAY,
    Next,
    Rules,
    Unused,
    next_step,
    seconds_left,
    sweep_rescued,
)

RULES = Rules(keep=30 * DAY, notice=7 * DAY)


@pytest.mark.parametrize(
    ("days", "noticed", "has_work", "step"),
    [
        (0, None, False, "keep"),
        (29, None, False, "keep"),
        (30, None, False, "remove"),
        (29, None, True, "keep"),
        (30, None, True, "notice"),
        (400, None, True, "notice"),  # However long it was: without a notice it stays.
        (36, 30, True, "keep"),
        (37, 30, True, "remove"),
        (406, 400, True, "keep"),
    ],
)
def test_what_becomes_of_a_stopped_session(
    days: float, noticed: float | None, has_work: bool, step: Next
) -> None:
    unused = Unused(days * DAY, None if noticed is None else noticed * DAY)
    assert next_step(unused, RULES, has_work=has_work) == step


@pytest.mark.parametrize("has_work", [False, True])
def test_without_a_number_of_days_sessions_are_kept_for_ever(has_work: bool) -> None:
    unused = Unused(1000 * DAY)
    assert next_step(unused, Rules(keep=0), has_work=has_work) == "keep"
    assert seconds_left(unused, Rules(keep=0), has_work=has_work) is None


def test_unsaved_work_is_kept_for_the_notice_longer() -> None:
    assert seconds_left(Unused(20 * DAY), RULES, has_work=False) == 10 * DAY
    assert seconds_left(Unused(20 * DAY), RULES, has_work=True) == 17 * DAY
    assert seconds_left(Unused(35 * DAY, 30 * DAY), RULES, has_work=True) == 2 * DAY


def test_rescue_copies_are_kept_as_long_as_stopped_sessions(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    rescued = tmp_path / "rescued"
    assert sweep_rescued(rescued, RULES, DAY) == []
    (rescued / "first").mkdir(parents=True)
    assert sweep_rescued(rescued, RULES, 1000 * DAY) == []  # Nobody knows what was before.
    (rescued / "second").symlink_to(outside)
    assert sweep_rescued(rescued, RULES, 29 * DAY) == []
    assert sweep_rescued(rescued, RULES, DAY) == ["first"]
    assert sweep_rescued(rescued, RULES, 29 * DAY) == ["second"]
    assert outside.is_dir()
    (rescued / "third").mkdir()
    for _ in range(2):
        assert sweep_rescued(rescued, Rules(keep=0), 1000 * DAY) == []
