# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a manifest: what each asks Guix for, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Why a package is in a manifest, in the order in which a manifest has them.
Group = Literal["kernel", "requirements", "system"]


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One specification of a manifest (``python-numpy``, ``git:send-email``), and why it is there.

    ``comment`` is for people: what was asked for and where (``numpy>=1.20, requirements.txt:3``),
    and what they should know (``Guix has 2.3.1``). It may come from a repository's file.
    """

    specification: str
    group: Group = "requirements"
    comment: str = ""
