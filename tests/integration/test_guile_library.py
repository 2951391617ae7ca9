# SPDX-License-Identifier: GPL-3.0-or-later
"""The Guile library's own tests, and the questions as the launcher asks them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

_LIBRARY = Path(__file__).parents[2] / "guile"


def _repl(script: str, *, asked: str = "") -> subprocess.CompletedProcess[str]:
    words = ["guix", "repl", f"--load-path={_LIBRARY}", "--", str(_LIBRARY / script)]
    env = {**os.environ, "GUIX_PACKAGE_PATH": str(_LIBRARY)}
    return subprocess.run(words, input=asked, env=env, capture_output=True, text=True)


@pytest.mark.needs("guix")
def test_the_library_passes_its_tests() -> None:
    done = _repl("tests/run.scm")
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"


@pytest.mark.needs("guix")
def test_one_process_answers_many_questions_each_with_a_line() -> None:
    questions = [
        {"id": 1, "question": "versions"},
        {"id": "two", "question": "lookup", "names": ["numpy"]},
        {"id": 3, "question": "nonsense"},
    ]
    done = _repl(
        "binder-lite/serve-questions.scm", asked="".join(json.dumps(q) + "\n" for q in questions)
    )
    versions, lookup, nonsense = map(json.loads, done.stdout.splitlines())
    assert versions["answer"]["guix"].startswith("1.")
    assert "python-numpy" in {each["name"] for each in lookup["answer"][0]["upstream"]}
    assert nonsense["error"]["code"] == "bad-question"


@pytest.mark.needs("guix")
def test_this_project_s_channel_has_jupyterlab() -> None:
    asked = json.dumps({"id": 1, "question": "lookup", "names": ["python-jupyterlab"]}) + "\n"
    done = _repl("binder-lite/serve-questions.scm", asked=asked)
    found = json.loads(done.stdout)["answer"][0]["exact"]
    assert any("binder-lite" in (each["location"] or "") for each in found), found
