# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.manifests.mapping import Mapped, Outcome, comment, describe, map_requirements
from binder_lite.manifests.writing import write_manifest
from binder_lite.requirements.guix.text import parse_guix
from binder_lite.requirements.model import (
    Ignored,
    Missing,
    Origin,
    PythonVersion,
    Requirement,
    Requirements,
)
from unit.manifests.guixes import GUIX, PACKAGES, program
from unit.manifests.wishes import requirements

_FILE = "requirements.txt"


def asking(name: str, specifier: str = "", **more: Any) -> Requirement:
    return Requirement(name, Origin(_FILE, 1), **{"specifier": specifier, **more})


def mapped(*packages: Requirement, guix: Catalogue = GUIX, **more: Any) -> Mapped:
    return map_requirements(Requirements(packages=packages, **more), guix)


def one(*packages: Requirement, **more: Any) -> Outcome:
    """Return what became of the first."""
    return mapped(*packages, **more).outcomes[0]


@pytest.mark.parametrize(
    ("asked", "specification", "fit"),
    [
        (asking("numpy"), "python-numpy", "unconstrained"),
        (asking("numpy", ">=2"), "python-numpy", "satisfied"),
        # A version is named only where the name alone is another's.
        (asking("numpy", "==1.26.*"), "python-numpy@1.26.4", "satisfied"),
        (asking("numpy", "==2.3.1"), "python-numpy", "satisfied"),
        (asking("numpy", "==9"), "python-numpy", "unsatisfied"),
        (asking("numpy", "<1.26"), "python-numpy", "unsatisfied"),
        (asking("ggplot2", ">=3.5", language="r"), "r-ggplot2", "satisfied"),
        (asking("Matrix", "==1.6-4", language="r"), "r-matrix", "unsatisfied"),
        (asking("DataFrames", "1.5", language="julia"), "julia-dataframes", "satisfied"),
        (asking("DataFrames", "~1.5", language="julia"), "julia-dataframes", "unsatisfied"),
        (asking("numpy", "=1.26", language="conda"), "python-numpy@1.26.4", "satisfied"),
        (asking("r-matrix", "=1.6_5", language="conda"), "r-matrix", "satisfied"),
        (asking("git", "=1:2.46-1", language="system"), "git", "satisfied"),
        (asking("git", "=1:2.40-1", language="system"), "git", "unsatisfied"),
        (asking("default-jdk", language="system"), "openjdk:jdk", "unconstrained"),
        (asking("git:send-email", language="guix"), "git:send-email", "unconstrained"),
        (asking("python-numpy@1.26", language="guix"), "python-numpy@1.26.4", "unconstrained"),
        (asking("gcc-toolchain@12:out", language="guix"), "gcc-toolchain@12.5.0", "unconstrained"),
        # Guix cannot take it from there, but it has the project.
        (asking("numpy", url="git+https://example.org/numpy"), "python-numpy", "unsatisfied"),
    ],
)
def test_what_guix_has_is_named_with_how_its_version_fits(
    asked: Requirement, specification: str, fit: str
) -> None:
    outcome = one(asked)
    assert (outcome.status, outcome.specification, outcome.fit) == ("mapped", specification, fit)
    assert bool(outcome.reason) is (fit == "unsatisfied")
    assert outcome.package is not None
    if fit == "unsatisfied":
        assert outcome.package.version in outcome.reason


def test_an_output_that_a_version_lacks_is_not_named() -> None:
    guix = Catalogue([program("openjdk", "9")])
    assert one(asking("default-jdk", language="system"), guix=guix).specification == "openjdk"


@pytest.mark.parametrize(
    ("marker", "status"),
    [
        ("", "mapped"),
        ('sys_platform == "linux"', "mapped"),
        ('sys_platform == "win32"', "ignored"),
        ('platform_system == "Darwin"', "ignored"),
        ('os_name == "posix"', "mapped"),
        # Guix's Python is 3.11.14, whatever runs this.
        ('python_version == "3.11"', "mapped"),
        ('python_full_version == "3.11.14"', "mapped"),
        ('python_version < "3.8"', "ignored"),
        ('python_version >= "3.12"', "ignored"),
        ('extra == "test"', "ignored"),
        ("no marker at all", "mapped"),
    ],
)
def test_markers_are_evaluated_for_guix_s_python(marker: str, status: str) -> None:
    outcome = one(asking("numpy", marker=marker))
    assert outcome.status == status
    assert outcome.reason == ("" if status == "mapped" else f"here it is not so that {marker}")


