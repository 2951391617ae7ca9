# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.engines.guix.importing import Answer, Import
from binder_lite.engines.guix.installation import Guix
from binder_lite.events import Result, Steps
from binder_lite.manifests import importing
from binder_lite.manifests.generating import Generated
from binder_lite.manifests.importing import Imports, import_missing, planned
from binder_lite.manifests.mapping import Outcome, map_requirements
from binder_lite.manifests.model import Entry
from binder_lite.manifests.writing import write_manifest
from binder_lite.requirements.guix.text import Expression, Symbol, Text, read_expressions
from binder_lite.requirements.model import Origin, Requirement, Requirements
from steps import result_of
from unit.manifests.strategies import entries

RECORDED = Path(__file__).parent / "recorded"
GUIX = Catalogue(
    [
        Package(name=name, version="1", module="gnu packages x")
        for name in ["python", "python-ipykernel", "python-numpy", "python-setuptools",
                     "python-wheel", "r-minimal", "r-irkernel", "r-rcpp", "r-cowplot",
                     "r-knitr", "libxml2", "zlib"]
    ],
    "1.5.0",
)  # fmt: skip


def asked(name: str, language: Any = "python", **more: Any) -> Requirement:
    return Requirement(name, Origin("file", 1), language, **more)


def generated(*requirements: Requirement) -> Generated:
    wanted = Requirements(packages=requirements)
    return Generated(requirements=wanted, mapped=map_requirements(wanted, GUIX), catalogue=GUIX)


@pytest.mark.parametrize(
    ("requirement", "plan"),
    [
        (asked("tabulate"), Import("pypi", "tabulate")),
        (asked("tabulate", specifier="==0.9.0"), Import("pypi", "tabulate", "0.9.0")),
        (asked("tabulate", specifier="==0.9.*"), Import("pypi", "tabulate")),
        (asked("tabulate", specifier=">=0.9"), Import("pypi", "tabulate")),
        (asked("tabulate", specifier="==0.9,!=0.9.1"), Import("pypi", "tabulate")),
        (asked("fortunes", "r", specifier="==1.5"), Import("cran", "fortunes")),
        (asked("bioconductor-deseq2", "conda"), Import("bioconductor", "deseq2")),
        (asked("tabulate", "conda", specifier="=0.9"), Import("pypi", "tabulate")),
        (asked("Plots", "julia"), "Guix has no importer for it"),
        (asked("libfoo", "system"), "Guix has no importer for it"),
        (
            asked("tabulate", url="https://example.org/t.tar.gz"),
            "it is asked for from an address, and elsewhere its name may be another's",
        ),
    ],
    ids=lambda each: str(each)[:60],
)
def test_what_is_imported_is_what_is_advised(requirement: Requirement, plan: Import | str) -> None:
    assert planned(Outcome(asked=requirement, status="missing"), GUIX) == plan


ANSWERS = {
    "moo-table": Answer(text=(RECORDED / "pypi-moo-table.scm").read_text()),
    "cowsay": Answer(text=(RECORDED / "pypi-cowsay.scm").read_text()),
    "tabledata": Answer(text=(RECORDED / "pypi-tabledata.scm").read_text()),
    "fortunes": Answer(text=(RECORDED / "cran-fortunes.scm").read_text()),
    "unknown": Answer(problem="no such package"),
    "odd": Answer(text="(begin (evil))"),
}


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Import]:
    found: list[Import] = []

    async def run_importer(guix: Any, wanted: Import) -> Steps[Answer]:
        found.append(wanted)
        yield Result(ANSWERS[wanted.name])

    monkeypatch.setattr(importing, "run_importer", run_importer)
    return found


def imports(*requirements: Requirement) -> Imports:
    guix: Guix = object()  # type: ignore[assignment]

    return asyncio.run(result_of(import_missing(generated(*requirements), guix, module="packages")))


def reasons(found: Imports) -> dict[str, str]:
    return {each.outcome.asked.name: each.reason for each in found.failed}


