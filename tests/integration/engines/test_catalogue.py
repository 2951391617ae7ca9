# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of a real Guix, and that what is generated from them is what Guix makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from binder_lite.engines.guix.catalogue import Catalogue, catalogue_file, read_catalogue
from binder_lite.engines.guix.evaluation import Evaluation, describe
from binder_lite.engines.guix.installation import find_guix
from binder_lite.engines.sandbox import read_host
from binder_lite.manifests import exceptions
from binder_lite.manifests.names import find_package
from binder_lite.manifests.origins import origins_of, pypi_origin
from binder_lite.settings import Settings
from end_to_end.refusals import make_repository, run_admin, run_launcher
from end_to_end.repositories import commit_all, file_url
from steps import result_of

pytestmark = pytest.mark.needs("guix")

_UID = Settings(data=Path(), cache=Path()).session_uid


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests here: Guix is asked once."""
    directory = tmp_path_factory.mktemp("cache")
    directory.chmod(0o755)
    return directory


@pytest.fixture
async def catalogue(cache: Path) -> Catalogue:
    guix, host = await find_guix(cache / "guix"), await read_host(_UID)
    found = await result_of(read_catalogue(guix, host, cache / "guix"))
    assert catalogue_file(guix, cache / "guix").is_file()
    return found


def test_it_has_all_packages_with_where_they_come_from(catalogue: Catalogue) -> None:
    assert len(catalogue.packages) > 25_000
    assert all(each.name and each.version for each in catalogue.packages)
    # A testbed has packages of its own with these names before Guix's.
    numpy = next(each for each in catalogue.named("python-numpy") if each.upstream)
    assert (numpy.upstream, numpy.build) == ("numpy", "pyproject")
    assert [url for url in numpy.urls if "/numpy/" in url]
    assert numpy in origins_of(catalogue).python("numpy")
    assert {"out", "tk"} <= {each for one in catalogue.named("python") for each in one.outputs}
    pandas = catalogue.named("python-pandas")[0]
    assert [each for each in pandas.propagated if each.startswith("python-numpy@")]
    attrs = next(each for each in catalogue.named("python-attrs") if each.urls)
    assert pypi_origin(attrs) == "attrs"
    # The other languages' packages tell where they are from, too.
    assert [each.name for each in origins_of(catalogue).r("data.table")] == ["r-data-table"]
    assert catalogue.named("nothing-of-this-name") == ()


async def test_a_specification_means_the_package_that_it_was_made_for(
    catalogue: Catalogue, cache: Path, tmp_path: Path
) -> None:
    several = [
        package
        for packages in catalogue.by_name.values()
        if len({each.version for each in packages}) > 1
        for package in {each.version: each for each in packages if not each.superseded}.values()
    ]
    assert len(several) > 500
    wanted = {catalogue.specification(each): each for each in several}
    assert len(wanted) == len(several)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    tmp_path.chmod(0o755)
    names = "\n".join(f'"{each}"' for each in wanted)
    (checkout / "manifest.scm").write_text(f"(specifications->manifest '({names}))\n")
    evaluation = Evaluation(
        guix=await find_guix(cache / "guix"),
        host=await read_host(_UID),
        checkout=checkout,
        file="manifest.scm",
        candidates=("python",),
    )
    found = await describe(evaluation, cache / "guix")
    got = [(each.name, each.version, each.output) for each in found.entries]
    assert got == [(each.name, each.version, "out") for each in wanted.values()]


@pytest.fixture
def shared(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs find what Guix answered here."""
    monkeypatch.setenv("BINDER_LITE_CACHE", str(cache))
    monkeypatch.setenv("BINDER_LITE_DATA", str(tmp_path / "data"))


def plan(*words: str) -> Mapping[str, Any]:
    """Return the last event of a dry run."""
    done = run_launcher("--dry-run", "--json", "--engine", "guix", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    found: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.needs("git")
@pytest.mark.usefixtures("shared", "catalogue")
def test_a_generated_manifest_is_the_same_environment_as_it_committed(tmp_path: Path) -> None:
    wanted = {"requirements.txt": "numpy>=1.20\npandas\nmatplotlib\n", "apt.txt": "which\n"}
    repository = make_repository(tmp_path / "study", wanted)
    generated = plan(file_url(repository))
    assert generated["engine"] == "guix"
    assert {"python-numpy", "python-pandas", "which"} <= set(generated["asked"])
    done = run_admin("manifest", str(repository), "--output", str(repository / "manifest.scm"))
    assert done.returncode == 0, done.stderr
    commit_all(repository)
    committed = plan(file_url(repository))
    assert committed["environment"] == generated["environment"]
    assert sorted(committed["asked"]) == sorted(generated["asked"])
    # The repository's own manifest names all of it, and one that names less does not.
    assert run_admin("manifest", "--check", str(repository)).returncode == 0
    (repository / "requirements.txt").write_text("numpy\nscipy\n")
    assert run_admin("manifest", "--check", str(repository)).returncode == 1


TABLES = (exceptions.PYPI, exceptions.CONDA, exceptions.DEBIAN)


def test_what_the_tables_name_are_packages_of_guix(catalogue: Catalogue) -> None:
    assert lacking(catalogue, {each for table in TABLES for each in table.values()}) == []


def lacking(catalogue: Catalogue, specifications: Iterable[str]) -> list[str]:
    """Return those that no package of Guix is, with its version and output."""
    return [
        each
        for each in sorted(specifications)
        if not any(
            (each.partition(":")[2] or "out") in package.outputs
            for package in find_package("guix", each, origins_of(catalogue)).packages
        )
    ]
