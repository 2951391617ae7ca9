# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.engines.base import Choices
from binder_lite.engines.guix.catalogue import Catalogue
from binder_lite.engines.guix.description import described_by
from binder_lite.engines.guix.engine import GuixEngine
from binder_lite.errors import PackagesMissing, Unsupported, VersionsConflict
from binder_lite.events import Message, Result, Step, Steps
from binder_lite.manifests.generating import (
    Generated,
    accept,
    generate,
    refuse_differences,
    shortfall,
)
from binder_lite.manifests.mapping import map_requirements
from binder_lite.requirements.guix.text import parse_guix
from binder_lite.requirements.model import (
    Ignored,
    Missing,
    Origin,
    PythonVersion,
    Requirement,
    Requirements,
)
from binder_lite.sources.model import Checkout, PinnedSource, Source
from unit.manifests.guixes import GUIX
from unit.manifests.wishes import requirements

_CHECKOUT = Checkout(PinnedSource(Source("x"), None), Path("/checkout"))


def at(line: int) -> Origin:
    return Origin("requirements.txt", line)


def generated(wanted: Requirements, *languages: str) -> Generated:
    mapped = map_requirements(wanted, GUIX, languages=languages)
    return Generated(requirements=wanted, mapped=mapped, catalogue=GUIX)


def of(*packages: Requirement, **more: Any) -> Generated:
    return generated(Requirements(packages=packages, **more))


TEXT = """\
;; What this repository asks for, as `binder-lite manifest` wrote it with Guix 1.5.0.
;;
;; Guix lacks:
;;   aaa, requirements.txt:4: Guix has no package of it
;;   zzz[extra]>=1, requirements.txt:3: Guix has no package of it

(specifications->manifest
 (list
  ;; To run the notebooks.
  "python"
  "python-ipykernel"

  ;; What the repository asks for.
  "python-docker"  ;docker<5, requirements.txt:2: Guix has 7.0
  "python-numpy"   ;numpy>=2, requirements.txt:1

  ;; Programs and libraries beside the language's packages.
  "git"))          ;git, apt.txt:1
"""


def test_a_manifest_tells_all_in_one_text() -> None:
    made = of(
        Requirement("numpy", at(1), specifier=">=2"),
        Requirement("docker", at(2), specifier="<5"),
        Requirement("zzz", at(3), specifier=">=1", extras=("extra",)),
        Requirement("aaa", at(4)),
        system=(Requirement("git", Origin("apt.txt", 1), "system"),),
    )
    assert made.text == TEXT


@given(requirements, st.randoms())
def test_the_text_is_the_same_in_any_order(wanted, random) -> None:  # type: ignore[no-untyped-def]
    def shuffled(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(items, len(items)))

    again = replace(
        wanted, packages=shuffled(wanted.packages), missing=shuffled(wanted.missing),
        system=shuffled(wanted.system), python=shuffled(wanted.python),
    )  # fmt: skip
    assert generated(again).text == generated(wanted).text


@given(requirements)
def test_what_guix_is_asked_for_is_what_the_manifest_names(wanted: Requirements) -> None:
    made = generated(wanted)
    in_guix = [each for each in made.in_guix.packages if not each.local]
    named = {
        package.name
        + (f"@{package.version}" if package.version else "")
        + (f":{package.output}" if package.output else "")
        for package in parse_guix(made.text)
    }
    assert {each.name for each in in_guix} == named
    assert {each.language for each in in_guix} == {"guix"}
    # And Guix's engine finds each of them again.
    found = described_by(GUIX, replace(made.in_guix, packages=tuple(in_guix)))
    assert {each.specification for each in found.entries} >= named


def test_an_engine_gets_projects_and_what_is_missing_besides() -> None:
    own = Requirement("", at(5), url=".", local=True, editable=True)
    made = of(
        Requirement("numpy", at(1), specifier=">=2"),
        Requirement("zzz", at(3), specifier=">=1"),
        Requirement("", at(4), url="https://example.org/x.zip"),
        own,
        constraints=(Requirement("scipy", at(6), specifier="<1"),),
        system=(Requirement("git", Origin("apt.txt", 1), "system"),),
        missing=(
            Missing("ggplot2", at(7), "it is a package of R", "r"),
            Missing("mkl2", at(8), "not on PyPI"),
        ),
        post_build="postBuild",
    ).in_guix
    assert [(each.name, str(each.origin)) for each in made.packages] == [
        ("python", "the notebook's kernel"),
        ("python-ipykernel", "the notebook's kernel"),
        ("python-numpy", "requirements.txt:1"),
        ("git", "apt.txt:1"),
        ("r-ggplot2", "requirements.txt:7"),
        ("", "requirements.txt:5"),
    ]
    assert made.packages[-1] == own
    assert [(each.name, each.reason) for each in made.missing] == [
        ("zzz>=1", "Guix has no package of it"),
        (
            "https://example.org/x.zip",
            "Guix installs nothing from an address; with the package's name it may have that",
        ),
        ("mkl2", "not on PyPI"),
    ]
    assert (made.constraints, made.system, made.post_build) == ((), (), "postBuild")


