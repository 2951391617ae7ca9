# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from binder_lite.cli import wording
from binder_lite.errors import Details, LaunchError, RefNotFound
from binder_lite.events import Progress
from binder_lite.sessions.running import Farewell, Ready


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, ""),
        (0.09, ""),
        (0.1, "0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_have_as_many_digits_as_they_deserve(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (timedelta(seconds=-3), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=90), "1 minute"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(days=2, hours=5), "2 days"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(since: timedelta, words: str) -> None:
    assert wording.age(since) == words


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_940, "999.9 kB"),
        (999_960, "1.0 MB"),
        (12_345_678, "12.3 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_are_in_powers_of_1000(octets: int, words: str) -> None:
    assert wording.size(octets) == words


Unit = Literal["bytes", "objects", "packages", "files", "%"]


@pytest.mark.parametrize(
    ("done", "total", "unit", "words"),
    [
        (45, 100, "%", "Receiving: 45 %"),
        (3, 12, "packages", "Receiving: 3 of 12 packages (25 %)"),
        (3, None, "objects", "Receiving: 3 objects"),
        (12_300_000, 24_600_000, "bytes", "Receiving: 12.3 MB of 24.6 MB (50 %)"),
        (12_300_000, None, "bytes", "Receiving: 12.3 MB"),
        (7, 0, "files", "Receiving: 7 files"),
        (9, 8, "files", "Receiving: 9 of 8 files (100 %)"),
    ],
)
def test_progress_is_told_as_far_as_it_is_known(
    done: int, total: int | None, unit: Unit, words: str
) -> None:
    assert wording.progress_text(Progress("fetching", "Receiving…", done, total, unit)) == words


def test_foreign_text_brings_no_escape_no_secret_and_no_second_line() -> None:
    text = "a\x1b[31mb\x1b]0;title\x07c\nhttps://me:secret@example.org/?token=abc"
    assert wording.clean(text) == "abc https://…@example.org/?token=…"


def test_an_error_says_what_happened_what_to_do_and_what_stands_behind_it() -> None:
    error = RefNotFound(
        "There is no branch 'mian'.\nNear it: main.",
        hint="Use --ref main.",
        details=Details("git ls-remote -- x", 128, ("fatal: \x1b[1mno", "bye"), Path("/l/log")),
    )
    assert wording.error_lines(error) == [
        "error: There is no branch 'mian'.",
        "    Near it: main.",
        "hint: Use --ref main.",
        "command: git ls-remote -- x (status 128)",
        "    fatal: no",
        "    bye",
        "log: /l/log",
    ]


def test_an_error_without_hint_and_details_is_one_line() -> None:
    assert wording.error_lines(LaunchError("Oh.")) == ["error: Oh."]


def test_the_ready_text_has_the_form_of_the_contract(ready: Ready) -> None:
    assert wording.ready_text(ready) == (
        "To access the notebook, open this file in a browser:\n"
        "    file:///data/a%20b/open.html\n"
        "or copy and paste one of these URLs:\n"
        "    http://localhost:8890/lab/tree/index.ipynb?token=abc\n"
        " or http://127.0.0.1:8890/lab/tree/index.ipynb?token=abc"
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_both_forms_of_the_host_come_from_either(host: str) -> None:
    url = f"http://{host}:1/tree/http://localhost:1/"
    assert wording.both_hosts(url) == (
        "http://localhost:1/tree/http://localhost:1/",
        "http://127.0.0.1:1/tree/http://localhost:1/",
    )


@pytest.mark.parametrize(
    ("unsaved", "work"),
    [
        ((), ["    unsaved work: none"]),
        (
            ("changed: a.ipynb", "new: \x1b[2Jb"),
            ["    unsaved work:", "        changed: a.ipynb", "        new: b"],
        ),
    ],
)
def test_the_farewell_tells_workspace_unsaved_work_and_how_to_go_on(
    unsaved: tuple[str, ...], work: list[str]
) -> None:
    farewell = Farewell(
        session="s1", workspace=Path("/w"), unsaved=unsaved, reason="stopped", exit_status=0
    )
    assert wording.farewell_lines(farewell) == [
        "Session s1 is over: stopped.",
        "    workspace: /w",
        *work,
        "    go on with it: binder-lite resume s1",
    ]


def test_our_own_signs_have_an_ascii_form_and_others_text_is_left() -> None:
    assert wording.ascii_only("✓ Fetching … “é”") == '+ Fetching ... "é"'


def test_an_errors_prose_is_folded_and_a_tools_lines_are_not() -> None:
    error = LaunchError(
        "The host of https://example.org/a/long/address does not answer.",
        hint="Run `binder-lite doctor` to see.",
        details=Details(last_lines=("fatal: unable to access the host that was named above",)),
    )
    assert wording.error_lines(error, 30) == [
        "error: The host of",
        "    https://example.org/a/long/address",
        "    does not answer.",
        "hint: Run `binder-lite doctor`",
        "    to see.",
        "    fatal: unable to access the host that was named above",
    ]
