# SPDX-License-Identifier: GPL-3.0-or-later
"""Dependencies added to a pyproject.toml: PEP 621's list, a group for notebooks, Poetry's table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.toml_text import add_item, add_key, find_entry, load
from binder_lite.amendments.versions import (
    Style,
    in_order,
    requirement_text,
    style_of,
    usual_style,
)
from binder_lite.requirements.python.pyproject import NOTEBOOK_GROUPS
from binder_lite.sessions.addition import Addition

_POETRY = ("tool", "poetry", "dependencies")


def amend_pyproject(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with each addition that it does not name. Raises :class:`CannotAmend`."""
    document = load(text)
    wanted = [each for each in in_order(additions) if not each.local]
    path = _list_path(document)
    if path is not None:
        return _amend_list(text, document, path, wanted)
    if isinstance(_at(document, _POETRY), dict):
        return _amend_poetry(text, wanted)
    if isinstance(document.get("project"), dict):
        return _start_list(text, document, wanted)
    raise CannotAmend("it has neither a [project] table nor Poetry's dependencies")


def _list_path(document: dict[str, Any]) -> tuple[str, ...] | None:
    groups = document.get("dependency-groups")
    names = [
        ("dependency-groups", name)
        for name in (groups if isinstance(groups, dict) else ())
        if canonicalize_name(name) in NOTEBOOK_GROUPS
    ]
    candidates: list[tuple[str, ...]] = [("project", "dependencies"), *names]
    return next((path for path in candidates if isinstance(_at(document, path), list)), None)


def _amend_list(
    text: str, document: dict[str, Any], path: tuple[str, ...], wanted: list[Addition]
) -> str:
    before = _at(document, path)
    parsed = [_parsed(item) for item in before]
    known = [each for each in parsed if each is not None]
    style = usual_style((style_of(str(each.specifier)) for each in known if not each.url),
                        "at least")  # fmt: skip
    names = [canonicalize_name(each.name) if each else "" for each in parsed]
    for addition in wanted:
        if addition.name in names:
            continue
        array = find_entry(text, path)
        if array is None or text[array.value] != "[":
            raise CannotAmend(f"its {path[-1]} are written in an unusual way")
        quote = "'" if "'" in text[array.value : array.end] and '"' not in text[
            array.value : array.end
        ] else '"'  # fmt: skip
        line = requirement_text(addition, style)
        text = add_item(text, array, f"{quote}{line}{quote}", names, addition.name)
        after = _at(load(text), path)
        if sorted(map(str, after)) != sorted([*map(str, before), line]):
            raise CannotAmend(f"its {path[-1]} are written in an unusual way")
        before = after
        names = [canonicalize_name(each.name) if (each := _parsed(item)) else "" for item in after]
    return text


def _start_list(text: str, document: dict[str, Any], wanted: list[Addition]) -> str:
    dynamic = document["project"].get("dynamic")
    if isinstance(dynamic, list) and "dependencies" in dynamic:
        raise CannotAmend("its dependencies are dynamic: its build system reads them elsewhere")
    if not wanted:
        return text
    lines = ", ".join(f'"{requirement_text(each, "at least")}"' for each in wanted)
    text = add_key(text, ("project",), "dependencies", f"[{lines}]", last=True)
    expected = [requirement_text(each, "at least") for each in wanted]
    if _at(load(text), ("project", "dependencies")) != expected:
        raise CannotAmend("its [project] table is written in an unusual way")
    return text


def _amend_poetry(text: str, wanted: list[Addition]) -> str:
    table = _at(load(text), _POETRY)
    styles = (poetry_style(value) for name, value in table.items() if name != "python")
    style = usual_style(filter(None, styles), "at least")
    bound = _bound(table)
    names = {canonicalize_name(name) for name in table}
    for addition in wanted:
        if addition.name in names:
            continue
        value = _poetry_value(addition, style, bound)
        text = add_key(text, _POETRY, addition.name, value)
        if addition.name not in _at(load(text), _POETRY):
            raise CannotAmend("its dependencies are written in an unusual way")
    return text


def poetry_style(value: object) -> Style | None:
    """Return how exactly a Poetry constraint asks; a bare version is exact there."""
    text = value.get("version") if isinstance(value, dict) else value
    if not isinstance(text, str):
        return None
    return "exact" if text[:1].isdigit() and "*" not in text else style_of(text)


def _bound(table: dict[str, Any]) -> str:
    """Return the sign by which most of the table sets a lower bound; Poetry's own is a caret."""
    texts = [value for name, value in table.items() if isinstance(value, str) and name != "python"]
    counts = {sign: sum(text.startswith(sign) for text in texts) for sign in ("^", ">=", "~")}
    return max(counts, key=lambda sign: counts[sign])


def _poetry_value(addition: Addition, style: Style, bound: str) -> str:
    if addition.url.startswith("git+"):
        url, _, folder = addition.url.removeprefix("git+").partition("#subdirectory=")
        url, at, commit = url.rpartition("@") if "@" in url.rpartition("/")[2] else (url, "", "")
        rev = f', rev = "{commit}"' if at else ""
        where = f', subdirectory = "{folder}"' if folder else ""
        return f'{{ git = "{url}"{rev}{where} }}'
    if addition.url:
        return f'{{ url = "{addition.url}" }}'
    if not addition.version or style == "any":
        return '"*"'
    public = addition.version.partition("+")[0]
    return f'"{addition.version}"' if style == "exact" else f'"{bound}{public}"'


def _parsed(item: object) -> Parsed | None:
    try:
        return Parsed(item) if isinstance(item, str) else None
    except (InvalidRequirement, RecursionError):
        return None


def _at(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    here: Any = document
    for name in path:
        here = here.get(name) if isinstance(here, dict) else None
    return here