def test_what_does_not_apply_limits_nothing() -> None:
    old = asking("numpy", "==1.26.4", marker='python_version < "3.9"')
    new = asking("numpy", ">=2", marker='python_version >= "3.9"')
    first, second = mapped(old, new).outcomes
    assert first.status == "ignored"
    assert (second.specification, second.fit) == ("python-numpy", "satisfied")


def test_a_constraint_limits_what_is_asked_for_and_asks_for_nothing() -> None:
    found = mapped(asking("numpy"), constraints=(asking("numpy", "<2"), asking("scipy", "==1")))
    [numpy] = found.outcomes
    assert (numpy.specification, numpy.fit) == ("python-numpy@1.26.4", "satisfied")
    [numpy] = mapped(asking("numpy"), constraints=(asking("numpy", "<1"),)).outcomes
    assert numpy.fit == "unsatisfied"


def test_limits_of_several_lines_count_together() -> None:
    found = mapped(asking("numpy", ">=1.20"), asking("numpy", "<2"))
    assert {each.specification for each in found.outcomes} == {"python-numpy@1.26.4"}
    assert {each.fit for each in found.outcomes} == {"satisfied"}
    # Another language's equal name is another package.
    assert one(asking("numpy"), asking("numpy", "=1.26", language="r")).fit == "unconstrained"


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
    [
        (asking("", url="./own", local=True, editable=True), "ignored", "in the repository"),
        (asking("own", url="own", local=True), "ignored", "in the repository"),
        (asking("", url="https://example.org/x.whl"), "missing", "an address"),
        (asking("nothing-such"), "missing", "no package"),
        (asking("docx"), "missing", "no package"),
        (asking("pip"), "ignored", "of its own"),
        (asking("stats", language="r"), "ignored", "part of R"),
        (asking("Dates", language="julia"), "ignored", "part of Julia"),
    ],
)
def test_what_is_not_mapped_has_its_reason(asked: Requirement, status: str, reason: str) -> None:
    outcome = one(asked)
    assert outcome.status == status
    assert reason in outcome.reason
    assert (outcome.package, outcome.specification) == (None, "")


def test_what_another_engine_lacks_is_looked_for_and_keeps_its_reason() -> None:
    origin = Origin("environment.yml", 4)
    missing = (
        Missing("ggplot2", origin, "it is a package of R", "r"),
        Missing("zzz", origin, "it is a package of R", "r"),
    )
    found, lacking = mapped(missing=missing).outcomes
    assert (found.status, found.specification) == ("mapped", "r-ggplot2")
    assert (lacking.status, lacking.reason) == ("missing", "it is a package of R")


def test_what_was_ignored_stays_so_and_is_last() -> None:
    ignored = (Ignored("x", Origin("a"), "for Windows"),)
    found = mapped(asking("numpy"), ignored=ignored)
    assert [each.status for each in found.outcomes] == ["mapped", "ignored"]
    assert found.outcomes[1].reason == "for Windows"


def test_python_s_version_is_guix_s_own_and_a_mismatch_is_told() -> None:
    wanted = (PythonVersion("==3.11.*", Origin("runtime.txt", 1)),)
    [python] = mapped(python=wanted).outcomes
    assert (python.specification, python.fit, python.match.group) == (
        "python", "satisfied", "kernel",
    )  # fmt: skip
    # Packages are made for one Python: an older one would not find them.
    found = mapped(python=(PythonVersion("==3.10.*", Origin("runtime.txt", 1)),))
    assert [each.specification for each in found.outcomes] == ["python"]
    assert found.outcomes[0].fit == "unsatisfied"
    assert found.conflicts == ()
    assert [entry.specification for entry in found.entries if entry.group == "kernel"] == [
        "python", "python-ipykernel", "python",
    ]  # fmt: skip


def test_a_kernel_gives_way_to_nobody() -> None:
    older = program("older", propagated=("python@3.10.19",))
    found = mapped(asking("older", language="guix"), guix=Catalogue([*PACKAGES, older]))
    # The manifest names the kernel's Python without a version, so that the clash is there.
    assert found.entries[0].specification == "python"
    [conflict] = map(str, found.conflicts)
    assert "3.10.19 by older" in conflict
    assert "3.11.14 by python" in conflict


