# SPDX-License-Identifier: GPL-3.0-or-later
"""Julia code → the packages that it uses and asks for, and the modules that it defines.

The code is parsed, never run. What is in strings and comments does not count; where a part is not
valid, its lines that begin with ``using`` or ``import`` are read one by one.
"""

from __future__ import annotations

import posixpath
import re
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from binder_lite.requirements.julia_pkg import (
    ACTIVATE,
    ASKING,
    COMMANDS,
    Asked,
    asked,
    asked_at,
    is_place,
    parse_commands,
)
from binder_lite.requirements.julia_versions import exactly, of_command

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

# The words that all we look for has in it: what has none of them need not be looked into.
_WORDS = re.compile(rb"\b(?:using|import|module|baremodule|[Pp]kg|pyimport|Conda\w*)\b")
_NAME = re.compile(r"^[^\W\d]\w*!?$")
_AT_LINE_START = re.compile(r"^\s*(?:@\w+\s+)*(?:using|import)\s+[^\W\d.]")
_COMMAND_LINE = re.compile(rf"^\]\s*(?:{'|'.join(sorted(COMMANDS))})\b")
# Some nonsense takes the parser a time that grows with the square of its length.
_LONGEST_PARSE = 1.0
_LONGEST_LINE = 2000
_MOST_LINES_TO_MEND = 2000
_LONGEST_PATH = 500
_MOST_VALUES = 500
_MOST_NODES = 100_000
# The text of each node is asked for by such chunks too, so they are small.
_CHUNK = 1024
_OTHER_TOOLS = frozenset({"pyimport", "Conda.add", "CondaPkg.add"})


@dataclass(frozen=True, slots=True)
class Use:
    """A package that code uses or imports; ``optional`` when it goes on without it."""

    name: str
    line: int
    optional: bool = False


@dataclass(frozen=True, slots=True)
class JuliaCode:
    """What a piece of code says, each in the order of its lines.

    ``modules`` are those that it defines itself, not within others. ``remarks`` are lines and what
    they hold that only running them would tell. ``is_whole`` is false when the parser gave up.
    """

    uses: tuple[Use, ...] = ()
    asked: tuple[Asked, ...] = ()
    modules: frozenset[str] = frozenset()
    remarks: tuple[tuple[int, str], ...] = ()
    is_whole: bool = True


def parse_julia(code: str) -> JuliaCode:
    """Return what ``code`` says; nothing of it is executed."""
    data = code.encode("utf-8", "replace")
    if not _WORDS.search(data):
        return JuliaCode()
    parser = _parser()
    root = _parse(parser, data)
    if root is None:
        return replace(_mended(parser, code, frozenset()), is_whole=False)
    walk = _Walk()
    is_whole = walk.read(root, data)
    if root.has_error:
        walk.uses += _mended(parser, code, frozenset(walk.lines_read)).uses
    return JuliaCode(
        tuple(sorted(walk.uses, key=lambda use: use.line)),
        tuple(sorted(walk.asked, key=lambda item: item.line)),
        frozenset(walk.modules),
        tuple(sorted(walk.remarks)),
        is_whole,
    )


def parse_cell(code: str) -> JuliaCode:
    """Return what a notebook's cell says, which may hold commands for the prompt (``] add X``)."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith((";", "?")):  # for the shell, or a question
        return JuliaCode()
    if first.startswith("]"):
        return JuliaCode(asked=tuple(parse_commands(code, 1)))
    commands: list[Asked] = []
    for number, line in enumerate(lines):
        if _COMMAND_LINE.match(line):
            commands += parse_commands(line, number + 1)
            lines[number] = ""
    found = parse_julia("\n".join(lines))
    return replace(found, asked=(*found.asked, *commands))


def _parser() -> Parser:
    # It is needed for Julia only, and takes a while to load.
    from tree_sitter_language_pack import get_parser

    return get_parser("julia")


def _parse(parser: Parser, data: bytes) -> Node | None:
    """Return the root of the code's tree; ``None`` when it takes too long."""
    end = time.monotonic() + _LONGEST_PARSE
    try:
        return parser.parse(
            lambda offset, _: data[offset : offset + _CHUNK],
            progress_callback=lambda *_: time.monotonic() > end,
        ).root_node
    except ValueError:
        parser.reset()
        return None


def _mended(parser: Parser, code: str, known: frozenset[int]) -> JuliaCode:
    """Return the uses in lines that are valid alone; those in ``known`` were understood."""
    uses: list[Use] = []
    lines = code.split("\n")
    candidates = [
        number
        for number, line in enumerate(lines, 1)
        if number not in known and len(line) <= _LONGEST_LINE and _AT_LINE_START.match(line)
    ]
    for number in candidates[:_MOST_LINES_TO_MEND]:
        line = lines[number - 1]
        data = line.encode("utf-8", "replace")
        root = _parse(parser, data)
        if root is not None and not root.has_error:
            walk = _Walk()
            walk.read(root, data)
            uses += (replace(use, line=number) for use in walk.uses)
    return JuliaCode(uses=tuple(uses))


