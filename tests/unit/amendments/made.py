# SPDX-License-Identifier: GPL-3.0-or-later
"""Additions for tests, and what holds of every change to a text."""

from __future__ import annotations

from binder_lite.sessions.addition import Addition

UUID = "336ed68f-0bac-5ca0-87d4-7b16caf5d00b"


def python(name: str, version: str = "", url: str = "") -> Addition:
    return Addition("python", name, version, tool="pip", url=url)


def local(path: str, name: str = "mine", *, editable: bool = True) -> Addition:
    return Addition("python", name, "1.0", url=path, local=True, editable=editable)


def r(name: str, version: str = "", url: str = "") -> Addition:
    return Addition("r", name, version, tool="R", url=url)


def julia(name: str, version: str = "", uuid: str = UUID) -> Addition:
    return Addition("julia", name, version, tool="Pkg", uuid=uuid)


def is_kept(before: str, after: str) -> bool:
    """Say whether ``after`` is ``before`` with something put between its characters."""
    rest = iter(after)
    return all(character in rest for character in before)
