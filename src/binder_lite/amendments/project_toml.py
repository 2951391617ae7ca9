# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages added to Julia's Project.toml, where each has its UUID."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.toml_text import add_key, add_table, load
from binder_lite.amendments.versions import in_order
from binder_lite.sessions.addition import Addition

# Pkg writes the tables in this order; [deps] comes before all others.
_AFTER_DEPS = ("weakdeps", "sources", "extensions", "compat", "extras", "targets", "preferences")
_AFTER_COMPAT = ("extras", "targets", "preferences")


def amend_project_toml(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with each addition that has a UUID and that it does not name.

    Versions go to ``[compat]`` where most of the file's packages are in it. Raises
    :class:`CannotAmend`.
    """
    before = load(text)
    with_compat = _uses_compat(before)
    for addition in in_order(additions):
        if not addition.uuid or addition.name in _table(load(text), "deps"):
            continue
        text = _add(text, "deps", addition.name, addition.uuid, _AFTER_DEPS)
        known = _table(load(text), "compat")
        if with_compat and addition.version and addition.name not in known:
            text = _add(text, "compat", addition.name, addition.version, _AFTER_COMPAT)
    return text


def _add(text: str, table: str, name: str, value: str, others: tuple[str, ...]) -> str:
    if table in load(text):
        text = add_key(text, (table,), name, f'"{value}"')
    else:
        text = add_table(text, table, [f'{name} = "{value}"'], before=others)
    if _table(load(text), table).get(name) != value:
        raise CannotAmend(f"its [{table}] is written in an unusual way")
    return text


def _uses_compat(document: Mapping[str, Any]) -> bool:
    deps, compat = _table(document, "deps"), _table(document, "compat")
    return bool(deps) and 2 * len(deps.keys() & compat.keys()) > len(deps)


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