@dataclass(slots=True)
class _Walk:
    marks: list[int] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    # Lines whose words were understood, or stand in a string or comment.
    lines_read: set[int] = field(default_factory=set)
    named: dict[str, Node] = field(default_factory=dict)

    def read(self, root: Node, data: bytes) -> bool:
        """Look at all nodes below ``root`` that hold a word of interest, in order.

        Returns whether there were not too many.
        """
        self.marks = [found.start() for found in _WORDS.finditer(data)]
        # Names may be given to lists of packages before they are asked for.
        asks = b"Pkg" in data
        waiting = [(root, False, False)]
        looked_at = 0
        while waiting and looked_at < _MOST_NODES:
            node, optional, inside = waiting.pop()
            if asks:
                self._note_name(node)
            if not self._is_of_interest(node):
                continue
            looked_at += 1
            self._look(node, optional=optional, inside=inside)
            kind = node.type
            for child in reversed(node.children):
                guarded = optional or (kind == "try_statement" and child.type == "block")
                waiting.append((child, guarded, inside or kind == "module_definition"))
        return not waiting

    def _look(self, node: Node, *, optional: bool, inside: bool) -> None:
        kind = node.type
        if kind in _TEXTS:
            self.lines_read.update(range(_line(node), node.end_point[0] + 2))
        if kind in ("using_statement", "import_statement"):
            self._use(node, optional)
        elif kind in ("call_expression", "broadcast_call_expression"):
            self._call(node)
        elif kind == "prefixed_string_literal":
            self._prefixed(node)
        elif kind == "module_definition" and not inside and node.named_children:
            self.modules.add(_text(node.named_children[0]))

    def _is_of_interest(self, node: Node) -> bool:
        at = bisect_left(self.marks, node.start_byte)
        return at < len(self.marks) and self.marks[at] < node.end_byte

    def _note_name(self, node: Node) -> None:
        if node.type in ("assignment", "for_binding") and len(node.named_children) >= 2:
            first, last = node.named_children[0], node.named_children[-1]
            if first.type == "identifier" and last.type in _CONSTANTS:
                self.named.setdefault(_text(first), last)

    def _use(self, node: Node, optional: bool) -> None:
        for item in node.named_children:
            line = _line(item)
            path = item
            # A.B as C, A.B: c: the path is what comes first.
            while path.type in ("selected_import", "import_alias") and path.named_children:
                path = path.named_children[0]
            if path.type == "import_path":
                if _text(path).startswith("."):  # a module of its own
                    self.lines_read.add(line)
                    continue
                path = path.named_children[0]
            if path.type == "interpolation_expression":
                self.remarks.append((line, f"what it uses is computed: {_text(node)[:120]}"))
            elif path.type == "identifier" and _NAME.match(_text(path)):
                self.uses.append(Use(_text(path), line, optional))
                self.lines_read.add(line)

    def _prefixed(self, node: Node) -> None:
        kids = node.named_children
        if kids and _text(kids[0]) == "pkg":
            content = "".join(map(_text, kids[1:]))
            self.asked += parse_commands(content, _line(node))

    def _call(self, node: Node) -> None:
        kids = node.named_children
        if len(kids) < 2 or kids[-1].type != "argument_list":
            return
        function, arguments = _text(kids[0]), kids[-1].named_children
        if function in ("foreach", "map") and len(arguments) == 2:  # foreach(Pkg.add, names)
            function, arguments = _text(arguments[0]), arguments[1:]
        if function in _OTHER_TOOLS:
            text = f"what it asks for is no package of Julia: {_text(node)[:120]}"
            self.remarks.append((_line(node), text))
        owner, _, command = function.rpartition(".")
        if owner != "Pkg":
            return
        if command == ACTIVATE:
            self._activate(node, arguments)
        elif command in ASKING:
            self._ask(node, ASKING[command], arguments)

    def _activate(self, node: Node, arguments: list[Node]) -> None:
        options = _options(arguments)
        if not arguments or "temp" in options or _text(arguments[0]).startswith("mktempdir("):
            return
        path = _path(arguments[0])
        if path is None:
            self.remarks.append(
                (_line(node), f"what it activates is computed: {_text(node)[:120]}")
            )
        else:
            self.asked.append(Asked(ACTIVATE, _line(node), _text(node)[:120], place=path))

    def _ask(self, node: Node, command: str, arguments: list[Node]) -> None:
        options = _options(arguments)
        plain = [item for item in arguments if item.type not in ("assignment", *_COMMENTS)]
        if options.keys() & {"name", "url", "path"}:
            self.asked.append(_of_options(command, node, options))
            return
        for argument in plain:
            for at, item in islice(self._values(argument, 0), _MOST_VALUES):
                if item is None:
                    text = f"what it installs is computed: {_text(node)[:120]}"
                    self.remarks.append((_line(node), text))
                elif isinstance(item, str):
                    # Pkg.add("X", version="1.2") and Pkg.clone(url, "name") are of old.
                    self.asked.append(_with_options(_of_text(command, item, at), options))
                else:
                    self.asked.append(_of_options(command, at, item))

    def _values(
        self, node: Node, depth: int
    ) -> Iterator[tuple[Node, str | Mapping[str, Node] | None]]:
        """Yield the packages that an argument stands for, and where; ``None`` for computed ones."""
        kids = [kid for kid in node.named_children if kid.type not in _COMMENTS]
        if depth > _DEEPEST:
            yield node, None
        elif node.type == "identifier" and _text(node) in self.named:
            yield from self._values(self.named[_text(node)], depth + 1)
        elif node.type == "call_expression" and _text(kids[0]).endswith("PackageSpec"):
            inner = kids[-1].named_children
            yield node, _options(inner) or (_string(inner[0]) if inner else None)
        elif node.type not in _LISTS:
            yield node, _path(node)
        elif options := _options(kids):
            yield node, options
        else:
            for kid in kids:
                yield from self._values(kid, depth + 1)


