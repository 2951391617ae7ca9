# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from binder_lite.command import Command
from binder_lite.engines.base import Box
from binder_lite.engines.guix.installation import Revision
from binder_lite.engines.guix.recipe import GuixRecipe, Tree, Use
from binder_lite.engines.limits import Enforcement
from binder_lite.engines.sandbox import Host
from binder_lite.errors import CannotPin
from binder_lite.requirements.guix.channels_text import parse_channels
from unit.engines.guix.examples import CHANNEL, GUIX

_COMMIT = "0123456789012345678901234567890123456789"


@asynccontextmanager
async def _run_inside(box: Box, script: str) -> AsyncIterator[Command]:
    yield Command((script,))


_RECIPE = GuixRecipe(
    guix=GUIX,
    host=Host(bwrap=Path("/bwrap"), system=(), enforcement=Enforcement(None, None)),
    run_inside=_run_inside,
    file="manifest.scm",
    named=("python-numpy", "r-minimal"),
    versions=("python-numpy@2.3.1:out", "r-minimal@4.5.2:out"),
    added=("bash", "python"),
)


def test_the_key_is_of_what_is_in_the_environment() -> None:
    assert _RECIPE.key.startswith("guix-")
    assert len(_RECIPE.key) == len("guix-") + 40
    shuffled = replace(
        _RECIPE, versions=_RECIPE.versions[::-1], added=_RECIPE.added[::-1], file="guix.scm"
    )
    assert shuffled.key == _RECIPE.key


def test_who_named_the_packages_does_not_matter() -> None:
    generated = replace(_RECIPE, file="requirements.txt", notices=("x",), remarks=("y",))
    assert generated.key == _RECIPE.key


@pytest.mark.parametrize(
    "other",
    [
        replace(_RECIPE, versions=("python-numpy@2.3.1:out", "r-minimal@4.5.3:out")),
        replace(_RECIPE, versions=("python-numpy@2.3.1:doc", "r-minimal@4.5.2:out")),
        replace(_RECIPE, added=("bash",)),
        replace(_RECIPE, guix=replace(GUIX, revision=Revision(version="1.6.0"))),
        replace(_RECIPE, guix=replace(GUIX, program=Path("/gnu/store/other/bin/guix"))),
        replace(_RECIPE, use=Use(default_kernel="ir")),
        replace(_RECIPE, use=Use(nesting=True)),
        replace(_RECIPE, use=Use(python_path=("src",))),
        replace(_RECIPE, use=Use(missing=("zzz (requirements.txt:1)",))),
        replace(_RECIPE, tree=Tree(directory=Path("/c"), digest="d", file="manifest.scm")),
        replace(_RECIPE, tree=Tree(directory=Path("/c"), digest="d", post_build="postBuild")),
    ],
)
def test_whatever_changes_the_environment_changes_the_key(other: GuixRecipe) -> None:
    assert other.key != _RECIPE.key


def test_where_a_tree_lies_does_not_matter() -> None:
    one, two = (
        replace(_RECIPE, tree=Tree(directory=Path(name), digest="d", post_build="postBuild"))
        for name in ("/a", "/b")
    )
    assert one.key == two.key


def test_a_pulled_guix_pins() -> None:
    channels = (replace(CHANNEL, commit=_COMMIT),)
    guix = replace(GUIX, revision=Revision(version="1.5.0", channels=channels))
    pin = replace(_RECIPE, guix=guix).pin()
    assert pin.name == "channels.scm"
    assert parse_channels(pin.text) == channels


@pytest.mark.parametrize("channels", [(), (CHANNEL,)])
def test_a_guix_without_commits_cannot_pin(channels: tuple[()]) -> None:
    guix = replace(GUIX, revision=Revision(version="1.5.0", channels=channels))
    with pytest.raises(CannotPin) as raised:
        replace(_RECIPE, guix=guix).pin()
    assert "guix pull" in raised.value.hint
