# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples as files: each is complete, and fit to be copied."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from end_to_end.repositories import EXAMPLES

NOTEBOOKS = sorted(EXAMPLES.rglob("*.ipynb"))
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if path.is_dir())
# The index that packages come from is the person's choice, never an example's.
HOSTS = (*(f"{name}.org" for name in ("pypi", "pythonhosted", "anaconda")), "prefix.dev")


def name(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_is_valid_and_as_its_author_would_commit_it(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)  # Cell ids, and that no two are the same, included.
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)
    checks = ("assert ", "stopifnot(")
    assert any(each in code[-1].source for each in checks), "the last cell checks its result"
    assert "print(" in code[-1].source, "and says it"


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_an_example_says_what_it_shows(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert f"`{folder.name}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")


def test_no_example_names_a_package_index() -> None:
    for path in EXAMPLES.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not [host for host in HOSTS if host in text], path
