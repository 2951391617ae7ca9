# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from binder_lite.engines.base import Activation
from binder_lite.sessions.assignment import Assignment, seeds, server_assignment
from binder_lite.sessions.store import Session

_SESSION = Session(
    id="abc",
    directory=Path("/data/sessions/abc"),
    workspace=Path("/data/sessions/abc/home/work"),
    source="gh/ada/study",
    commit="1f" * 20,
    path="index.ipynb",
    engine="uv",
    environment="uv-1/1",
    created=datetime(2026, 11, 23, tzinfo=UTC),
)
_PLAIN = Activation(
    interpreter=Path("/usr/bin/python3"),
    variables={"PATH": "/env/bin", "JUPYTER_PATH": "/env/share/jupyter"},
    files={".venv/pyvenv.cfg": "home = /usr/bin\n"},
)
_OWN = replace(_PLAIN, servers={"lab": PurePosixPath("/env/bin/jupyter-lab")})
_SEEDED = replace(_PLAIN, seed_home=Path("/env/home"), seed_work=Path("/env/work"))


def _assign(session: Session = _SESSION, activation: Activation = _PLAIN) -> Assignment:
    return server_assignment(session, activation, "/", "s3cret", Path("/server/bin/python"))


def test_the_imported_server_serves_unless_the_repository_says_otherwise() -> None:
    assignment = _assign()
    assert assignment.server is not None
    assert assignment.server[0] == "lab"
    assert assignment.argv is None
    assert assignment.files == _PLAIN.files


def test_an_environment_s_own_server_serves_instead() -> None:
    assignment = _assign(activation=_OWN)
    assert assignment.server is None
    assert assignment.argv is not None
    assert assignment.argv[0] == "/env/bin/jupyter-lab"


@pytest.mark.parametrize(
    ("activation", "ui", "behind"),
    [
        (_OWN, "lab", ("/env/bin/jupyter-lab",)),
        (_PLAIN, "lab", ("/server/bin/python", "-m", "jupyterlab")),
        (_PLAIN, "notebook", ("/server/bin/python", "-m", "notebook")),
    ],
)
def test_a_start_program_is_given_the_server_s_command(
    activation: Activation, ui: str, behind: tuple[str, ...]
) -> None:
    session = replace(_SESSION, start="binder/start", ui=ui)  # type: ignore[arg-type]
    argv = _assign(session, activation).argv
    assert argv is not None
    assert argv[: len(behind) + 1] == ("/home/jovyan/work/binder/start", *behind)


@pytest.mark.parametrize("activation", [_PLAIN, _OWN])
def test_the_token_is_in_the_environment_only(activation: Activation) -> None:
    assignment = _assign(activation=activation)
    assert assignment.env["JUPYTER_TOKEN"] == "s3cret"
    words = (*(assignment.argv or ()), *(assignment.server or ()))
    assert not [word for word in words if "s3cret" in word]


SEEDS = [
    (_PLAIN, False, False, ()),
    (
        _SEEDED,
        False,
        False,
        (("/env/home", "/home/jovyan", True), ("/env/work", "/home/jovyan/work", True)),
    ),
    # The person's own files are not replaced.
    (
        _SEEDED,
        True,
        False,
        (("/env/home", "/home/jovyan", True), ("/env/work", "/home/jovyan/work", False)),
    ),
    # What was deleted stays so.
    (_SEEDED, False, True, ()),
]


@pytest.mark.parametrize(("activation", "in_place", "resumed", "expected"), SEEDS)
def test_seeds(
    activation: Activation,
    in_place: bool,
    resumed: bool,
    expected: tuple[tuple[str, str, bool], ...],
) -> None:
    session = replace(_SESSION, in_place=in_place)
    assert seeds(session, activation, resumed=resumed) == expected


def test_what_is_not_set_is_not_told() -> None:
    told = json.loads(Assignment(env={"A": "ü"}, cwd="/", argv=("true",)).encode())
    assert told == {"env": {"A": "ü"}, "cwd": "/", "files": {}, "seeds": [], "argv": ["true"]}
