# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from binder_lite.events import Foretold, Message, Result, Step, Steps
from binder_lite.web.estimates import Estimate, Estimates, Task, Took, estimate
from binder_lite.web.events_stream import event_fields


def task(repository: str = "https://a.example/x", engine: str = "uv", count: int = 10) -> Task:
    return Task(repository=repository, engine=engine, requirements=count)


def took(*seconds: float, of: Task) -> list[Took]:
    return [Took(task=of, seconds=each) for each in seconds]


OTHERS = [took(float(20 * n), of=task(f"https://a.example/{n}"))[0] for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([], None),
        # One of its own is ground enough, and counts before others.
        (took(60, of=task()), Estimate(seconds=60, builds=1, is_own=True)),
        ([*OTHERS, *took(60, of=task())], Estimate(seconds=60, builds=1, is_own=True)),
        # The latest five.
        (
            took(999, 999, 999, 1, 2, 3, 4, 5, of=task()),
            Estimate(seconds=3, builds=5, is_own=True),
        ),
        (OTHERS, Estimate(seconds=40, builds=3, is_own=False)),
        (OTHERS[:2], None),
        (took(5, 5, 5, of=task("https://a.example/y", count=30)), None),
        (took(5, 5, 5, of=task(engine="guix")), None),
    ],
)
def test_builds_are_judged_by_earlier_ones(earlier: list[Took], expected: Estimate | None) -> None:
    assert estimate(task(), earlier) == expected


def test_a_private_repository_is_known_by_its_numbers_only() -> None:
    private = task(repository="")
    assert estimate(private, took(5, of=private)) is None
    assert estimate(private, took(5, 5, 5, of=private)) == Estimate(
        seconds=5, builds=3, is_own=False
    )


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (
            Estimate(seconds=125, builds=3, is_own=True),
            "It takes about 2 minutes, going by 3 earlier builds of this repository.",
        ),
        (
            Estimate(seconds=42, builds=1, is_own=True),
            "It takes about 40 seconds, going by 1 earlier build of this repository.",
        ),
        (
            Estimate(seconds=4, builds=5, is_own=False),
            "It takes some seconds, going by 5 earlier builds with about as many requirements.",
        ),
    ],
)
def test_an_estimate_says_its_ground(judged: Estimate, said: str) -> None:
    assert str(judged) == said


async def _build(*, fails: bool = False) -> Steps[str]:
    yield Message("building", "at work")
    if fails:
        raise RuntimeError
    yield Result("built")


async def test_what_succeeds_is_remembered_over_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "new" / "builds.json"
    estimates = Estimates(file, clock=itertools.count(0.0, 30.0).__next__)
    first = Step(estimates.timed(task(), _build()))
    assert [event.message async for event in first] == ["at work"]
    assert first.result == "built"
    with pytest.raises(RuntimeError):
        _ = [event async for event in Step(estimates.timed(task(), _build(fails=True)))]
    again = Step(Estimates(file).timed(task(), _build()))
    foretold, _ = [event async for event in again]
    assert isinstance(foretold, Foretold) and foretold.seconds == 30.0
    assert event_fields(foretold)["estimate"] == 30.0


async def test_a_file_that_is_none_is_no_ground(tmp_path: Path) -> None:
    (tmp_path / "builds.json").write_text("nonsense")
    events = [e async for e in Step(Estimates(tmp_path / "builds.json").timed(task(), _build()))]
    assert len(events) == 1