_COMMENTS = ("line_comment", "block_comment")
_LISTS = ("vector_expression", "tuple_expression", "parenthesized_expression")
_DEEPEST = 5
_TEXTS = (*_COMMENTS, "string_literal", "prefixed_string_literal", "command_literal")
_CONSTANTS = ("vector_expression", "string_literal", "tuple_expression", "identifier")


def _of_text(command: str, text: str, node: Node) -> Asked:
    if is_place(text):
        return asked_at(command, _line(node), text, text)
    return asked(command, text, _line(node))


def _of_options(command: str, node: Node, options: Mapping[str, Node]) -> Asked:
    """Return what ``name=…, url=…`` asks for."""
    place = options.get("url") or options.get("path")
    where = _path(place) if place is not None else ""
    name: str | None = _string(options["name"]) if "name" in options else ""
    if where is None or name is None or (name and not _NAME.match(name)):
        return Asked(command, _line(node), _text(node)[:120])
    found = Asked(command, _line(node), _text(node)[:120], name)
    if where:
        found = asked_at(command, _line(node), _text(node)[:120], where)
        found = replace(found, name=name or found.name)
    return _with_options(found, options)


def _with_options(found: Asked, options: Mapping[str, Node]) -> Asked:
    rev, subdir = (
        (_string(options[key]) or "") if key in options else getattr(found, key)
        for key in ("rev", "subdir")
    )
    specifier = found.specifier
    if "version" in options and not found.place:
        wanted = _version(options["version"])
        if wanted is None:
            return Asked(found.command, found.line, found.text)
        specifier = wanted
    return replace(found, specifier=specifier, rev=rev, subdir=subdir)


def _version(node: Node) -> str | None:
    if node.type == "prefixed_string_literal":  # v"1.2", which is one version
        text = "".join(map(_text, node.named_children[1:]))
        return exactly(text) or None
    wanted = _string(node)
    return None if wanted is None else of_command(wanted)


def _options(arguments: list[Node]) -> dict[str, Node]:
    """Return the arguments of the form ``key=value``."""
    return {
        _text(item.named_children[0]): item.named_children[-1]
        for item in arguments
        if item.type == "assignment" and len(item.named_children) >= 2
    }


def _string(node: Node) -> str | None:
    """Return the text of a string without anything computed in it, else ``None``."""
    if node.type != "string_literal" or any(kid.type != "content" for kid in node.named_children):
        return None
    return "".join(map(_text, node.named_children))


def _path(node: Node) -> str | None:
    """Return a path relative to the code's folder, as far as it can be known."""
    return _string(node) if node.type == "string_literal" else _joined_path(node)


def _joined_path(node: Node) -> str | None:
    """Return what ``@__DIR__``, ``pwd()`` and ``joinpath(…)`` of these and strings mean."""
    text = re.sub(r"\s+", "", _text(node))
    if len(text) > _LONGEST_PATH:
        return None
    if text in ("@__DIR__", "@__DIR__()", "pwd()", "dirname(@__FILE__)"):
        return "."
    if text == "dirname(@__DIR__)":
        return ".."
    kids = node.named_children
    if node.type != "call_expression" or _text(kids[0]) not in ("joinpath", "abspath", "normpath"):
        return None
    parts = [part for part in map(_path, kids[-1].named_children) if part]
    return posixpath.join("", *parts) if len(parts) == len(kids[-1].named_children) else None


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _text(node: Node) -> str:
    """Return the text of a node; of a long one, whose text costs a copy each time, only a mark."""
    if node.end_byte - node.start_byte > _LONGEST_LINE:
        return "…"
    return (node.text or b"").decode("utf-8", "replace")