def test_what_is_missing_is_imported_and_what_guix_has_is_not(calls: list[Import]) -> None:
    found = imports(asked("numpy"), asked("moo-table"), asked("fortunes", "r"))
    assert calls == [Import("pypi", "moo-table"), Import("cran", "fortunes")]
    assert [(each.name, each.version) for each in found.imported] == [
        ("python-moo-table", "1.0"),
        ("r-fortunes", "1.5-4"),
    ]
    assert found.packages == ("python-cowsay", "python-moo-table", "r-fortunes")
    assert found.failed == ()
    assert "(list python-moo-table  ;moo-table, file:1\n" in found.text


def test_what_is_asked_for_twice_is_imported_once(calls: list[Import]) -> None:
    found = imports(asked("cowsay"), asked("cowsay", "conda"))
    assert calls == [Import("pypi", "cowsay")]
    assert len(found.imported) == 2
    assert found.text.count("(define-public ") == 1


def test_what_fails_is_told_and_the_rest_is_written() -> None:
    found = imports(asked("unknown"), asked("odd"), asked("tabledata"), asked("cowsay"))
    assert [each.name for each in found.imported] == ["python-cowsay"]
    told = reasons(found)
    assert told["unknown"] == "no such package"
    assert told["odd"].startswith("what the importer printed is no list of definitions")
    assert told["tabledata"].startswith("it needs python-")
    assert found.packages == ("python-cowsay",)


def test_without_anything_imported_there_is_no_file() -> None:
    found = imports(asked("unknown"), asked("Plots", "julia"))
    assert (found.text, found.imported) == ("", ())
    assert sorted(reasons(found)) == ["Plots", "unknown"]


def test_each_that_is_missing_is_imported_or_failed() -> None:
    wanted = [asked(name) for name in ("unknown", "cowsay", "odd", "tabledata", "moo-table")]
    found = imports(*wanted, asked("x", url="https://example.org/x"))
    outcomes = [*(each.outcome for each in found.imported), *(e.outcome for e in found.failed)]
    assert len(outcomes) == 6


def test_what_is_optional_is_left_alone(calls: list[Import]) -> None:
    assert imports(asked("cowsay", optional=True)) == imports()
    assert calls == []


def test_another_version_than_asked_for_is_told() -> None:
    found = imports(asked("cowsay", specifier=">=7"), asked("moo-table", specifier=">=1"))
    assert [each.fit for each in found.imported] == ["unsatisfied", "satisfied"]
    assert "cowsay>=7, file:1: this is 6.0" in found.text


def test_the_manifest_loads_the_file_and_no_longer_lacks_what_is_in_it() -> None:
    made = generated(asked("numpy"), asked("cowsay"), asked("unknown"))
    found = imports(asked("numpy"), asked("cowsay"), asked("unknown"))
    text = made.text_with("packages.scm", found=[each.outcome for each in found.imported])
    assert text.count("cowsay") == 0
    assert "unknown, file:1" in text
    assert text.index('(load "packages.scm")') < text.index('"python-numpy"')


def test_without_a_file_the_text_is_the_manifest() -> None:
    made = generated(asked("numpy"))
    assert made.text_with() == made.text
    assert "load" not in made.text


def shape(expression: Expression) -> object:
    """Return an expression without the lines that it is on."""
    if isinstance(expression, Symbol):
        return ("symbol", expression.name)
    if isinstance(expression, Text):
        return ("text", expression.value)
    return [shape(each) for each in expression]


@given(st.lists(entries))
def test_whatever_the_manifest_has_it_stands_beside_the_file(found: list[Entry]) -> None:
    (alone,) = read_expressions(write_manifest(found))
    (both,) = read_expressions(write_manifest(found, defined="packages.scm"))
    (around,) = read_expressions(
        '(concatenate-manifests (list (packages->manifest (load "packages.scm")) here))'
    )
    assert isinstance(around, tuple)
    expected: Any = shape(around)
    expected[1][2] = shape(alone)
    assert shape(both) == expected
