# SPDX-License-Identifier: GPL-3.0-or-later
"""Julia code → the packages that it uses and asks for, and the modules that it defines.

The code is parsed, never run. What is in strings and comments does not count; where a part is not
valid, its lines that begin with ``using`` or ``import`` are read one by one.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from binder_lite.requirements.julia.arguments import (
    COMMENTS,
    line_of_node,
    of_options,
    of_text,
    options_of,
    path_of,
    text_of,
    values,
    with_options,
)
from binder_lite.requirements.julia.pkg import (
    ACTIVATE,
    ASKING,
    COMMANDS,
    Asked,
    parse_commands,
)

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

# The words that all we look for has in it: what has none of them need not be looked into.
_WORDS = re.compile(rb"\b(?:using|import|module|baremodule|[Pp]kg|pyimport|Conda\w*)\b")
_NAME = re.compile(r"^[^\W\d]\w*!?$")
_AT_LINE_START = re.compile(r"^\s*(?:@\w+\s+)*(?:using|import)\s+[^\W\d.]")
_COMMAND_LINE = re.compile(rf"^\]\s*(?:{'|'.join(sorted(COMMANDS))})\b")
# Some nonsense takes the parser a time that grows with the square of its length.
_LONGEST_PARSE = 1.0
_MOST_LINES_TO_MEND = 300
_LONGEST_TO_MEND = 500
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
        if number not in known and len(line) <= _LONGEST_TO_MEND and _AT_LINE_START.match(line)
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
            self.lines_read.update(range(line_of_node(node), node.end_point[0] + 2))
        if kind in ("using_statement", "import_statement"):
            self._use(node, optional)
        elif kind in ("call_expression", "broadcast_call_expression"):
            self._call(node)
        elif kind == "prefixed_string_literal":
            self._prefixed(node)
        elif kind == "module_definition" and not inside and node.named_children:
            self.modules.add(text_of(node.named_children[0]))

    def _is_of_interest(self, node: Node) -> bool:
        at = bisect_left(self.marks, node.start_byte)
        return at < len(self.marks) and self.marks[at] < node.end_byte

    def _note_name(self, node: Node) -> None:
        if node.type in ("assignment", "for_binding") and len(node.named_children) >= 2:
            first, last = node.named_children[0], node.named_children[-1]
            if first.type == "identifier" and last.type in _CONSTANTS:
                self.named.setdefault(text_of(first), last)

    def _use(self, node: Node, optional: bool) -> None:
        for item in node.named_children:
            line = line_of_node(item)
            path = item
            # A.B as C, A.B: c: the path is what comes first.
            while path.type in ("selected_import", "import_alias") and path.named_children:
                path = path.named_children[0]
            if path.type == "import_path":
                if text_of(path).startswith("."):  # a module of its own
                    self.lines_read.add(line)
                    continue
                path = path.named_children[0]
            if path.type == "interpolation_expression":
                self.remarks.append((line, f"what it uses is computed: {text_of(node)[:120]}"))
            elif path.type == "identifier" and _NAME.match(text_of(path)):
                self.uses.append(Use(text_of(path), line, optional))
                self.lines_read.add(line)

    def _prefixed(self, node: Node) -> None:
        kids = node.named_children
        if kids and text_of(kids[0]) == "pkg":
            content = "".join(map(text_of, kids[1:]))
            self.asked += parse_commands(content, line_of_node(node))

    def _call(self, node: Node) -> None:
        kids = node.named_children
        if len(kids) < 2 or kids[-1].type != "argument_list":
            return
        function, arguments = text_of(kids[0]), kids[-1].named_children
        if function in ("foreach", "map") and len(arguments) == 2:  # foreach(Pkg.add, names)
            function, arguments = text_of(arguments[0]), arguments[1:]
        if function in _OTHER_TOOLS:
            text = f"what it asks for is no package of Julia: {text_of(node)[:120]}"
            self.remarks.append((line_of_node(node), text))
        owner, _, command = function.rpartition(".")
        if owner != "Pkg":
            return
        if command == ACTIVATE:
            self._activate(node, arguments)
        elif command in ASKING:
            self._ask(node, ASKING[command], arguments)

    def _activate(self, node: Node, arguments: list[Node]) -> None:
        options = options_of(arguments)
        if not arguments or "temp" in options or text_of(arguments[0]).startswith("mktempdir("):
            return
        path = path_of(arguments[0])
        if path is None:
            self.remarks.append(
                (line_of_node(node), f"what it activates is computed: {text_of(node)[:120]}")
            )
        else:
            self.asked.append(Asked(ACTIVATE, line_of_node(node), text_of(node)[:120], place=path))

    def _ask(self, node: Node, command: str, arguments: list[Node]) -> None:
        options = options_of(arguments)
        plain = [item for item in arguments if item.type not in ("assignment", *COMMENTS)]
        if options.keys() & {"name", "url", "path"}:
            self.asked.append(of_options(command, node, options))
            return
        for argument in plain:
            for at, item in islice(values(argument, self.named), _MOST_VALUES):
                if item is None:
                    text = f"what it installs is computed: {text_of(node)[:120]}"
                    self.remarks.append((line_of_node(node), text))
                elif isinstance(item, str):
                    # Pkg.add("X", version="1.2") and Pkg.clone(url, "name") are of old.
                    self.asked.append(with_options(of_text(command, item, at), options))
                else:
                    self.asked.append(of_options(command, at, item))


_TEXTS = (*COMMENTS, "string_literal", "prefixed_string_literal", "command_literal")
_CONSTANTS = ("vector_expression", "string_literal", "tuple_expression", "identifier")
