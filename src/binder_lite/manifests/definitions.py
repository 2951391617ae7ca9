# SPDX-License-Identifier: GPL-3.0-or-later
"""What Guix's importers print → a Guile file that Guix can load. Pure.

The importers print definitions, and leave to the person which modules they need and in which order
they stand. A name in a definition's inputs is that of a package: of another definition, or of
Guix's. A definition is kept word for word.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.manifests.writing import remark_lines, with_comments
from binder_lite.requirements.guix.text import (
    Expression,
    List,
    NotPlain,
    Symbol,
    Text,
    read_expressions,
)

_NAME = re.compile(r"[a-z0-9][a-z0-9.+_-]{0,199}", re.IGNORECASE)
_INPUTS = frozenset({"inputs", "native-inputs", "propagated-inputs"})
_LICENSES = "license:"
_COLUMNS = 100
_BUILD_SYSTEM = re.compile(r"(?P<name>[a-z][a-z0-9/-]*)-build-system")
# What an importer's definitions have besides packages → the module that has it.
_WORDS = {
    "bioconductor-uri": "(guix build-system r)",
    "cran-uri": "(guix build-system r)",
    "git-fetch": "(guix git-download)",
    "hg-fetch": "(guix hg-download)",
    "pypi-uri": "((guix build-system python) #:select (pypi-uri))",
    "svn-fetch": "(guix svn-download)",
    "url-fetch": "(guix download)",
}
# Hidden packages, which no catalogue has, that the importers name.
_HIDDEN = {"gfortran": "gnu packages gcc"}
# Guile believes the first comment of this kind, whatever a description holds.
_ENCODING = ";; -*- coding: utf-8 -*-"
_NOTE = (
    "Look through what is below before you pass it on: Guix's importers take licences, "
    "descriptions and inputs as the authors gave them."
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A package as an importer wrote it.

    ``name`` is its variable's, and its own. ``inputs`` are the names of the packages it is made
    with, ``words`` all that its text uses. ``version`` is empty where it is computed.
    """

    name: str
    text: str
    version: str = ""
    inputs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Usable:
    """Definitions that can be loaded together, each after those that it needs.

    ``bindings`` are the packages of Guix that they name: the module that has it, its variable
    there, its name in the definitions. ``unusable`` are the other definitions' names, each with
    why.
    """

    definitions: tuple[Definition, ...] = ()
    bindings: tuple[tuple[str, str, str], ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()


def parse_definitions(text: str) -> tuple[Definition, ...]:
    """Return the packages that an importer's output defines, in its order.

    Raises ``NotPlain`` when it has anything else in it.
    """
    found = []
    for expression in read_expressions(text):
        if not isinstance(expression, List) or len(expression) != 3:
            raise NotPlain("it has something besides definitions")
        head, name, value = expression
        if not isinstance(head, Symbol) or head.name != "define-public":
            raise NotPlain("it has something besides definitions")
        if not isinstance(name, Symbol) or not _NAME.fullmatch(name.name):
            raise NotPlain("a definition has no name")
        package = _package(value)
        fields = dict(_fields(package))
        said = fields.get("name")
        if not isinstance(said, Text) or said.value != name.name:
            raise NotPlain(f"{name.name} is called otherwise")
        version = fields.get("version")
        found.append(
            Definition(
                name=name.name,
                text=text[slice(*expression.span)],
                version=version.value if isinstance(version, Text) else "",
                inputs=frozenset(_inputs(fields)),
                words=frozenset(_symbols(value)),
            )
        )
    return tuple(found)


def _package(value: Expression) -> tuple[Expression, ...]:
    """Return the form ``(package …)``, which may stand within ``(let (…) …)``."""
    if isinstance(value, tuple) and _head(value) == "let" and len(value) == 3:
        return _package(value[2])
    if not isinstance(value, tuple) or _head(value) != "package":
        raise NotPlain("it defines something that is no package")
    return value


def _fields(package: tuple[Expression, ...]) -> Iterator[tuple[str, Expression]]:
    for each in package[1:]:
        if isinstance(each, tuple) and len(each) == 2 and _head(each):
            yield _head(each), each[1]


def _head(expression: Expression) -> str:
    if isinstance(expression, tuple) and expression and isinstance(expression[0], Symbol):
        return expression[0].name
    return ""


def _inputs(fields: Mapping[str, Expression]) -> Iterator[str]:
    for name in _INPUTS & fields.keys():
        for item in _items(fields[name]):
            # One with an output is (list python "tk").
            package = next(iter(_items(item)), None) if isinstance(item, tuple) else item
            if not isinstance(package, Symbol):
                raise NotPlain("its inputs are no list of packages")
            yield package.name


def _items(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, tuple) and _head(expression) == "list":
        return expression[1:]
    raise NotPlain("its inputs are no list of packages")


def _symbols(expression: Expression) -> Iterator[str]:
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Symbol):
            yield current.name
        elif isinstance(current, tuple):
            waiting.extend(current)


