# SPDX-License-Identifier: GPL-3.0-or-later
"""R code → the packages that it uses and those that it installs, each with its line.

Nothing is executed. Names are followed through what people write in such scripts: vectors bound to
a name, filters of what is installed already, loops, and functions of their own. What cannot be
followed is told, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from binder_lite.requirements.r.conditions import ends, is_negated, probed
from binder_lite.requirements.r.findings import Findings, RCode, RInstall, Use
from binder_lite.requirements.r.functions import (
    APPLIERS,
    ATTACHERS,
    ATTACHERS_OF,
    INSTALLERS,
    INSTALLERS_OF,
    LOADERS,
    NAMESPACE_LOADERS,
    NAMING_ARGUMENTS,
    PROBES,
    SHELLS,
    TRIES,
    Installer,
)
from binder_lite.requirements.r.installs import attached_by, installed_by
from binder_lite.requirements.r.syntax import (
    PIPES,
    Argument,
    argument,
    arguments_of,
    assignment_of,
    bare,
    callee_of,
    is_true,
    line_of_node,
    nodes_below,
    operator_of,
    parameters_of,
    parse_r,
    string_of,
    text_of,
    word_of,
)
from binder_lite.requirements.r.values import (
    Scope,
    Values,
    evaluate,
    function_name,
    union,
    values_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

# Code of strangers may be made to be slow to follow; it is cut short, and told. What people write
# takes about one step for each byte.
_STEPS_FOR_EACH_BYTE = 2
_MORE_STEPS = 20_000
_STEPS_FOR_EACH_INSTALL = 4
# What people and packages call functions that install something.
_INSTALLS = re.compile(r"(?:(?:py|conda|virtualenv|julia)_)?install(?!ed)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that is R: its first line, and whether the file goes on without it."""

    source: str
    line: int = 1
    optional: bool = False


def parse_r_code(source: str) -> RCode:
    """Return what ``source`` uses and installs."""
    return parse_r_pieces([Piece(source)])


def parse_r_pieces(pieces: Iterable[Piece]) -> RCode:
    """Return what the pieces of one file use and install; names bound in one hold in the next."""
    pieces = list(pieces)
    size = sum(len(piece.source) for piece in pieces)
    reader = _Reader(steps_left=_MORE_STEPS + size * _STEPS_FOR_EACH_BYTE)
    roots = [(piece, parse_r(piece.source)) for piece in pieces]
    steps = [
        _Step(root, reader.globals.moved(piece.line - 1), piece.optional, shown=piece.optional)
        for piece, root in roots
    ]
    for step in steps:
        # Functions may be defined after the code that calls them.
        for child in step.node.named_children:
            reader.define(child, step)
    for step in steps:
        reader.read(step)
    reader.read_uncalled()
    return reader.found.result()


