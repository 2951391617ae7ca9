# SPDX-License-Identifier: GPL-3.0-or-later
"""PEP 723: what a script, or a notebook's first code cell as juv writes it, says that it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.python.uv_sources import apply_sources
from binder_lite.requirements.python.version import requires_python
from binder_lite.requirements.text import quoted_line, split_lines
from binder_lite.requirements.toml import parse_toml, string, strings, table

_START = "# /// script"


def parse_inline_metadata(
    code: str, file: str, *, origin_of: Callable[[int], Origin] | None = None
) -> Requirements | None:
    """Return what the ``script`` block of ``code`` asks for, ``None`` when it has none.

    ``origin_of`` tells where a line of ``code`` is, when it is not that line of ``file``. Raises
    :class:`BadRequirements`.
    """
    found = _block(code, file)
    if found is None:
        return None
    start, text = found
    document = parse_toml(text, file)

    def origin(needle: str) -> Origin:
        line = start + (quoted_line(text, needle) or 0)
        return origin_of(line) if origin_of else Origin(file, line)

    packages: list[Requirement] = []
    missing: list[Missing] = []
    for item in strings(document.get("dependencies"), file, "script.dependencies"):
        parsed = parse_requirement(item, origin(item))
        if isinstance(parsed, Missing):
            missing.append(parsed)
        else:
            packages.append(parsed)
    wanted = string(document, "requires-python")
    python = requires_python(wanted, origin("requires-python")) if wanted else None
    requirements = Requirements(
        packages=tuple(packages),
        missing=tuple(missing),
        python=(python,) if python else (),
    )
    requirements = apply_sources(requirements, document, is_installed=False)
    if others := sorted(table(document, "tool").keys() - {"uv"}):
        notice = f"{file}: the script block's tool tables are not read: {', '.join(others)}."
        requirements = replace(requirements, notices=(*requirements.notices, notice))
    return requirements


def _block(code: str, file: str) -> tuple[int, str] | None:
    """Return the block's TOML, and how many lines of the code stand before its first one."""
    lines = split_lines(code)
    starts = [number for number, line in enumerate(lines) if line.rstrip() == _START]
    if not starts:
        return None
    if len(starts) > 1:
        raise BadRequirements(
            f"{file} has more than one `{_START}` block.", hint="Leave one of them only."
        )
    body: list[str] = []
    last_end = None
    for line in lines[starts[0] + 1 :]:
        if not (line.rstrip() == "#" or line.startswith("# ")):
            break
        # The last line that closes the block counts; an earlier one is part of it.
        if line.rstrip() == "# ///":
            last_end = len(body)
        body.append(re.sub(r"^# ?", "", line))
    if last_end is None:
        raise BadRequirements(
            f"{file}: the `{_START}` block is not closed.", hint="End it with the line `# ///`."
        )
    return starts[0] + 1, "\n".join(body[:last_end])
