# SPDX-License-Identifier: GPL-3.0-or-later
"""One build for each key, and what becomes of it when those who wait leave, or it fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from binder_lite.environments import Environment
from binder_lite.errors import BuildCancelled, BuildFailed, BuildTooLarge, BuildTooLong
from binder_lite.events import LogLine, Message, Progress, Result, Steps
from binder_lite.web.bounds import Bounds
from binder_lite.web.builds import Build, BuildLimits, Builds
from binder_lite.web.transcripts import Transcript


def environment(key: str) -> Environment:
    return Environment(
        key=key,
        generation=1,
        engine="uv",
        software="Python",
        packages=(),
        source="",
        created=datetime.now(UTC),
        directory=Path("/"),
    )


@dataclass
class Work:
    """Builds that say two lines and then wait to be let on; ``made`` counts them."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    made: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    error: Exception | None = None

    def of(self, key: str) -> Callable[[], Steps[Environment]]:
        async def build() -> Steps[Environment]:
            self.made.append(key)
            yield Message("building", f"Making {key}.")
            yield LogLine("building", "\x1b[31mred\x1b[0m token=abc")
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.stopped.append(key)
                raise
            if self.error:
                raise self.error
            yield Result(environment(key))

        return build


async def wait(builds: Builds, work: Work, key: str, since: float = 0.0) -> Environment:
    async with builds.joined(key, work.of(key), since=since) as build:
        return await Builds.result(build)


def messages(transcript: Transcript) -> list[str]:
    return [msgspec.json.decode(told.fields)["message"] for told in transcript.read(0)]


def limits(*, concurrent: int = 2, **each: Any) -> BuildLimits:
    return BuildLimits(concurrent=concurrent, each=Bounds(**each), grace_seconds=0.05)


async def test_fifty_that_want_one_environment_build_once() -> None:
    builds, work = Builds(limits()), Work()
    waiting = [asyncio.create_task(wait(builds, work, "uv-a")) for _ in range(50)]
    await asyncio.sleep(0.01)
    work.go.set()
    found = await asyncio.gather(*waiting)
    assert work.made == ["uv-a"]
    assert {each.key for each in found} == {"uv-a"}
    assert (builds.running, builds.queued) == (0, 0)


async def test_a_late_waiter_finds_what_was_told_before_without_escapes_and_secrets() -> None:
    builds, work = Builds(limits()), Work()
    first = asyncio.create_task(wait(builds, work, "uv-a"))
    await asyncio.sleep(0.01)
    async with builds.joined("uv-a", work.of("uv-a"), since=0) as build:
        assert messages(build.transcript) == ["Making uv-a.", "red token=…"]
        work.go.set()
        await Builds.result(build)
    await first


async def test_what_fails_fails_for_all_who_waited_and_is_not_built_again_by_them() -> None:
    clock = iter(float(number) for number in range(1000))
    builds, work = Builds(limits(), clock=lambda: next(clock)), Work(error=BuildFailed("Broken."))
    waiting = [asyncio.create_task(wait(builds, work, "uv-a")) for _ in range(5)]
    await asyncio.sleep(0.01)
    work.go.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(error) for error in found} == {"Broken."}
    with pytest.raises(BuildFailed):  # It began before the build failed, and comes late.
        await wait(builds, work, "uv-a", since=0.0)
    assert work.made == ["uv-a"]
    work.error = None  # Whoever asks afterwards has it built again.
    await wait(builds, work, "uv-a", since=next(clock))
    assert work.made == ["uv-a", "uv-a"]


async def test_a_build_ends_when_the_last_has_left_and_not_before() -> None:
    builds, work = Builds(limits()), Work()
    waiting = [asyncio.create_task(wait(builds, work, "uv-a")) for _ in range(2)]
    await asyncio.sleep(0.01)
    waiting[0].cancel()
    await asyncio.sleep(0.1)
    assert not work.stopped
    waiting[1].cancel()
    await asyncio.sleep(0.01)
    assert not work.stopped  # In its grace time somebody comes back.
    third = asyncio.create_task(wait(builds, work, "uv-a"))
    await asyncio.sleep(0.1)
    assert not work.stopped
    third.cancel()
    await asyncio.sleep(0.1)
    assert work.stopped == ["uv-a"]
    assert work.made == ["uv-a"]
    assert builds.running == 0


