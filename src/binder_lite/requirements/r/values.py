# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts an expression of R stands for, as far as that can be told without running it.

A filter (``x[!(x %in% installed)]``, ``setdiff``) may let all pass; so all are what it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from binder_lite.requirements.r.functions import FILTERS, JOINERS
from binder_lite.requirements.r.syntax import (
    Argument,
    argument,
    arguments_of,
    assignment_of,
    bare,
    callee_of,
    line_of_node,
    string_of,
    text_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

# Texts, each with the line where it stands.
Values: TypeAlias = Mapping[str, int]

DEEPEST = 40
_MOST_VALUES = 2000


class Scope:
    """Names and what they stand for, inside of what is around them; ``None`` is not known.

    ``offset`` is how many lines of the file are before the code.
    """

    __slots__ = ("names", "offset", "parent")

    def __init__(self, parent: Scope | None = None) -> None:
        self.names: dict[str, Values | None] = {}
        self.parent = parent
        self.offset: int = parent.offset if parent else 0

    def moved(self, offset: int) -> Scope:
        """Return a scope of the same names for code that begins elsewhere in the file."""
        scope = Scope(self.parent)
        scope.names, scope.offset = self.names, offset
        return scope

    def get(self, name: str) -> Values | None:
        """Return what ``name`` stands for."""
        scope: Scope | None = self
        for _ in range(DEEPEST):
            if scope is None:
                return None
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None


def evaluate(given: Argument | None, scope: Scope) -> Values | None:
    """Return what an argument stands for, ``None`` where that is not known or it is not given."""
    if given is None:
        return None
    if given.values is not None or given.node is None:
        return given.values
    return values_of(given.node, scope)


def values_of(node: Node | None, scope: Scope, depth: int = 0) -> Values | None:
    """Return what an expression stands for, ``None`` where that is not known."""
    if node is None or depth > DEEPEST:
        return None
    node = bare(node)
    match node.type:
        case "string":
            text = string_of(node)
            return None if text is None else {text: line_of_node(node) + scope.offset}
        case "null":
            return {}
        case "identifier":
            return scope.get(text_of(node).strip("`"))
        case "subset" | "subset2":
            return values_of(node.child_by_field_name("function"), scope, depth + 1)
        case "if_statement":
            branches = [node.child_by_field_name(name) for name in ("consequence", "alternative")]
            return _all([each for each in branches if each is not None], scope, depth)
        case "braced_expression" if node.named_child_count == 1:
            return values_of(node.named_children[0], scope, depth + 1)
        case "binary_operator" if assigned := assignment_of(node):
            return values_of(assigned[1], scope, depth + 1)
        case "call":
            return _returned(node, scope, depth)
    return None


def union(first: Values | None, second: Values | None) -> Values | None:
    """Return both where both are known, otherwise the second."""
    if first is None or second is None:
        return second
    return dict([*first.items(), *second.items()][:_MOST_VALUES])


def function_name(call: Node) -> str:
    """Return the name of the function that is called, ``""`` for what is no such call."""
    function = call.child_by_field_name("function") if call.type == "call" else None
    return callee_of(function)[1] if function is not None else ""


def _returned(node: Node, scope: Scope, depth: int) -> Values | None:
    name = function_name(node)
    arguments = arguments_of(node)
    if name in JOINERS:
        return _all([each.node for each in arguments if each.node is not None], scope, depth)
    if name in FILTERS:
        first = argument(arguments, "x", 1 if name == "Filter" else 0)
        return values_of(first.node, scope, depth + 1) if first is not None else None
    return None


def _all(nodes: Sequence[Node], scope: Scope, depth: int) -> Values | None:
    found: dict[str, int] = {}
    for node in nodes:
        values = values_of(node, scope, depth + 1)
        if values is None or len(found) > _MOST_VALUES:
            return None
        for text, line in values.items():
            found.setdefault(text, line)
    return found
