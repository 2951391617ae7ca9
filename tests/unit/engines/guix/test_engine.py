# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from binder_lite.command import Command
from binder_lite.engines.base import Box, Choices
from binder_lite.engines.guix.catalogue import Package, catalogue_file
from binder_lite.engines.guix.engine import GuixEngine
from binder_lite.engines.guix.recipe import USE, GuixRecipe, Use
from binder_lite.engines.limits import Enforcement, Limits
from binder_lite.engines.sandbox import Host
from binder_lite.events import Step
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements
from binder_lite.sources.model import Checkout, PinnedSource, Source
from binder_lite.storage import write_record
from unit.engines.guix.examples import GUIX

_HOST = Host(
    bwrap=Path("/usr/bin/bwrap"), system=(Path("/usr"),), enforcement=Enforcement(None, None)
)
_ENGINE = GuixEngine(guix=GUIX, host=_HOST, cache=Path("/c"), limits=Limits())
_BOX = Box(
    directory=Path("/d/sessions/a"),
    environments=(Path("/d/environments"),),
    environment=Path("/d/environments/guix-1/1"),
    limits=Limits(memory_mib=512, processes=50),
)
_COMMAND = Command(("python3", "-V"), pass_fds=(3,))


def _split(box: Box, engine: GuixEngine = _ENGINE) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of the sandbox, and those in it."""
    argv = engine.enclose(box, _COMMAND).argv
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def test_a_session_is_a_guix_container_in_a_sandbox() -> None:
    outer, inner = _split(_BOX)
    assert outer[0] == "/usr/bin/bwrap"
    assert "--disable-userns" not in outer
    assert inner[:3] == (str(GUIX.program), "shell", "--container")
    for shared in ("/tmp", "/home/jovyan", "/run/session"):
        assert f"--share={shared}" in inner
    for exposed in ("/opt/binder-lite", "/d/environments"):
        assert f"--expose={exposed}" in inner
    assert "--network" in inner


def test_the_daemon_is_around_the_container_and_not_in_it() -> None:
    outer, inner = _split(_BOX)
    assert "/var/guix/daemon-socket" in outer
    assert not [word for word in inner if "daemon" in word]


def test_the_first_program_gives_up_what_the_container_leaves() -> None:
    _, inner = _split(_BOX)
    first = inner[inner.index("--") + 1 :]
    assert first[1:3] == ("-I", "/opt/binder-lite/confinement.py")
    assert first[3:] == ("--seal", "--memory-mib=512", "--processes=50", "--", "python3", "-V")


def test_who_makes_containers_of_their_own_keeps_what_that_takes() -> None:
    _, inner = _split(replace(_BOX, nesting=True))
    assert "--seal" not in inner
    assert "--nesting" in inner


def test_a_cgroup_counts_for_all_and_nothing_else_does() -> None:
    enforcement = Enforcement(Path("/usr/bin/systemd-run"), None)
    engine = replace(_ENGINE, host=replace(_HOST, enforcement=enforcement))
    argv = engine.enclose(_BOX, _COMMAND).argv
    assert "MemoryMax=512M" in argv
    assert "--memory-mib=512" not in argv


def test_a_build_sees_no_other_environment() -> None:
    outer, inner = _split(replace(_BOX, environments=()))
    assert not [word for word in (*outer, *inner) if word.endswith("/d/environments")]


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    profile = tmp_path / "store-profile"
    for path in ("bin", "etc/ssl/certs", "lib/python3.11/site-packages/ipykernel"):
        (profile / path).mkdir(parents=True)
    for path in ("bin/python3.11", "bin/jupyter-lab", "etc/ssl/certs/ca-certificates.crt"):
        (profile / path).touch()
    (profile / "bin/python3").symlink_to("python3.11")
    (profile / "etc/profile").write_text(
        f'export PATH="${{GUIX_PROFILE:-{profile}}}/bin${{PATH:+:}}$PATH"\n'
        f'export GUIX_PYTHONPATH="${{GUIX_PROFILE:-{profile}}}/lib"\n'
        f'export R_LIBS_SITE="${{GUIX_PROFILE:-{profile}}}/site-library"\n'
    )
    environment = tmp_path / "environment"
    (environment / "home").mkdir(parents=True)
    (environment / "profile").symlink_to(profile)
    write_record(environment / USE, Use(default_kernel="ir", nesting=True))
    return environment


def test_a_session_has_the_profile_s_search_paths(environment: Path) -> None:
    activation = _ENGINE.activate(environment)
    profile = (environment / "profile").resolve()
    variables = activation.variables
    assert variables["PATH"] == (
        f"/home/jovyan/.venv/bin:/home/jovyan/.local/bin:/home/jovyan/work/.local/bin:{profile}/bin"
    )
    assert variables["R_LIBS_SITE"] == f"{profile}/site-library"
    assert variables["SSL_CERT_FILE"] == f"{profile}/etc/ssl/certs/ca-certificates.crt"
    # The layer's Python has them behind its own packages.
    assert "GUIX_PYTHONPATH" not in variables
    assert (
        f"{profile}/lib/python3.11/site-packages"
        in activation.files[".venv/lib/python3.11/site-packages/_environment.py"]
    )


def test_a_session_has_what_the_environment_says(environment: Path) -> None:
    activation = _ENGINE.activate(environment)
    assert (activation.default_kernel, activation.nesting) == ("ir", True)
    assert list(activation.servers) == ["lab"]
    assert activation.seed_home == environment / "home"
    assert activation.seed_work is None


def test_python_s_kernel_runs_in_the_session_s_layer(environment: Path) -> None:
    kernel = _ENGINE.activate(environment).files[".venv/share/jupyter/kernels/python3/kernel.json"]
    assert '"/home/jovyan/.venv/bin/python"' in kernel
    assert '"GUIX_PYTHONPATH": ""' in kernel


_PACKAGES = (
    Package("python", "3.11.14"),
    Package("python-numpy", "1.26.4"),
    Package("python-numpy", "2.3.1"),
    Package("python-ipykernel", "6.29"),
    Package("python-jupyterlab", "4.4"),
    Package("bash", "5.2"),
    Package("coreutils", "9.1"),
    Package("nss-certs", "3.1"),
)


@pytest.fixture
def engine(tmp_path: Path) -> GuixEngine:
    """An engine whose Guix was asked for its packages before."""
    (tmp_path / "guile").mkdir()
    guix = replace(GUIX, library=tmp_path / "guile")
    kept = catalogue_file(guix, tmp_path / "cache")
    kept.parent.mkdir()
    kept.write_bytes(msgspec.json.encode({"id": 1, "answer": _PACKAGES}))
    return replace(_ENGINE, guix=guix, cache=kept.parent)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "checkout").mkdir()
    return Checkout(PinnedSource(Source("x"), None), tmp_path / "checkout")


async def _recipe(engine: GuixEngine, checkout: Checkout, wanted: Requirements) -> GuixRecipe:
    step = Step(engine.recipe(checkout, wanted, Choices()))
    assert [event async for event in step] == []
    recipe = step.result
    assert isinstance(recipe, GuixRecipe)
    return recipe


def _asking(*packages: Requirement, **more: Any) -> Requirements:
    return Requirements(packages=packages, build_files=("requirements.txt",), **more)


_NUMPY = Requirement("python-numpy@1.26.4", Origin("requirements.txt", 1), "guix")


async def test_all_packages_of_guix_are_known(engine: GuixEngine, checkout: Checkout) -> None:
    step = Step(engine.packages(checkout, Requirements(), Choices()))
    assert [event async for event in step] == []
    assert step.result.packages == _PACKAGES


async def test_without_a_guix_file_the_packages_that_are_named_are_taken(
    engine: GuixEngine, checkout: Checkout
) -> None:
    recipe = await _recipe(engine, checkout, _asking(_NUMPY))
    assert recipe.file == "the generated manifest"
    assert recipe.named == ("python-numpy@1.26.4",)
    assert recipe.versions == ("python-numpy@1.26.4:out",)
    assert set(recipe.added) == {
        "python", "bash", "coreutils", "nss-certs", "python-jupyterlab", "python-ipykernel",
    }  # fmt: skip
    assert (recipe.ui, recipe.tree, recipe.notices) == ("lab", None, ())
    assert recipe.use == Use()


async def test_a_repository_s_projects_are_on_python_s_path(
    engine: GuixEngine, checkout: Checkout
) -> None:
    (checkout.directory / "lib/src").mkdir(parents=True)
    origin = Origin("requirements.txt", 2)
    local = [
        Requirement("", origin, url=url, local=True, editable=True)
        for url in (".", "lib", "other", ".")
    ]
    other = Requirement("", origin, "r", url="rpkg", local=True)
    recipe = await _recipe(engine, checkout, _asking(_NUMPY, *local, other))
    assert recipe.use.python_path == (".", "lib/src", "other")
    assert recipe.named == ("python-numpy@1.26.4",)


async def test_what_guix_lacks_is_told_in_the_session(
    engine: GuixEngine, checkout: Checkout
) -> None:
    missing = (Missing("zzz>=1", Origin("requirements.txt", 3), "Guix has no package of it"),)
    recipe = await _recipe(engine, checkout, _asking(_NUMPY, missing=missing))
    assert recipe.use.missing == ("zzz>=1 (requirements.txt:3)",)
    assert recipe.key != (await _recipe(engine, checkout, _asking(_NUMPY))).key


async def test_a_hook_is_part_of_what_is_built(engine: GuixEngine, checkout: Checkout) -> None:
    (checkout.directory / "postBuild").write_text("true")
    recipe = await _recipe(engine, checkout, _asking(_NUMPY, post_build="postBuild"))
    assert recipe.tree is not None
    assert (recipe.tree.post_build, recipe.tree.file) == ("postBuild", None)


def test_a_session_finds_the_repository_s_projects_and_says_what_is_missing(
    environment: Path,
) -> None:
    plain = _ENGINE.activate(environment).files
    use = Use(python_path=("lib/src",), missing=("zzz (requirements.txt:3)",))
    write_record(environment / USE, use)
    files = _ENGINE.activate(environment).files
    path = ".venv/lib/python3.11/site-packages/repository.pth"
    assert files[path] == "/home/jovyan/work/lib/src\n"
    said = ".ipython/profile_default/startup/00-missing-packages.py"
    assert "zzz (requirements.txt:3)" in files[said]
    assert files.keys() - plain.keys() == {path, said}
