# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages added to a Pipfile."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.utils import canonicalize_name

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.toml_text import add_key, add_table, load
from binder_lite.amendments.versions import Style, in_order, python_specifier, style_of, usual_style
from binder_lite.sessions.addition import Addition

_TABLE = ("packages",)


def amend_pipfile(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with each addition that it does not name. Raises :class:`CannotAmend`."""
    packages = load(text).get("packages")
    table = packages if isinstance(packages, dict) else {}
    versions = (each.get("version") if isinstance(each, dict) else each for each in table.values())
    texts = (each for each in versions if isinstance(each, str))
    style = usual_style(map(style_of, texts), "any")
    names = {canonicalize_name(name) for name in table}
    for addition in in_order(additions):
        if addition.name in names or addition.local:
            continue
        value = _value(addition, style)
        if packages is None and "packages" not in load(text):
            text = add_table(text, "packages", [f"{addition.name} = {value}"], before=("requires",))
        else:
            text = add_key(text, _TABLE, addition.name, value)
        if addition.name not in load(text).get("packages", {}):
            raise CannotAmend("its packages are written in an unusual way")
    return text


def _value(addition: Addition, style: Style) -> str:
    if addition.url.startswith("git+"):
        url, at, commit = addition.url.removeprefix("git+").partition("#")[0].rpartition("@")
        return f'{{ git = "{url}", ref = "{commit}" }}' if at else f'{{ git = "{commit}" }}'
    if addition.url:
        return f'{{ file = "{addition.url}" }}'
    return f'"{python_specifier(addition.version, style) or "*"}"'
