# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML of unknown authors as text with lines: nothing is constructed, so ``3.10`` stays ``3.10``.

What the document means is other modules' matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from binder_lite.errors import BadRequirements

# The parser is pure Python; more than this takes minutes, and no person wrote it.
LARGEST_YAML = 256 * 1024


def parse_yaml(text: str, file: str) -> Node | None:
    """Return the document's root, ``None`` when it is empty. Raises :class:`BadRequirements`."""
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise _bad(f"{file}{line}", str(error.problem or error.context)) from error
    except (YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:
        raise _bad(file, str(error).splitlines()[0] if str(error) else "too deep") from error
    return node


def pairs(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield the keys that are plain text, and their values, of a mapping; nothing of others."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield key.value, value


def items(node: Node | None) -> Iterator[Node]:
    """Yield the items of a sequence; nothing of others."""
    if isinstance(node, SequenceNode):
        yield from node.value


def is_list(node: Node) -> bool:
    """Say whether the node is a sequence."""
    return isinstance(node, SequenceNode)


def scalar(node: Node) -> str | None:
    """Return the text of a plain value, ``None`` for what is none."""
    return str(node.value) if isinstance(node, ScalarNode) else None


def line(node: Node) -> int:
    """Return the node's line, counted from 1."""
    return int(node.start_mark.line) + 1


def _bad(where: str, problem: str) -> BadRequirements:
    return BadRequirements(
        f"{where} is not valid YAML: {problem[:200]}.",
        hint="Check the indentation and the quotation marks of that line.",
    )
