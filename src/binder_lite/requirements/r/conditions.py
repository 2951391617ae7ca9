# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of R code that ask whether a package is there, and what follows where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from binder_lite.requirements.r.functions import ENDS, LOADERS, PROBES
from binder_lite.requirements.r.syntax import (
    Argument,
    arguments_of,
    bare,
    name_of,
    nodes_below,
    operator_of,
    text_of,
)
from binder_lite.requirements.r.values import Scope, evaluate, function_name

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST_NODES = 300


def probed(condition: Node, scope: Scope) -> frozenset[str]:
    """Return the packages of which a condition asks whether they are there."""
    found: set[str] = set()
    for node in nodes_below(condition, _MOST_NODES):
        if node.type == "call" and (name := function_name(node)) in PROBES:
            first = next(iter(arguments_of(node)), Argument())
            if name in LOADERS and first.node is not None and name_of(first.node):
                found.add(text_of(first.node))
            else:
                found.update(evaluate(first, scope) or ())
    return frozenset(found)


def is_negated(condition: Node) -> bool:
    """Say whether a condition holds where what it asks for is not there."""
    node = bare(condition)
    if node.type == "unary_operator":
        return operator_of(node) == "!"
    if node.type != "binary_operator":
        return False
    left, right = node.child_by_field_name("lhs"), node.child_by_field_name("rhs")
    if operator_of(node) in ("||", "|"):
        return left is not None and bare(left).type == "unary_operator"
    sides = [side for side in (left, right) if side is not None]
    return operator_of(node) == "==" and any(
        side.type == "false" or name_of(side) == "F" for side in sides
    )


def ends(node: Node) -> bool:
    """Say whether code ends the run: by ``stop``, ``quit`` …"""
    below = nodes_below(node, _MOST_NODES)
    return any(each.type == "call" and function_name(each) in ENDS for each in below)