def together(imports: Iterable[Sequence[Definition]]) -> Mapping[str, Definition]:
    """Return each package once, of what several imports defined.

    Each import's last is what was asked for; that counts before what another needs by that name.
    """
    imports = [each for each in imports if each]
    asked_for = sorted((each[-1] for each in imports), key=_distinct)
    needed = sorted((one for each in imports for one in each[:-1]), key=_distinct)
    found: dict[str, Definition] = {}
    for definition in (*asked_for, *needed):
        found.setdefault(definition.name, definition)
    return found


def _distinct(definition: Definition) -> tuple[str, str]:
    return definition.name, definition.text


def usable(
    definitions: Mapping[str, Definition],
    wanted: Iterable[str],
    catalogue: Catalogue,
    profile: Iterable[Package] = (),
) -> Usable:
    """Return what is wanted and can be loaded, with all below it, and where Guix has the rest.

    ``profile`` are the packages that the manifest names: of several versions, the one is taken
    that is there because of them, since a profile has one only.
    """
    brought = _brought(profile, catalogue)
    bindings = {
        name: _binding(name, catalogue, brought.get(name, ""))
        for each in definitions.values()
        for name in each.inputs
        if name not in definitions
    }
    absent = {
        name: f"it needs {name}, which Guix lacks and no importer found"
        for name, binding in bindings.items()
        if binding is None
    }
    bad = _without(definitions, {**absent, **_circles(definitions)})
    ordered = tuple(_ordered(definitions, (name for name in wanted if name not in bad)))
    used = {name for each in ordered for name in each.inputs} - definitions.keys()
    found = {name: binding for name in used if (binding := bindings[name])}
    return Usable(
        definitions=ordered,
        bindings=tuple(sorted((module, v, name) for name, (module, v) in found.items())),
        unusable=tuple(sorted(bad.items())),
    )


def _brought(profile: Iterable[Package], catalogue: Catalogue) -> Mapping[str, str]:
    """Return the version of each package that a profile of these has."""
    found: dict[str, str] = {}
    waiting = list(profile)
    while waiting:
        package = waiting.pop()
        if package.name in found:
            continue
        found[package.name] = package.version
        known = catalogue.by_full_name
        waiting += [known[each] for each in package.propagated if each in known]
    return found


def _binding(name: str, catalogue: Catalogue, version: str) -> tuple[str, str] | None:
    """Return the module and the variable of the package that is called so."""
    packages = [each for each in catalogue.by_name.get(name, ()) if each.module]
    ranked = sorted(packages, key=lambda each: (each.version != version, bool(each.variable)))
    for package in ranked[:1]:
        return package.module, package.variable or package.name
    return (_HIDDEN[name], name) if name in _HIDDEN else None


