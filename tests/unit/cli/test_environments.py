# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from binder_lite import room
from binder_lite.cli import environments as cli
from binder_lite.cli.admin import admin_group
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.environments import Environment, list_environments, using
from binder_lite.settings import Settings, read_settings
from kept import NOW, keep_environment, keep_session


def written(key: str, generation: int = 1, hours: int = 0, space: str = "") -> Environment:
    """Return an environment that is on disk."""
    return keep_environment(
        read_settings().in_space(space).environments,
        key,
        generation,
        packages=("numpy==1", "pip==2"),
        source="https://me:pw@example.org/r",
        created=NOW - timedelta(hours=hours),
    )


def session_of(environment: Environment, id: str = "s1") -> None:
    keep_session(read_settings(), environment, id)


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run_program(admin_group, "binder-lite", ["environments", *words], Terminal(out, err))
    return status, out.getvalue(), err.getvalue()


def names() -> list[str]:
    return sorted(each.name for each in list_environments(read_settings().environments))


def test_no_environments_is_told() -> None:
    assert run() == (0, "", "There are no environments; the first launch builds one.\n")
    assert run("--json") == (0, "", "")


def test_environments_are_listed_with_what_they_take_and_who_uses_them() -> None:
    used = written("used", 2)
    written("unused", hours=1)
    session_of(used)
    status, out, _ = run()
    title, first, second = out.splitlines()
    assert (status, title.split()[:4]) == (0, ["key", "engine", "software", "packages"])
    assert first.startswith("used/2")
    assert "https://…@example.org/r" in first
    assert second.startswith("unused/1")
    one, two = [json.loads(line) for line in run("--json")[1].splitlines()]
    assert (one["environment"], one["sessions"]) == ("used/2", ["s1"])
    assert (two["environment"], two["sessions"]) == ("unused/1", [])
    assert one["size"] > 1000
    assert one["source"] == "https://…@example.org/r"


def test_all_generations_of_a_key_are_removed_or_the_one_that_is_named() -> None:
    for number in (1, 2):
        written("a", number)
        written("b", number)
    status, _, err = run("remove", "a", "b/1")
    assert (status, names()) == (0, ["b/2"])
    assert err.startswith("Removed 3 environments; that freed ")


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """To know the key of the notebook server, the engine looks at the machine."""

    async def key(settings: Settings) -> str:
        return "server"

    monkeypatch.setattr(room, "server_key", key)


def test_unused_are_those_that_not_even_a_stopped_session_needs() -> None:
    session_of(written("used"))
    written("unused")
    written("server")
    assert run("remove", "--unused")[0] == 0
    assert names() == ["server/1", "used/1"]
    assert run("remove", "--unused")[2] == "Removed 0 environments; that freed 0 B.\n"


def test_without_sessions_all_are_unused_the_notebook_server_too() -> None:
    written("server")
    assert run("remove", "--unused")[0] == 0
    assert names() == []


async def test_what_is_in_use_stays() -> None:
    # In use without a session that says so, as by a launch that is not ready yet.
    environment = written("new")
    async with using(environment):
        assert run("remove", "new")[0] == 46
        assert run("remove", "--unused")[0] == 0
    assert names() == ["new/1"]


@pytest.mark.parametrize("words", [[], ["--unused", "a"]])
def test_it_must_be_clear_what_is_to_be_removed(words: list[str]) -> None:
    assert run("remove", *words)[0] == 12


def test_the_beginning_of_a_key_is_enough() -> None:
    digits = "0123456789abcdef0123"
    environment = written(f"uv-{digits}")
    written("uv-0")
    assert cli.short_name(environment) == "uv-0123456789ab/1"
    assert "uv-0123456789ab/1 " in run()[1]
    assert run("remove", "uv-")[0] == 47
    assert run("remove", cli.short_name(environment))[0] == 0
    assert names() == ["uv-0/1"]


def test_a_whole_key_is_not_ambiguous_with_a_longer_one() -> None:
    assert cli.find_name("uv-0", [written("uv-0"), written("uv-01")]) == "uv-0"


def test_an_unknown_key_is_an_error() -> None:
    assert run("remove", "nothing")[0] == 47


def test_keys_are_completed() -> None:
    written("abc")
    written("xyz")
    command = cli.remove_command
    context = command.make_context("remove", ["x"])
    assert cli.complete_environment(context, command.params[0], "ab") == ["abc/1"]


def test_private_environments_are_listed_and_removed_too() -> None:
    session_of(written("used"))
    private = [written(key, space="ada") for key in ("used", "hers")]
    assert len(run()[1].splitlines()) == 4
    assert run("remove", "hers")[0] == 0
    assert [each.directory.exists() for each in private] == [True, False]
    assert run("remove", "used")[0] == 0
    assert not private[0].directory.exists()
    assert names() == []


def test_a_generation_that_there_is_not_is_an_error() -> None:
    written("a", 1)
    assert run("remove", "a/2")[0] == 47
    assert names() == ["a/1"]
