# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.engines.guix.installation import Guix, Revision
from binder_lite.manifests.elsewhere import Elsewhere, best_elsewhere
from binder_lite.manifests.mapping import Mapped, map_requirements
from binder_lite.requirements.guix.channels import GUIX_CHANNEL
from binder_lite.requirements.model import Origin, Requirement, Requirements

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def guix(name: str, *, commit: str | None = COMMIT) -> Guix:
    channels = (replace(GUIX_CHANNEL, commit=commit),) if commit else ()
    return Guix(
        program=Path(f"/gnu/store/{name}/bin/guix"),
        variables={},
        library=Path("/app/guile"),
        revision=Revision(version=name, channels=channels),
    )


def catalogue(*packages: str) -> Catalogue:
    found = [each.split("@") for each in ("python@3.11", "python-ipykernel@6", *packages)]
    return Catalogue(Package(name=name, version=version) for name, version in found)


def asked(*lines: tuple[str, str], optional: bool = False) -> Requirements:
    return Requirements(
        packages=tuple(
            Requirement(
                name, Origin("requirements.txt", at), specifier=specifier, optional=optional
            )
            for at, (name, specifier) in enumerate(lines, start=1)
        )
    )


ASKED = asked(("numpy", ">=2"), ("pandas", ""), ("scipy", ""))


def here(requirements: Requirements, *packages: str) -> Mapped:
    return map_requirements(requirements, catalogue(*packages))


def best(*others: tuple[str, tuple[str, ...]], requirements: Requirements = ASKED) -> Elsewhere:
    mapped = here(requirements, "python-numpy@1", "python-scipy@1")
    pairs = [(guix(name), catalogue(*packages)) for name, packages in others]
    found = best_elsewhere(requirements, mapped, pairs)
    assert found
    return found


def test_what_it_has_more_is_named_with_what_it_is_there() -> None:
    found = best(("1.4", ("python-numpy@2", "python-pandas@2", "python-scipy@1")))
    assert [each.specification for each in found.gained] == ["python-numpy", "python-pandas"]
    assert (found.more, found.lost) == (2, ())


def test_what_it_lacks_in_turn_counts_against_it() -> None:
    found = best(("1.4", ("python-numpy@2", "python-pandas@2")))
    assert [each.asked.name for each in found.lost] == ["scipy"]
    assert found.more == 1


def test_of_several_the_one_with_most_is_taken_and_of_equals_the_first() -> None:
    all_of_it = ("python-numpy@2", "python-pandas@2", "python-scipy@1")
    found = best(("a", all_of_it[:2]), ("b", all_of_it), ("c", all_of_it))
    assert found.guix.startswith("b ")


@pytest.mark.parametrize(
    "packages",
    [
        ("python-numpy@1", "python-scipy@1"),
        ("python-numpy@2",),
        ("python-numpy@1", "python-pandas@2"),
        (),
    ],
    ids=["the same", "one for another", "another for one", "nothing"],
)
def test_one_that_has_no_more_is_not_told(packages: tuple[str, ...]) -> None:
    mapped = here(ASKED, "python-numpy@1", "python-scipy@1")
    assert best_elsewhere(ASKED, mapped, [(guix("x"), catalogue(*packages))]) is None


def test_without_others_nothing_is_told() -> None:
    assert best_elsewhere(ASKED, here(ASKED), []) is None


def test_what_is_optional_and_missing_is_no_difference() -> None:
    requirements = asked(("pandas", ""), optional=True)
    pairs = [(guix("x"), catalogue("python-pandas@2"))]
    assert best_elsewhere(requirements, here(requirements), pairs) is None


def test_a_kernel_counts_as_what_is_asked_for() -> None:
    requirements = asked(("scipy", ""))
    without = Catalogue([Package(name="python", version="3"), Package("python-scipy", "1")])
    mapped = map_requirements(requirements, without)
    found = best_elsewhere(requirements, mapped, [(guix("x"), catalogue("python-scipy@1"))])
    assert found
    assert (found.kernels_gained, found.more) == (("python",), 1)


def test_what_is_left_out_is_left_out_there_too() -> None:
    mapped = map_requirements(ASKED, catalogue(), only=frozenset({"r"}))
    pairs = [(guix("x"), catalogue("python-numpy@2"))]
    assert best_elsewhere(ASKED, mapped, pairs, only=frozenset({"r"})) is None


@pytest.mark.parametrize(
    ("other", "command"),
    [
        (
            guix("abc-profile"),
            "/gnu/store/abc-profile/bin/guix describe --format=channels > channels.scm",
        ),
        (guix("with space", commit=None), "export PATH='/gnu/store/with space/bin':$PATH"),
    ],
)
def test_how_to_have_it_is_told(other: Guix, command: str) -> None:
    packages = catalogue("python-numpy@2", "python-pandas@2", "python-scipy@1")
    found = best_elsewhere(ASKED, here(ASKED), [(other, packages)])
    assert found
    assert found.command == command
