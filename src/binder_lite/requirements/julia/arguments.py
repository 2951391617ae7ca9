# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of a call in Julia code, as far as they can be known without running it.

Of the parser's nodes only what names packages is understood: texts, lists of them, names given to
these, ``PackageSpec(…)`` and ``key=value``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from binder_lite.requirements.julia.pkg import Asked, asked, asked_at, is_place
from binder_lite.requirements.julia.versions import exactly, of_command

if TYPE_CHECKING:
    from tree_sitter import Node

COMMENTS = ("line_comment", "block_comment")
_LISTS = ("vector_expression", "tuple_expression", "parenthesized_expression")
_NAME = re.compile(r"^[^\W\d]\w*!?$")
_DEEPEST = 5
_LONGEST_PATH = 500
_LONGEST_TEXT = 2000


def values(
    node: Node, named: Mapping[str, Node], depth: int = 0
) -> Iterator[tuple[Node, str | Mapping[str, Node] | None]]:
    """Yield the packages that an argument stands for, and where; ``None`` for computed ones."""
    kids = [kid for kid in node.named_children if kid.type not in COMMENTS]
    if depth > _DEEPEST:
        yield node, None
    elif node.type == "identifier" and text_of(node) in named:
        yield from values(named[text_of(node)], named, depth + 1)
    elif node.type == "call_expression" and _is_spec(kids):
        inner = kids[-1].named_children
        yield node, options_of(inner) or (string_of(inner[0]) if inner else None)
    elif node.type not in _LISTS:
        yield node, path_of(node)
    elif options := options_of(kids):
        yield node, options
    else:
        for kid in kids:
            yield from values(kid, named, depth + 1)


def _is_spec(kids: list[Node]) -> bool:
    return bool(kids) and text_of(kids[0]) in ("PackageSpec", "Pkg.PackageSpec")


def of_text(command: str, text: str, node: Node) -> Asked:
    """Return what a text among the arguments asks for: a package's name or its place."""
    if is_place(text):
        return asked_at(command, line_of_node(node), text, text)
    return asked(command, text, line_of_node(node))


def of_options(command: str, node: Node, options: Mapping[str, Node]) -> Asked:
    """Return what ``name=…, url=…`` asks for."""
    place = options.get("url") or options.get("path")
    where = path_of(place) if place is not None else ""
    name: str | None = string_of(options["name"]) if "name" in options else ""
    if where is None or name is None or (name and not _NAME.match(name)):
        return Asked(command, line_of_node(node), text_of(node)[:120])
    found = Asked(command, line_of_node(node), text_of(node)[:120], name)
    if where:
        found = asked_at(command, line_of_node(node), text_of(node)[:120], where)
        found = replace(found, name=name or found.name)
    return with_options(found, options)


def with_options(found: Asked, options: Mapping[str, Node]) -> Asked:
    """Return ``found`` with the version, revision and folder that the options name."""
    rev = (string_of(options["rev"]) if "rev" in options else "") or found.rev
    subdir = (string_of(options["subdir"]) if "subdir" in options else "") or found.subdir
    specifier = found.specifier
    if "version" in options and not found.place:
        wanted = _version(options["version"])
        if wanted is None:
            return Asked(found.command, found.line, found.text)
        specifier = wanted
    return replace(found, specifier=specifier, rev=rev, subdir=subdir)


def _version(node: Node) -> str | None:
    if node.type == "prefixed_string_literal":  # v"1.2", which is one version
        text = "".join(map(text_of, node.named_children[1:]))
        return exactly(text) or None
    wanted = string_of(node)
    return None if wanted is None else of_command(wanted)


def options_of(arguments: list[Node]) -> dict[str, Node]:
    """Return the arguments of the form ``key=value``."""
    return {
        text_of(item.named_children[0]): item.named_children[-1]
        for item in arguments
        if item.type == "assignment" and len(item.named_children) >= 2
    }


def string_of(node: Node) -> str | None:
    """Return the text of a string without anything computed in it, else ``None``."""
    if node.type != "string_literal" or any(kid.type != "content" for kid in node.named_children):
        return None
    return "".join(map(text_of, node.named_children))


def path_of(node: Node) -> str | None:
    """Return a path relative to the code's folder, as far as it can be known."""
    return string_of(node) if node.type == "string_literal" else _joined_path(node)


def _joined_path(node: Node) -> str | None:
    """Return what ``@__DIR__``, ``pwd()`` and ``joinpath(…)`` of these and strings mean."""
    if node.end_byte - node.start_byte > _LONGEST_PATH:
        return None
    text = re.sub(r"\s+", "", text_of(node))
    if text in ("@__DIR__", "@__DIR__()", "pwd()", "dirname(@__FILE__)"):
        return "."
    if text == "dirname(@__DIR__)":
        return ".."
    kids = node.named_children
    if (
        node.type != "call_expression"
        or not kids
        or text_of(kids[0]) not in ("joinpath", "abspath", "normpath")
    ):
        return None
    parts = [part for part in map(path_of, kids[-1].named_children) if part]
    return posixpath.join("", *parts) if len(parts) == len(kids[-1].named_children) else None


def line_of_node(node: Node) -> int:
    """Return the line, counted from 1, where a node begins."""
    return node.start_point[0] + 1


def text_of(node: Node) -> str:
    """Return the text of a node; of a long one, whose text costs a copy each time, only a mark."""
    if node.end_byte - node.start_byte > _LONGEST_TEXT:
        return "…"
    return (node.text or b"").decode("utf-8", "replace")
