# SPDX-License-Identifier: GPL-3.0-or-later
"""manifest.scm and guix.scm of the plain forms → the packages that they name, read as text.

They are programs, and never evaluated here. A file that does more than name packages is not
plain; only Guix itself can say what it means. What the names are on PyPI is told in
`guix/packages.py`. Lists know their place in the text, so that it can be added to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

_TOKEN = re.compile(
    r"""(?P<space>\s+|;[^\n]*|\A\#!/.*?!\#|\#\|.*?(?:\|\#|\Z))|(?P<open>\(|\[)|(?P<close>\)|\])"""
    r"""|(?P<quote>'|`|,@|,|\#;)|(?P<string>"(?:\\.|[^"\\])*")"""
    r"""|(?P<atom>\#\\.[^\s()\[\]"';`,]*|[^\s()\[\]"';`,]+)""",
    re.DOTALL,
)
# Guile reads a file in the encoding that a comment near its beginning names.
_ENCODING = re.compile(r";[^\n]*coding[:=][ \t]*+(?!utf-8(?![\w.:/(),+=?'-]))", re.IGNORECASE)
_SEARCHED_FOR_ENCODING = 1000
_SPECIFICATION = re.compile(r"(?P<name>[^@:\s]+)(?:@(?P<version>[^:\s]+))?(?::(?P<output>\S+))?")
_HARMLESS = frozenset({"use-modules", "use-package-modules", "define-module"})
# More than a person writes; definitions that use each other could multiply without end.
_MOST_LISTS = 1000
_AROUND_A_PACKAGE = (
    "specification->package", "specification->package+output", "quasiquote", "unquote",
)  # fmt: skip
_INPUTS = ("inputs", "native-inputs", "propagated-inputs")


class NotPlain(Exception):
    """The text does more than name packages; the message says what. Not for a person as it is."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name in the text."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string in the text."""

    value: str
    line: int


Span: TypeAlias = tuple[int, int]


class List(tuple["Expression", ...]):
    """A list that stands in parentheses in the text.

    ``span`` is where it begins and ends, parentheses included; ``parts`` are the spans of what
    it holds, with their quotes, and with those that ``#;`` makes comments.
    """

    span: Span
    parts: tuple[Span, ...]


Expression: TypeAlias = "Symbol | Text | tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class GuixPackage:
    """A package that is named: ``name@version:output``."""

    name: str
    line: int
    version: str = ""
    output: str = ""


# What the items of a list of packages are: specifications with `name@version:output`, the same
# without outputs, variables and expressions that are packages, or the inputs of a package.
Holds = Literal["specifications", "names", "packages", "inputs"]


@dataclass(frozen=True, slots=True)
class PackageList:
    """A list of packages: what it holds, how it is written (``list``, ``quote``), and where.

    ``place`` is the list in parentheses, with the word ``list`` where ``style`` says so.
    """

    packages: tuple[GuixPackage, ...]
    holds: Holds
    style: str
    place: List


@dataclass(slots=True)
class _Scope:
    """What the text defines, and how many lists may still be looked at."""

    definitions: dict[str, Expression] = field(default_factory=dict)
    left: int = _MOST_LISTS

    def resolved(self, expression: Expression) -> Expression:
        self.left -= 1
        if self.left < 0:
            raise NotPlain("its lists are too many")
        if isinstance(expression, Symbol):
            return self.definitions.get(expression.name, expression)
        return expression


def parse_guix(text: str) -> tuple[GuixPackage, ...]:
    """Return the packages that a plain manifest, or a plain package's inputs, name.

    Raises :class:`NotPlain`.
    """
    return tuple(package for each in parse_package_lists(text) for package in each.packages)


