# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest

from binder_lite.errors import BadSettings
from binder_lite.hub.gate import Traffic
from binder_lite.hub.staying import Lifetime, Remaining, read_lifetime


@pytest.mark.parametrize(
    ("lifetime", "idle", "age", "left", "can_stay", "warned"),
    [
        (Lifetime(), 10**6, 10**6, None, True, 0),
        (Lifetime(idle=60), 10, 500, 50, True, 12),
        (Lifetime(idle=60), 70, 500, -10, True, 12),
        (Lifetime(idle=3600), 0, 0, 3600, True, 300),
        (Lifetime(longest=600), 10**6, 500, 100, False, 120),
        (Lifetime(idle=60, longest=600), 10, 590, 10, False, 120),
    ],
)
def test_what_ends_first_counts(
    lifetime: Lifetime, idle: float, age: float, left: float | None, can_stay: bool, warned: float
) -> None:
    now = time.monotonic()
    remaining = Remaining(lifetime, Traffic(_clock=now - idle), now - age)
    assert remaining.seconds == (None if left is None else pytest.approx(left, abs=5))
    assert remaining.can_stay is can_stay
    assert remaining.warned_seconds == pytest.approx(warned)


def test_a_lifetime_that_is_no_number_is_told() -> None:
    assert read_lifetime({}) == Lifetime()
    with pytest.raises(BadSettings):
        read_lifetime({"BINDER_LITE_IDLE_SECONDS": "an hour"})
