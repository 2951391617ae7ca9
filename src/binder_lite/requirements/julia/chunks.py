# SPDX-License-Identifier: GPL-3.0-or-later
"""The Julia in documents: Quarto, R Markdown and Weave, whose text has chunks of code in it."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^\s{0,3}(?P<fence>`{3,}|~{3,})\s*(?P<info>[^`]*)$")
_BRACED = re.compile(r"^\{\s*\.?julia\b(?P<options>[^}]*)\}")
_PLAIN = re.compile(r"^julia\b(?P<options>.*)$")
_NOT_RUN = re.compile(r"\beval\s*[=:]\s*(?:false|FALSE|F)\b")
_OPTION = re.compile(r"^\s*#\|")


def parse_chunks(text: str, *, plain: bool) -> str:
    """Return the chunks of Julia in ``text``, each line where it was, all others empty.

    Chunks that are not to be run are left out. With ``plain`` a fence that only says ``julia``
    counts, as it does for Weave; elsewhere such a chunk is shown, not run.
    """
    lines = text.split("\n")
    kept: list[str] = []
    end, runs = "", False
    for number, line in enumerate(lines):
        line = line.rstrip("\r")
        found = _FENCE.match(line)
        if end:
            if found and found["fence"].startswith(end) and not found["info"].strip():
                end = ""
                line = ""
            kept.append(line if end and runs else "")
            continue
        kept.append("")
        if found:
            end = found["fence"]
            info = found["info"].strip()
            chunk = _BRACED.match(info) or (_PLAIN.match(info) if plain else None)
            runs = (
                chunk is not None
                and not _NOT_RUN.search(chunk["options"])
                and not _is_switched_off(lines[number + 1 : number + 1 + _MOST_OPTIONS])
            )
    return "\n".join(kept)


_MOST_OPTIONS = 20


def _is_switched_off(lines: list[str]) -> bool:
    """Say whether the options (``#| eval: false``) with which a chunk begins switch it off."""
    for line in lines:
        if not _OPTION.match(line):
            return False
        if _NOT_RUN.search(line):
            return True
    return False
