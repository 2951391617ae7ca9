# SPDX-License-Identifier: GPL-3.0-or-later
"""What decides an environment's key, and what does not; kernels are pointed at the layer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from binder_lite.engines.limits import Enforcement, Limits
from binder_lite.engines.sandbox import Host
from binder_lite.engines.uv.pythons import Python
from binder_lite.engines.uv.recipe import Tree, UvRecipe, point_at_layer

_HOST = Host(bwrap=Path("/usr/bin/bwrap"), system=(), enforcement=Enforcement(None, None))
_PYTHON = Python(Version("3.11.7"), Path("/usr/bin/python3.11"), Path("/usr"))
_RECIPE = UvRecipe(
    uv=Path("/opt/uv"),
    uv_version="0.13.9",
    host=_HOST,
    cache=Path("/data/builds/packages"),
    python=_PYTHON,
    pythons=(),
    packages=("ipykernel", "numpy"),
    constraints=("numpy<2",),
    options=("--index-url https://index.example/",),
    tree=Tree(Path("/cache/checkout"), "digest", "postBuild"),
)

ALL_THE_SAME: dict[str, dict[str, Any]] = {
    "where uv lies": {"uv": Path("/home/ada/.venv/bin/uv")},
    "where the cache lies": {"cache": Path("/home/ada/builds/packages")},
    "where Python lies": {"python": Python(Version("3.11.7"), Path("/p/bin/python"), Path("/p"))},
    "other Pythons": {"pythons": (Path("/opt/python"),)},
    "where the checkout lies": {"tree": Tree(Path("/elsewhere"), "digest", "postBuild")},
    "what is told": {"notices": ("a notice",), "origins": {"numpy": "requirements.txt:1"}},
    "limits": {"limits": Limits(512, 100, 1)},
    "who starts it": {"host": replace(_HOST, drop_to=64208, bwrap=Path("/opt/bwrap"))},
}
ANOTHER: dict[str, dict[str, Any]] = {
    "version of uv": {"uv_version": "0.13.10"},
    "version of Python": {"python": replace(_PYTHON, version=Version("3.11.8"))},
    "packages": {"packages": ("ipykernel", "numpy", "pandas")},
    "constraints": {"constraints": ()},
    "a constraint instead of a package": {"packages": ("ipykernel",), "constraints": ("numpy",)},
    "options": {"options": ()},
    "pre-releases": {"prereleases": True},
    "content of the tree": {"tree": Tree(Path("/cache/checkout"), "other", "postBuild")},
    "another postBuild of the same tree": {
        "tree": Tree(Path("/cache/checkout"), "digest", "course/postBuild")
    },
    "no postBuild": {"tree": Tree(Path("/cache/checkout"), "digest")},
    "no tree": {"tree": None},
}


@pytest.mark.parametrize("change", ALL_THE_SAME.values(), ids=ALL_THE_SAME)
def test_the_key_does_not_depend_on(change: dict[str, Any]) -> None:
    assert replace(_RECIPE, **change).key == _RECIPE.key


@pytest.mark.parametrize("change", ANOTHER.values(), ids=ANOTHER)
def test_the_key_depends_on(change: dict[str, Any]) -> None:
    assert replace(_RECIPE, **change).key != _RECIPE.key


def test_all_keys_differ_from_each_other() -> None:
    keys = {replace(_RECIPE, **change).key for change in ANOTHER.values()}
    assert len(keys) == len(ANOTHER)


def test_a_key_is_a_short_name_for_a_directory() -> None:
    assert _RECIPE.key.startswith("uv-")
    assert len(_RECIPE.key) == 43
    assert _RECIPE.key.replace("-", "").isalnum()


def _spec(tmp_path: Path, content: object) -> Path:
    spec = tmp_path / "kernel.json"
    spec.write_text(content if isinstance(content, str) else json.dumps(content))
    return spec


@pytest.mark.parametrize("program", ["python", "/build/venv/bin/python3", "python3.11"])
def test_a_python_kernel_runs_under_the_session_s_layer(tmp_path: Path, program: str) -> None:
    arguments = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = _spec(tmp_path, {"argv": [program, *arguments], "display_name": "P"})
    point_at_layer(spec)
    expected = {"argv": ["/home/jovyan/.venv/bin/python", *arguments], "display_name": "P"}
    assert json.loads(spec.read_text()) == expected


# What a hostile package may leave there.
@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '"python"', {}, {"argv": []}, {"argv": "python"}, {"argv": [1]},
     {"argv": None}, {"argv": ["bash", "-c", "python"]}],
)  # fmt: skip
def test_what_is_no_python_kernel_is_left_as_it_is(tmp_path: Path, content: object) -> None:
    spec = _spec(tmp_path, content)
    before = spec.read_bytes()
    point_at_layer(spec)
    assert spec.read_bytes() == before


def test_a_file_that_is_shared_with_the_cache_is_replaced_not_written(tmp_path: Path) -> None:
    spec = _spec(tmp_path, {"argv": ["python"]})
    cached = tmp_path / "cached.json"
    os.link(spec, cached)
    point_at_layer(spec)
    assert json.loads(cached.read_text()) == {"argv": ["python"]}
    assert json.loads(spec.read_text()) == {"argv": ["/home/jovyan/.venv/bin/python"]}