def test_versions_that_go_together_are_chosen() -> None:
    found = mapped(asking("numpy"), asking("scipy"))
    assert [each.specification for each in found.outcomes] == [
        "python-numpy@1.26.4", "python-scipy",
    ]  # fmt: skip
    assert found.conflicts == ()
    assert found.unsatisfied == ()


def test_a_version_that_has_to_give_way_is_told() -> None:
    found = mapped(asking("numpy", ">=2"), asking("scipy"))
    assert found.conflicts == ()
    [numpy] = found.unsatisfied
    assert (numpy.specification, numpy.reason) == ("python-numpy@1.26.4", "Guix has 1.26.4")


def test_what_remains_in_conflict_is_told() -> None:
    [conflict] = mapped(asking("scipy"), asking("pandas")).conflicts
    assert conflict.name == "python-numpy"
    assert "1.26.4 by python-scipy" in str(conflict)


def test_what_is_optional_gives_way_to_the_rest() -> None:
    found = mapped(asking("scipy", optional=True), asking("pandas"), asking("numpy"))
    scipy, pandas, numpy = found.outcomes
    assert (scipy.status, scipy.package, scipy.specification) == ("ignored", None, "")
    assert "optional" in scipy.reason
    assert (pandas.status, numpy.specification) == ("mapped", "python-numpy")
    assert found.conflicts == ()
    # Where it is in nobody's way it stays.
    assert one(asking("scipy", optional=True)).status == "mapped"


def test_what_is_optional_is_not_missed() -> None:
    found = mapped(asking("zzz", optional=True), asking("yyy"))
    assert [each.status for each in found.outcomes] == ["missing", "missing"]
    assert [each.asked.name for each in found.missing] == ["yyy"]


@pytest.mark.parametrize(
    ("languages", "packages", "foreign", "kernels", "other"),
    [
        ((), (), (), ["python", "python-ipykernel"], ""),
        ((), (asking("numpy"),), (), ["python", "python-ipykernel"], ""),
        (("R",), (), (), ["python", "python-ipykernel", "r-minimal", "r-irkernel"], "r"),
        ((), (asking("ggplot2", language="r"),), (), ["r-minimal", "r-irkernel"], "r"),
        (
            (),
            (asking("r-ggplot2", language="conda"),),
            (),
            ["r-minimal", "r-irkernel"],
            "r",
        ),
        ((), (asking("bowtie", language="conda"),), (), ["python", "python-ipykernel"], ""),
        ((), (), (("r", Origin("install.R")),), ["r-minimal", "r-irkernel"], "r"),
        ((), (asking("JSON", language="julia"),), (), ["julia"], "julia"),
        # A program or Guix's own word tells no language.
        ((), (asking("git", language="guix"),), (), ["python", "python-ipykernel"], ""),
    ],
)  # fmt: skip
def test_kernels_are_those_of_the_languages_that_are_spoken(
    languages: tuple[str, ...],
    packages: tuple[Requirement, ...],
    foreign: tuple[tuple[str, Origin], ...],
    kernels: list[str],
    other: str,
) -> None:
    wanted = Requirements(packages=packages, foreign=foreign)
    found = map_requirements(wanted, GUIX, languages=languages)
    assert [entry.specification for entry in found.kernels.entries] == kernels
    assert found.other_language == other


def test_only_the_languages_that_are_asked_for_count() -> None:
    packages = (
        asking("numpy"),
        asking("ggplot2", language="r"),
        asking("r-matrix", language="conda"),
    )
    system = (asking("git", language="system"),)
    wanted = Requirements(packages=packages, system=system)

    def statuses(*only: str) -> list[str]:
        found = map_requirements(wanted, GUIX, only=frozenset(only))
        return [each.status for each in found.outcomes]

    assert statuses() == ["mapped"] * 4
    assert statuses("python") == ["mapped", "ignored", "ignored", "ignored"]
    assert statuses("r") == ["ignored", "mapped", "mapped", "ignored"]
    assert statuses("r", "system") == ["ignored", "mapped", "mapped", "mapped"]
    kernels = map_requirements(wanted, GUIX, only=frozenset({"r"})).kernels
    assert [entry.specification for entry in kernels.entries] == ["r-minimal", "r-irkernel"]
    of_system = map_requirements(wanted, GUIX, only=frozenset({"system"}))
    assert (of_system.kernels.entries, of_system.kernels.missing) == ((), ())
    assert [entry.specification for entry in of_system.entries] == ["git"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (asking("dask", ">=2024", extras=("array", "diag")), "dask[array,diag]>=2024"),
        (asking("JSON", "0.21, 1", language="julia"), "JSON 0.21, 1"),
        (asking("Matrix", ">=1.6-1", language="r"), "Matrix>=1.6-1"),
        (asking("numpy", "=1.26", language="conda"), "numpy=1.26"),
        (asking("x", url="git+https://e.org/x"), "x @ git+https://e.org/x"),
        (asking("", url="https://e.org/x.zip"), "https://e.org/x.zip"),
        (asking("own", url="own", local=True), "own"),
    ],
)  # fmt: skip
def test_a_requirement_is_told_in_its_own_words(asked: Requirement, said: str) -> None:
    assert describe(asked) == said