def parse_package_lists(text: str) -> tuple[PackageList, ...]:
    """Return the lists in which a plain manifest, or a plain package's inputs, name packages.

    A list that is used twice is there twice. Raises :class:`NotPlain`.
    """
    if _ENCODING.search(text, 0, _SEARCHED_FOR_ENCODING):
        raise NotPlain("a comment names another encoding than UTF-8")
    scope = _Scope()
    result: Expression | None = None
    is_value = False
    for expression in read_expressions(text):
        definition = _definition(expression)
        if _head(expression) in _HARMLESS:
            continue
        if is_value:
            # What comes before the last expression is there for what it does.
            raise NotPlain("it does more than name packages")
        if definition:
            is_public, name, value = definition
            scope.definitions[name] = value
            result = value if is_public else result
        else:
            result, is_value = expression, True
    if result is None:
        raise NotPlain("it names nothing")
    try:
        return tuple(_lists(scope.resolved(result), scope))
    except RecursionError as error:
        raise NotPlain("its definitions go round in circles") from error


def read_expressions(text: str) -> list[Expression]:
    """Return the expressions of Scheme text, without meaning. Raises :class:`NotPlain`."""
    # Each open list: what it holds so far, and the quotes that wait for their next expression.
    stack: list[_Frame] = [_Frame(0)]
    for kind, token, line, (start, end) in tokens(text):
        if kind == "open":
            stack.append(_Frame(start))
        elif kind == "close":
            frame = stack.pop()
            if not stack or frame.quotes:
                raise NotPlain(f"line {line} closes what was not opened")
            stack[-1].put(frame.closed(end), (frame.start, end))
        elif kind == "quote":
            stack[-1].quote(Symbol(_QUOTES[token], line), start)
        elif kind == "string":
            stack[-1].put(Text(re.sub(r"\\(.)", r"\1", token[1:-1]), line), (start, end))
        else:
            stack[-1].put(Symbol(token, line), (start, end))
    if len(stack) > 1:
        raise NotPlain("a parenthesis is not closed")
    return stack[0].held


_QUOTES = {"'": "quote", "`": "quasiquote", ",": "unquote", ",@": "unquote-splicing", "#;": "#;"}


@dataclass(slots=True)
class _Frame:
    start: int
    held: list[Expression] = field(default_factory=list)
    parts: list[Span] = field(default_factory=list)
    quotes: list[tuple[Symbol, int]] = field(default_factory=list)

    def quote(self, quote: Symbol, start: int) -> None:
        """Let a quote wait for the next expression."""
        if quote.name == "#;" and self.quotes:
            # Guile takes the next but one.
            raise NotPlain(f"line {quote.line} quotes a comment")
        self.quotes.append((quote, start))

    def put(self, expression: Expression, span: Span) -> None:
        """Add an expression within the quotes before it; ``#;`` makes it a comment."""
        is_comment = False
        start, end = span
        while self.quotes:
            quote, start = self.quotes.pop()
            is_comment = is_comment or quote.name == "#;"
            expression = (quote, expression)
        self.parts.append((start, end))
        if not is_comment:
            self.held.append(expression)

    def closed(self, end: int) -> List:
        """Return the list that ends there."""
        made = List(self.held)
        made.span = (self.start, end)
        made.parts = tuple(self.parts)
        return made


def tokens(text: str) -> Iterator[tuple[str, str, int, Span]]:
    """Yield (kind, token, line, span) of all but white space and comments."""
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotPlain(f"line {line} is not Scheme")
        token = match.group()
        if match.lastgroup and match.lastgroup != "space":
            if token.startswith(("#!", "#{")):
                raise NotPlain(f"line {line} has a rare form of Scheme: {token[:2]}")
            yield match.lastgroup, token, line, match.span()
        elif "#|" in token[2:] and token.startswith("#|"):
            raise NotPlain(f"line {line} has a comment within a comment")
        line += token.count("\n")
        at = match.end()


def _definition(expression: Expression) -> tuple[bool, str, Expression] | None:
    """Return (is public, name, value) of ``(define name value)``."""
    if _head(expression) not in ("define", "define-public"):
        return None
    if not isinstance(expression, tuple) or len(expression) != 3:
        return None
    name = expression[1]
    if not isinstance(name, Symbol):
        return None
    return _head(expression) == "define-public", name.name, expression[2]


def _head(expression: Expression) -> str:
    if isinstance(expression, tuple) and expression and isinstance(expression[0], Symbol):
        return expression[0].name
    return ""


