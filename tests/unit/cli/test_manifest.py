# SPDX-License-Identifier: GPL-3.0-or-later
"""`binder-lite manifest`; who fetches and asks Guix is replaced, all else is real."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from binder_lite import preparing, proposing
from binder_lite.cli.admin import admin_group
from binder_lite.cli.manifest_text import manifest_fields, report
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.events import Message, Result, Steps
from binder_lite.manifests.generating import Generated
from binder_lite.manifests.mapping import map_requirements
from binder_lite.preparing import Request
from binder_lite.requirements.reading import read_requirements
from binder_lite.settings import Settings
from binder_lite.sources.model import Checkout, PinnedSource

GUIX = Catalogue(
    [
        Package("python", "3.11.14"),
        Package("python-ipykernel", "6.29"),
        Package("python-numpy", "1.26.4"),
        Package("python-numpy", "2.3.1"),
        Package("python-scipy", "1.12", propagated=("python-numpy@1.26.4",)),
        Package("python-pandas", "2.2", propagated=("python-numpy@2.3.1",)),
        Package("git", "2.46"),
    ],
    "1.5.0",
)


class Machine:
    """A repository and a Guix. What the command asked for is kept."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.requests: list[Request] = []
        self.only: list[frozenset[str]] = []

    def holds(self, **files: str) -> None:
        for name, text in files.items():
            (self.directory / name.replace("_", ".")).write_text(text)

    def made(self, only: frozenset[str] = frozenset()) -> Generated:
        wanted = read_requirements(self.directory, guix=True, pass_over_guix_files=True)
        mapped = map_requirements(wanted, GUIX, only=only)
        return Generated(requirements=wanted, mapped=mapped, catalogue=GUIX)

    async def propose(
        self, request: Request, settings: Settings, only: frozenset[str] = frozenset()
    ) -> Steps[tuple[Generated, Checkout]]:
        self.requests.append(request)
        self.only.append(only)
        yield Message("fetching", "Fetching.")
        checkout = Checkout(PinnedSource(request.source, None), self.directory)
        yield Result((self.made(only), checkout))

    async def look_elsewhere(self, *_: object) -> Steps[None]:
        yield Result(None)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    (tmp_path / "checkout").mkdir()
    machine = Machine(tmp_path / "checkout")
    monkeypatch.setattr(preparing, "propose", machine.propose)
    monkeypatch.setattr(proposing, "look_elsewhere", machine.look_elsewhere)
    monkeypatch.chdir(tmp_path)
    return machine


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(out, err)
    status = run_program(admin_group, "binder-lite", ("manifest", "checkout", *words), terminal)
    return status, out.getvalue(), err.getvalue()


def read_json(*words: str) -> tuple[int, Mapping[str, Any]]:
    status, out, _ = run("--json", *words)
    lines = [json.loads(line) for line in out.splitlines()]
    [found] = [line for line in lines if line.get("kind") == "manifest"]
    return status, found


