# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows → aligned columns: in full for a file or a pipe, and made to fit a terminal.

What is too wide is folded in its widest column. Where even that leaves too little room, each row
becomes a block of lines.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from binder_lite.cli.wording import clean

_GAP = 2
_LEAST_FOLDED = 16


def table_text(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None, colour: bool
) -> str:
    """Return the table without a line end; ``width`` is ``None`` where lines may be of any length.

    Columns that are empty in all rows are left out. The first column holds what one would copy,
    and is never folded.
    """
    cleaned = [[clean(cell) for cell in row] for row in rows]
    kept = [number for number, _ in enumerate(titles) if any(row[number] for row in cleaned)]
    titles = [titles[number] for number in kept]
    cells = [[row[number] for number in kept] for row in cleaned]
    widths = [max(map(cell_len, column)) for column in zip(titles, *cells, strict=True)]
    natural = sum(widths) + _GAP * (len(widths) - 1)
    room = natural if width is None else width
    foldable = max(range(1, len(widths)), key=lambda number: widths[number], default=0)
    if natural > room and (
        not foldable or room - (natural - widths[foldable]) < min(_LEAST_FOLDED, widths[foldable])
    ):
        return _blocks(titles, cells)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for number, title in enumerate(titles):
        table.add_column(title, no_wrap=number != foldable, overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    file = io.StringIO()
    Console(file=file, width=max(room, 1), force_terminal=colour).print(table)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _blocks(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    width = max(map(cell_len, titles)) + _GAP
    blocks = (
        "\n".join(f"{title:{width}}{cell}" for title, cell in zip(titles, row, strict=True) if cell)
        for row in rows
    )
    return "\n\n".join(blocks)
