# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows → aligned columns: folded to fit a terminal, or in full for a file or a pipe."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from binder_lite.cli.wording import clean

_UNBOUNDED = 10_000


def table_text(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None, colour: bool
) -> str:
    """Return the table without a line end; ``width`` is ``None`` where lines may be of any length.

    The first column holds what one would copy, and is never cut or folded.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for number, title in enumerate(titles):
        table.add_column(title, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    file = io.StringIO()
    console = Console(file=file, width=width or _UNBOUNDED, force_terminal=colour)
    console.print(table)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())
