# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from binder_lite.amendments.model import Amendment, Left, Offer
from binder_lite.cli.requirements import (
    addition_rows,
    how_text,
    left_lines,
    notice_lines,
    requirements_fields,
)
from binder_lite.cli.terminal import Terminal
from binder_lite.cli.wording import diff_lines
from binder_lite.requirements.model import Origin, Requirements
from binder_lite.sessions.addition import Added, Addition
from binder_lite.sessions.store import Session

_AT = Origin("a.ipynb", 3)
_TINY = Addition("python", "tiny", "1.5", tool="pip", origin=_AT)
_DOCUMENTED = (Path(__file__).parents[3] / "docs/reference/command-line.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("addition", "text"),
    [
        (_TINY, "installed with pip, used in a.ipynb:3"),
        (Addition("r", "tidy", tool="R"), "installed with R"),
        (
            Addition("python", "x", how="install line", tool="conda", origin=_AT),
            "a.ipynb:3 installs it with conda",
        ),
        (Addition("python", "x", how="imported", origin=_AT), "a.ipynb:3 imports it"),
        (Addition("r", "x", how="imported", origin=_AT), "a.ipynb:3 uses it"),
    ],
)
def test_how_something_is_known(addition: Addition, text: str) -> None:
    assert how_text(addition) == text


def test_the_language_is_told_where_it_is_not_python_only() -> None:
    r = Addition("r", "tidy")
    assert [row[2] for row in addition_rows([_TINY])] == [""]
    assert [row[2] for row in addition_rows([r])] == ["R"]
    assert [row[2] for row in addition_rows([_TINY, r])] == ["Python", "R"]


def test_foreign_text_is_shown_without_escapes_and_secrets() -> None:
    hostile = "\x1b[2Jx https://me:secret@x.org/\u202e"
    shown = [
        *left_lines(Left(Addition("python", hostile), hostile, hostile), None),
        *notice_lines([hostile], None),
        *diff_lines(f"+{hostile}\n-\ta\n"),
    ]
    assert not any(sign in line for sign in ("\x1b", "secret", "\u202e") for line in shown)
    assert shown[-1] == "-\ta"


def test_many_notices_are_cut_short() -> None:
    lines = notice_lines([str(number) for number in range(30)], 40)
    assert lines[-2:] == ["note: 19", "note: and 10 more notes."]


def test_every_field_is_documented() -> None:
    session = Session(
        id="x",
        directory=Path("/d"),
        workspace=Path("/d/home/work"),
        source="",
        commit=None,
        path="",
        engine="uv",
        environment="",
        created=datetime.now(UTC),
    )
    amendment = Amendment("r.txt", b"a\n", b"a\ntiny==1.5\n", (_TINY,), ("note",))
    offered = Offer((amendment,), (Left(_TINY, "why", "line"),))
    fields = requirements_fields(
        session, Added((_TINY,), ("n",), Requirements()), offered, applied=False
    )
    assert fields["diff"] == "--- a/r.txt\n+++ b/r.txt\n@@ -1 +1,2 @@\n a\n+tiny==1.5\n"
    assert fields["applied"] is False
    section = _DOCUMENTED.split("### `binder-lite requirements ID`")[1].split("\n###")[0]
    inner = [fields[name][0] for name in ("additions", "changes", "left")]  # type: ignore[index]
    names = {name for each in (fields, *inner) for name in each}  # type: ignore[union-attr]
    assert {name for name in names if f"`{name}`" not in section} == set()


def test_a_diff_has_no_colours_outside_of_a_terminal() -> None:
    out = io.StringIO()
    Terminal(out, io.StringIO()).diff("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n")
    assert out.getvalue() == "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"


def test_a_last_line_without_end_is_marked_as_diff_does() -> None:
    amendment = Amendment("r.txt", b"a", b"a\nb\n", ())
    assert amendment.diff().endswith("-a\n\\ No newline at end of file\n+a\n+b\n")
