# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from binder_lite.errors import ServerFailed
from binder_lite.events import LogLine, Message, Progress, Warn
from binder_lite.hub.files import (
    HostStep,
    begin_steps,
    decode_call,
    encode_call,
    event_of,
    failed_step,
    read_steps,
    read_variables,
    stay,
    stayed,
    step_of,
    write_step,
    write_variables,
)
from binder_lite.hub.gate import Traffic, error_page, without


def test_what_is_seen_is_activity() -> None:
    traffic = Traffic(_clock=0.0)
    assert traffic.idle_seconds > 0
    traffic.seen()
    assert traffic.idle_seconds < 5


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a secret b", b"a  b"),
        (b"secretsecret", b""),
        (b"secre", b"secre"),
        (b"sesecret!", b"se!"),
        (b"", b""),
    ],
)
async def test_a_secret_is_taken_out_wherever_it_is_cut(
    size: int, text: bytes, expected: bytes
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    assert b"".join([chunk async for chunk in without(b"secret", chunks())]) == expected


def test_an_error_page_shows_text_as_text() -> None:
    page = error_page(503, "<script>", '/user/"/')
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert 'href="/user/&quot;/"' in page


def test_steps_are_read_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    assert read_steps(tmp_path) == []
    steps = [HostStep(phase="launching", message="ä\n"), HostStep(phase="failed", message="x")]
    for step in steps:
        write_step(tmp_path, step)
    with (tmp_path / "logs/start.jsonl").open("a") as file:
        file.write('{"phase": "half')
    assert read_steps(tmp_path) == steps
    begin_steps(tmp_path)
    assert read_steps(tmp_path) == []


def test_a_sessions_variables_mean_nothing_else(tmp_path: Path) -> None:
    write_variables(tmp_path, {"BINDER_REQUEST": "v2/gh/a/b", "PATH": "/evil", "LD_PRELOAD": "x"})
    assert read_variables(tmp_path) == {"BINDER_REQUEST": "v2/gh/a/b"}


def test_who_asks_to_stay_is_noticed(tmp_path: Path) -> None:
    assert stayed(tmp_path) == 0
    stay(tmp_path)
    assert stayed(tmp_path) > 0


def test_a_call_is_read_as_it_was_written() -> None:
    assert decode_call(encode_call({"A": "b"})) == {"A": "b"}
    for line in (b"", b"nonsense", b'{"variables": {"A": 1}}', b"[]"):
        with pytest.raises(msgspec.MsgspecError):
            decode_call(line)


@pytest.mark.parametrize("kind", [Message, Warn, LogLine])
def test_an_event_of_a_start_is_told_as_what_it_is(kind: type[Message | Warn | LogLine]) -> None:
    step = step_of(kind("launching", "The kernel does not start."))
    assert step is not None
    assert event_of(step) == kind("launching", "The kernel does not start.")


def test_what_is_no_event_is_told_as_none() -> None:
    assert step_of(Progress("building", "10 of 20", 10, 20, "files")) is None
    for step in (
        failed_step(ServerFailed("It ended.")),
        HostStep(phase="ready", message=""),
        HostStep(phase="ended", message=""),
    ):
        assert event_of(step) is None
