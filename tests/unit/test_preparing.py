# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision which engine serves, and what a launch with Guix reads; nothing is fetched or built.

Guix is a real engine whose answer about its packages is on disk, so that no process runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from binder_lite import preparing
from binder_lite.engines.choice import Chosen
from binder_lite.engines.guix.catalogue import catalogue_file
from binder_lite.engines.guix.engine import GuixEngine
from binder_lite.engines.guix.installation import Guix, Revision
from binder_lite.engines.guix.recipe import GuixRecipe
from binder_lite.engines.limits import Enforcement, Limits
from binder_lite.engines.sandbox import Host
from binder_lite.errors import PackagesMissing, Unsupported, VersionsConflict
from binder_lite.events import Message, Result, Step, Steps, Warn
from binder_lite.manifests.generating import Generated
from binder_lite.preparing import Looked, Read, Request, choose, propose, read
from binder_lite.settings import Settings
from binder_lite.sources.model import Checkout, PinnedSource, Source
from fakes import InstantEngine
from unit.manifests.guixes import PACKAGES, program, pypi

_SETTINGS = Settings(data=Path("/data"), cache=Path("/cache"))
_UV = InstantEngine()
_SERVER = (
    pypi("jupyterlab", "4.4"),
    program("coreutils", "9.1"),
    program("nss-certs", "3.1"),
)


@dataclass
class World:
    """A machine with Guix, and a repository. ``fetched`` counts how often that was fetched."""

    guix: GuixEngine
    directory: Path
    chosen: Chosen | None = None
    fetched: int = 0
    warned: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    path: str = ""

    def holds(self, **files: str) -> None:
        """Put files into the repository; ``_`` is a dot in their names, ``__`` a slash."""
        for name, text in files.items():
            file = self.directory / name.replace("__", "/").replace("_", ".")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)

    def notebook(self, language: str, kernel: str = "") -> None:
        """Add a notebook."""
        spec = {"kernelspec": {"name": kernel or language, "display_name": language,
                               "language": language}}  # fmt: skip
        content = {"nbformat": 4, "nbformat_minor": 5, "metadata": spec, "cells": []}
        (self.directory / "index.ipynb").write_text(json.dumps(content))

    @property
    def checkout(self) -> Checkout:
        source = Source("repository", path=self.path or None)
        return Checkout(PinnedSource(source, None), self.directory)

    async def follow(self, steps: Steps[Any]) -> Any:
        step = Step(steps)
        async for event in step:
            (self.warned if isinstance(event, Warn) else self.told).append(event.message)
        return step.result

    async def choose(self) -> tuple[Chosen, Looked | None]:
        found: tuple[Chosen, Looked | None] = await self.follow(choose(request(), _SETTINGS))
        return found

    async def read(self, **options: Any) -> Read:
        found: Read = await self.follow(read(request(**options), self.guix, _SETTINGS))
        return found

    async def propose(self, *only: str) -> Generated:
        generated, checkout = await self.follow(propose(request(), _SETTINGS, frozenset(only)))
        assert checkout == self.checkout
        assert isinstance(generated, Generated)
        return generated


def request(**options: Any) -> Request:
    return Request(source=Source("repository"), **options)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    library, directory = tmp_path / "guile", tmp_path / "checkout"
    for each in (library, directory, tmp_path / "cache"):
        each.mkdir()
    guix = Guix(
        program=Path("/gnu/store/x/bin/guix"),
        variables={},
        library=library,
        revision=Revision(version="1.5.0"),
    )
    answer = {"id": 1, "answer": [*PACKAGES, *_SERVER]}
    catalogue_file(guix, tmp_path / "cache").write_bytes(msgspec.json.encode(answer))
    host = Host(bwrap=Path("/bwrap"), system=(), enforcement=Enforcement(None, None))
    engine = GuixEngine(guix=guix, host=host, cache=tmp_path / "cache", limits=Limits())
    made = World(engine, directory)

    async def find_engine(choice: str, settings: Settings) -> Chosen | None:
        return made.chosen

    async def find_guix(settings: Settings) -> GuixEngine:
        return made.guix

    async def find_uv(settings: Settings, reason: str) -> Chosen:
        return Chosen(_UV, reason)

    async def check_out(request: Request, settings: Settings) -> Steps[Checkout]:
        made.fetched += 1
        yield Message("fetching", "Fetching.")
        yield Result(made.checkout)

    for function in (find_engine, find_guix, find_uv, check_out):
        monkeypatch.setattr(preparing, function.__name__, function)
    return made


async def test_what_is_settled_needs_no_repository(world: World) -> None:
    world.chosen = Chosen(_UV, "asked for")
    assert await world.choose() == (world.chosen, None)
    assert world.fetched == 0


def _of_r(world: World) -> None:
    world.holds(DESCRIPTION="Package: x\nVersion: 1\nImports: ggplot2\n")


def _of_r_that_is_missing(world: World) -> None:
    world.holds(DESCRIPTION="Package: x\nVersion: 1\nImports: zzz\n")


def _of_an_r_notebook(world: World) -> None:
    world.holds(requirements_txt="numpy\n")
    world.notebook("R", "ir")


