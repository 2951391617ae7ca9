# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody that JupyterHub knows. ``by_token``: they came with a token and not by a page."""

    name: str
    admin: bool = False
    by_token: bool = False


# Whoever has not logged in; a launch makes a temporary person of them.
@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody that JupyterHub does not know."""

    address: str


Asker = Person | Stranger