def test_a_manifest_says_what_was_asked_for_where_and_what_differs() -> None:
    assert comment(one(asking("numpy", ">=2"))) == "numpy>=2, requirements.txt:1"
    assert comment(one(asking("numpy", ">=9"))) == ("numpy>=9, requirements.txt:1: Guix has 2.3.1")


def test_groups_say_why() -> None:
    found = mapped(asking("numpy"), system=(asking("git", language="system"),))
    assert {entry.specification: entry.group for entry in found.entries} == {
        "python": "kernel",
        "python-ipykernel": "kernel",
        "python-numpy": "requirements",
        "git": "system",
    }


def read_count(wanted: Requirements) -> int:
    return sum(
        len(each)
        for each in (wanted.packages, wanted.system, wanted.python, wanted.missing, wanted.ignored)
    )


@given(requirements, st.sets(st.sampled_from(["python", "r", "julia", "system"])))
def test_all_that_was_read_ends_in_one_place(wanted: Requirements, only: set[str]) -> None:
    found = map_requirements(wanted, GUIX, only=frozenset(only))
    assert len(found.outcomes) == read_count(wanted)
    names = [each.name for each in (*wanted.packages, *wanted.system)]
    assert [each.asked.name for each in found.outcomes[: len(names)]] == names
    for each in found.outcomes:
        is_mapped = each.status == "mapped"
        assert is_mapped == (each.package is not None) == bool(each.specification)
        assert is_mapped or each.reason
        assert (each.fit == "unsatisfied") <= bool(is_mapped and each.reason)
    named = {entry.specification for entry in found.entries}
    assert {each.specification for each in found.outcomes if each.specification} <= named


@given(requirements)
def test_what_is_claimed_to_satisfy_is_what_guix_gives(wanted: Requirements) -> None:
    found = map_requirements(wanted, GUIX)
    for each in found.outcomes:
        if each.package:
            word = each.specification.split(":")[0]
            name, _, version = word.partition("@")
            given = [one for one in GUIX.named(name) if version in ("", one.version)]
            assert given[0] == each.package


def text_of(wanted: Requirements) -> str:
    found = map_requirements(wanted, GUIX)
    return write_manifest(found.entries)


@given(requirements, st.randoms())
def test_the_order_of_what_is_asked_for_does_not_matter(wanted, random) -> None:  # type: ignore[no-untyped-def]
    def shuffled(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(items, len(items)))

    again = Requirements(
        packages=shuffled(wanted.packages),
        system=shuffled(wanted.system),
        constraints=shuffled(wanted.constraints),
        python=shuffled(wanted.python),
        missing=shuffled(wanted.missing),
        ignored=shuffled(wanted.ignored),
    )
    assert text_of(again) == text_of(wanted)


@given(requirements)
def test_a_manifest_read_back_gives_the_same_specifications(wanted: Requirements) -> None:
    found = map_requirements(wanted, GUIX)
    back = [
        package.name
        + (f"@{package.version}" if package.version else "")
        + (f":{package.output}" if package.output else "")
        for package in parse_guix(write_manifest(found.entries))
    ]
    assert set(back) == {entry.specification for entry in found.entries}
    assert len(back) == len(set(back))
    # The same, asked of the same Guix again.
    asked = tuple(asking(name, language="guix") for name in back)
    again = map_requirements(Requirements(packages=asked), GUIX)
    assert [each.specification for each in again.outcomes if each.status == "mapped"] == back


def test_two_guixes_differ_in_what_they_have() -> None:
    older = Catalogue([each for each in PACKAGES if each.full_name != "python-numpy@2.3.1"], "1.4")
    assert one(asking("numpy", ">=2"), guix=older).fit == "unsatisfied"
    assert mapped(guix=older).guix == "1.4"
    assert one(asking("numpy"), guix=Catalogue([Package("x", "1")])).status == "missing"
