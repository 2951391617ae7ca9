# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from binder_lite.inside import session
from binder_lite.sessions.server import deferring

GRAMMAR = '''\
"""Stands for a module that is slow to import."""
def is_valid_syntax(rule, text):
    return (rule, text)

RULES = ("iri",)
'''


@pytest.fixture
def grammar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = "slow_grammar_of_a_test"
    (tmp_path / f"{name}.py").write_text(GRAMMAR)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(session, "GRAMMAR", name)
    # Restored to absent afterwards, whatever the test puts there.
    monkeypatch.setitem(sys.modules, name, sys)
    del sys.modules[name]
    return name


def is_imported(name: str) -> bool:
    return hasattr(importlib.import_module(name), "__file__")


def test_the_grammar_is_not_imported_by_who_only_takes_its_function(grammar: str) -> None:
    session.defer_grammar()
    exec(f"from {grammar} import is_valid_syntax", {})
    assert not is_imported(grammar)


def test_the_first_check_imports_the_grammar(grammar: str) -> None:
    session.defer_grammar()
    check = importlib.import_module(grammar).is_valid_syntax
    assert check("iri", "a") == ("iri", "a")
    assert is_imported(grammar)
    assert check("iri", "b") == ("iri", "b")


def test_what_else_the_grammar_holds_is_there_too(grammar: str) -> None:
    session.defer_grammar()
    assert importlib.import_module(grammar).RULES == ("iri",)
    assert is_imported(grammar)


def test_a_server_without_the_grammar_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "GRAMMAR", "no_such_module_anywhere")
    session.defer_grammar()
    assert "no_such_module_anywhere" not in sys.modules


_LOOK = """
import os, sys
try:
    from rfc3987_syntax import is_valid_syntax
except ImportError:
    print("none", os.environ.get("PYTHONPATH"))
else:
    before = "real" in sys.modules
    print(before, is_valid_syntax("iri", "a"), "real" in sys.modules, os.environ.get("PYTHONPATH"))
"""


@pytest.mark.parametrize("is_there", [True, False])
def test_a_server_of_an_environment_s_own_defers_the_grammar_too(
    is_there: bool, tmp_path: Path
) -> None:
    deferred = Path(session.__file__).parent / "deferred"
    (tmp_path / "more").mkdir()
    (tmp_path / "real.py").touch()
    if is_there:
        (tmp_path / "rfc3987_syntax.py").write_text(f"import real\n{GRAMMAR}")
    # Where a server's packages are comes after what PYTHONPATH names.
    begin = f"import sys; sys.path.append({str(tmp_path)!r})\n"
    done = subprocess.run(
        [sys.executable, "-S", "-c", begin + _LOOK],
        env={"PYTHONPATH": f"{deferred}:{tmp_path / 'more'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = "False ('iri', 'a') True" if is_there else "none"
    assert done.stdout == f"{expected} {tmp_path / 'more'}\n"


def test_jupyterlab_is_imported_without_a_question_to_yarn(tmp_path: Path) -> None:
    package = tmp_path / "jupyterlab"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "commands.py").write_text(
        "def _yarn_config(logger):\n    raise SystemExit('asked')\n"
    )
    (package / "labapp.py").write_text(
        "from .commands import _yarn_config\n_yarn_config(None)['yarn config']\nprint('imported')\n"
    )
    program = "from binder_lite.inside import session; session.import_server()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "imported\n"), done.stderr


def test_the_hub_starts_without_the_grammar_and_leaves_no_trace_of_how() -> None:
    program = (
        "import os, sys, jupyterhub.app\n"
        "print([name for name in sys.modules if name.startswith('rfc3987_syntax.')])\n"
        "print(os.environ['PYTHONPATH'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(deferring({"PYTHONPATH": "/of/the/admin"}, session.DEFERRED)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n/of/the/admin\n"
