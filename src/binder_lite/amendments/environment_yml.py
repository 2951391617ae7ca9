# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages added to conda's environment.yml: to its pip section, or to conda's own list.

What pip installed goes to the pip section where there is one, under PyPI's name. Otherwise it goes
to the list under conda's name; where no conda package is known to be the same, or it has a URL, a
pip section is begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.requirements_txt import is_for, requirement_line
from binder_lite.amendments.text import insert_line, line_spans, newline_of
from binder_lite.amendments.versions import (
    Style,
    in_order,
    python_style,
    style_of,
    usual_style,
)
from binder_lite.errors import BadRequirements
from binder_lite.requirements.conda.environment import parse_conda_spec
from binder_lite.requirements.conda.names import (
    LEFT_OUT,
    NOT_ON_PYPI,
    ON_PYPI,
    SYSTEM,
    why_left_out,
)
from binder_lite.requirements.model import Requirement
from binder_lite.requirements.python.requirements_txt import parse_requirements_txt
from binder_lite.requirements.yaml import items, pairs, parse_yaml, scalar
from binder_lite.sessions.addition import Addition

_FILE = "environment.yml"
_CONDA = ("conda", "mamba")
# Where the package of the same name is another one, or there is none, in conda-forge.
_OTHERWISE = {
    "brotli": "brotli-python",
    "msgpack": "msgpack-python",
    "openbabel-wheel": "openbabel",
    "opencv-python": "opencv",
    "opencv-python-headless": "opencv",
    "psycopg2-binary": "psycopg2",
    "pyqt5": "pyqt",
    "tables": "pytables",
    "torch": "pytorch",
    "torch-geometric": "pytorch_geometric",
    **{
        name: f"python-{name}"
        for name in ("blosc", "flatbuffers", "graphviz", "igraph", "kaleido", "tzdata", "xxhash")
    },
}


@dataclass(frozen=True, slots=True)
class _List:
    """A list of packages in the file: its node, and what it holds besides a pip section."""

    node: SequenceNode
    scalars: tuple[ScalarNode, ...]


def amend_environment_yml(text: str, additions: Iterable[Addition]) -> str:
    """Return ``text`` with each addition that it does not name. Raises :class:`CannotAmend`.

    Conda's style of versions is ``name=1.2``, pip's ``name==1.2``.
    """
    top = _top(text)
    conda = usual_style(_conda_styles(top), "at least")
    section = _pip_list(top)
    pip = python_style(_pip_packages(section), conda) if section else conda
    for addition in in_order(additions):
        text = _add(text, addition, conda, pip)
    return text


def conda_name(name: str) -> str:
    """Return conda's name of a package of PyPI, ``""`` where that is another's there.

    Names that are not known to differ are taken to be the same.
    """
    own = _OTHERWISE.get(name, name)
    if own != name:
        return own
    is_other = name in SYSTEM or name in NOT_ON_PYPI or name in LEFT_OUT or name in ON_PYPI
    return "" if is_other or why_left_out(name) else name


def has_pip_section(text: str) -> bool:
    """Say whether packages of PyPI have a place of their own in the file."""
    try:
        return _pip_list(_top(text)) is not None
    except CannotAmend:
        return False


def _add(text: str, addition: Addition, conda: Style, pip: Style) -> str:
    top = _top(text)
    section = _pip_list(top)
    listed = {canonicalize_name(name) for name in _conda_names(top)}
    if addition.language == "r":
        name = f"r-{addition.name.lower()}"
        return text if name in listed else _to_list(text, _list(top), name)
    own = conda_name(addition.name)
    if addition.name in listed or own in listed:
        return text
    if any(is_for(item, addition) for item in _pip_packages(section)):
        return text
    by_conda = addition.tool in _CONDA or section is None
    if by_conda and own and not addition.url:
        return _to_list(text, _list(top), own + _conda_version(addition.version, conda))
    line = requirement_line(addition, pip)
    if section is not None:
        return _to_list(text, section, line)
    return _begin_pip(text, line, listed)


def _conda_version(version: str, style: Style) -> str:
    public = version.partition("+")[0]
    if not public or style == "any":
        return ""
    return f"={public}" if style == "exact" else f">={public}"


def _conda_styles(top: dict[str, Node]) -> Iterator[Style]:
    for item in items(top.get("dependencies")):
        spec = parse_conda_spec(scalar(item) or "")
        if spec is None or spec.name in ("python", "pip"):
            continue
        # A single equal sign, or none, is exact enough to be called so.
        exact = re.fullmatch(r"=?=?\d[\w.]*\*?", spec.version)
        yield "exact" if exact else style_of(spec.version)


def _conda_names(top: dict[str, Node]) -> Iterator[str]:
    for item in items(top.get("dependencies")):
        spec = parse_conda_spec(scalar(item) or "")
        if spec is not None:
            yield spec.name
            yield ON_PYPI.get(spec.name, spec.name)


