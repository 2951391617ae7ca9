# SPDX-License-Identifier: GPL-3.0-or-later
"""The screenless browser's own pure parts; what it does to a server, the other tests show."""

from __future__ import annotations

from typing import Any

import pytest

from end_to_end.notebook_client import (
    Address,
    CellRun,
    Output,
    choose_kernel,
    parse_address,
    parse_output,
)

SERVER = "http://localhost:8890"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{SERVER}/lab/tree/index.ipynb?token=x", Address(f"{SERVER}/", "x", "index.ipynb")),
        (f"{SERVER}/lab?token=x", Address(f"{SERVER}/", "x", "")),
        (f"{SERVER}/notebooks/a/b.ipynb?token=x", Address(f"{SERVER}/", "x", "a/b.ipynb")),
        (f"{SERVER}/tree?token=x", Address(f"{SERVER}/", "x", "")),
        (f"{SERVER}/user/me/lab/tree/n.ipynb", Address(f"{SERVER}/user/me/", "", "n.ipynb")),
        (f"{SERVER}/lab/tree/tree/lab/n.ipynb", Address(f"{SERVER}/", "", "tree/lab/n.ipynb")),
        (f"{SERVER}/lab/tree/%C3%9C%20%C2%AB.ipynb", Address(f"{SERVER}/", "", "Ü «.ipynb")),
    ],
)  # fmt: skip
def test_a_printed_url_is_taken_apart(url: str, expected: Address) -> None:
    assert parse_address(url) == expected


def specs(**languages: str) -> dict[str, Any]:
    return {
        "default": "python3",
        "kernelspecs": {name: {"spec": {"language": lang}} for name, lang in languages.items()},
    }


@pytest.mark.parametrize(
    ("kernels", "metadata", "expected"),
    [
        (specs(python3="python", ir="R"), {"kernelspec": {"name": "ir"}}, "ir"),
        (specs(python3="python"), {"kernelspec": {"name": "a", "language": "python"}}, "python3"),
        (specs(python3="python"), {"language_info": {"name": "python"}}, "python3"),
        (specs(a="python", b="python"), {"kernelspec": {"name": "c", "language": "python"}}, None),
        (specs(python3="python"), {"kernelspec": {"name": "ir", "language": "R"}}, None),
        (specs(python3="python"), {}, None),
    ],
)
def test_the_kernel_is_chosen_as_jupyterlab_chooses(
    kernels: dict[str, Any], metadata: dict[str, Any], expected: str | None
) -> None:
    assert choose_kernel(kernels, metadata) == expected


def message(kind: str, **content: Any) -> dict[str, Any]:
    return {"header": {"msg_type": kind}, "content": content}


def test_messages_become_outputs() -> None:
    image = {"text/plain": "<Figure>", "image/png": "iVBOR"}
    assert parse_output(message("stream", name="stdout", text="hi\n")) == Output("stream", "hi\n")
    assert parse_output(message("display_data", data=image)) == Output(
        "display_data", "<Figure>", image
    )
    assert parse_output(message("error", ename="KeyError", evalue="'a'", traceback=[])) == Output(
        "error", "KeyError: 'a'"
    )
    assert parse_output(message("status", execution_state="busy")) is None


def test_a_run_knows_its_error() -> None:
    assert CellRun("ok", (Output("stream", "1\n"),)).error is None
    assert CellRun("error", (Output("error", "E: x"),)).error == "E: x"
    assert CellRun("aborted", ()).error == "aborted"
