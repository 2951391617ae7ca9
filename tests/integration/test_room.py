# SPDX-License-Identifier: GPL-3.0-or-later
"""What no session needs goes when room is needed, and the disk space with it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from uv import find_uv_bin

from binder_lite import room
from binder_lite.engines.base import PROFILE
from binder_lite.engines.uv.package_cache import remove_unshared
from binder_lite.environments import Environment, builds_directory, list_environments
from binder_lite.preparing import Request, choose, prepare
from binder_lite.room import make_room, remove_environments
from binder_lite.settings import Settings
from binder_lite.sources.url import parse_source
from binder_lite.storage import lock, tree_size
from kept import keep_environment, keep_session
from steps import result_of

_MIB = 1024**2
_HOUR = 3600


def written(settings: Settings, key: str, hours: float, space: str = "") -> Environment:
    """Return an environment of a MiB that was last used so many hours ago."""
    root = settings.in_space(space).environments
    environment = keep_environment(root, key, size=_MIB)
    uses = builds_directory(root) / key / "use-1"
    uses.touch()
    os.utime(uses, (time.time() - hours * _HOUR,) * 2)
    return environment


def keys(settings: Settings) -> set[str]:
    return {each.key for each in room.all_environments(settings)}


@pytest.fixture
def disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has 10 MiB, for the environments and packages alone."""

    def free(place: Path) -> int:
        return 10 * _MIB - tree_size(*settings.all_environments, settings.packages)

    monkeypatch.setattr(room, "free_bytes", free)


@pytest.mark.usefixtures("disk")
def test_what_was_used_longest_ago_goes_first_and_no_more_than_must(settings: Settings) -> None:
    for key, hours in {"yesterday": 24, "oldest": 99, "old": 48}.items():
        written(settings, key, hours)
    written(settings, "private", 72, space="ada")
    make_room(settings, 5 * _MIB, "")
    assert keys(settings) == {"yesterday", "oldest", "old", "private"}
    make_room(settings, 7 * _MIB, "")
    assert keys(settings) == {"yesterday", "old"}


@pytest.mark.usefixtures("disk")
def test_what_is_needed_stays_however_little_is_free(settings: Settings) -> None:
    keep_session(settings, written(settings, "of-a-session", 99))
    written(settings, "server", 99)
    written(settings, "just-used", 5)
    written(settings, "unneeded", 99)
    stored = written(settings, "in-store", 99)
    (stored.directory / PROFILE).symlink_to("/")
    make_room(settings, 10 * _MIB, "server")
    assert keys(settings) == {"of-a-session", "server", "just-used", "in-store"}


@pytest.mark.usefixtures("disk")
def test_packages_without_an_environment_go_before_any_environment(settings: Settings) -> None:
    environment = written(settings, "oldest", 99)
    shared, unshared = (settings.packages / "archive-v0" / name for name in ("a", "b"))
    for wheel in (shared, unshared):
        (wheel / "package").mkdir(parents=True)
        (wheel / "package/module.py").write_bytes(b"x" * 2 * _MIB)
    os.link(shared / "package/module.py", environment.directory / "module.py")
    make_room(settings, 6 * _MIB, "")
    assert (keys(settings), shared.exists(), unshared.exists()) == ({"oldest"}, True, False)
    make_room(settings, 9 * _MIB, "")
    assert (keys(settings), shared.exists()) == (set(), False)


def test_a_link_among_the_packages_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "cache/archive-v0").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/file").touch()
    (tmp_path / "cache/archive-v0/a").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "cache/archive-v0/b").mkdir()
    remove_unshared(tmp_path / "cache")
    assert (tmp_path / "elsewhere/file").exists()
    assert not (tmp_path / "cache/archive-v0/b").exists()


def test_repositories_go_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    places = (settings.repositories, settings.in_space("ada").repositories)
    for repositories in places:
        for name, hours in {"new": 1, "old": 7}.items():
            checkout = repositories / "r" / "checkouts" / name
            checkout.mkdir(parents=True)
            os.utime(checkout, (time.time() - hours * _HOUR,) * 2)
    monkeypatch.setattr(room, "free_bytes", lambda _: 0)
    make_room(settings, 1, "")
    for repositories in places:
        assert {each.name for each in (repositories / "r" / "checkouts").iterdir()} == {"new"}


def test_packages_stay_while_uv_works_with_them(tmp_path: Path) -> None:
    (tmp_path / "archive-v0" / "a").mkdir(parents=True)
    held = lock(tmp_path / ".lock", shared=True)
    assert held is not None
    try:
        remove_unshared(tmp_path)
        assert (tmp_path / "archive-v0" / "a").exists()
        # The lock is uv's own: it waits for it, too.
        variables = {"UV_CACHE_DIR": str(tmp_path), "UV_LOCK_TIMEOUT": "1"}
        prune = [find_uv_bin(), "cache", "prune"]
        done = subprocess.run(prune, env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, "lock" in done.stderr) == (2, True), done.stderr
    finally:
        os.close(held)
    remove_unshared(tmp_path)
    assert not (tmp_path / "archive-v0" / "a").exists()


async def build(settings: Settings) -> Environment:
    example = Path(__file__).parents[2] / "examples" / "runtime-txt"
    request = Request(source=parse_source(str(example), cwd=Path("/")), engine="uv")
    chosen, looked = await result_of(choose(request, settings))
    prepared = await result_of(prepare(request, chosen.engine, settings, looked))
    return prepared.environment


@pytest.mark.slow
@pytest.mark.needs("git", "bwrap")
async def test_a_removed_environment_s_space_is_free_and_it_can_be_built_again(
    settings: Settings,
) -> None:
    environment = await build(settings)
    places = (settings.environments, settings.packages)
    before, size = tree_size(*places), environment.size_bytes()
    freed = remove_environments(settings, [environment.name])
    assert freed == before - tree_size(*places)
    assert freed > 0.9 * size > _MIB
    again = await build(settings)
    assert (again.key, list_environments(settings.environments)) == (environment.key, [again])