def test_the_manifest_is_printed_and_all_else_is_told_beside_it(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy<2\nzzz\nnumpy; sys_platform == 'win32'\n")
    status, out, err = run()
    assert status == 0
    assert out == machine.made().text
    assert "Guix 1.5.0 has 1 of 2 requirements; 1 ignored." in err
    assert "has      numpy<2 (requirements.txt:1): python-numpy 1.26.4" in err
    assert "lacks    zzz (requirements.txt:2): Guix has no package of it" in err
    assert "guix import pypi --recursive zzz" in err
    assert "ignored  numpy (requirements.txt:3)" in err
    [request] = machine.requests
    assert (request.engine, request.source.directory) == ("guix", machine.directory)


def test_the_ref_is_handed_on(machine: Machine) -> None:
    run("--ref", "v1")
    assert machine.requests[0].source.ref == "v1"


def test_what_differs_and_what_clashes_is_told(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy==9\nscipy\npandas\n")
    status, _, err = run()
    assert status == 0
    assert "Guix 1.5.0 has 3 of 3 requirements, 1 in another version." in err
    assert "differs  numpy==9 (requirements.txt:1)" in err
    assert "clash    python-numpy is brought in 2 versions" in " ".join(err.split("\n"))


# What the repository holds → the exit status of --check, and what it says.
CHECKS: dict[str, tuple[dict[str, str], int, str]] = {
    "all is there": ({"requirements_txt": "numpy\n"}, 0, ""),
    "nothing is asked for": ({}, 0, ""),
    "something is missing": ({"requirements_txt": "zzz\n"}, 1, "zzz"),
    "a version differs": ({"requirements_txt": "numpy==9\n"}, 1, "differs"),
    "versions clash": ({"requirements_txt": "scipy\npandas\n"}, 1, "clash"),
    "its manifest has all": (
        {
            "requirements_txt": "numpy\n",
            "manifest_scm": "; mine\n(specifications->manifest\n"
            ' (list "python-ipykernel" "python" "python-numpy" "more"))\n',
        },
        0, "",
    ),
    "its manifest lacks some": (
        {
            "requirements_txt": "numpy\n",
            "manifest_scm": '(specifications->manifest (list "python"))\n',
        },
        1, "does not name all of it; see --merge",
    ),
    "its manifest is a program": (
        {"requirements_txt": "numpy\n", "manifest_scm": "(load \"x.scm\")\n"},
        1, "cannot be compared",
    ),
    "its manifest has all and Guix has not": (
        {
            "requirements_txt": "numpy==9\n",
            "manifest_scm": '(specifications->manifest (list "python-ipykernel" "python" '
            '"python-numpy"))\n',
        },
        1, "differs",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "status", "said"), CHECKS.values(), ids=CHECKS)
def test_a_check_s_exit_status_says_whether_guix_gives_it(
    machine: Machine, files: dict[str, str], status: int, said: str
) -> None:
    machine.holds(**files)
    before = {path: path.read_bytes() for path in machine.directory.iterdir()}
    done, out, err = run("--check")
    assert (done, out) == (status, "")
    assert said in err
    assert {path: path.read_bytes() for path in machine.directory.iterdir()} == before
    assert read_json("--check")[0] == status


@pytest.mark.parametrize("option", [("--output", "new.scm"), ("--merge",), ("--force",)])
def test_a_check_writes_nothing(machine: Machine, option: tuple[str, ...]) -> None:
    status, _, err = run("--check", *option)
    assert status == 12
    assert "--check writes nothing" in err
    assert not Path("new.scm").exists()
    assert machine.requests == []


def test_a_manifest_is_written_to_a_new_file_only(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy\n")
    status, out, err = run("--output", "new.scm")
    assert (status, out) == (0, "")
    assert "Wrote new.scm." in err
    text = Path("new.scm").read_text()
    assert text == machine.made().text
    machine.holds(requirements_txt="scipy\n")
    status, _, err = run("--output", "new.scm")
    assert status == 12
    assert "new.scm is there already." in err
    assert Path("new.scm").read_text() == text
    assert run("--output", "new.scm", "--force")[0] == 0
    assert Path("new.scm").read_text() == machine.made().text != text
    assert sorted(path.name for path in Path().iterdir() if path.suffix) == ["new.scm"]


def test_merging_keeps_what_is_there(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy<2\n")
    mine = (
        "; by hand \xe9\r\n(specifications->manifest\r\n"
        ' (list "own"   ; keep\r\n       "python"))\r\n'
    )
    Path("new.scm").write_bytes(mine.encode("latin-1"))
    assert run("--output", "new.scm", "--merge")[0] == 0
    merged = Path("new.scm").read_bytes()
    assert merged.startswith("; by hand \xe9\r\n".encode("latin-1"))
    assert b"; keep\r\n" in merged
    assert b'"python-numpy@1.26.4"' in merged
    assert merged.count(b'"python"') == 1
    assert run("--output", "new.scm", "--merge")[0] == 0
    assert Path("new.scm").read_bytes() == merged


def test_merging_into_no_file_writes_it(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy\n")
    assert run("--output", "new.scm", "--merge")[0] == 0
    assert Path("new.scm").read_text() == machine.made().text


def test_without_a_file_the_repository_s_own_is_merged_into_and_printed(machine: Machine) -> None:
    machine.holds(
        requirements_txt="numpy\n", manifest_scm='; mine\n(specifications->manifest (list "own"))\n'
    )
    status, out, _ = run("--merge")
    assert status == 0
    assert out.startswith("; mine\n")
    assert '"own"' in out
    assert '"python-numpy"' in out
    # Without --merge it is not looked at.
    assert '"own"' not in run()[1]


def test_a_manifest_that_is_a_program_is_not_merged_into(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy\n")
    Path("new.scm").write_text('(load "x.scm")\n')
    status, _, err = run("--output", "new.scm", "--merge")
    assert status == 12
    assert "does more than name packages" in err
    assert Path("new.scm").read_text() == '(load "x.scm")\n'


@pytest.mark.parametrize("option", ["--force", "--merge"])
def test_a_directory_is_no_file_to_write_to(machine: Machine, option: str) -> None:
    Path("folder").mkdir()
    status, _, err = run("--output", "folder", option)
    assert status == 12
    assert "folder is a folder." in err
    assert machine.requests == []


def test_a_folder_that_is_not_there_is_told(machine: Machine) -> None:
    status, _, err = run("--output", "none/new.scm")
    assert status == 12
    assert "There is no folder none." in err
    assert machine.requests == []


def test_a_manifest_elsewhere_is_not_followed(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "secret.scm").write_text('(specifications->manifest (list "secret"))\n')
    (machine.directory / "manifest.scm").symlink_to(tmp_path / "secret.scm")
    machine.holds(requirements_txt="numpy\n")
    status, out, err = run("--merge")
    assert "secret" not in out + err
    assert status in (0, 12)


def test_only_the_languages_that_are_named_count(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy\n", apt_txt="git\n")
    status, out, _ = run("--language", "system")
    assert status == 0
    assert '"git"' in out
    assert '"python-numpy"' not in out
    run("--language", "system", "--language", "python")
    assert machine.only == [frozenset({"system"}), frozenset({"system", "python"})]
    assert run("--language", "system", "--check")[0] == 0


def test_an_unknown_language_is_refused(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--language", "klingon")[0] == 2
    assert "klingon" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "status"), [("numpy\n", 0), ("numpy==9\n", 43), ("scipy\npandas\n", 43), ("zzz\n", 0)]
)
def test_with_strict_a_version_that_differs_is_an_error(
    machine: Machine, text: str, status: int
) -> None:
    machine.holds(requirements_txt=text)
    done, out, _ = run("--strict")
    assert done == status
    assert bool(out) is (status == 0)


def test_programs_get_one_object(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy<2\nzzz\npip\n")
    status, found = read_json()
    assert status == 0
    assert found["phase"] == "building"
    assert found["guix"] == "1.5.0"
    assert found["manifest"] == machine.made().text
    numpy, zzz, pip = found["requirements"]
    assert numpy == {
        "name": "numpy", "language": "python", "specifier": "<2",
        "origin": "requirements.txt:1", "optional": False, "status": "mapped", "reason": "",
        "package": "python-numpy", "version": "1.26.4",
        "specification": "python-numpy@1.26.4", "fit": "satisfied",
    }  # fmt: skip
    assert (zzz["status"], zzz["importer"]) == ("missing", "guix import pypi --recursive zzz")
    assert zzz["channel_url"].startswith("https://")
    assert "package" not in zzz
    assert (pip["status"], bool(pip["reason"])) == ("ignored", True)
    assert (found["kernels_missing"], found["conflicts"]) == ([], [])


def test_programs_get_the_object_also_when_a_file_is_written(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy\n")
    Path("new.scm").write_bytes(b'; \xe9\n(specifications->manifest (list "own"))\n')
    status, found = read_json("--output", "new.scm", "--merge")
    assert status == 0
    assert '"own"' in found["manifest"]
    assert Path("new.scm").read_bytes().startswith(b"; \xe9\n")


def test_a_report_fits_the_terminal_and_shows_no_escapes(machine: Machine) -> None:
    machine.holds(requirements_txt="zzzzzzzz\nnumpy; extra == '\x1b[31m'\n")
    text = report(machine.made(), 60)
    assert "\x1b" not in text
    assert all(len(line) <= 60 for line in text.splitlines())


def test_the_fields_name_every_requirement(machine: Machine) -> None:
    machine.holds(requirements_txt="numpy\nzzz\npip\n", apt_txt="git\n")
    made = machine.made()
    fields = manifest_fields(made, made.text)
    assert isinstance(fields["requirements"], list)
    assert len(fields["requirements"]) == len(made.mapped.outcomes) == 4
