# SPDX-License-Identifier: GPL-3.0-or-later
"""R's syntax tree, as far as reading for packages needs it: names, strings, calls and arguments.

The grammar is tree-sitter's, which goes on after what is not valid. What calls mean is told in
`r/code.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from binder_lite.requirements.text import split_lines

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_ASSIGNMENTS = frozenset({"<-", "<<-", "=", ":="})
_ASSIGNMENTS_TO_THE_RIGHT = frozenset({"->", "->>"})
PIPES = frozenset({"|>", "%>%"})
_RAW_STRING = re.compile(r"[rR](['\"])(-*)[\[({](.*)[\])}]\2\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call: its name, if it has one, and its expression.

    ``values`` are the texts that it is already known to stand for, each with its line.
    """

    name: str = ""
    node: Node | None = None
    values: Mapping[str, int] | None = None


def parse_r(source: str) -> Node:
    """Return the root of the tree of ``source``."""
    lines = "\n".join(split_lines(source))
    return _parser().parse(lines.encode("utf-8", "replace")).root_node


def text_of(node: Node) -> str:
    """Return the node's own text."""
    return (node.text or b"").decode("utf-8", "replace")


def line_of_node(node: Node) -> int:
    """Return the line where the node begins, counted from 1."""
    return node.start_point[0] + 1


def string_of(node: Node) -> str | None:
    """Return the content of a string, ``None`` for what is none."""
    if node.type != "string":
        return None
    text = text_of(node)
    if raw := _RAW_STRING.fullmatch(text):
        return raw[3]
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def name_of(node: Node) -> str | None:
    """Return the name that an identifier is, without backquotes; ``None`` for what is none."""
    return text_of(node).strip("`") if node.type == "identifier" else None


def word_of(node: Node) -> str | None:
    """Return a name or a string's content, which R takes for one another in many places."""
    name = name_of(node)
    return string_of(node) if name is None else name


def callee_of(node: Node) -> tuple[str, str]:
    """Return the package and the name of the function that ``node`` names, ``""`` if none."""
    if node.type == "namespace_operator":
        package, name = node.child_by_field_name("lhs"), node.child_by_field_name("rhs")
        if package is not None and name is not None:
            return word_of(package) or "", word_of(name) or ""
        return "", ""
    return "", word_of(node) or ""


def arguments_of(node: Node) -> list[Argument]:
    """Return the arguments of a call."""
    inside = node.child_by_field_name("arguments")
    found = []
    for child in inside.named_children if inside is not None else ():
        if child.type == "argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            found.append(Argument((name is not None and word_of(name)) or "", value))
    return found


def argument(arguments: list[Argument], name: str, position: int | None = 0) -> Argument | None:
    """Return the argument ``name``, else the one at ``position`` among those without a name."""
    for each in arguments:
        if each.name == name:
            return each
    unnamed = [each for each in arguments if not each.name]
    return unnamed[position] if position is not None and position < len(unnamed) else None


def is_true(argument: Argument | None) -> bool:
    """Say whether an argument is ``TRUE``."""
    if argument is None or argument.node is None:
        return False
    return argument.node.type == "true" or name_of(argument.node) == "T"


def assignment_of(node: Node) -> tuple[str, Node] | None:
    """Return the name and the expression of an assignment to a name; ``None`` for all else."""
    if node.type != "binary_operator":
        return None
    left, right = node.child_by_field_name("lhs"), node.child_by_field_name("rhs")
    if left is None or right is None:
        return None
    sign = operator_of(node)
    if sign in _ASSIGNMENTS_TO_THE_RIGHT:
        left, right = right, left
    elif sign not in _ASSIGNMENTS:
        return None
    name = word_of(left)
    return (name, right) if name else None


def operator_of(node: Node) -> str:
    """Return the sign of an operator."""
    sign = node.child_by_field_name("operator")
    return text_of(sign) if sign is not None else ""


def parameters_of(node: Node) -> list[tuple[str, Node | None]]:
    """Return the parameters of a function's definition, each with its default."""
    inside = node.child_by_field_name("parameters")
    found = []
    for child in inside.named_children if inside is not None else ():
        name = child.child_by_field_name("name") if child.type == "parameter" else None
        if name is not None:
            found.append((text_of(name).strip("`"), child.child_by_field_name("default")))
    return found


def bare(node: Node) -> Node:
    """Return what is inside of parentheses."""
    while node.type == "parenthesized_expression":
        inside = [child for child in node.named_children if child.type != "comment"]
        if len(inside) != 1:
            break
        node = inside[0]
    return node


def nodes_below(node: Node, most: int) -> Iterator[Node]:
    """Yield ``node`` and what is below it, in order, but no more than ``most`` of them."""
    waiting = [node]
    while waiting and most > 0:
        most -= 1
        current = waiting.pop()
        yield current
        waiting += reversed(current.named_children)


@cache
def _parser() -> Parser:
    # Loading the grammars takes 30 ms, which only repositories with R need to wait for.
    from tree_sitter_language_pack import get_parser

    return get_parser("r")
