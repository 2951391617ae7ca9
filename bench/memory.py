# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory processes take, of what they share with others their part (Linux).

Proportional set size: a page that five processes share counts a fifth for each.
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from pathlib import Path

_MIB = 1024
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children[parent].append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += children[each]
    return found


def own_mib(pid: int) -> float:
    """Return the proportional set size of one process in MiB; 0 when it has gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = _PSS.search(text)
    return int(found[1]) / _MIB if found else 0.0


def tree_mib(pid: int) -> float:
    """Return the proportional set size of a process and its descendants in MiB."""
    return sum(own_mib(each) for each in tree(pid))
