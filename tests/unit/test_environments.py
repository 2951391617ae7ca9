# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments are built once, appear whole, and stay while they are used."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from binder_lite.engines.base import Engine, Recipe
from binder_lite.environments import (
    Environment,
    builds_directory,
    find_environment,
    list_environments,
    obtain,
    read_environment,
    remove_environment,
    tidy_builds,
    using,
)
from binder_lite.errors import BuildFailed, EnvironmentInUse, EnvironmentNotFound
from binder_lite.events import Step
from binder_lite.storage import lock
from fakes import (
    FailsMidBuild,
    FailsMidBuildRecipe,
    InstantEngine,
    InstantRecipe,
    SlowEngine,
    SlowRecipe,
)

Get = Callable[..., Coroutine[Any, Any, tuple[Environment, list[str]]]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data/environments"


@pytest.fixture
def get(root: Path) -> Get:
    """Obtains an environment; gives it with what was said."""

    async def obtained(recipe: Recipe, *, rebuild: bool = False) -> tuple[Environment, list[str]]:
        step = Step(obtain(root, recipe, engine="uv", source="gh/ada/study", rebuild=rebuild))
        said = [event.message async for event in step]
        return step.result, said

    return obtained


def _left(root: Path) -> list[Path]:
    return list(builds_directory(root).glob("*/staging-*"))


async def test_an_environment_is_built_and_found_again(
    get: Get, root: Path, tmp_path: Path
) -> None:
    recipe = InstantRecipe(counter=tmp_path / "builds")
    built, said = await get(recipe)
    assert said == ["Making it."]
    assert (built.name, built.engine, built.source) == ("uv-instant/1", "uv", "gh/ada/study")
    assert (built.software, built.packages) == ("Python 3.11.7", ("numpy==2.1.0",))
    assert (built.directory / "whole").exists()

    again, said = await get(recipe)
    assert (again, said) == (built, [])
    assert find_environment(root, recipe.key) == read_environment([root], built.name) == built
    assert list_environments(root) == [built]
    assert (tmp_path / "builds").read_text() == "b"
    assert _left(root) == []


async def test_one_build_serves_all_who_wait_and_they_see_its_log(
    get: Get, root: Path, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    recipe = SlowRecipe(counter=tmp_path / "builds", gate=gate)
    waiting = [asyncio.create_task(get(recipe)) for _ in range(5)]
    await asyncio.sleep(0.3)
    assert find_environment(root, recipe.key) is None, "it appears when it is whole"
    gate.touch()
    results = await asyncio.gather(*waiting)
    assert len({environment.name for environment, _ in results}) == 1
    assert (tmp_path / "builds").read_text() == "b"
    said = [said for _, said in results if said[0].startswith("Another launch builds")]
    assert len(said) == 4
    for lines in said:
        assert lines[1:3] == ["line 0", "line 1"]
        assert lines[-1] == "the last line"


async def test_a_failed_build_leaves_nothing_and_can_be_tried_again(get: Get, root: Path) -> None:
    with pytest.raises(BuildFailed):
        await get(FailsMidBuildRecipe(key="uv-x"))
    assert (list_environments(root), _left(root)) == ([], [])
    built, _said = await get(InstantRecipe(key="uv-x"))
    assert built.generation == 1


async def test_who_waited_for_a_build_that_fails_builds_and_sees_the_new_log(
    get: Get, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    first = asyncio.create_task(get(SlowRecipe(key="uv-x", gate=gate)))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(get(SlowRecipe(key="uv-x", gate=gate)))
    await asyncio.sleep(0.3)
    third = asyncio.create_task(get(SlowRecipe(key="uv-x", gate=gate)))
    await asyncio.sleep(0.3)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await asyncio.sleep(0.3)
    gate.touch()
    (built, _), (same, _) = await asyncio.gather(second, third)
    assert built == same


async def test_a_build_that_is_stopped_leaves_nothing(get: Get, root: Path, tmp_path: Path) -> None:
    task = asyncio.create_task(get(SlowRecipe(gate=tmp_path / "never")))
    await asyncio.sleep(0.1)
    assert len(_left(root)) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (list_environments(root), _left(root)) == ([], [])


async def test_who_stops_waiting_does_not_keep_the_lock(get: Get, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    first = asyncio.create_task(get(SlowRecipe(gate=gate)))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(get(SlowRecipe(gate=gate)))
    await asyncio.sleep(0.2)
    for task in (first, second):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    built, said = await asyncio.wait_for(get(InstantRecipe(key="uv-instant")), 5)
    assert (built.generation, said) == (1, ["Making it."])


async def test_what_a_killed_build_left_is_cleared_by_the_next(get: Get, root: Path) -> None:
    left = builds_directory(root) / "uv-instant/staging-1234"
    left.mkdir(parents=True)
    (left / "half").touch()
    await get(InstantRecipe())
    assert _left(root) == []


async def test_a_rebuild_makes_a_generation_beside_the_old_one(get: Get, root: Path) -> None:
    first, _ = await get(InstantRecipe())
    second, _ = await get(InstantRecipe(), rebuild=True)
    assert (first.generation, second.generation) == (1, 2)
    assert first.directory.exists()
    assert find_environment(root, "uv-instant") == second
    assert list_environments(root) == [second, first]


async def test_rebuilds_at_the_same_time_are_one(get: Get, tmp_path: Path) -> None:
    gate, counter = tmp_path / "gate", tmp_path / "builds"
    await get(InstantRecipe())
    recipe = SlowRecipe(gate=gate, counter=counter)
    rebuilding = [asyncio.create_task(get(recipe, rebuild=True)) for _ in range(3)]
    await asyncio.sleep(0.2)
    gate.touch()
    results = await asyncio.gather(*rebuilding)
    assert {environment.generation for environment, _ in results} == {2}
    assert counter.read_text() == "b"


async def test_environments_of_different_keys_do_not_wait_for_each_other(
    get: Get, tmp_path: Path
) -> None:
    slow = asyncio.create_task(get(SlowRecipe(key="uv-slow", gate=tmp_path / "never")))
    await asyncio.sleep(0.1)
    await asyncio.wait_for(get(InstantRecipe(key="uv-other")), 5)
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)


async def test_one_that_is_used_is_not_removed(get: Get, root: Path) -> None:
    environment, _ = await get(InstantRecipe())
    async with using(environment), using(environment):
        for name in (environment.key, environment.name):
            with pytest.raises(EnvironmentInUse, match="uv-instant"):
                remove_environment(root, name)
    remove_environment(root, environment.key)
    assert (list_environments(root), _left(root)) == ([], [])
    assert not environment.directory.exists()


async def test_one_generation_is_removed(get: Get, root: Path) -> None:
    first, _ = await get(InstantRecipe())
    second, _ = await get(InstantRecipe(), rebuild=True)
    async with using(second):
        remove_environment(root, first.name)
    assert list_environments(root) == [second]


async def test_one_that_is_gone_cannot_be_used(get: Get, root: Path) -> None:
    environment, _ = await get(InstantRecipe())
    remove_environment(root, environment.key)
    with pytest.raises(EnvironmentNotFound):
        async with using(environment):
            pass


@pytest.mark.parametrize("key", ["uv-none", "uv-instant/7", "", "../environments", "/etc"])
async def test_one_that_never_was_cannot_be_removed(get: Get, root: Path, key: str) -> None:
    environment, _ = await get(InstantRecipe())
    with pytest.raises(EnvironmentNotFound):
        remove_environment(root, key)
    assert environment.directory.exists()


async def test_a_size_is_told(get: Get) -> None:
    environment, _ = await get(InstantRecipe())
    assert environment.size_bytes() > 0


@pytest.mark.parametrize("engine", [InstantEngine(), SlowEngine(Path("gate")), FailsMidBuild()])
def test_the_fakes_are_engines(engine: Engine) -> None:
    assert engine.name == "uv"


def test_what_a_killed_build_left_is_removed_and_a_running_build_is_not(root: Path) -> None:
    builds = builds_directory(root)
    for key in ("killed", "running"):
        (builds / key / "staging-1/venv").mkdir(parents=True)
    held = lock(builds / "running/lock")
    assert held is not None
    try:
        tidy_builds(root)
    finally:
        os.close(held)
    assert _left(root) == [builds / "running/staging-1"]
    tidy_builds(root)
    assert _left(root) == []
