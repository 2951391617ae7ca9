# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Origin
from binder_lite.requirements.python.inline_metadata import parse_inline_metadata

BLOCK = """import sys
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "requests<3",
#   "rich",
# ]
# [tool.uv.sources]
# rich = { git = "https://a.example/rich" }
# [tool.other]
# x = 1
# ///
"""


def test_a_block_says_what_is_needed_and_where() -> None:
    found = parse_inline_metadata(BLOCK, "x.py")
    assert found is not None
    assert [(item.name, item.specifier, item.url) for item in found.packages] == [
        ("requests", "<3", ""),
        ("rich", "", "git+https://a.example/rich"),
    ]
    assert [item.origin.line for item in found.packages] == [5, 6]
    assert [(version.specifier, version.origin.line) for version in found.python] == [(">=3.11", 3)]
    assert "other" in found.notices[0]
    assert not found.guessed


def test_lines_may_be_told_by_the_caller() -> None:
    found = parse_inline_metadata(BLOCK, "x", origin_of=lambda line: Origin("y", line + 100))
    assert found is not None
    assert found.packages[0].origin == Origin("y", 105)


def test_without_a_block_there_is_nothing() -> None:
    assert parse_inline_metadata("# /// other\n# x = 1\n# ///\n", "x.py") is None


def test_a_block_may_ask_for_nothing() -> None:
    found = parse_inline_metadata("# /// script\n# ///", "x.py")
    assert found is not None
    assert not found.packages


@pytest.mark.parametrize(
    "code",
    [
        "# /// script\n# dependencies = []\n",
        "# /// script\n# ///\n# /// script\n# ///\n".replace("///\n# /// s", "///\n\n# /// s"),
        "# /// script\n# dependencies = [\n# ///\n",
        "# /// script\n# dependencies = 'x'\n# ///\n",
        "# /// script\n# dependencies = ['x==']\n# ///\n",
        "# /// script\n# requires-python = 'x'\n# ///\n",
    ],
)
def test_a_malformed_block_is_refused(code: str) -> None:
    with pytest.raises(BadRequirements, match=r"x\.py"):
        parse_inline_metadata(code, "x.py")