async def told(made: Generated, choices: Choices) -> list[str]:
    return [event.message async for event in Step(accept(made, choices))]


async def test_what_guix_has_as_asked_for_is_accepted_without_a_word() -> None:
    made = of(
        Requirement("numpy", at(1), specifier=">=2"),
        Requirement("", at(2), url=".", local=True),
        ignored=(Ignored("x", at(3), "for Windows"),),
    )
    assert await told(made, Choices(strict=True)) == []
    assert shortfall(made.mapped) == ""
    refuse_differences(made)


async def test_a_version_that_differs_is_a_warning_or_with_strict_an_error() -> None:
    made = of(Requirement("numpy", at(1), specifier=">=9"))
    said = "requirements.txt:1 asks for numpy>=9, Guix has 2.3.1"
    assert await told(made, Choices()) == [f"{said}."]
    assert shortfall(made.mapped) == said
    with pytest.raises(VersionsConflict) as raised:
        await told(made, Choices(strict=True))
    assert said in raised.value.message
    assert "channels.scm" in raised.value.hint


async def test_a_python_that_differs_is_told() -> None:
    made = of(python=(PythonVersion("==3.10.*", Origin("runtime.txt", 1)),))
    said = "runtime.txt:1 asks for python==3.10.*, Guix has 3.11.14"
    assert await told(made, Choices()) == [f"{said}."]


async def test_what_is_missing_stops_unless_the_person_goes_on() -> None:
    made = of(Requirement("numpyy", at(1)), Requirement("numpy", at(2)))
    with pytest.raises(PackagesMissing) as raised:
        await told(made, Choices())
    error = raised.value
    assert error.message == "Guix 1.5.0 lacks numpyy (requirements.txt:1)."
    assert "--allow-missing" in error.hint
    [advice] = error.details.last_lines
    assert "near names in Guix: python-numpy" in advice
    assert "guix import pypi --recursive numpyy" in advice
    assert await told(made, Choices(allow_missing=True)) == [
        "numpyy (requirements.txt:1) is missing, as was asked for: Guix has no package of it."
    ]
    assert shortfall(made.mapped) == "Guix has no numpyy (requirements.txt:1)"


async def test_of_many_that_are_missing_a_few_are_shown_and_the_rest_counted() -> None:
    made = of(*(Requirement(f"zzz{number}", at(number)) for number in range(1, 12)))
    with pytest.raises(PackagesMissing, match=r"zzz5 \(requirements\.txt:5\) and 6 more"):
        await told(made, Choices())


async def test_what_is_optional_stops_nobody_and_is_told() -> None:
    made = of(Requirement("zzz", at(1), optional=True))
    [said] = await told(made, Choices())
    assert said.startswith("zzz (requirements.txt:1) is missing, which is optional")
    assert shortfall(made.mapped) == ""


async def test_a_kernel_that_guix_lacks_is_missing() -> None:
    made = generated(Requirements(), "julia")
    with pytest.raises(PackagesMissing, match="a kernel for julia"):
        await told(made, Choices())
    assert await told(made, Choices(allow_missing=True)) == [
        "Guix has no kernel for julia (julia-ijulia)."
    ]
    assert shortfall(made.mapped) == "Guix has no kernel for julia"


async def test_what_cannot_be_in_one_profile_is_told() -> None:
    made = of(Requirement("scipy", at(1)), Requirement("pandas", at(2)))
    [said] = await told(made, Choices())
    assert said.startswith("These cannot be in one profile: python-numpy is brought in 2 versions")
    assert shortfall(made.mapped).startswith("python-numpy is brought")
    with pytest.raises(VersionsConflict, match="python-numpy is brought"):
        await told(made, Choices(strict=True))


class _Asked:
    """Takes the place of the engine: has the made-up Guix's packages."""

    async def packages(self, *_: object) -> Steps[Catalogue]:
        yield Message("building", "Asking.")
        yield Result(GUIX)


def _generating(wanted: Requirements) -> Step[Generated]:
    engine = cast(GuixEngine, _Asked())
    return Step(generate(engine, _CHECKOUT, wanted, languages=("R",), choices=Choices()))


async def test_guix_is_asked_and_the_notebook_s_language_counts() -> None:
    step = _generating(Requirements(packages=(Requirement("numpy", at(1)),)))
    assert [event.message async for event in step] == ["Asking."]
    assert step.result.mapped.languages == {"python", "r"}
    assert '"python-numpy"' in step.result.text
    assert '"r-irkernel"' in step.result.text


@pytest.mark.parametrize(("kind", "said"), [("dockerfile", "a Dockerfile"), ("nix", "Nix")])
async def test_what_is_no_list_of_packages_is_refused(kind: str, said: str) -> None:
    wanted = Requirements(foreign=((kind, Origin("the-file")),))
    with pytest.raises(Unsupported, match=f"with {said} \\(the-file\\)"):
        async for _ in _generating(wanted):
            pass
