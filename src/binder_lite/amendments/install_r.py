# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines added to an install.R."""

from __future__ import annotations

from collections.abc import Iterable

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.text import insert_line
from binder_lite.amendments.versions import in_order
from binder_lite.requirements.r.code import parse_r_code
from binder_lite.sessions.addition import Addition

_FORGES = {"gitlab": "install_gitlab", "bitbucket": "install_bitbucket"}


def amend_install_r(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with an installation, at the end, of each addition that it does not install.

    Raises :class:`CannotAmend` when its lines end as R's do not, or its code is cut off.
    """
    if "\r" in text and "\n" not in text:
        raise CannotAmend("its lines end in carriage returns, which end no comment in R")
    for addition in in_order(additions):
        if addition.name in _installed(text):
            continue
        text = insert_line(text, len(text), install_line(addition))
        if addition.name not in _installed(text):
            raise CannotAmend("its code has an end that nothing can follow")
    return text


def _installed(text: str) -> set[str]:
    return {each.remote.name for each in parse_r_code(text).installs}


def install_line(addition: Addition) -> str:
    """Return the R code that installs an addition."""
    if not addition.url:
        return f'install.packages("{addition.name}")'
    kind, _, place = addition.url.rpartition("::")
    return f'remotes::{_FORGES.get(kind, "install_github")}("{place}")'
