# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.engines.guix.session_files import missing_files, python_path_files


def test_an_environment_that_lacks_nothing_needs_no_files() -> None:
    assert python_path_files((), "3.11") == {}
    assert missing_files(()) == {}


def test_the_repository_s_folders_are_on_python_s_path() -> None:
    [(path, text)] = python_path_files((".", "src", "own/lib"), "3.11").items()
    assert path == ".venv/lib/python3.11/site-packages/repository.pth"
    assert text.splitlines() == [
        "/home/jovyan/work", "/home/jovyan/work/src", "/home/jovyan/work/own/lib",
    ]  # fmt: skip


class Notebook:
    """What IPython gives a startup file: an event before each cell."""

    def __init__(self) -> None:
        self.before_cells: list[Callable[..., None]] = []
        self.events = self

    def register(self, event: str, call: Callable[..., None]) -> None:
        assert event == "pre_run_cell"
        self.before_cells.append(call)

    def unregister(self, event: str, call: Callable[..., None]) -> None:
        self.before_cells.remove(call)

    def run_cell(self) -> None:
        for each in [*self.before_cells]:
            each(object())


def started(missing: tuple[str, ...]) -> Notebook:
    [(path, text)] = missing_files(missing).items()
    assert path.startswith(".ipython/profile_default/startup/")
    notebook = Notebook()
    exec(compile(text, path, "exec"), {"get_ipython": lambda: notebook})
    return notebook


def test_the_first_cell_says_what_is_missing_and_no_other_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notebook = started(("zzz (requirements.txt:1)", "yyy (requirements.txt:2)"))
    assert capsys.readouterr().out == ""
    notebook.run_cell()
    said = capsys.readouterr().out
    assert "zzz (requirements.txt:1), yyy (requirements.txt:2)" in said
    assert "no package of them" in said
    notebook.run_cell()
    assert capsys.readouterr().out == ""


def test_one_that_is_missing_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    started(("zzz (a)",)).run_cell()
    assert "no package of it" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ['")\nraise SystemExit("', "'''", '"""', "{text}", "\\", "\n", "\u2028", "\x00"]
)
def test_a_name_stays_within_its_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    started((name,)).run_cell()
    assert name in capsys.readouterr().out


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3))
def test_any_names_are_text(names: list[str]) -> None:
    printed: list[Any] = []
    [(path, text)] = missing_files(tuple(names)).items()
    notebook = Notebook()
    exec(compile(text, path, "exec"), {"get_ipython": lambda: notebook, "print": printed.append})
    notebook.run_cell()
    assert all(name in printed[0] for name in names)
