# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers are recorded: what Guix 1.5 said to the library about such files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.engines.guix.description import Description, described_by, parse_answer
from binder_lite.errors import BadManifest, LaunchError, PackageNotFound, TrustNeeded
from binder_lite.requirements.model import Origin, Requirement, Requirements

_ANSWERS = Path(__file__).with_name("recorded") / "answers"


def _read(name: str, file: str = "manifest.scm") -> Description:
    return parse_answer((_ANSWERS / f"{name}.json").read_text(), file)


def test_a_plain_manifest_names_packages_that_guix_finds_again() -> None:
    found = _read("plain")
    assert found.specifications == ("python-numpy", "python-pandas", "python-matplotlib")
    assert [entry.version for entry in found.entries] == ["2.3.1", "2.2.3", "3.8.2"]
    assert found.own == ()


def test_versions_and_outputs_are_kept() -> None:
    found = _read("versions-and-outputs")
    assert found.specifications[:3] == ("python@3.10.19", "git:send-email", "gcc-toolchain@12.5.0")
    assert found.entries[1].output == "send-email"


def test_several_versions_of_a_package_are_noticed() -> None:
    entries = [
        {"name": "python", "version": version, "output": output, "specification": "python"}
        for version, output in (("3.10", "out"), ("3.11", "out"), ("3.11", "tk"))
    ]
    one = {"name": "sed", "version": "4.9", "specification": "sed"}
    found = parse_answer(json.dumps({"answer": {"entries": [*entries, one]}}), "manifest.scm")
    assert found.doubled == ("python",)
    assert _read("plain").doubled == ()


def test_what_a_session_needs_is_looked_up_with_it() -> None:
    assert "notebook" in _read("plain-with-server").available


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("own-package", ["my-hello"]),
        ("transformed", ["hello"]),
        ("computed-file", ["x"]),
        ("concatenated", []),
        ("superseded", []),
        ("prints", []),
    ],
)
def test_own_packages_are_told_from_guix_s(name: str, own: list[str]) -> None:
    assert [entry.name for entry in _read(name).own] == own


def test_what_a_build_system_brings_is_not_the_file_s_own() -> None:
    found = _read("guix-scm-package", "guix.scm")
    assert found.kind == "package"
    named = [entry for entry in found.entries if not entry.implicit]
    assert [entry.specification for entry in named] == ["python-numpy@1.26.4"]
    assert found.own == ()
    assert {"tar", "gzip", "gcc"} <= {entry.name for entry in found.implicit}


