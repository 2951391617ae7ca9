# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody that JupyterHub knows.

    ``shown`` is what the login's provider calls them, for their own eyes; it may be empty, or
    another person's too. ``by_token``: they came with a token and not by a page.
    """

    name: str
    shown: str = field(default="", compare=False)
    admin: bool = field(default=False, compare=False)
    by_token: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody who has not logged in; a launch makes a temporary person of them.

    ``trusted``: a service of this JupyterHub that launches for its own people.
    """

    address: str
    trusted: bool = False


Asker = Person | Stranger
