# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_lite.engines.guix import generations
from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.engines.guix.generations import find_generations, read_generations
from binder_lite.engines.guix.installation import Guix, Revision
from binder_lite.errors import EngineUnavailable
from binder_lite.events import Message, Result, Step, Steps
from unit.engines.guix.examples import GUIX


class Machine:
    """A root directory with profiles in a store, and links to them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home/me"

    def profile(self, name: str) -> Path:
        """Return the program of a profile as `guix pull` makes it."""
        program = self.root / f"gnu/store/{name}-profile/bin/guix"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch()
        (program.parents[1] / "manifest").touch()
        return program

    def link(self, path: str, target: Path, age: int = 0) -> None:
        """Make a link that is some seconds old."""
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        os.utime(link, (1_000_000 - age, 1_000_000 - age), follow_symlinks=False)

    def found(self, used: Path) -> tuple[Path, ...]:
        return find_generations(used, home=self.home, root=self.root)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


PULLED = "home/me/.config/guix/current-{}-link"
OTHERS = "var/guix/profiles/per-user/{}/current-guix-{}-link"


def test_generations_are_found_the_newest_first_and_the_systems_last(machine: Machine) -> None:
    programs = {name: machine.profile(name) for name in "abcd"}
    machine.link(PULLED.format(1), programs["a"].parents[1], age=30)
    machine.link(PULLED.format(2), programs["b"].parents[1], age=10)
    machine.link(OTHERS.format("root", 7), programs["c"].parents[1], age=20)
    machine.link("run/current-system/profile", programs["d"].parents[1])
    assert machine.found(Path("/else")) == tuple(programs[each] for each in "bcad")


def test_the_one_in_use_is_none_of_them(machine: Machine) -> None:
    used, other = machine.profile("a"), machine.profile("b")
    machine.link(PULLED.format(1), used.parents[1])
    machine.link(PULLED.format(2), other.parents[1])
    assert machine.found(used) == (other,)


def test_one_profile_with_several_links_is_there_once(machine: Machine) -> None:
    program = machine.profile("a")
    machine.link(PULLED.format(1), program.parents[1])
    machine.link(OTHERS.format("me", 1), program.parents[1])
    assert machine.found(Path("/else")) == (program,)


def test_links_of_links_are_followed(machine: Machine) -> None:
    program = machine.profile("a")
    machine.link(OTHERS.format("me", 1), program.parents[1])
    machine.link(PULLED.format(1), machine.root / OTHERS.format("me", 1))
    assert machine.found(Path("/else")) == (program,)


def test_what_leads_nowhere_is_passed_over(machine: Machine) -> None:
    machine.link(PULLED.format(1), machine.root / "gone")
    machine.link(PULLED.format(2), machine.root / PULLED.format(2))
    (machine.root / "empty").mkdir()
    machine.link(PULLED.format(3), machine.root / "empty")
    assert machine.found(Path("/else")) == ()


def test_a_machine_without_any_has_none(machine: Machine) -> None:
    assert machine.found(Path("/else")) == ()


def test_the_current_links_are_no_generations(machine: Machine) -> None:
    machine.link("home/me/.config/guix/current", machine.profile("a").parents[1])
    assert machine.found(Path("/else")) == ()


def program(name: str, where: str = "/gnu/store") -> Path:
    return Path(f"{where}/{name}-profile/bin/guix")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace what asks a Guix; what is called broken does not answer."""
    found: list[str] = []

    async def read_revision(program: Path, _: Mapping[str, str], cache: Path) -> Revision:
        if "mute" in str(program):
            raise EngineUnavailable("It says nothing.")
        if "empty" in str(program):
            raise IndexError
        return Revision(version=program.parents[1].name.split("-")[0])

    async def read_catalogue(guix: Guix, host: Any, cache: Path) -> Steps[Catalogue]:
        found.append(guix.revision.version)
        yield Message("building", f"Asking {guix.revision.version}.")
        if "broken" in guix.revision.version:
            raise EngineUnavailable("It fails.")
        yield Result(Catalogue((), guix.revision.version))

    monkeypatch.setattr(generations, "read_revision", read_revision)
    monkeypatch.setattr(generations, "read_catalogue", read_catalogue)
    return found


def read(*programs: Path) -> tuple[list[str], list[str]]:
    """Return the revisions that were read, and what was said."""
    host: Any = SimpleNamespace(system=(Path("/gnu/store"), Path("/usr")))

    async def steps() -> tuple[list[str], list[str]]:
        step = Step(read_generations(GUIX, host, Path("/cache"), programs))
        said = [event.message async for event in step]
        return [guix.revision.version for guix, _ in step.result], said

    return asyncio.run(steps())


def test_at_most_three_are_asked(asked: list[str]) -> None:
    found, said = read(*(program(name) for name in "abcde"))
    assert found == asked == ["a", "b", "c"]
    assert said == ["Asking a.", "Asking b.", "Asking c."]


@pytest.mark.parametrize("bad", ["broken", "mute", "empty"])
def test_one_that_does_not_answer_is_passed_over(asked: list[str], bad: str) -> None:
    found, said = read(program(bad), *(program(name) for name in "abc"))
    assert found == ["a", "b", "c"]
    assert any(f"Passed over {program(bad)}" in each for each in said)


def test_one_that_a_sandbox_does_not_see_is_not_asked(asked: list[str]) -> None:
    assert read(program("a", "/home/me"), program("b"))[0] == ["b"]
    assert asked == ["b"]
