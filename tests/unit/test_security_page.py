# SPDX-License-Identifier: GPL-3.0-or-later
"""``docs/explanation/security.md`` names tests that there are, for each of its promises."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs/explanation/security.md"
_NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_each_test_that_is_named_exists() -> None:
    named = _NAMED.findall(_PAGE.read_text())
    assert len(named) > 40
    missing = [
        f"{file}::{name}" for file, name in named
        if not re.search(rf"^(?:async )?def {name}\(", _read(file), re.MULTILINE)
    ]  # fmt: skip
    assert missing == []


def test_each_promise_names_a_test() -> None:
    tables = _PAGE.read_text().split("| tried in |\n")[1:]
    rows = [row for table in tables for row in table.split("\n\n")[0].splitlines()[1:]]
    assert len(rows) > 20
    assert [row for row in rows if not _NAMED.search(row)] == []


def _read(file: str) -> str:
    path = _ROOT / "tests" / file
    return path.read_text() if path.is_file() else ""
