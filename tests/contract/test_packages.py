# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session installs is its own: it works there, lasts there, and is nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.storage import file_states
from contract.launching import launching, make_repository, run
from people import Person
from wheels import make_wheel

_WHEEL = "tiny-1.0-py3-none-any.whl"
_SAY = "python -c 'import tiny; print(tiny.__file__)'"
_IPYTHON = (
    "python -c 'from IPython.core.interactiveshell import InteractiveShell as S;"
    ' S.instance().run_line_magic("pip", "install --no-index ./{wheel}")\''
)
# How people install → where the package then is, relative to the session's home.
WAYS = {
    "pip install --no-index ./{wheel}": ".venv/lib/",
    "python -m pip install --no-index ./{wheel}": ".venv/lib/",
    "pip3 install --user --no-index ./{wheel}": ".local/lib/",
    _IPYTHON: ".venv/lib/",
}


@pytest.fixture(scope="module")
def with_wheel(person: Person, engine: str) -> Path:
    wheel = make_wheel("tiny", "1.0", {"tiny.py": "answer = 42\n"})
    return make_repository(person, "installing", {_WHEEL: wheel}, engine)


@pytest.mark.parametrize(("way", "place"), WAYS.items(), ids=["pip", "module", "user", "magic"])
def test_a_package_is_installed_into_the_session_only(
    way: str, place: str, person: Person, engine: str, with_wheel: Path
) -> None:
    command = f"{way.format(wheel=_WHEEL)} && {_SAY}"
    before = run(person, with_wheel, "true", engine=engine)
    environment = person.settings.environments / before.environment
    files = _files(environment)
    first = run(person, with_wheel, "sh", "-c", command, engine=engine)
    assert first.exit_status == 0, first.output
    assert first.output.splitlines()[-1].startswith(f"/home/jovyan/{place}")
    assert (first.directory / "home" / place).is_dir()

    assert _files(environment) == files
    other = run(person, with_wheel, "sh", "-c", _SAY, engine=engine)
    assert "No module named 'tiny'" in other.output


def _files(environment: Path) -> dict[str, tuple[int, int]]:
    """Return the files of an environment; bytecode is added to it beside its first session."""
    states = dict(file_states(environment))
    return {name: at for name, at in states.items() if "__pycache__" not in name and "/" in name}


def test_what_was_installed_is_there_after_a_resume(
    person: Person, engine: str, with_wheel: Path
) -> None:
    way = f"pip install --no-index ./{_WHEEL}"
    first = run(person, with_wheel, "sh", "-c", way, engine=engine)
    assert first.exit_status == 0, first.output
    with launching(person, resume=first.session) as launch:
        launch.wait_for("running")
    assert [path.name for path in (first.directory / "home/.venv").rglob("tiny.py")] == ["tiny.py"]


def test_the_machine_s_own_packages_are_hidden(
    person: Person, engine: str, repository: Path
) -> None:
    say = "import sys; print([p for p in sys.path if 'packages' in p])"
    ended = run(person, repository, "python", "-c", say, engine=engine)
    environments = str(person.settings.environments)
    own = ("/home/jovyan/", environments, "/gnu/store/")
    paths = ended.output.strip("[]\n").replace("'", "").split(", ")
    assert paths
    assert [p for p in paths if not p.startswith(own)] == []
