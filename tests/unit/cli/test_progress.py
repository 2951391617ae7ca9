# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence

from binder_lite.cli.progress import LOG_LINES_SHOWN, Board, Past, UnderWay
from binder_lite.events import Event, LogLine, Message, Progress, Warn


def told(*events: Event) -> tuple[Board, Sequence[Past]]:
    """Tell a board the events, one a second, and return it with what became past."""
    board, past = Board(), list[Past]()
    for second, event in enumerate(events):
        board, more = board.after(event, float(second))
        past += more
    return board, past


def test_a_message_ends_the_step_before_it_and_says_how_long_it_took() -> None:
    board, past = told(
        Message("fetching", "Looking up"), LogLine("fetching", "x"), Message("fetching", "Fetching")
    )
    assert past == [Past("done", "Looking up", 2.0)]
    assert board.steps == (UnderWay("fetching", "Fetching", 2.0),)


def test_a_later_phase_ends_the_earlier_ones() -> None:
    board, past = told(Message("fetching", "Fetching"), Message("building", "Building"))
    assert past == [Past("done", "Fetching", 1.0)]
    assert [step.text for step in board.steps] == ["Building"]


def test_an_earlier_phase_goes_on_beside_a_later_one() -> None:
    board, past = told(
        Message("building", "Building the server"), Message("fetching", "Fetching the repository")
    )
    assert past == []
    assert [step.text for step in board.steps] == [
        "Building the server",
        "Fetching the repository",
    ]


def test_the_same_message_again_is_the_same_step() -> None:
    board, past = told(Message("waiting", "Waiting"), Message("waiting", "Waiting"))
    assert (past, board.steps) == ([], (UnderWay("waiting", "Waiting", 0.0),))


def test_a_warning_is_past_at_once_and_ends_nothing() -> None:
    board, past = told(Message("building", "Building"), Warn("building", "Old Python"))
    assert past == [Past("warning", "Old Python")]
    assert [step.text for step in board.steps] == ["Building"]


def test_progress_and_log_belong_to_the_step_of_their_phase() -> None:
    board, _ = told(
        Message("building", "Building"),
        Message("fetching", "Fetching"),
        Progress("building", "Downloading", 1, 4, "packages"),
        LogLine("fetching", "remote: hello  "),
    )
    building, fetching = board.steps
    assert (building.detail, building.log) == ("Downloading: 1 of 4 packages (25 %)", ())
    assert (fetching.detail, fetching.log) == ("", ("remote: hello",))


def test_only_the_last_log_lines_are_kept() -> None:
    lines = [LogLine("building", f"line {number}") for number in range(LOG_LINES_SHOWN + 3)]
    board, _ = told(Message("building", "Building"), *lines, LogLine("building", "  "))
    assert board.steps[0].log == ("line 3", "line 4", "line 5", "line 6", "line 7")


def test_events_before_any_message_are_not_lost() -> None:
    board, _ = told(LogLine("building", "early"))
    assert board.steps == (UnderWay("building", "Building", 0.0, log=("early",)),)


def test_the_end_turns_what_is_under_way_into_what_became_of_it() -> None:
    board, _ = told(Message("building", "Building"))
    assert board.ended(3.0, well=True) == (Past("done", "Building", 3.0),)
    assert board.ended(3.0, well=False) == (Past("failed", "Building", 3.0),)
