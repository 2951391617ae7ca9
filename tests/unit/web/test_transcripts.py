# SPDX-License-Identifier: GPL-3.0-or-later
"""Events for any number of readers: nothing is lost, and nobody waits for another."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from binder_lite.web.transcripts import Transcript


def everything(transcript: Transcript, position: int = 0) -> list[str]:
    found = []
    while told := transcript.read(position):
        position = told[-1].end
        found += [msgspec.json.decode(each.fields)["message"] for each in told]
    return found


def test_what_was_told_is_read_from_any_place(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path)
    ends = []
    for number in range(30_000):  # More than is kept in memory.
        transcript.tell({"message": f"line {number}"}, float(number))
        ends.append(transcript.size)
    assert everything(transcript) == [f"line {number}" for number in range(30_000)]
    for number in (0, 7, 15_000, 29_000, 29_998):
        assert everything(transcript, ends[number])[0] == f"line {number + 1}"
    assert everything(transcript, ends[-1]) == []


def test_a_place_that_is_none_is_the_beginning_and_one_within_a_line_loses_that_line() -> None:
    transcript = Transcript()
    for number in range(3):
        transcript.tell({"message": str(number)}, 0)
    assert everything(transcript, 10**12) == ["0", "1", "2"]
    assert everything(transcript, -5) == ["0", "1", "2"]
    assert everything(transcript, 3)[-2:] == ["1", "2"]


def test_a_hundred_megabytes_take_little_memory_and_time(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    transcript = Transcript(spill)
    line = {"phase": "building", "kind": "log", "message": "x" * 900}
    tracemalloc.start()
    began = time.monotonic()
    for _ in range(110_000):
        transcript.tell(line, 1.0)
    position, count = 0, 0
    while told := transcript.read(position):
        position, count = told[-1].end, count + len(told)
    seconds = time.monotonic() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert transcript.size > 100_000_000
    assert count == 110_000
    assert peak < 5_000_000
    assert seconds < 30
    assert list(spill.iterdir()) == []  # What is on disk has no name, and goes with us.


def test_a_full_disk_loses_the_oldest_and_nothing_else() -> None:
    transcript = Transcript(Path("/nonexistent"))
    for number in range(30_000):
        transcript.tell({"message": f"line {number}"}, 0)
    found = everything(transcript)
    assert found[-1] == "line 29999"
    assert 1000 < len(found) < 30_000


async def test_a_thousand_readers_read_all_of_it_while_one_reads_nothing(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path)

    async def follow() -> int:
        position, count = 0, 0
        while True:
            grown = transcript.grown
            if told := transcript.read(position):
                position, count = told[-1].end, count + len(told)
            elif transcript.closed:
                return count
            else:
                await grown.wait()

    async def hang() -> None:
        await asyncio.sleep(3600)

    readers = [asyncio.create_task(follow()) for _ in range(1000)]
    hanging = asyncio.create_task(hang())
    for number in range(200):
        transcript.tell({"message": str(number)}, 0)
        if number % 20 == 0:
            await asyncio.sleep(0)
    transcript.close()
    assert set(await asyncio.gather(*readers)) == {200}
    hanging.cancel()


def test_a_closed_transcript_takes_no_more() -> None:
    transcript = Transcript()
    transcript.close()
    with pytest.raises(ValueError, match="closed"):
        transcript.tell({}, 0)
