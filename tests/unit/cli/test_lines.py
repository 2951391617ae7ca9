# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io

from binder_lite.cli.lines import PlainLines
from binder_lite.cli.stream import Stream
from binder_lite.events import Progress


def test_progress_is_told_at_times_and_at_its_end() -> None:
    now = [0.0]
    err = io.StringIO()
    lines = PlainLines(Stream(err), lambda: now[0])
    for done in (0, 10, 20, 90, 100, 100):
        lines.report(Progress("fetching", "Receiving", done, 100, "objects"))
        now[0] += 2.0
    shares = [line.split("(")[1] for line in err.getvalue().splitlines()]
    assert shares == ["0 %)", "90 %)", "100 %)"]


def test_two_kinds_of_progress_do_not_hush_each_other() -> None:
    err = io.StringIO()
    lines = PlainLines(Stream(err), lambda: 0.0)
    lines.report(Progress("fetching", "Receiving", 1, 3, "objects"))
    lines.report(Progress("fetching", "Resolving", 1, 3, "objects"))
    assert len(err.getvalue().splitlines()) == 2