def _pip_packages(section: _List | None) -> tuple[Requirement, ...]:
    found: list[Requirement] = []
    for item in section.scalars if section else ():
        try:
            found += parse_requirements_txt(item.value, _FILE).found.packages
        except BadRequirements:
            continue
    return tuple(found)


def _top(text: str) -> dict[str, Node]:
    try:
        return dict(pairs(parse_yaml(text, _FILE)))
    except BadRequirements as error:
        raise CannotAmend("it is not valid YAML") from error


def _list(top: dict[str, Node]) -> _List | None:
    node = top.get("dependencies")
    return _as_list(node) if isinstance(node, SequenceNode) else None


def _pip_list(top: dict[str, Node]) -> _List | None:
    for item in items(top.get("dependencies")):
        for manager, below in pairs(item):
            if manager == "pip" and isinstance(below, SequenceNode) and below.value:
                return _as_list(below)
    return None


def _as_list(node: SequenceNode) -> _List:
    return _List(node, tuple(item for item in node.value if isinstance(item, ScalarNode)))


def _to_list(text: str, where: _List | None, line: str) -> str:
    """Return ``text`` with one more item behind the last plain one of a list."""
    if where is None or not where.node.value:
        return _begin_list(text, line)
    if where.node.flow_style:
        if not where.scalars:
            raise CannotAmend("its list of packages has an unusual form")
        at = where.scalars[-1].end_mark.index
        return text[:at] + ", " + _quoted(text, where.scalars[-1], line, flow=True) + text[at:]
    first = where.node.value[0]
    dash = _dash(text, first)
    if not where.scalars:
        at, _ = _line_of(text, first.start_mark.index)
        return insert_line(text, at, f"{dash}{_plain(line)}")
    last = where.scalars[-1]
    return insert_line(text, _end_of(text, last), f"{_dash(text, last)}{_quoted(text, last, line)}")


def _end_of(text: str, item: Node) -> int:
    """Return where the line behind an item begins."""
    index = item.end_mark.index
    if index > item.start_mark.index and text[index - 1] in "\r\n":
        return int(index)  # A block scalar ends with its line.
    return _line_of(text, index)[1]


def _line_of(text: str, index: int) -> tuple[int, int]:
    spans = line_spans(text)
    return next((span for span in spans if span[0] <= index < span[1]), (len(text), len(text)))


def _dash(text: str, item: Node) -> str:
    """Return what stands before an item in its line: indentation and hyphen."""
    begin, _ = _line_of(text, item.start_mark.index)
    before = text[begin : item.start_mark.index]
    hyphen = re.fullmatch(r"([ \t]*-[ \t]+).*", before, re.DOTALL)
    if hyphen is None:
        raise CannotAmend("its list of packages has an unusual form")
    return hyphen[1]


def _quoted(text: str, like: ScalarNode, line: str, *, flow: bool = False) -> str:
    sign = text[like.start_mark.index]
    if sign in "'\"":
        return f"{sign}{line}{sign}"
    return _plain(line, flow=flow)


def _plain(line: str, *, flow: bool = False) -> str:
    """Return an item as YAML reads it as that text."""
    special = line[0] in "-@`'\"&*!|>%{}[],#?" or ": " in line or " #" in line
    if special or (flow and re.search(r"[\[\]{},]", line)):
        return f'"{line}"'
    return line


def _begin_list(text: str, line: str) -> str:
    """Return ``text`` with a list of packages where there is none, or an empty one."""
    keys = _keys(text)
    if "dependencies" not in keys:
        end = newline_of(text)
        return insert_line(text, len(text), f"dependencies:{end}  - {_plain(line)}")
    key, node = keys["dependencies"]
    start, stop = node.start_mark.index, node.end_mark.index
    if text[start:stop].replace(" ", "") not in ("", "[]", "~", "null"):
        raise CannotAmend("its list of packages has an unusual form")
    if start < stop:
        text = text[:start].rstrip(" ") + text[stop:]
    _, at = _line_of(text, key.start_mark.index)
    return insert_line(text, at, f"  - {_plain(line)}")


def _keys(text: str) -> dict[str, tuple[Node, Node]]:
    root = parse_yaml(text, _FILE)
    found = root.value if isinstance(root, MappingNode) else ()
    return {scalar(key) or "": (key, value) for key, value in found}


def _begin_pip(text: str, line: str, listed: Set[str]) -> str:
    """Return ``text`` with a pip section at the end of the list; conda wants pip named too."""
    if "pip" not in listed:
        text = _to_list(text, _list(_top(text)), "pip")
    where = _list(_top(text))
    if where is None or where.node.flow_style:
        raise CannotAmend("its list of packages has no place for a pip section")
    last = where.node.value[-1]
    dash = _dash(text, where.scalars[-1] if where.scalars else last)
    inner = " " * len(dash) + "  - "
    if isinstance(last, MappingNode):
        raise CannotAmend("its pip section has an unusual form")
    block = f"{dash}pip:{newline_of(text)}{inner}{_plain(line)}"
    return insert_line(text, _end_of(text, last), block)
