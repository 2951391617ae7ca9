# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file is changed, what goes along, and what is left to the person."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from binder_lite.amendments.model import Offer
from binder_lite.amendments.offering import offer
from binder_lite.amendments.workspace import Workspace
from binder_lite.errors import BadRequirements, UnsafePath
from binder_lite.requirements.model import Origin, Requirement, Requirements
from binder_lite.requirements.reading import read_requirements
from binder_lite.sessions.addition import Added, Addition
from unit.amendments.made import UUID, julia, local, python, r

_MANIFEST = '(specifications->manifest\n  (list "python"\n        "python-numpy")) ; mine\n'


def offered(
    root: Path, files: Mapping[str, str | bytes], *added: Addition, **more: object
) -> Offer:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    declared = read_requirements(root)
    return offer(Added(added, (), declared), Workspace(root), {"six": "1.0"}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"requirements.txt": "a\n"}, "requirements.txt"),
        ({"binder/requirements.txt": "a\n", "requirements.txt": ""}, "binder/requirements.txt"),
        ({"requirements.txt": "-r more.txt\n", "more.txt": "a\n"}, "requirements.txt"),
        ({"environment.yml": "dependencies: [a]\n", "requirements.txt": ""}, "environment.yml"),
        ({"binder/environment.yaml": "dependencies: [a]\n"}, "binder/environment.yaml"),
        ({"pyproject.toml": "[project]\nname='x'\ndependencies=['a']\n"}, "pyproject.toml"),
        ({"Pipfile": "[packages]\na = '*'\n"}, "Pipfile"),
        ({"setup.cfg": "[options]\ninstall_requires =\n  a\n"}, "setup.cfg"),
        ({"DESCRIPTION": "Package: x\nImports: a\n"}, "requirements.txt"),
        ({"Project.toml": "[deps]\n"}, "requirements.txt"),
        ({"README": ""}, "requirements.txt"),
    ],
)
def test_python_goes_to_the_file_in_charge(
    files: dict[str, str | bytes], path: str, tmp_path: Path
) -> None:
    found = offered(tmp_path, files, python("new", "1"))
    assert [each.path for each in found.amendments] == [path]
    assert found.left == ()
    assert (found.amendments[0].before is None) == (path not in files)


@pytest.mark.parametrize(
    ("files", "added", "path"),
    [
        ({"DESCRIPTION": "Package: x\nImports: a\n"}, r("new"), "DESCRIPTION"),
        ({"install.R": "x <- 1\n"}, r("new"), "install.R"),
        ({"requirements.txt": "a\n"}, r("new"), "install.R"),
        ({"Project.toml": "[deps]\n"}, julia("New"), "Project.toml"),
        ({"JuliaProject.toml": "[deps]\n"}, julia("New"), "JuliaProject.toml"),
        ({"README": ""}, julia("New"), "Project.toml"),
    ],
)
def test_other_languages_have_files_of_their_own(
    files: dict[str, str | bytes], added: Addition, path: str, tmp_path: Path
) -> None:
    found = offered(tmp_path, files, added)
    assert [each.path for each in found.amendments] == [path]


def test_each_language_gets_its_change(tmp_path: Path) -> None:
    files = {"DESCRIPTION": "Package: x\nImports:\n    a\n", "requirements.txt": "b==1\n"}
    found = offered(tmp_path, files, python("new", "1"), r("neu", "2"))
    assert {each.path: each.after.decode() for each in found.amendments} == {
        "requirements.txt": "b==1\nnew==1\n",
        "DESCRIPTION": "Package: x\nImports:\n    a,\n    neu\n",
    }


def test_a_first_file_names_what_was_guessed(tmp_path: Path) -> None:
    found = offered(tmp_path, {"a.py": "import six, attr"}, python("new", "1"))
    [change] = found.amendments
    assert change.after == b"attrs\nnew==1\nsix==1.0\n"
    assert "guessed" in change.notices[0]
    assert "--- /dev/null\n+++ b/requirements.txt\n" in change.diff()


@pytest.mark.parametrize(
    ("lock", "files", "command"),
    [
        ("uv.lock", {"pyproject.toml": "[project]\nname='x'\ndependencies=['a']\n"}, "uv lock"),
        ("Pipfile.lock", {"Pipfile": "[packages]\na = '*'\n"}, "pipenv lock"),
    ],
)
def test_locks_are_left_alone_and_told(
    lock: str, files: dict[str, str], command: str, tmp_path: Path
) -> None:
    (tmp_path / lock).write_text("version = 1\n" if lock == "uv.lock" else '{"default": {}}')
    [change] = offered(tmp_path, files, python("new", "1")).amendments
    assert change.path == next(iter(files))
    assert f"`{command}`" in change.notices[0]