async def test_a_cancelled_build_says_so_to_all_and_can_be_built_again() -> None:
    builds, work = Builds(limits()), Work()
    waiting = asyncio.create_task(wait(builds, work, "uv-a"))
    await asyncio.sleep(0.01)
    async with builds.joined("uv-a", work.of("uv-a"), since=0) as build:
        builds.cancel(build)
        with pytest.raises(BuildCancelled):
            await waiting
    work.go.set()
    assert (await wait(builds, work, "uv-a")).key == "uv-a"


async def test_builds_wait_for_their_turn_and_are_told_their_place() -> None:
    builds, work = Builds(limits(concurrent=1)), Work()
    joined: list[Build] = []

    async def watch(key: str) -> None:
        async with builds.joined(key, work.of(key), since=0) as build:
            joined.append(build)
            await Builds.result(build)

    waiting = [asyncio.create_task(watch(f"uv-{name}")) for name in "abc"]
    await asyncio.sleep(0.01)
    assert (builds.running, builds.queued, work.made) == (1, 2, ["uv-a"])
    work.go.set()
    await asyncio.gather(*waiting)
    last = [msgspec.json.decode(told.fields) for told in joined[2].transcript.read(0)]
    assert [event["position"] for event in last if "position" in event] == [2, 1]
    assert work.made == ["uv-a", "uv-b", "uv-c"]


async def test_one_that_leaves_the_queue_makes_room() -> None:
    builds, work = Builds(limits(concurrent=1)), Work()
    waiting = [asyncio.create_task(wait(builds, work, f"uv-{name}")) for name in "abc"]
    await asyncio.sleep(0.01)
    waiting[1].cancel()
    await asyncio.sleep(0.1)
    assert builds.queued == 1
    work.go.set()
    await asyncio.gather(waiting[0], waiting[2])
    assert work.made == ["uv-a", "uv-c"]


async def test_a_build_has_a_time_limit() -> None:
    builds, work = Builds(limits(seconds=0.05)), Work()
    with pytest.raises(BuildTooLong, match=r"0\.05 seconds"):
        await wait(builds, work, "uv-a")
    assert work.stopped == ["uv-a"]


async def test_a_build_has_a_size_limit(tmp_path: Path) -> None:
    builds, work = Builds(limits(size=1024**2, measure_seconds=0.01)), Work()
    place = tmp_path / "uv-a"
    place.mkdir()
    async with builds.joined("uv-a", work.of("uv-a"), since=0, place=place) as build:
        (place / "little").write_bytes(b"x" * 1024)
        await asyncio.sleep(0.1)
        assert build.error() is None
        (place / "much").write_bytes(b"x" * 2 * 1024**2)
        with pytest.raises(BuildTooLarge, match="more than the 1 MiB"):
            await Builds.result(build)
    assert work.stopped == ["uv-a"]


async def test_private_builds_of_one_key_are_apart() -> None:
    builds, work = Builds(limits(concurrent=5)), Work()
    joined = (
        builds.joined("uv-a", work.of("uv-a"), since=0, space=space)
        for space in ("ada", "ben", "", "ada")
    )
    async with contextlib.AsyncExitStack() as stack:
        hers, his, everybodys, again = [await stack.enter_async_context(each) for each in joined]
        assert again is hers
        assert len({id(hers), id(his), id(everybodys)}) == 3
    await builds.close()


async def test_progress_that_comes_too_fast_is_thinned_and_its_end_is_told() -> None:
    async def make() -> Steps[Environment]:
        for done in range(10_000):
            yield Progress("building", "Downloading.", done + 1, 10_000, "bytes")
        yield Result(environment("uv-a"))

    builds = Builds(limits())
    async with builds.joined("uv-a", make, since=0) as build:
        await Builds.result(build)
        told = [msgspec.json.decode(each.fields)["done"] for each in build.transcript.read(0)]
    assert told[-1] == 10_000
    assert len(told) < 100
