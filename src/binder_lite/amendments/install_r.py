# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines added to an install.R."""

from __future__ import annotations

import re
from collections.abc import Iterable

from binder_lite.amendments.text import insert_line
from binder_lite.amendments.versions import in_order
from binder_lite.sessions.addition import Addition

_FORGES = {"gitlab": "install_gitlab", "bitbucket": "install_bitbucket"}


def amend_install_r(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with an installation, at the end, of each addition that it does not name."""
    for addition in in_order(additions):
        # What R has in quotes is a package's name, and where it is not, nothing is lost.
        code = re.sub(r"(?m)#.*$", "", text)
        last = (addition.url or addition.name).rpartition("::")[2]
        if not re.search(rf"""["'](?:[\w.-]+/)?{re.escape(last)}(?:@[^"']*)?["']""", code):
            text = insert_line(text, len(text), install_line(addition))
    return text


def install_line(addition: Addition) -> str:
    """Return the R code that installs an addition."""
    if not addition.url:
        return f'install.packages("{addition.name}")'
    kind, _, place = addition.url.rpartition("::")
    return f'remotes::{_FORGES.get(kind, "install_github")}("{place}")'