# What the person reads: the error's class, its message, its hint.
SAID: dict[str, tuple[type[LaunchError], str, str]] = {
    "unknown-package": (
        PackageNotFound,
        "Guix has no package called python-pandsa (manifest.scm:4).",
        "Did you mean python-pandas or python-pandera? `guix import pypi pandsa --recursive` "
        "writes its definition, if it is there. Or name the channel that has it in channels.scm.",
    ),
    "unknown-version": (
        PackageNotFound,
        "Guix has no version 2.2 of python-pytorch (manifest.scm:2).",
        "It has 2.9.0, 2.7.1.",
    ),
    "unknown-output": (
        PackageNotFound,
        "The package hello@2.12.2 has no output called doc (manifest.scm:2).",
        "It has out.",
    ),
    "syntax-not-closed": (
        BadManifest,
        "manifest.scm:3: A parenthesis that is opened here is not closed.",
        "Mend that line; often a parenthesis is missing or one too many.",
    ),
    "syntax-not-opened": (
        BadManifest,
        'manifest.scm:2: unexpected ")".',
        "Mend that line; often a parenthesis is missing or one too many.",
    ),
    "unbound-variable": (
        BadManifest,
        "manifest.scm:2: python-numpy is not defined.",
        "Did you forget (use-modules (gnu packages python-xyz))?",
    ),
    "unbound-variable-of-no-module": (
        BadManifest,
        "manifest.scm:2: pyton-numpy is not defined.",
        "Did you forget a use-modules form, or did you mean python-numpy?",
    ),
    "missing-module": (
        BadManifest,
        "manifest.scm:1: There is no module (gnu packages pythn).",
        "Near names are (gnu packages python).",
    ),
    "missing-module-of-a-channel": (
        BadManifest,
        "manifest.scm:1: There is no module (guix-science packages python).",
        "Check its name; a module of another channel needs a channels.scm.",
    ),
    "not-a-manifest-string": (
        BadManifest,
        "manifest.scm:1: It gives a string where a manifest is expected.",
        'Its last expression is to be a manifest, as in (specifications->manifest (list "r")).',
    ),
    "not-a-manifest-package": (
        BadManifest,
        "manifest.scm:1: It gives a package where a manifest is expected.",
        "A file that gives a package is called guix.scm; in manifest.scm, write "
        "(packages->manifest (list PACKAGE)).",
    ),
    "quit": (
        BadManifest,
        "manifest.scm:1: It ends the program with status 0 instead of giving packages.",
        "A manifest's last expression is to be the manifest; it must not end Guile.",
    ),
    "failed-file-missing": (
        BadManifest,
        'manifest.scm:2: In procedure open-file: No such file or directory: "packages.txt".',
        "`guix shell -m` with this file shows the same.",
    ),
    "needs-daemon": (
        TrustNeeded,
        "manifest.scm:2 asks the Guix daemon while it is evaluated, which a sandbox does not let "
        "it.",
        "If you trust this repository, launch with --trust: its Guix files then run with the "
        "build daemon in reach.",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_person_reads_what_is_wrong_and_what_to_do(name: str) -> None:
    kind, message, hint = SAID[name]
    with pytest.raises(kind) as raised:
        _read(name)
    assert (raised.value.message, raised.value.hint) == (message, hint)


def test_no_recorded_error_is_a_backtrace() -> None:
    for path in _ANSWERS.glob("*.json"):
        try:
            parse_answer(path.read_text(), "manifest.scm")
        except LaunchError as error:
            assert "\n" not in error.message
            assert error.hint


@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "[]", "{}", '{"answer": {}}', '{"answer": {"entries": 3}}', '{"answer": []}',
     '{"answer": {"entries": [{"name": "x"}]}}', '{"answer": {"entries": [], "available": 1}}'],
)  # fmt: skip
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no answer"):
        parse_answer(text, "manifest.scm")


@pytest.mark.parametrize(
    "specification",
    ['x")) (system "id', "--root=/x", "a b", "", "x@", "x:", "@1", "é", "a\n", "../x", "x;y"],
)
def test_a_forged_answer_names_packages_or_nothing(specification: str) -> None:
    entry = {"name": "x", "version": "1", "specification": specification}
    text = json.dumps({"answer": {"entries": [entry]}})
    if specification:
        with pytest.raises(BadManifest, match="no package's name"):
            parse_answer(text, "manifest.scm")
    else:
        assert parse_answer(text, "manifest.scm").specifications == ()


_CATALOGUE = Catalogue([
    Package("python-numpy", "1.26.4"), Package("python-numpy", "2.3.1"),
    Package("python-pandas", "2.2.3"), Package("python-matplotlib", "3.8.2"),
    Package("git", "2.46", outputs=("out", "send-email")), Package("notebook", "7.5.0"),
])  # fmt: skip


def _described(*names: str) -> Description:
    packages = tuple(Requirement(name, Origin("r.txt"), "guix") for name in names)
    local = Requirement("own", Origin("r.txt"), url="own", local=True)
    return described_by(_CATALOGUE, Requirements(packages=(*packages, local)))


def test_without_a_file_the_catalogue_says_what_the_file_would() -> None:
    recorded = _read("plain")
    found = _described("python-numpy", "python-pandas", "python-matplotlib")
    assert [(e.name, e.version, e.output, e.specification, e.implicit) for e in found.entries] == [
        (e.name, e.version, e.output, e.specification, e.implicit) for e in recorded.entries
    ]
    assert (found.kind, found.own, found.doubled) == (recorded.kind, (), ())
    assert "notebook" in found.available
    assert "python-jupyterlab" not in found.available


def test_the_catalogue_s_versions_and_outputs_are_kept() -> None:
    found = _described("python-numpy@1.26.4", "git:send-email")
    assert [(entry.version, entry.output) for entry in found.entries] == [
        ("1.26.4", "out"), ("2.46", "send-email"),
    ]  # fmt: skip
    assert found.specifications == ("python-numpy@1.26.4", "git:send-email")