def _only_argument(expression: Expression) -> Expression:
    if not isinstance(expression, tuple) or len(expression) != 2:
        raise NotPlain(f"it uses {_shown(expression)}")
    return expression[1]


def _lists(expression: Expression, scope: _Scope) -> Iterator[PackageList]:
    """Yield the lists of packages of an expression that is a manifest or a package."""
    head = _head(expression)
    if head == "package" and isinstance(expression, tuple):
        for clause in expression[1:]:
            if _head(clause) in _INPUTS:
                yield from _packages(_only_argument(clause), scope, "inputs")
    elif head == "specifications->manifest":
        yield from _packages(_only_argument(expression), scope, "specifications")
    elif head == "packages->manifest":
        yield from _packages(_only_argument(expression), scope, "packages")
    elif head == "concatenate-manifests":
        inner = _only_argument(expression)
        if not isinstance(inner, tuple) or _head(inner) != "list":
            raise NotPlain("it computes its manifests")
        for manifest in inner[1:]:
            yield from _lists(scope.resolved(manifest), scope)
    else:
        raise NotPlain(f"it uses {_shown(expression)}")


def _packages(expression: Expression, scope: _Scope, holds: Holds) -> Iterator[PackageList]:
    """Yield the lists that a list of packages, written in any of the plain ways, is made of."""
    expression = scope.resolved(expression)
    head = _head(expression)
    if not isinstance(expression, tuple):
        raise NotPlain(f"it has {_shown(expression)} where a list of packages is expected")
    if head in ("quote", "quasiquote"):
        items = _only_argument(expression)
        if not isinstance(items, List):
            raise NotPlain(f"it uses {_shown(expression)}")
        yield PackageList(tuple(map(_package, items)), holds, head, items)
    elif head == "list" and isinstance(expression, List):
        yield PackageList(tuple(map(_package, expression[1:])), holds, head, expression)
    elif head == "append":
        for part in expression[1:]:
            yield from _packages(part, scope, holds)
    elif head == "map" and len(expression) == 3 and _is_lookup(expression[1]):
        yield from _packages(expression[2], scope, "inputs" if holds == "inputs" else "names")
    else:
        raise NotPlain(f"it uses {_shown(expression)}")


def _package(expression: Expression) -> GuixPackage:
    """Return the package of a list's item: a string, a variable, or one with an output."""
    if isinstance(expression, Text):
        return _specification(expression)
    if isinstance(expression, Symbol):
        # Guix names a variable as its package, but for a version at its end.
        return GuixPackage(expression.name, expression.line)
    head = _head(expression)
    if head in _AROUND_A_PACKAGE:
        return _package(_only_argument(expression))
    # (list python "out"), and the old style of inputs: ("python" ,python) or ("x" ,x "out").
    items = expression[1:] if head == "list" else expression
    if len(items) > 1 and isinstance(items[0], Text) and _head(items[1]) == "unquote":
        return _package(items[1] if len(items) == 2 else items[1:])
    is_package = head == "list" or _head(items[0] if items else ()) == "unquote"
    if len(items) == 2 and isinstance(items[1], Text) and is_package:
        found = _package(items[0])
        return GuixPackage(found.name, found.line, found.version, items[1].value)
    raise NotPlain(f"it uses {_shown(expression)}")


def _specification(text: Text) -> GuixPackage:
    found = parse_specification(text.value, text.line)
    if found is None:
        raise NotPlain(f"line {text.line} names no package: {text.value[:60]!r}")
    return found


def parse_specification(text: str, line: int = 1) -> GuixPackage | None:
    """Return the package that ``name@version:output`` stands for, ``None`` if it is not so."""
    match = _SPECIFICATION.fullmatch(text)
    if match is None:
        return None
    return GuixPackage(match["name"], line, match["version"] or "", match["output"] or "")


def _is_lookup(expression: Expression) -> bool:
    return isinstance(expression, Symbol) and expression.name.startswith("specification->package")


def _shown(expression: Expression) -> str:
    if isinstance(expression, Text):
        return repr(expression.value[:60])
    if isinstance(expression, Symbol):
        return f"`{expression.name[:60]}`"
    return f"`{_head(expression)[:60] or '(…)'}`"