@dataclass(frozen=True, slots=True)
class _Step:
    """A node to look at, with what is known where it stands.

    ``guarded`` are packages that are there when this is run; ``asserted``: the code ends where what
    this asks for is not there; ``branch``: it may not be run at all; ``shown``: its piece is not
    run by itself.
    """

    node: Node
    scope: Scope
    optional: bool = False
    guarded: frozenset[str] = frozenset()
    asserted: bool = False
    branch: bool = False
    shown: bool = False

    @property
    def line(self) -> int:
        return line_of_node(self.node) + self.scope.offset

    def at(self, node: Node, **changes: object) -> _Step:
        return replace(self, node=node, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Function:
    node: Node
    step: _Step
    called: bool = False


@dataclass(slots=True)
class _Reader:
    steps_left: int
    globals: Scope = field(default_factory=Scope)
    found: Findings = field(default_factory=Findings)
    functions: dict[str, _Function] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    waiting: list[_Step] = field(default_factory=list)
    calls: set[object] = field(default_factory=set)

    def read(self, step: _Step) -> None:
        """Read the code at ``step``, and all that it leads to."""
        self.waiting.append(step)
        while self.waiting:
            self.steps_left -= 1
            if self.steps_left < 0:
                reason = "the code is too intricate to be followed to its end"
                self.found.tell("", self.waiting[-1].line, reason)
                self.waiting.clear()
                return
            self._visit(self.waiting.pop())

    def read_uncalled(self) -> None:
        """Read the functions that nobody has called, without knowing what they will be given."""
        while left := [each for each in self.functions.values() if not each.called]:
            for function in left:
                function.called = True
                self._run(function.node, [], function.step)
            if self.waiting:
                self.read(self.waiting.pop())

    def define(self, node: Node, step: _Step) -> bool:
        """Remember ``node`` where it gives a function a name; say whether it does."""
        assigned = assignment_of(node)
        if assigned is None or assigned[1].type != "function_definition":
            return False
        name, function = assigned
        known = self.functions.get(name)
        if known is None or known.node != function:
            if known is not None and not known.called:
                # Another definition of the same name takes over; what this one does counts too.
                self._run(known.node, [], known.step)
            self.functions[name] = _Function(function, step)
        return True

    def _visit(self, step: _Step) -> None:
        node = step.node
        if node.type == "call":
            self._visit_call(step)
        elif node.type == "binary_operator":
            self._visit_operator(step)
        elif node.type == "if_statement":
            self._visit_if(step)
        elif node.type == "for_statement":
            self._visit_for(step)
        elif node.type == "function_definition":
            self._run(node, [], step)
        elif node.type == "namespace_operator":
            self._use(callee_of(node)[0], step)
        elif node.type not in ("string", "comment"):
            self._push(step, *node.named_children)

    def _push(self, step: _Step, *nodes: Node | None, **changes: object) -> None:
        for node in reversed(nodes):
            if node is not None:
                self.waiting.append(step.at(node, **changes))

    def _visit_operator(self, step: _Step) -> None:
        node = step.node
        left, right = node.child_by_field_name("lhs"), node.child_by_field_name("rhs")
        if assigned := assignment_of(node):
            if self.define(node, step):
                return
            name, expression = assigned
            values = values_of(expression, step.scope)
            self.steps_left -= len(values or ())
            if step.branch:
                values = union(step.scope.get(name), values)
            step.scope.names[name] = values
            probe = expression.type == "call" and function_name(expression) in PROBES
            self._push(step, expression, optional=step.optional or probe)
        elif operator_of(node) in PIPES and left is not None and right is not None:
            first = Argument(node=left)
            if right.type == "call":
                self._visit_call(step.at(right), first)
            else:
                self._call(step, *callee_of(right), [first])
            self._push(step, left)
        else:
            self._push(step, *node.named_children)

    def _visit_for(self, step: _Step) -> None:
        node = step.node
        variable, sequence = (node.child_by_field_name(name) for name in ("variable", "sequence"))
        if variable is not None and sequence is not None:
            step.scope.names[text_of(variable)] = values_of(sequence, step.scope)
        self._push(step, node.child_by_field_name("body"), branch=True)
        self._push(step, sequence)

    def _visit_if(self, step: _Step) -> None:
        condition, then, otherwise = (
            step.node.child_by_field_name(name)
            for name in ("condition", "consequence", "alternative")
        )
        asked = probed(condition, step.scope) if condition is not None else frozenset()
        negated = condition is not None and is_negated(condition)
        needed = negated and then is not None and ends(then)
        there = step.guarded | asked
        self._push(step, otherwise, branch=True, guarded=there if negated else step.guarded)
        self._push(step, then, branch=True, guarded=step.guarded if negated else there)
        optional = step.optional or (bool(asked) and not needed)
        self._push(step, condition, optional=optional, asserted=needed)

    def _visit_call(self, step: _Step, first: Argument | None = None) -> None:
        node = step.node
        function = node.child_by_field_name("function")
        arguments = [*([first] if first is not None else ()), *arguments_of(node)]
        if function is None:
            self._push(step, *node.named_children)
            return
        package, name = callee_of(function)
        nodes = [each.node for each in arguments_of(node)]
        optional = step.optional or name in TRIES
        asserted = step.asserted or name == "stopifnot"
        if not name:
            # A function that is called where it is made.
            inner = bare(function)
            if inner.type == "function_definition":
                self._run(inner, arguments, step)
            else:
                nodes.insert(0, function)
            self._push(step, *nodes)
            return
        if package:
            self._use(package, step, installer=_installer(package, name) is not None)
        handled = self._call(step, package, name, arguments)
        nodes = [each for each in nodes if each is not None and each.id not in handled]
        self._push(step, *nodes, optional=optional, asserted=asserted)

    def _call(
        self, step: _Step, package: str, name: str, arguments: list[Argument]
    ) -> frozenset[int]:
        """Read a call of a function; return which arguments need no look of their own."""
        if not package and name in self.functions:
            function = self.functions[name]
            function.called = True
            self._run(function.node, arguments, function.step, step.scope)
            return frozenset()
        if installer := self._find(package, name, INSTALLERS, INSTALLERS_OF):
            self._install(installer, name, arguments, step)
        elif attacher := self._find(package, name, ATTACHERS, ATTACHERS_OF):
            return self._attach(attacher, arguments, step)
        elif name in LOADERS:
            self._load(arguments, step, name)
        elif name in NAMESPACE_LOADERS:
            self._load_namespace(arguments, step, name)
        elif name in APPLIERS:
            return self._apply(name, arguments, step)
        elif name == "do.call":
            self._do_call(arguments, step)
        else:
            self._call_other(step, package, name, arguments)
        return frozenset()

    def _find(
        self,
        package: str,
        name: str,
        plain: dict[str, Installer],
        ambiguous: dict[tuple[str, str], Installer],
    ) -> Installer | None:
        if name in plain:
            return plain[name]
        for (of, called), installer in ambiguous.items():
            if called == name and (package == of or (not package and of in self.attached)):
                return installer
        return None

    def _call_other(self, step: _Step, package: str, name: str, arguments: list[Argument]) -> None:
        if (package, name) in (("box", "use"), ("modules", "import")):
            for each in arguments:
                self._use_box(each, step)
        elif package == "import" and name in ("from", "here", "into"):
            self._use_first(argument(arguments, ".from"), step)
        elif not package and name == "use":
            first = argument(arguments, "package")
            if first is not None and first.node is not None and string_of(first.node):
                self._use_first(first, step)
        elif given := argument(arguments, NAMING_ARGUMENTS.get(name, "\0"), None):
            values = evaluate(given, step.scope)
            self._use_values(values, step, "names packages that it computes")
        else:
            self._call_outside(step, package, name, arguments)

    def _call_outside(
        self, step: _Step, package: str, name: str, arguments: list[Argument]
    ) -> None:
        """Read a call of what installs, or runs what installs, in other ways."""
        if name == "source" and package in ("", "base"):
            values = evaluate(argument(arguments, "file"), step.scope)
            if values is None:
                self._tell(step, "runs another file whose name it computes")
            for value in values or ():
                self.found.files.setdefault((value, step.line))
        elif name in SHELLS:
            if _mentions_install(arguments):
                self._tell(step, "installs by another program")
        elif _INSTALLS.match(name):
            self._tell(step, "installs in a way that is not known here")

    def _use_values(self, values: Values | None, step: _Step, reason: str) -> None:
        """Use what ``values`` name, or tell that and why they are not known."""
        if values is None:
            self._tell(step, reason)
        self.steps_left -= len(values or ())
        for value, line in (values or {}).items():
            self._use(value, step, line=line)

    def _tell(self, step: _Step, reason: str) -> None:
        # The text of what is nested may be long each time.
        text = "" if self.found.is_full else text_of(step.node)
        self.found.tell(text, step.line, reason)

    def _use(
        self, name: str, step: _Step, *, installer: bool = False, line: int | None = None
    ) -> None:
        optional = step.optional or name in step.guarded
        self.found.use(Use(name, line or step.line, optional, installer))

    def _use_first(self, given: Argument | None, step: _Step) -> None:
        word = word_of(given.node) if given is not None and given.node is not None else None
        if word is None:
            self._tell(step, "uses a package whose name it computes")
        else:
            self._use(word, step)

    def _use_box(self, given: Argument, step: _Step) -> None:
        node = given.node
        while node is not None and node.type == "subset":
            node = node.child_by_field_name("function")
        # A path with slashes is a module of the project's own.
        if node is not None and (word := word_of(node)):
            self._use(word, step)

    def _load(self, arguments: list[Argument], step: _Step, name: str) -> None:
        first = argument(arguments, "package")
        if first is None:
            return
        # As R does: a name stands for itself, unless it is said to be computed.
        node = first.node
        computed = is_true(argument(arguments, "character.only", None)) or node is None
        word = None if computed or node is None else word_of(node)
        if word is not None:
            self.attached.add(word)
            self._use(word, step)
            return
        values = evaluate(first, step.scope)
        self.attached.update(values or ())
        self._use_values(values, step, "loads a package whose name it computes")

    def _load_namespace(self, arguments: list[Argument], step: _Step, name: str) -> None:
        first = argument(arguments, NAMESPACE_LOADERS[name])
        if first is None:
            return
        # Asking is not needing, but where the code ends without it.
        asks = name in PROBES and not step.asserted
        self._use_values(
            evaluate(first, step.scope),
            step.at(step.node, optional=step.optional or asks),
            "loads a package whose name it computes",
        )

    def _attach(
        self, installer: Installer, arguments: list[Argument], step: _Step
    ) -> frozenset[int]:
        found = attached_by(installer, arguments, step.scope)
        self.steps_left -= len(found.remotes) * _STEPS_FOR_EACH_INSTALL
        for remote, line in found.remotes:
            if remote.problem or remote.url:
                self.found.installs.setdefault(RInstall(remote, line, "", step.shown))
            else:
                self._use(remote.name, step, line=line)
        for problem in found.problems:
            self._tell(step, problem)
        return frozenset(each.node.id for each in arguments if each.node and not each.name)

    def _install(
        self, installer: Installer, name: str, arguments: list[Argument], step: _Step
    ) -> None:
        found = installed_by(installer, name, arguments, step.scope)
        self.steps_left -= len(found.remotes) * _STEPS_FOR_EACH_INSTALL
        for remote, line in found.remotes:
            self.found.installs.setdefault(RInstall(remote, line, name, step.shown))
        if found.project:
            self.found.projects.setdefault((installer.project or "DESCRIPTION", step.line))
        for problem in found.problems:
            self._tell(step, problem)

    def _apply(self, name: str, arguments: list[Argument], step: _Step) -> frozenset[int]:
        """Read what calls a function for each of several values."""
        values_name, values_at, parameter, function_at = APPLIERS[name]
        function = argument(arguments, parameter, function_at)
        given = argument(arguments, values_name, values_at)
        if function is None or function.node is None or given is None:
            return frozenset()
        values = evaluate(given, step.scope)
        first = Argument(node=given.node, values=values)
        node = bare(function.node)
        if node.type == "function_definition":
            self._run(node, [first], step)
            return frozenset({function.node.id})
        if node.type == "unary_operator":
            inner = Scope(step.scope)
            inner.names.update(dict.fromkeys((".x", ".", "..1"), values))
            self._push(step.at(node, scope=inner), *node.named_children)
            return frozenset({function.node.id})
        package, called = callee_of(node)
        if called:
            if called in LOADERS:
                # Here the name cannot stand for itself.
                first = replace(first, node=None)
            rest = [each for each in arguments if each is not function and each is not given]
            self._call(step, package, called, [first, *rest])
        return frozenset()

    def _do_call(self, arguments: list[Argument], step: _Step) -> None:
        function, given = argument(arguments, "what", 0), argument(arguments, "args", 1)
        if function is None or function.node is None or given is None:
            return
        package, name = callee_of(function.node)
        if "::" in name:
            package, _, name = name.replace(":::", "::").partition("::")
            self._use(package, step, installer=_installer(package, name) is not None)
        listed = given.node is not None and function_name(given.node) == "list"
        inner = arguments_of(given.node) if listed and given.node is not None else [given]
        self._call(step, package, name, inner)

    def _run(
        self,
        node: Node,
        arguments: list[Argument],
        step: _Step,
        caller: Scope | None = None,
    ) -> None:
        """Read the body of a function, which was made at ``step``, with what it is called with."""
        scope = Scope(step.scope)
        position = 0
        for name, default in parameters_of(node):
            given = argument(arguments, name, position)
            if given is not None and given.name != name:
                position += 1
            if given is None:
                scope.names[name] = values_of(default, scope)
            else:
                scope.names[name] = evaluate(given, caller or step.scope)
        bound = tuple((name, values and tuple(values)) for name, values in scope.names.items())
        key = (node.id, scope.offset, bound)
        if key in self.calls:
            return
        self.calls.add(key)
        self._push(step.at(node, scope=scope), node.child_by_field_name("body"), branch=False)


def _installer(package: str, name: str) -> Installer | None:
    return INSTALLERS.get(name) or INSTALLERS_OF.get((package, name))


def _mentions_install(arguments: list[Argument]) -> bool:
    nodes = [node for each in arguments if each.node for node in nodes_below(each.node, 100)]
    return any("install" in (string_of(node) or "").lower() for node in nodes)
