# SPDX-License-Identifier: GPL-3.0-or-later
"""Code → the modules that it imports and the packages that it installs itself.

For scripts and for notebooks' cells, with IPython's own syntax in them and from Python 2 on. What
is imported is not yet a package: `guessing.py` decides that. Nothing is executed.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_INSTALLS = re.compile(
    r"^\s*(?:[%!]+\s*)?(?:sudo\s+)?(?:(?:\{sys\.executable\}|python[\d.]*)\s+-m\s+)?"
    r"(?P<tool>pip[\d.]*|uv\s+pip|conda|mamba|apt|apt-get)\s+(?:-\S+\s+)*install\s+(?P<what>.*)$"
)
_MAGIC = re.compile(r"^(?P<indent>\s*)(?:[%!?]|\w.*\?\s*$)")
_LOADING_MAGIC = re.compile(
    r"^(?P<indent>\s*)%(?:matplotlib\b|pylab\b|(?:load|reload)_ext\s+(?!autoreload|storemagic)"
    r"(?P<module>[A-Za-z_][\w.]*)\s*$)"
)
_ASSIGNED_MAGIC = re.compile(r"^(?P<target>[\w.,\s]+=\s*)[%!](?!=).*$")
# Cell magics whose cell is Python all the same.
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "debug", "memit", "mprun"})
_IMPORT_LINE = re.compile(
    r"^\s*(?:import\s+(?P<modules>[\w., \t]+?)|from\s+(?P<source>[A-Za-z_][\w.]*)\s+import\b.*)"
    r"\s*(?:;.*|\#.*)?$"
)

# A longer line is data, and some patterns take their time on nonsense.
_LONGEST_LINE = 2000
_BESIDE_IMPORTS = (ast.Import, ast.ImportFrom, ast.Assign, ast.Pass)


@dataclass(frozen=True, slots=True)
class Import:
    """A module that code imports, with dots; ``optional`` when it goes on without it."""

    module: str
    line: int
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Install:
    """A line such as ``%pip install numpy``: the tool, and what it is told to install."""

    tool: str
    arguments: tuple[str, ...]
    line: int
    text: str


def parse_imports(code: str) -> tuple[Import, ...]:
    """Return the modules that ``code`` imports, in order; relative imports are not among them.

    What cannot be parsed even without IPython's syntax is read line by line.
    """
    for attempt in (code, without_magics(code)):
        tree = _parse(attempt)
        if tree is not None:
            return tuple(sorted(_imports(tree), key=lambda found: found.line))
    return tuple(_imports_by_line(code))


def parse_installs(code: str) -> tuple[Install, ...]:
    """Return the package installations that a notebook's code runs by ``%pip``, ``!pip`` …"""
    found = []
    for number, line in enumerate(code.split("\n"), 1):
        match = _INSTALLS.match(line[:_LONGEST_LINE])
        if not match or line.lstrip()[:1] not in "%!":
            continue
        try:
            words = shlex.split(match["what"], comments=True)
        except ValueError:
            words = match["what"].split()
        tool = re.sub(r"[\d.]+$", "", match["tool"].split()[-1])
        found.append(Install(tool, _operands(words), number, line.strip()))
    return tuple(found)


def without_magics(code: str) -> str:
    """Return ``code`` with IPython's own syntax replaced by nothing, line for line."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and first[2:].split(" ")[0].strip() not in _PYTHON_CELLS:
        return ""
    return "\n".join(map(_without_magic, lines))


def _without_magic(line: str) -> str:
    if len(line) > _LONGEST_LINE:
        return line
    if match := _ASSIGNED_MAGIC.match(line):
        return f"{match['target']}None"
    if match := _LOADING_MAGIC.match(line):
        # These fail without the package, as an import does.
        return f"{match['indent']}import {match['module'] or 'matplotlib'}"
    if match := _MAGIC.match(line):
        return f"{match['indent']}pass"
    return line


def _operands(words: list[str]) -> tuple[str, ...]:
    """Return what is to be installed: neither options nor what a shell does afterwards."""
    operands: list[str] = []
    with_value = False
    for word in words:
        if word in ("&&", "||", "|", ";", "&") or word.startswith((">", "2>", "1>")):
            break
        if with_value:
            with_value = False
        elif word.startswith("-"):
            with_value = word in _OPTIONS_WITH_VALUE
        else:
            operands.append(word.rstrip(";"))
    return tuple(operands)


_OPTIONS_WITH_VALUE = frozenset({
    "-c", "--channel", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-r",
    "--requirement", "--constraint", "-t", "--target", "-n", "--name", "-p", "--prefix",
    "--trusted-host", "--progress-bar", "--python", "-e", "--editable",
})  # fmt: skip


def _parse(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            # "\d" in a stranger's string is no concern of ours.
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imports(tree: ast.Module) -> Iterator[Import]:
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, optional = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, optional) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            # What is imported may itself be a module: google.cloud has many packages.
            names = [f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*"]
            yield from (Import(name, node.lineno, optional) for name in names or [node.module])
        elif isinstance(node, ast.Try):
            guarded = optional or _goes_on_without(node)
            waiting += [(child, guarded) for child in node.body]
            waiting += [(child, True) for handler in node.handlers for child in handler.body]
            waiting += [(child, optional) for child in (*node.orelse, *node.finalbody)]
        else:
            waiting += [(child, optional) for child in ast.iter_child_nodes(node)]


def _goes_on_without(node: ast.Try) -> bool:
    """Say whether a failing import in ``node`` is expected, and not just any failure."""
    caught: set[str] = set()
    for handler in node.handlers:
        names = ast.walk(handler.type) if handler.type else ()
        caught |= {name.id for name in names if isinstance(name, ast.Name)} or {"Exception"}
    if caught & {"ImportError", "ModuleNotFoundError"}:
        return True
    only_imports = all(isinstance(item, _BESIDE_IMPORTS) for item in node.body)
    return "Exception" in caught and only_imports


def _imports_by_line(code: str) -> Iterator[Import]:
    for number, line in enumerate(code.split("\n"), 1):
        match = _IMPORT_LINE.match(line[:_LONGEST_LINE])
        if match and match["source"]:
            yield Import(match["source"], number)
        elif match:
            for part in match["modules"].split(","):
                if name := part.split(" as ")[0].strip():
                    yield Import(name.split()[0], number)