@pytest.mark.parametrize(
    ("files", "added", "reason"),
    [
        ({"setup.py": "from setuptools import setup\nsetup(name='x')\n"}, python("n"), "program"),
        ({"guix.scm": "(package)"}, python("n"), "guix.scm cannot be changed"),
        ({"Dockerfile": "FROM x"}, python("n"), "Dockerfile cannot be changed"),
        ({"manifest.scm": _MANIFEST}, python("n"), "not known here"),
        ({"requirements.txt": "a --hash=sha256:0\n"}, python("n"), "hashes"),
        ({"requirements.txt": "a\n".encode("utf-16")}, python("n"), "UTF-8"),
        ({"requirements.txt": "#" * 600_000 + "\n"}, python("n"), "512 kB"),
        ({"Project.toml": "[deps]\n"}, julia("N", uuid=""), "UUID"),
        ({"pyproject.toml": "[project]\nname='x'\n"}, local("lib"), "folder of the repository"),
        ({"requirements.txt": "a\n"}, Addition("guix", "git", tool="guix"), "manifest.scm"),
    ],
)
def test_what_cannot_be_changed_is_left_with_a_reason(
    files: dict[str, str | bytes], added: Addition, reason: str, tmp_path: Path
) -> None:
    found = offered(tmp_path, files, added)
    assert found.amendments == ()
    [left] = found.left
    assert reason in left.reason
    if added.language == "python":
        assert left.line


def test_one_that_cannot_be_added_does_not_keep_the_others_out(tmp_path: Path) -> None:
    url = python("zz", "1", "git+https://x.org/a.git@1")
    found = offered(tmp_path, {"environment.yml": "dependencies: [a]\n"}, url, python("new", "1"))
    assert found.amendments[0].after == b"dependencies: [a, new, pip]\n" or (
        found.amendments[0].after == b"dependencies: [a, new]\n"
    )
    assert [each.addition.name for each in found.left] == ["zz"]


def test_bytes_of_another_encoding_stay(tmp_path: Path) -> None:
    before = "# für alle\nz==1\n".encode("latin-1")
    [change] = offered(tmp_path, {"requirements.txt": before}, python("new", "1")).amendments
    assert change.after == before + b"new==1\n"
    marked = b"\xef\xbb\xbfz==1\n"
    [change] = offered(tmp_path, {"requirements.txt": marked}, python("new", "1")).amendments
    assert change.after == marked + b"new==1\n"


def test_a_manifest_takes_guix_s_names(tmp_path: Path) -> None:
    guix = {"pandas": "python-pandas", "dplyr": "r-dplyr"}
    found = offered(
        tmp_path,
        {"manifest.scm": _MANIFEST},
        python("pandas", "2"),
        r("dplyr"),
        Addition("guix", "git", "2", tool="guix"),
        python("gone"),
        to_guix=lambda addition: guix.get(addition.name),
    )
    [change] = found.amendments
    text = change.after.decode()
    assert all(f'"{name}"' in text for name in ("python-pandas", "r-dplyr", "git", "python-numpy"))
    assert text.endswith("; mine\n")
    assert [each.addition.name for each in found.left] == ["gone"]


def test_a_link_within_the_workspace_is_followed_by_name(tmp_path: Path) -> None:
    (tmp_path / "binder").mkdir()
    (tmp_path / "binder/requirements.txt").symlink_to("../deps.txt")
    workspace = Workspace(tmp_path)
    [change] = offered(tmp_path, {"deps.txt": "a==1\n"}, python("new", "1")).amendments
    assert change.path == "deps.txt"
    workspace.apply(change)
    assert (tmp_path / "deps.txt").read_text() == "a==1\nnew==1\n"
    assert (tmp_path / "binder/requirements.txt").is_symlink()


def test_a_link_that_leads_out_is_neither_read_nor_written(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("token\n")
    root = tmp_path / "work"
    [change] = offered(root, {"requirements.txt": "a\n"}, python("new", "1")).amendments
    (root / "requirements.txt").unlink()
    (root / "requirements.txt").symlink_to(secret)
    with pytest.raises(UnsafePath):
        Workspace(root).apply(change)
    declared = Requirements(build_files=("requirements.txt",))
    with pytest.raises(UnsafePath):
        offer(Added((python("new"),), (), declared), Workspace(root), {})
    assert secret.read_text() == "token\n"


def test_a_file_that_was_changed_since_is_not_written(tmp_path: Path) -> None:
    [change] = offered(tmp_path, {"requirements.txt": "a\n"}, python("new", "1")).amendments
    (tmp_path / "requirements.txt").write_text("b\n")
    with pytest.raises(BadRequirements, match="meanwhile"):
        Workspace(tmp_path).apply(change)


def test_what_a_file_names_already_is_told(tmp_path: Path) -> None:
    (tmp_path / "Project.toml").write_text(f'[deps]\nCSV = "{UUID}"\n')
    declared = Requirements(build_files=("Project.toml",))
    found = offer(Added((julia("CSV"),), (), declared), Workspace(tmp_path), {})
    assert found.amendments == ()
    assert "names it already" in found.left[0].reason


def test_an_install_r_that_named_nothing_names_what_was_guessed(tmp_path: Path) -> None:
    files = {"install.R": "options(x = 1)\n", "a.R": "library(vegan)\n", "requirements.txt": "a\n"}
    found = offered(tmp_path, files, r("new"))
    [change] = found.amendments
    assert change.after == (b'options(x = 1)\ninstall.packages("new")\ninstall.packages("vegan")\n')
    assert "guessed" in change.notices[0]


def test_guessed_packages_of_another_language_stay_out(tmp_path: Path) -> None:
    guessed = Requirements(packages=(Requirement("dplyr", Origin("a.R", 1), "r"),), guessed=True)
    found = offer(Added((python("new", "1"),), (), guessed), Workspace(tmp_path), {})
    assert found.amendments[0].after == b"new==1\n"
