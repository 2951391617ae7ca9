# SPDX-License-Identifier: GPL-3.0-or-later
"""setup.py and setup.cfg → values. setup.py is a program: it is parsed, never executed.

What it says in plain literals is listed; the rest is known once the project is installed.
"""

from __future__ import annotations

import ast
import configparser
import posixpath
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.python.version import requires_python
from binder_lite.requirements.text import line_of

# The parser's own pattern for lines is slow on long ones.
_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class SetupFile:
    """What a setup.py or setup.cfg says; ``declares`` is false when it only configures tools."""

    found: Requirements
    name: str = ""
    line: int = 1
    declares: bool = True


def project_of_setup_py(file: str, name: str, line: int) -> Requirement:
    """Return the project that ``file`` is the setup.py of, to be installed."""
    return Requirement(
        canonicalize_name(name) if name else "",
        Origin(file, line),
        url=posixpath.dirname(file) or ".",
        local=True,
        editable=True,
    )


def parse_setup_py(text: str, file: str) -> SetupFile:
    """Return what the call of ``setup()`` says in literals; the rest is told in a notice."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        notice = f"{file} cannot be parsed (Python 2?); installing it may fail."
        return SetupFile(Requirements(notices=(notice,), build_files=(file,)))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    call = next(filter(_is_setup, calls), None)
    keywords = call.keywords if call else []
    values = {word.arg: _literal(word.value) for word in keywords if word.arg}
    name, wanted = values.get("name"), values.get("python_requires")
    lines = {word.arg: word.value.lineno for word in keywords}
    requires = values.get("install_requires")
    plain = requires if isinstance(requires, list | tuple) else None
    items = [item for item in plain or () if isinstance(item, str)]
    found = _listed(items, text, file)
    if "install_requires" in values and plain is None:
        notice = f"{file}: the project's dependencies are computed; they are installed with it."
        found = replace(found, notices=(notice,))
    if isinstance(wanted, str):
        version = requires_python(wanted, Origin(file, lines["python_requires"]))
        found = replace(found, python=(version,) if version else ())
    own = name if isinstance(name, str) else ""
    return SetupFile(replace(found, build_files=(file,)), own, call.lineno if call else 1)


def parse_setup_cfg(text: str, file: str) -> SetupFile:
    """Return what ``[options]`` says. Raises :class:`BadRequirements`."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        if max(map(len, text.split("\n"))) > _LONGEST_LINE:
            raise ValueError("a line is too long")
        parser.read_string(text)
    except (configparser.Error, ValueError) as error:
        raise BadRequirements(
            f"{file} cannot be read: {str(error).splitlines()[0]}.",
            hint="https://setuptools.pypa.io tells how setup.cfg is written.",
        ) from error
    if not (parser.has_section("options") or parser.has_section("metadata")):
        return SetupFile(Requirements(), declares=False)
    items = (parser.get("options", "install_requires", fallback="") or "").splitlines()
    found = _listed([item.partition("#")[0].strip() for item in items], text, file)
    if wanted := (parser.get("options", "python_requires", fallback="") or "").strip():
        version = requires_python(wanted, Origin(file, line_of(text, "python_requires")))
        found = replace(found, python=(version,) if version else ())
    name = (parser.get("metadata", "name", fallback="") or "").strip()
    return SetupFile(replace(found, build_files=(file,)), name)


def _listed(items: Iterable[str], text: str, file: str) -> Requirements:
    parsed = [
        parse_requirement(item, Origin(file, line_of(text, item)))
        for item in items
        # setuptools reads `file: requirements.txt` and its kin at build time.
        if item and not item.startswith(("file:", "attr:"))
    ]
    return Requirements(
        packages=tuple(item for item in parsed if isinstance(item, Requirement)),
        missing=tuple(item for item in parsed if isinstance(item, Missing)),
    )


def _is_setup(call: ast.Call) -> bool:
    called = call.func
    return (isinstance(called, ast.Name) and called.id == "setup") or (
        isinstance(called, ast.Attribute) and called.attr == "setup"
    )


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
