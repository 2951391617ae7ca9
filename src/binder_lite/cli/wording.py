# SPDX-License-Identifier: GPL-3.0-or-later
"""Values → the words in which a person reads them. Pure; terminal.py prints what is made here.

Text from repositories and tools passes through :func:`clean` before it reaches a terminal: it may
hold escapes and, in URLs, somebody's password.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from binder_lite.command import redact
from binder_lite.errors import LaunchError
from binder_lite.events import Progress, printable

if TYPE_CHECKING:
    # At run time these would import all that a launch needs, which `--help` does not.
    from binder_lite.launch import Farewell, Ready

_ASCII = str.maketrans(
    {
        "✓": "+", "✗": "x", "…": "...", "→": "->", "·": "-", "×": "x",
        "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
        "\u00a0": " ",
    }
)  # fmt: skip
_SECONDS_SHOWN_FROM = 0.1
_QUOTED = re.compile(r"`[^`]+`")
# A character that no text that passed clean() holds, and at which textwrap does not break.
_UNBREAKABLE = "\x00"


def clean(text: str) -> str:
    """Return one line of foreign text without terminal escapes and secrets."""
    return redact(printable(text.replace("\n", " ")))


def diff_lines(text: str) -> list[str]:
    """Return the lines of a diff of foreign text without terminal escapes and secrets."""
    return [clean(line) for line in text.rstrip("\n").split("\n")] if text else []


def ascii_only(text: str) -> str:
    """Replace the signs that this program writes by ASCII ones; other text stays as it is."""
    return text.translate(_ASCII)


def folded(text: str, columns: int, *, indent: int) -> list[str]:
    """Fold prose to ``columns``, all lines but the first indented.

    Paths and URLs stay in one piece, and so do commands in `backquotes`, for copying.
    """
    kept = _QUOTED.sub(lambda quoted: quoted.group().replace(" ", _UNBREAKABLE), text)
    lines = textwrap.wrap(
        kept,
        columns,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(_UNBREAKABLE, " ") for line in lines]


def duration(seconds: float) -> str:
    """Say how long something took: ``0.4 s``, ``12 s``, ``3 min 5 s``, ``2 h 10 min``.

    Too short to matter is the empty string.
    """
    if seconds < _SECONDS_SHOWN_FROM:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def age(since: timedelta) -> str:
    """Say how long ago something was, in its largest unit: ``3 days``, ``1 hour``."""
    seconds = max(0, int(since.total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return count(seconds // length, unit)
    return count(seconds, "second")


def size(octets: int) -> str:
    """Say a number of bytes in powers of 1000, as disks are sold: ``12.3 MB``."""
    if octets < 1000:
        return f"{octets} B"
    amount, units = octets / 1000, ["kB", "MB", "GB", "TB"]
    while amount >= 999.95 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.1f} {units[0]}"


def count(number: int, noun: str) -> str:
    """Return ``1 package`` or ``2 packages``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def progress_text(event: Progress) -> str:
    """Return ``Receiving objects: 12.3 MB of 27.1 MB (45 %)``, as far as the numbers are known."""
    label = clean(event.message).rstrip(":. …")
    if event.unit == "%":
        return f"{label}: {event.done} %"
    if event.unit == "bytes":
        done, total = size(event.done), size(event.total or 0)
        unit = ""
    else:
        done, total, unit = str(event.done), str(event.total), f" {event.unit}"
    if not event.total:
        return f"{label}: {done}{unit}"
    share = min(100, 100 * event.done // event.total)
    return f"{label}: {done} of {total}{unit} ({share} %)"


def error_lines(error: LaunchError, columns: int | None = None) -> list[str]:
    """Return what happened, what to do next, and what stands behind it.

    With ``columns`` the prose is folded; a tool's own lines never are.
    """
    lines = _labelled("error", error.message, columns)
    if error.hint:
        lines += _labelled("hint", error.hint, columns)
    details = error.details
    if details.command:
        status = "" if details.exit_status is None else f" (status {details.exit_status})"
        lines.append(f"command: {clean(details.command)}{status}")
    lines += [f"    {clean(line)}" for line in details.last_lines]
    if details.log:
        lines.append(f"log: {printable(str(details.log))}")
    return lines


def _labelled(label: str, text: str, columns: int | None) -> list[str]:
    first, *rest = [clean(line) for line in text.splitlines()] or [""]
    lines = [f"{label}: {first}", *(f"    {line}" for line in rest)]
    if columns is None:
        return lines
    return [part for line in lines for part in folded(line, columns, indent=4)]


def both_hosts(url: str) -> tuple[str, str]:
    """Return a loopback URL with the host's name and with its number, in this order."""
    scheme, _, rest = url.partition("//")
    _, _, rest = rest.partition(":")
    return f"{scheme}//localhost:{rest}", f"{scheme}//127.0.0.1:{rest}"


def ready_text(ready: Ready) -> str:
    """Return the lines in the form that people, and programs, know from Jupyter."""
    by_name, by_number = both_hosts(ready.url)
    return (
        "To access the notebook, open this file in a browser:\n"
        f"    {ready.open_file.as_uri()}\n"
        "or copy and paste one of these URLs:\n"
        f"    {by_name}\n"
        f" or {by_number}"
    )


def farewell_lines(farewell: Farewell) -> list[str]:
    """Say that a session is over, where its files are, and how to go on with it."""
    return [
        f"Session {farewell.session} is over: {clean(farewell.reason)}.",
        *workspace_lines(farewell.session, farewell.workspace, farewell.unsaved),
    ]


def workspace_lines(session: str, workspace: Path, unsaved: Iterable[str]) -> list[str]:
    """Say where a stopped session's files are and which of them are only there."""
    work = [clean(line) for line in unsaved]
    lines = [f"    workspace: {printable(str(workspace))}"]
    if work:
        lines += ["    unsaved work:", *(f"        {line}" for line in work)]
    else:
        lines.append("    unsaved work: none")
    return [*lines, f"    go on with it: binder-lite resume {session}"]
