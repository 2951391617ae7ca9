# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.version import Version

from binder_lite.engines.uv.pythons import (
    Python,
    choose,
    download_candidates,
    parse_pythons,
    search_environment,
    that_hold_none_of,
)
from binder_lite.requirements.model import Origin, PythonVersion


def _python(version: str) -> Python:
    prefix = Path(f"/opt/python/{version}")
    return Python(Version(version), prefix / "bin/python3", prefix)


def _wanted(*specifiers: str, preferred: str = "") -> tuple[PythonVersion, ...]:
    return tuple(PythonVersion(each, Origin("runtime.txt"), preferred) for each in specifiers)


_HERE = tuple(
    map(_python, ("3.8.18", "3.10.13", "3.11.7", "3.11.2", "3.12.1", "3.13.0", "3.14.0a1"))
)

# Wanted, preferred, default → chosen.
CHOICES = [
    ((), "", "3.11.7", "3.11.7"),
    ((), "", "3.12.4", "3.12.1"),
    ((), "", "3.9.1", "3.13.0"),
    ((), "", "3.14.0", "3.13.0"),
    (("==3.10.*",), "", "3.11.7", "3.10.13"),
    (("==3.10.*",), "3.10.4", "3.11.7", "3.10.13"),
    (("==3.11.*",), "3.11.2", "3.11.7", "3.11.2"),
    ((">=3.9,<3.13",), "", "3.11.7", "3.11.7"),
    ((">=3.12",), "", "3.11.7", "3.13.0"),
    ((">=3.9", "<3.11"), "", "3.11.7", "3.10.13"),
    (("==3.14.*",), "", "3.11.7", "3.14.0a1"),
    (("==3.9.*",), "", "3.11.7", None),
    (("<3",), "", "3.11.7", None),
    ((">=3.12", "<3.12"), "", "3.11.7", None),
]


@pytest.mark.parametrize(("specifiers", "preferred", "default", "expected"), CHOICES)
def test_choose(
    specifiers: tuple[str, ...], preferred: str, default: str, expected: str | None
) -> None:
    wanted = _wanted(*specifiers, preferred=preferred)
    chosen = choose(wanted, _HERE, Version(default))
    assert (str(chosen.version) if chosen else None) == expected
    assert choose(wanted, reversed(_HERE), Version(default)) == chosen


def test_where_there_is_no_python_none_is_chosen() -> None:
    assert choose((), (), Version("3.11.7")) is None


@pytest.mark.parametrize(
    ("specifiers", "expected"),
    [
        ((), ("3.12", "3.13", "3.11", "3.10", "3.14", "3.9", "3.8")),
        (("==3.9.*",), ("3.9",)),
        (("==3.10.4",), ("3.10",)),
        ((">=3.11,<3.13",), ("3.12", "3.11")),
        ((">=3.10", "<3.11"), ("3.10",)),
        (("<3.8",), ()),
        ((">=4",), ()),
    ],
)
def test_download_candidates(specifiers: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert download_candidates(_wanted(*specifiers)) == expected


def test_parse_pythons_takes_each_cpython_once_and_none_that_is_too_old(tmp_path: Path) -> None:
    program = tmp_path / "cpython-3.12.1/bin/python3.12"
    program.parent.mkdir(parents=True)
    program.touch()
    (tmp_path / "python3").symlink_to(program)
    listed = [
        {"version": "3.12.1", "path": str(program), "implementation": "cpython"},
        {"version": "3.12.1", "path": str(tmp_path / "python3"), "implementation": "cpython"},
        {"version": "3.13.0", "path": "/a/bin/python3.13t", "variant": "freethreaded"},
        {"version": "3.10.0", "path": "/b/bin/pypy3", "implementation": "pypy"},
        {"version": "3.7.9", "path": "/c/bin/python3.7", "implementation": "cpython"},
        {"version": "3.8.0", "path": "/d/bin/python3.8", "url": None, "arch": "x86_64"},
    ]
    assert parse_pythons(json.dumps(listed)) == (
        Python(Version("3.12.1"), program, program.parent.parent),
        Python(Version("3.8.0"), Path("/d/bin/python3.8"), Path("/d")),
    )


def test_a_python_whose_directory_holds_the_home_or_the_data_is_left_out() -> None:
    home, own = Path("/home/ada"), Path("/home/ada/.local/share/binder-lite/pythons")

    def at(prefix: str) -> Python:
        return Python(Version("3.12.1"), Path(prefix, "bin/python3"), Path(prefix))

    shown = [at("/usr"), at("/home/ada/miniforge3"), at(f"{own}/cpython-3.12.1")]
    hidden = [at("/home/ada"), at("/home/ada/.local"), at("/"), at("/home")]
    assert list(that_hold_none_of([*shown, *hidden], (home, own))) == shown


def test_pyenv_s_shims_are_left_out_and_its_versions_put_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = tmp_path / ".pyenv/versions/3.12.1/bin"
    version.mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{tmp_path}/.pyenv/shims:/usr/bin")
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    env = search_environment(tmp_path / "own", tmp_path)
    assert env["PATH"] == f"/usr/bin:{version}"
    assert env["UV_PYTHON_INSTALL_DIR"] == str(tmp_path / "own")
    assert env["UV_PYTHON_DOWNLOADS"] == "manual"
