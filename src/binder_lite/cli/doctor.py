# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite doctor``: looks at each thing that a launch needs and says how to get it.

The checks themselves are in the package ``checks``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from binder_lite.cli.checks.model import Check, Outcome, read_family
from binder_lite.cli.checks.place import check_browser, check_directory, check_index
from binder_lite.cli.checks.sandbox import (
    check_apparmor,
    check_bubblewrap,
    check_limits,
    check_sandbox,
)
from binder_lite.cli.checks.tools import (
    check_git,
    check_git_lfs,
    check_guix,
    check_python,
    check_uv,
)
from binder_lite.cli.json_lines import Json
from binder_lite.cli.wording import clean, folded
from binder_lite.errors import LaunchError
from binder_lite.settings import Settings

_SIGNS: dict[Outcome, str] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "·"}


async def examine(settings: Settings, *, network: bool = False) -> list[Check]:
    """Make all checks at the same time, and return them in the order in which one reads them."""
    here = read_family()
    return await asyncio.gather(
        check_python(),
        check_sandbox(settings),
        check_bubblewrap(here),
        check_apparmor(),
        check_limits(),
        check_uv(),
        check_git(here),
        check_git_lfs(here),
        check_guix(),
        check_directory("data directory", settings.data),
        check_directory("cache directory", settings.cache),
        check_browser(settings.data),
        check_index(network),
    )


def exit_status(checks: Iterable[Check]) -> int:
    """Return 0 when a launch would work, else 1."""
    return int(any(check.outcome == "failed" for check in checks))


async def examine_server(file: Path | None, *, network: bool = False) -> list[Check]:
    """Make the checks of a server, those of what it launches included."""
    from binder_lite.cli.serve import check_parts

    try:
        check_parts()
    except LaunchError as error:
        return [Check("packages", "failed", error.message, error.hint)]
    from binder_lite.cli.checks.server import check_server
    from binder_lite.hub.settings import read_server_settings, serve_file

    try:
        settings = read_server_settings(file)
    except LaunchError as error:
        return [Check("settings", "failed", error.message, error.hint)]
    used = file or serve_file()
    found = f"{used}" if used else "none: this machine only, to temporary people"
    # A server shows nobody a browser.
    launching = [
        check
        for check in await examine(settings.session_settings(), network=network)
        if check.name != "browser"
    ]
    return [Check("settings", "ok", found), *await check_server(settings), *launching]


def checks_text(checks: Iterable[Check], columns: int, what: str = "A launch") -> str:
    """Return the findings for a person, hints only where there is something to do.

    ``what`` is what they were made for. Prose is folded to ``columns``; commands are not, so that
    they can be copied.
    """
    checks = list(checks)
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        found = f"{_SIGNS[check.outcome]} {check.name:{width}}  {clean(check.found)}"
        lines += folded(found, columns, indent=width + 4)
        if check.hint and check.outcome != "ok":
            lines += _hint_lines(check.hint, columns)
    failed = [check.name for check in checks if check.outcome == "failed"]
    end = f"{what} does not work yet: {', '.join(failed)}." if failed else f"{what} works here."
    return "\n".join([*lines, "", *folded(end, columns, indent=4)])


def _hint_lines(hint: str, columns: int) -> list[str]:
    lines: list[str] = []
    for line in hint.splitlines():
        if line.startswith(" "):
            lines.append(f"    {line}")
        else:
            lines += folded(f"    {line}", columns, indent=4)
    return lines


def check_fields(check: Check) -> dict[str, Json]:
    """Return one finding as a JSON object."""
    return {
        "name": check.name,
        "outcome": check.outcome,
        "found": clean(check.found),
        "hint": check.hint,
    }