def _without(
    definitions: Mapping[str, Definition], reasons: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the definitions that ``reasons`` speak against, or against what they need."""
    known = dict(reasons)
    while True:
        found = {
            name: known[min(needed)]
            for name, each in definitions.items()
            if name not in known and (needed := each.inputs & known.keys())
        }
        if not found:
            return {name: why for name, why in known.items() if name in definitions}
        known |= found


def _circles(definitions: Mapping[str, Definition]) -> Mapping[str, str]:
    """Return the definitions that need themselves, with the way by which: Guix would never end.

    Packages that test each other are so; which of them goes without tests is for a person to say.
    """
    found = {}
    for name in definitions:
        if way := _way_back(name, definitions):
            through = f", by way of {', '.join(way[:-1])}" if way[:-1] else ""
            found[name] = f"{name} needs itself{through}; cut the circle by hand"
    return found


def _way_back(name: str, definitions: Mapping[str, Definition]) -> Sequence[str]:
    """Return a shortest way from a definition to itself, without its start; empty without one."""
    ways: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, ())]
    while waiting:
        following = []
        for current, way in waiting:
            for below in sorted(definitions[current].inputs & definitions.keys()):
                if below == name:
                    return (*way, name)
                if below not in ways:
                    ways[below] = (*way, below)
                    following.append((below, ways[below]))
        waiting = following
    return ()


def _ordered(definitions: Mapping[str, Definition], wanted: Iterable[str]) -> Iterator[Definition]:
    """Yield what is wanted, and what that needs: each after what it needs, else by name."""
    seen: set[str] = set()
    for first in sorted(set(wanted) & definitions.keys()):
        stack = [(first, False)]
        while stack:
            name, is_ready = stack.pop()
            if is_ready:
                yield definitions[name]
            elif name not in seen:
                seen.add(name)
                below = sorted(definitions[name].inputs & definitions.keys(), reverse=True)
                stack += [(name, True), *((each, False) for each in below)]


def write_packages(
    loaded: Usable, wanted: Iterable[tuple[str, str]], *, module: str, header: str
) -> str:
    """Return the text of a file that defines packages, and whose value is a list of some.

    ``wanted`` are their names, with comments; ``module`` is the file's name without its suffix.
    """
    uses = {"(guix packages)", *_packages(loaded.bindings), *_modules(loaded.definitions)}
    rows = [(name, comment) for name, comment in sorted(set(wanted))]
    listed = [("(list " if not at else "      ") + name for at, (name, _) in enumerate(rows)]
    listed = [*listed[:-1], *(f"{last})" for last in listed[-1:])] or ["'()"]
    comments = [comment for _, comment in rows] or [""]
    parts = [
        [_ENCODING, *remark_lines(header)],
        remark_lines(_NOTE),
        [f"(define-module ({module})", *_use_lines(uses)],
        *([each.text] for each in loaded.definitions),
        [
            *remark_lines("What the manifest beside this file takes."),
            *with_comments(list(zip(listed, comments, strict=True))),
        ],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _use_lines(uses: Iterable[str]) -> list[str]:
    """Return the end of the form that names the modules, sorted by their names."""
    lines = []
    for each in sorted(uses, key=lambda use: use.lstrip("(")):
        lines += _wrapped(f"  #:use-module {each}")
    return [*lines[:-1], f"{lines[-1]})"]


def _wrapped(use: str) -> list[str]:
    """Return a line, or several when what is selected is long."""
    head, selected, names = use.partition(" #:select (")
    if not selected or len(use) < _COLUMNS:
        return [use]
    first = f"{' ' * len('  #:use-module (')}#:select ("
    width = _COLUMNS - len(first) - 1
    lines = textwrap.wrap(names, width, break_long_words=False, break_on_hyphens=False)
    more = [f"{' ' * len(first)}{line}" for line in lines[1:]]
    return [head, first + lines[0], *more]


def _packages(bindings: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Yield the modules of Guix's packages, with those that are used.

    Only those: modules of several channels may have others of the same name.
    """
    selected: dict[str, list[str]] = {}
    for module, variable, name in bindings:
        word = name if name == variable else f"({variable} . {name})"
        selected.setdefault(module, []).append(word)
    for module, words in selected.items():
        yield f"(({module}) #:select ({' '.join(words)}))"


def _modules(definitions: Iterable[Definition]) -> Iterator[str]:
    """Yield what of Guix the definitions use besides packages."""
    for word in {word for each in definitions for word in each.words}:
        if word in _WORDS:
            yield _WORDS[word]
        elif match := _BUILD_SYSTEM.fullmatch(word):
            yield f"(guix build-system {match['name']})"
        elif word.startswith(_LICENSES):
            yield f"((guix licenses) #:prefix {_LICENSES})"
