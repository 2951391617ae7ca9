# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadNotebook
from binder_lite.requirements.notebooks import (
    Notebook,
    default_notebook,
    parse_code_cells,
    parse_notebook,
    read_notebook,
)


def content(*sources: object, **metadata: object) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": source, "outputs": []} for source in sources]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


PYTHON = {"name": "python38", "display_name": "Python 3.8", "language": "python"}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (
            {"kernelspec": PYTHON, "language_info": {"name": "python", "version": "3.8"}},
            Notebook("python38", "python", "Python 3.8", 1),
        ),
        (
            {"kernelspec": {"name": "ir"}, "language_info": {"name": "R"}},
            Notebook("ir", "r", "", 1),
        ),
        ({"kernelspec": PYTHON}, Notebook("python38", "python", "Python 3.8", 1)),
        ({}, Notebook("", "", "", 1)),
        ({"kernelspec": None, "language_info": {"name": 3}}, Notebook("", "", "", 1)),
    ],
)
def test_a_notebook_says_its_kernel(metadata: dict[str, object], expected: Notebook) -> None:
    assert parse_notebook(encoded(content("x", **metadata)), "f.ipynb") == expected


def test_sources_are_text_or_lines_and_only_code_counts() -> None:
    document = content("a\nb", ["c\n", "d"])
    document["cells"].insert(1, {"cell_type": "markdown", "source": "import x"})
    assert parse_code_cells(encoded(document), "f") == ("a\nb", "c\nd")


def test_the_older_format_is_read() -> None:
    cell = {"cell_type": "code", "input": ["a\n", "b"], "language": "python"}
    document = {"nbformat": 3, "metadata": {"name": ""}, "worksheets": [{"cells": [cell]}]}
    assert parse_notebook(encoded(document), "f").cells == 1
    assert parse_code_cells(encoded(document), "f") == ("a\nb",)


def test_what_python_writes_beyond_json_is_read() -> None:
    text = json.dumps(content("a") | {"x": float("nan"), "y": "\ud800"})
    assert parse_code_cells(text.encode(), "f") == ("a",)
    assert parse_code_cells(b"\xef\xbb\xbf" + text.encode(), "f") == ("a",)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"nbformat": 4,\n "cells": [\n<<<<<<< HEAD\n]}', "f.ipynb:3 is not valid JSON"),
        (b'{"nbformat": 4', "f.ipynb:1 is not valid JSON"),
        (b"", "f.ipynb:1 is not valid JSON"),
        (b"\xff\xfe{}", "f.ipynb is not valid JSON"),
        (b"[" * 100_000, "f.ipynb"),
        (b"[1]", "f.ipynb is not a notebook"),
        (b"{}", "f.ipynb is not a notebook"),
        (b'{"nbformat": 4}', "f.ipynb is not a notebook: it has no cells"),
        (b'{"nbformat": 4, "cells": [1]}', "f.ipynb is not a notebook"),
        (b'{"nbformat": 4, "cells": [], "metadata": {"kernelspec": 1}}', "is not a notebook"),
    ],
    ids=range(10),
)
def test_what_is_no_notebook_is_refused_with_its_line(data: bytes, place: str) -> None:
    with pytest.raises(BadNotebook) as caught:
        parse_notebook(data, "f.ipynb")
    assert place in caught.value.message
    assert caught.value.hint


@given(st.binary() | st.text(alphabet='{}[]":,0nbformatcells ').map(str.encode))
def test_any_bytes_are_a_notebook_or_refused(data: bytes) -> None:
    for parse in (parse_notebook, parse_code_cells):
        try:
            parse(data, "f")
        except BadNotebook as error:
            assert error.message.startswith("f")


def test_a_notebook_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadNotebook, match=r"x\.ipynb cannot be read"):
        read_notebook(tmp_path / "x.ipynb")


def test_a_notebook_of_100_mb_costs_little_more_than_its_bytes(tmp_path: Path) -> None:
    document = content("import numpy", kernelspec=PYTHON)
    image = {"output_type": "display_data", "data": {"image/png": "A" * 10_000_000}, "metadata": {}}
    document["cells"][0]["outputs"] = [image] * 10
    path = tmp_path / "big.ipynb"
    path.write_bytes(encoded(document))
    assert path.stat().st_size > 100_000_000
    del document
    tracemalloc.start()
    found = read_notebook(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.kernel_name == "python38"
    assert peak < 1.2 * path.stat().st_size


@pytest.mark.parametrize(
    ("files", "opened"),
    [
        (["b.ipynb", "index.ipynb", "a.ipynb"], "index.ipynb"),
        (["b.ipynb", "a.ipynb"], "a.ipynb"),
        (["z.ipynb", "a/a.ipynb"], "z.ipynb"),
        (["b/index.ipynb", "a/b/c.ipynb", "a/x.txt"], "b/index.ipynb"),
        (["b/z.ipynb", "a/z.ipynb"], "a/z.ipynb"),
        ([".ipynb_checkpoints/a.ipynb", ".hidden/a.ipynb", "x/y/z.ipynb"], "x/y/z.ipynb"),
        (["a.txt", "venv/a.ipynb"], None),
        (["with space é.ipynb"], "with space é.ipynb"),
        ([], None),
    ],
)
def test_the_notebook_to_open_is_the_index_or_the_first(
    tmp_path: Path, files: list[str], opened: str | None
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert default_notebook(tmp_path) == opened


def test_a_folder_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "index.ipynb").touch()
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "sub" / "deep" / "a.ipynb").touch()
    assert default_notebook(tmp_path, "sub") == "sub/deep/a.ipynb"
    (tmp_path / "sub" / "index.ipynb").touch()
    assert default_notebook(tmp_path, "sub") == "sub/index.ipynb"
    assert default_notebook(tmp_path, "missing") is None


def test_a_notebook_that_leaves_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.ipynb").touch()
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "index.ipynb").symlink_to("../secret.ipynb")
    assert default_notebook(tmp_path / "checkout") is None
