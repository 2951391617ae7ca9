# SPDX-License-Identifier: GPL-3.0-or-later
"""Which environments have spares, and who gets one."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_lite.environments import Environment
from binder_lite.hub.demand import note_asked, often_asked
from binder_lite.hub.files import SPARE
from binder_lite.hub.spares import Spare, claim_spare, find_spares, offer, wanted_spares
from binder_lite.hub.spawners import began
from binder_lite.settings import Settings
from binder_lite.storage import write_record


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


def make_environment(settings: Settings, key: str, generation: int = 1) -> Environment:
    directory = settings.shared_environments / key / str(generation)
    directory.mkdir(parents=True)
    made = Environment(
        key=key, generation=generation, engine="guix", software="", packages=(), source="",
        created=datetime.now(UTC), directory=directory,
    )  # fmt: skip
    write_record(directory / "environment.json", made, leave_out=("directory",))
    return made


def ask(settings: Settings, key: str, times: int) -> None:
    settings.data.mkdir(exist_ok=True)
    for _ in range(times):
        note_asked(settings.data, f"{key}/1")


def make_spare(settings: Settings, name: str, environment: str = "") -> Path:
    """Let this process be a spare."""
    directory = settings.sessions / name
    directory.mkdir(parents=True)
    offer(directory, environment)
    return directory


def test_those_that_were_launched_twice_count_most_asked_first(settings: Settings) -> None:
    ask(settings, "guix-a", 2)
    ask(settings, "guix-b", 1)
    ask(settings, "guix-c", 3)
    assert often_asked(settings.data) == ["guix-c", "guix-a"]
    ask(settings, "guix-b", 1)
    # Of equals, the one that was launched last comes first.
    assert often_asked(settings.data) == ["guix-c", "guix-b", "guix-a"]


@pytest.mark.parametrize("days", [2, -2])
def test_launches_of_another_day_do_not_count(settings: Settings, days: int) -> None:
    ask(settings, "guix-a", 5)
    assert often_asked(settings.data, datetime.now(UTC) + timedelta(days=days)) == []


def test_the_notes_stay_small_and_may_be_nonsense(settings: Settings) -> None:
    ask(settings, "guix-a", 1)
    ask(settings, "guix-b", 1100)
    file = settings.data / "asked.json"
    assert file.stat().st_size < 200_000
    assert often_asked(settings.data) == ["guix-b"]
    for nonsense in ("", "[]", '{"launches": [{"key": 1}]}'):
        file.write_text(nonsense)
        assert often_asked(settings.data) == []
    ask(settings, "guix-a", 2)
    assert often_asked(settings.data) == ["guix-a"]


def test_a_launch_goes_on_where_it_cannot_be_noted(tmp_path: Path) -> None:
    note_asked(tmp_path / "nowhere", "guix-a/1")


def test_environments_that_are_there_have_a_spare_of_their_newest_generation(
    settings: Settings,
) -> None:
    for key, times in (("guix-a", 2), ("guix-b", 3), ("guix-gone", 9), ("guix-c", 2)):
        ask(settings, key, times)
    make_environment(settings, "guix-a")
    make_environment(settings, "guix-b")
    make_environment(settings, "guix-b", 2)
    make_environment(settings, "guix-c")
    assert wanted_spares(3, 2, settings) == {"": 3, "guix-b/2": 1, "guix-c/1": 1}
    assert wanted_spares(3, 0, settings) == {"": 3}


def test_a_launch_takes_a_spare_of_its_environment_only(settings: Settings) -> None:
    shared = make_spare(settings, "a")
    own = make_spare(settings, "b", "guix-a/1")
    assert set(find_spares(settings.sessions)) == {shared, own}
    assert claim_spare(settings.sessions, "guix-a/2") is None
    assert claim_spare(settings.sessions, "guix-b/1") is None
    assert claim_spare(settings.sessions, "guix-a/1") == own
    assert claim_spare(settings.sessions, "guix-a/1") is None
    assert claim_spare(settings.sessions) == shared
    assert claim_spare(settings.sessions) is None
    # Also those that got none were noted.
    assert often_asked(settings.data) == ["guix-a"]


def test_of_many_who_try_one_gets_a_spare(settings: Settings) -> None:
    spare = make_spare(settings, "a", "guix-a/1")
    with ThreadPoolExecutor(8) as people:
        claims = list(people.map(lambda _: claim_spare(settings.sessions, "guix-a/1"), range(50)))
    assert [claim for claim in claims if claim] == [spare]


def test_a_record_of_an_earlier_version_is_one_of_the_shared_server(settings: Settings) -> None:
    directory = make_spare(settings, "a")
    write_record(directory / SPARE, {"pid": os.getpid(), "began": began(os.getpid())})
    assert find_spares(settings.sessions) == {directory: Spare(os.getpid(), began(os.getpid()))}