# What the repository holds → the engine that serves, and why.
DECISIONS: dict[str, tuple[Callable[[World], None], str, str]] = {
    "a manifest": (
        lambda world: world.holds(manifest_scm="(f)", requirements_txt="zzz\n"),
        "guix", "the repository has manifest.scm",
    ),
    "a manifest in binder/": (
        lambda world: world.holds(binder__manifest_scm="(f)"),
        "guix", "the repository has binder/manifest.scm",
    ),
    "all that Guix has": (
        lambda world: world.holds(requirements_txt="numpy>=2\n"),
        "guix", "Guix has all that the repository asks for",
    ),
    "something for another system": (
        lambda world: world.holds(requirements_txt='numpy\nzzz; sys_platform == "win32"\n'),
        "guix", "Guix has all that the repository asks for",
    ),
    "something that Guix lacks": (
        lambda world: world.holds(requirements_txt="numpy\nzzz\n"),
        "uv", "the embedded engine; Guix has no zzz (requirements.txt:2)",
    ),
    "another version": (
        lambda world: world.holds(requirements_txt="numpy==9\n"),
        "uv",
        "the embedded engine; requirements.txt:1 asks for numpy==9, Guix has 2.3.1",
    ),
    "another Python": (
        lambda world: world.holds(requirements_txt="numpy\n", runtime_txt="python-3.9\n"),
        "uv",
        "the embedded engine; runtime.txt:1 asks for python==3.9.*, Guix has 3.11.14",
    ),
    "versions that do not go together": (
        lambda world: world.holds(requirements_txt="scipy\npandas\n"),
        "uv", "the embedded engine; python-numpy is brought in 2 versions",
    ),
    "R": (_of_r, "guix", "the repository is made for r"),
    "R that is missing": (_of_r_that_is_missing, "guix", "the repository is made for r"),
    "an R notebook": (_of_an_r_notebook, "guix", "the repository is made for r"),
    "nothing": (lambda world: None, "guix", "Guix has all that the repository asks for"),
}  # fmt: skip


@pytest.mark.parametrize(("fill", "engine", "reason"), DECISIONS.values(), ids=DECISIONS)
async def test_the_repository_decides_which_engine_serves(
    world: World, fill: Callable[[World], None], engine: str, reason: str
) -> None:
    fill(world)
    chosen, looked = await world.choose()
    assert chosen.engine.name == engine
    assert chosen.reason.startswith(reason)
    assert looked and looked.checkout == world.checkout
    assert world.fetched == 1


async def test_what_the_choice_found_out_is_not_looked_up_again(world: World) -> None:
    world.holds(requirements_txt="numpy\n")
    chosen, looked = await world.choose()
    (world.directory / "requirements.txt").unlink()
    reading = read(request(), chosen.engine, _SETTINGS, looked)
    found: Read = await world.follow(reading)
    assert isinstance(found.recipe, GuixRecipe)
    assert "python-numpy" in found.recipe.named
    assert world.fetched == 1


async def test_what_nothing_can_be_made_from_is_refused(world: World) -> None:
    world.holds(Dockerfile="FROM debian\n")
    with pytest.raises(Unsupported, match="a Dockerfile"):
        await world.choose()


async def test_guix_reads_a_repository_of_other_files(world: World) -> None:
    world.holds(requirements_txt="numpy<2\nscipy\n", apt_txt="git\n")
    world.notebook("python", "python3")
    found = await world.read()
    assert isinstance(found.recipe, GuixRecipe)
    assert set(found.recipe.named) == {
        "python", "python-ipykernel", "python-numpy@1.26.4", "python-scipy", "git",
    }  # fmt: skip
    assert {each.language for each in found.requirements.packages} == {"guix"}
    assert found.path == "index.ipynb"
    assert world.warned == []


async def test_what_differs_is_told_and_with_strict_refused(world: World) -> None:
    world.holds(requirements_txt="numpy==9\n")
    await world.read()
    assert world.warned == ["requirements.txt:1 asks for numpy==9, Guix has 2.3.1."]
    with pytest.raises(VersionsConflict):
        await world.read(strict=True)


async def test_without_what_is_missing_only_the_person_goes_on(world: World) -> None:
    world.holds(requirements_txt="numpy\nzzz>=1\n")
    with pytest.raises(PackagesMissing, match=r"zzz>=1 \(requirements\.txt:2\)"):
        await world.read()
    found = await world.read(allow_missing=True)
    assert isinstance(found.recipe, GuixRecipe)
    assert found.recipe.use.missing == ("zzz>=1 (requirements.txt:2)",)
    assert any("zzz>=1" in said for said in world.warned)


async def test_a_project_of_the_repository_is_importable(world: World) -> None:
    text = (
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "own"\nversion = "1"\ndependencies = ["numpy"]\n'
    )
    world.holds(pyproject_toml=text, src__own_py="")
    found = await world.read()
    assert isinstance(found.recipe, GuixRecipe)
    assert "python-numpy" in found.recipe.named
    assert found.recipe.use.python_path == ("src",)


async def test_what_is_guessed_is_told(world: World) -> None:
    world.holds(a_py="import numpy\n")
    found = await world.read()
    assert isinstance(found.recipe, GuixRecipe)
    assert "python-numpy" in found.recipe.named
    assert any(said.startswith("Nothing is declared.") for said in world.warned)


async def test_a_proposal_passes_over_guix_s_own_files(world: World) -> None:
    world.holds(manifest_scm="(f)", requirements_txt="numpy\n", apt_txt="git\n")
    made = await world.propose()
    assert '"python-numpy"' in made.text
    assert '"git"' in made.text
    only = await world.propose("system")
    assert '"git"' in only.text
    assert "python" not in only.text.replace("What this", "")


async def test_a_proposal_says_nothing_of_what_is_missing_by_itself(world: World) -> None:
    world.holds(requirements_txt="zzz\n")
    made = await world.propose()
    assert [each.asked.name for each in made.mapped.missing] == ["zzz"]
    assert world.warned == []


async def test_a_generated_manifest_gives_the_same_proposal_again(world: World) -> None:
    world.holds(requirements_txt="numpy<2\nscipy\nzzz\n")
    first = (await world.propose()).text
    world.holds(manifest_scm=first)
    assert (await world.propose()).text == first
