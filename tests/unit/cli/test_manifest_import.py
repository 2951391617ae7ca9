# SPDX-License-Identifier: GPL-3.0-or-later
"""What `binder-lite manifest` does about what Guix lacks; who asks Guix is replaced."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_lite import preparing, proposing
from binder_lite.cli.admin import admin_group
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.errors import BadOption
from binder_lite.events import Result, Steps
from binder_lite.manifests.elsewhere import Elsewhere
from binder_lite.manifests.generating import Generated
from binder_lite.manifests.importing import Failed, Imported, Imports
from binder_lite.manifests.mapping import map_requirements
from binder_lite.requirements.model import Origin, Requirement, Requirements

GUIX = Catalogue(
    [Package(name=name, version="1") for name in ("python", "python-ipykernel", "python-numpy")],
    "1.5.0",
)
ELSEWHERE = Path("/gnu/store/x-profile/bin/guix")


class Machine:
    """What Guix and its importers answer, and what they were asked."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.wanted = ["numpy"]
        self.importable: set[str] = set()
        self.has_more = False
        self.asked: list[str] = []

    def generated(self) -> Generated:
        requirements = Requirements(
            packages=tuple(
                Requirement(name, Origin("requirements.txt", at))
                for at, name in enumerate(self.wanted, start=1)
            )
        )
        mapped = map_requirements(requirements, GUIX)
        return Generated(requirements=requirements, mapped=mapped, catalogue=GUIX)

    async def propose(self, *_: Any) -> Steps[Any]:
        yield Result((self.generated(), SimpleNamespace(directory=self.directory)))

    async def look_elsewhere(self, _: Any, generated: Generated, *__: Any) -> Steps[Any]:
        self.asked.append("elsewhere")
        missing = generated.mapped.missing
        yield Result(
            Elsewhere(
                guix="1.4.0 (0123)", program=ELSEWHERE, names_its_commits=True, gained=missing
            )
            if self.has_more
            else None
        )

    async def import_packages(
        self, _: Any, generated: Generated, *__: Any, module: str
    ) -> Steps[Imports]:
        self.asked.append(f"import into {module}")
        missing = generated.mapped.missing
        found = [each for each in missing if each.asked.name in self.importable]
        yield Result(
            Imports(
                imported=tuple(Imported(each, f"python-{each.asked.name}", "2") for each in found),
                failed=tuple(Failed(each, "no network") for each in missing if each not in found),
                text="(the packages)\n" if found else "",
            )
        )


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    directory = tmp_path / "repo"
    directory.mkdir()
    found = Machine(directory)
    monkeypatch.setattr(preparing, "propose", found.propose)
    monkeypatch.setattr(proposing, "look_elsewhere", found.look_elsewhere)
    monkeypatch.setattr(proposing, "import_packages", found.import_packages)
    return found


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "manifest.scm"


def run(*words: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    argv = ["manifest", *map(str, words)]
    status = run_program(admin_group, "binder-lite", argv, Terminal(out, err))
    return status, out.getvalue(), " ".join(err.getvalue().split())


def test_what_is_imported_is_written_beside_the_manifest(machine: Machine, output: Path) -> None:
    machine.wanted, machine.importable = ["numpy", "moo"], {"moo"}
    status, out, err = run(machine.directory, "--output", output, "--import")
    assert (status, out) == (0, "")
    assert output.with_name("packages.scm").read_text() == "(the packages)\n"
    text = output.read_text()
    assert '(load "packages.scm")' in text
    assert "moo" not in text
    assert "imported moo (requirements.txt:2): python-moo 2" in err
    assert "a launch asks whether you trust it, or has --trust" in err


def test_what_cannot_be_imported_is_told_and_the_rest_is_written(
    machine: Machine, output: Path
) -> None:
    machine.wanted, machine.importable = ["moo", "nope", "never"], {"moo"}
    status, _, err = run(machine.directory, "--output", output, "--import")
    assert status == 1
    assert "failed nope (requirements.txt:2): no network" in err
    assert "manifest.scm is without 2 packages that could not be imported" in err
    assert '(load "packages.scm")' in output.read_text()
    assert "nope, requirements.txt:2" in output.read_text()


def test_when_nothing_is_imported_the_manifest_is_as_without(
    machine: Machine, output: Path
) -> None:
    machine.wanted = ["numpy", "nope"]
    status, _, err = run(machine.directory, "--output", output, "--import")
    assert status == 1
    assert output.read_text() == machine.generated().text
    assert not output.with_name("packages.scm").exists()
    assert "trust" not in err


def test_when_nothing_is_missing_nobody_is_asked_elsewhere(machine: Machine, output: Path) -> None:
    assert run(machine.directory, "--output", output)[0] == 0
    assert machine.asked == []


def test_without_the_option_nothing_is_imported(machine: Machine, output: Path) -> None:
    machine.wanted = ["nope"]
    assert run(machine.directory, "--output", output)[0] == 0
    assert machine.asked == ["elsewhere"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--import"], "--import writes two files"),
        (["--import", "--check"], "--import writes two files"),
        (["--import", "--merge", "--output", "manifest.scm"], "--merge keeps the one"),
        (["--import", "--output", "packages.scm"], "is where --import puts the packages"),
    ],
)
def test_what_does_not_go_together_is_refused(
    machine: Machine, words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run(machine.directory, *words)
    assert status == BadOption.exit_status
    assert said in err
    assert machine.asked == []


def test_packages_that_are_there_are_kept_unless_told_otherwise(
    machine: Machine, output: Path
) -> None:
    machine.wanted, machine.importable = ["moo"], {"moo"}
    packages = output.with_name("packages.scm")
    packages.write_text("mine")
    status, _, err = run(machine.directory, "--output", output, "--import")
    assert status == BadOption.exit_status
    assert "packages.scm is there already" in err
    assert packages.read_text() == "mine"
    assert run(machine.directory, "--output", output, "--import", "--force")[0] == 0
    assert packages.read_text() == "(the packages)\n"


def test_another_revision_that_has_more_is_told_with_the_way_to_it(machine: Machine) -> None:
    machine.wanted, machine.has_more = ["nope"], True
    status, _, err = run(machine.directory)
    assert status == 0
    assert "Guix 1.4.0 (0123), which is on this machine, has 1 more as asked for: nope" in err
    assert f"to have it: {ELSEWHERE} describe --format=channels > channels.scm" in err


def test_a_program_gets_all_of_it(machine: Machine, output: Path) -> None:
    machine.wanted, machine.importable, machine.has_more = ["moo", "nope"], {"moo"}, True
    status, out, _ = run(machine.directory, "--output", output, "--import", "--json")
    assert status == 1
    event = json.loads(out)
    assert event["imported"] == [
        {"name": "moo", "package": "python-moo", "version": "2", "fit": "unconstrained"}
    ]
    assert event["not_imported"] == [{"name": "nope", "reason": "no network"}]
    assert event["packages"] == "(the packages)\n"
    assert event["manifest"] == output.read_text()
    assert event["elsewhere"] == {
        "guix": "1.4.0 (0123)",
        "program": str(ELSEWHERE),
        "more": 2,
        "gained": ["moo", "nope"],
        "lost": [],
        "kernels_gained": [],
        "kernels_lost": [],
        "names_its_commits": True,
        "command": f"{ELSEWHERE} describe --format=channels > channels.scm",
    }


def test_a_program_is_told_nothing_of_imports_that_it_did_not_ask_for(machine: Machine) -> None:
    event = json.loads(run(machine.directory, "--json")[1])
    assert event["elsewhere"] is None
    assert not {"imported", "not_imported", "packages"} & event.keys()
