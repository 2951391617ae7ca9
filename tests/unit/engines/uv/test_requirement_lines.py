# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from binder_lite.engines.uv.requirement_lines import index_line, lines, requirement_line
from binder_lite.requirements.model import Index, Origin, Requirement

_HERE = Origin("requirements.txt", 1)
LINES: list[tuple[dict[str, Any], str]] = [
    ({"name": "numpy"}, "numpy"),
    ({"name": "numpy", "specifier": ">=1.20,<2"}, "numpy>=1.20,<2"),
    ({"name": "dask", "extras": ("array", "diagnostics")}, "dask[array,diagnostics]"),
    (
        {"name": "tomli", "specifier": ">=2", "marker": 'python_version < "3.11"'},
        'tomli>=2 ; python_version < "3.11"',
    ),
    (
        {"name": "six", "specifier": "==1.16", "hashes": ("sha256:aa", "sha256:bb")},
        "six==1.16 --hash=sha256:aa --hash=sha256:bb",
    ),
    ({"name": "six", "url": "https://a.example/six.whl"}, "six @ https://a.example/six.whl"),
    (
        {"name": "x", "extras": ("y",), "url": "git+https://a.example/x@1f", "marker": "m"},
        "x[y] @ git+https://a.example/x@1f ; m",
    ),
    ({"name": "", "url": "https://a.example/six.whl"}, "https://a.example/six.whl"),
    (
        {"name": "", "url": "git+https://a.example/x", "editable": True},
        "--editable git+https://a.example/x",
    ),
    ({"name": "", "url": "", "local": True}, "/home/jovyan/work"),
    ({"name": "", "url": "lib/a", "local": True}, "/home/jovyan/work/lib/a"),
    (
        {"name": "", "url": "lib/a", "local": True, "editable": True, "extras": ("dev",)},
        "--editable /home/jovyan/work/lib/a[dev]",
    ),
]


@pytest.mark.parametrize(("values", "expected"), LINES)
def test_requirement_line(values: dict[str, Any], expected: str) -> None:
    assert requirement_line(Requirement(origin=_HERE, **values)) == expected


def test_lines_are_sorted_and_said_once_wherever_they_were_said() -> None:
    said = [Requirement("b", Origin("x")), Requirement("a", _HERE), Requirement("b", _HERE)]
    assert lines(said) == ("a", "b")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("index", "--index-url https://index.example/"),
        ("extra-index", "--extra-index-url https://index.example/"),
        ("find-links", "--find-links https://index.example/"),
    ],
)
def test_index_line(kind: Any, expected: str) -> None:
    assert index_line(Index("https://index.example/", _HERE, kind)) == expected
