# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.events import LogLine, Message, Result, Step, Steps, printable, together

_ESC, _BEL, _ST = "\x1b", "\x07", "\x1b\\"

PRINTABLE = [
    ("plain – ü α 漢字\ttab", "plain – ü α 漢字\ttab"),
    (f"{_ESC}[1;31mred{_ESC}[0m", "red"),
    (f"{_ESC}[2J{_ESC}[3;4Hmoved{_ESC}[?25l", "moved"),
    (f"{_ESC}]0;new title{_BEL}after", "after"),
    (f"{_ESC}]0;new title{_ST}after", "after"),
    (f"{_ESC}]8;;https://evil.example{_ST}link{_ESC}]8;;{_ST}", "link"),
    (f"{_ESC}]52;c;cm0gLXJm{_BEL}copied", "copied"),
    (f"{_ESC}Pq...{_ST}sixel", "sixel"),
    (f"{_ESC}_command{_ST}kitty", "kitty"),
    (f"{_ESC}^private{_ST}message", "message"),
    (f"{_ESC}]unended title", ""),
    (f"{_ESC}(0line drawing{_ESC}(B", "line drawing"),
    (f"{_ESC}7saved{_ESC}8{_ESC}c", "saved"),
    ("\x9b31mred", "red"),
    ("\x9d0;new title\x9cafter", "after"),
    (f"\x90q...{_ST}sixel", "sixel"),
    ("over\rwritten\b\b", "overwritten"),
    ("be\x07ll\x00\x7f", "bell"),
    ("left\u202eright\u2066", "leftright"),
    ("two\nlines", "twolines"),
    (_ESC, ""),
]


@pytest.mark.parametrize(("text", "expected"), PRINTABLE)
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text(alphabet=st.characters(max_codepoint=0x2100)))
def test_what_is_printable_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if (ord(c) < 32 and c != "\t") or 0x7F <= ord(c) < 0xA0]
    assert printable(shown) == shown


def _message(text: str) -> Message:
    return Message("building", text)


async def _steps(name: str, count: int, gate: asyncio.Event | None = None) -> Steps[str]:
    for number in range(count):
        yield _message(f"{name}{number}")
        await asyncio.sleep(0)
    if gate:
        await gate.wait()
    yield Result(name)


async def test_a_step_yields_events_and_keeps_the_result() -> None:
    step = Step(_steps("a", 2))
    assert [event async for event in step] == [_message("a0"), _message("a1")]
    assert step.result == "a"


async def test_a_step_that_has_not_ended_has_no_result() -> None:
    step = Step(_steps("a", 1))
    with pytest.raises(RuntimeError, match="not ended"):
        _ = step.result
    async for _event in step:
        pass
    assert step.result == "a"


async def test_a_step_that_yields_no_result_says_so() -> None:
    async def forgetful() -> Steps[str]:
        yield _message("done")

    step = Step(forgetful())
    assert [event async for event in step] == [_message("done")]
    with pytest.raises(RuntimeError, match="not ended"):
        _ = step.result


async def test_together_yields_what_comes_and_both_have_results() -> None:
    one, two = Step(_steps("a", 3)), Step(_steps("b", 2))
    events = [event.message async for event in together(one, two)]
    assert sorted(events) == ["a0", "a1", "a2", "b0", "b1"]
    assert (one.result, two.result) == ("a", "b")


async def test_a_slow_step_does_not_keep_back_another_s_events() -> None:
    gate = asyncio.Event()
    slow, quick = Step(_steps("slow", 0, gate)), Step(_steps("quick", 1))
    async for event in together(slow, quick):
        assert event == _message("quick0")
        gate.set()
    assert (slow.result, quick.result) == ("slow", "quick")


async def test_nothing_together_is_nothing() -> None:
    assert [event async for event in together()] == []


async def test_the_first_error_ends_the_others_and_is_raised_after_they_have_ended() -> None:
    ended = []

    async def patient() -> Steps[str]:
        try:
            yield LogLine("building", "waiting")
            await asyncio.sleep(60)
            yield Result("never")
        finally:
            await asyncio.sleep(0.01)
            ended.append("patient")

    async def failing() -> Steps[str]:
        yield LogLine("building", "about to fail")
        await asyncio.sleep(0.01)
        raise ZeroDivisionError

    seen = []
    with pytest.raises(ZeroDivisionError):
        async for event in together(Step(patient()), Step(failing())):
            seen.append(event.message)
    assert sorted(seen) == ["about to fail", "waiting"]
    assert ended == ["patient"]


async def test_who_stops_listening_stops_the_steps() -> None:
    ended = asyncio.Event()

    async def endless() -> Steps[str]:
        try:
            while True:
                yield _message("again")
                await asyncio.sleep(0)
        finally:
            ended.set()

    events = together(Step(endless()))
    async for _event in events:
        break
    await events.aclose()  # type: ignore[attr-defined]
    assert ended.is_set()
