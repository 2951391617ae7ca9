# SPDX-License-Identifier: GPL-3.0-or-later
"""Notebooks: which one to open, what it names as its kernel, and the source of its code cells.

Only the parts that are needed are decoded, outputs are skipped without being built: nbformat would
take a gigabyte for a notebook of 100 MB. What the code asks for is told in `imports.py`.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from binder_lite.errors import BadNotebook
from binder_lite.requirements.tree import Tree

_SUFFIX = ".ipynb"
_S = TypeVar("_S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Notebook:
    """What a notebook says of itself; texts are empty where it does not say."""

    kernel_name: str
    language: str
    display_name: str
    cells: int


class _Kernelspec(msgspec.Struct):
    name: object = ""
    display_name: object = ""
    language: object = ""


class _LanguageInfo(msgspec.Struct):
    name: object = ""


class _Metadata(msgspec.Struct):
    kernelspec: _Kernelspec | None = None
    language_info: _LanguageInfo | None = None


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""
    # Version 3 of the format: the source is "input".
    input: str | list[str] = ""


class _CellKind(msgspec.Struct):
    cell_type: str = ""


class _Worksheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Shape(msgspec.Struct):
    nbformat: int
    metadata: _Metadata | None = None
    cells: list[_CellKind] | None = None
    worksheets: list[_Worksheet] | None = None


class _Sources(msgspec.Struct):
    nbformat: int
    metadata: _Metadata | None = None
    cells: list[_Cell] = []
    worksheets: list[_Worksheet] = []


def read_notebook(path: Path) -> Notebook:
    """Read what the notebook ``path`` says of itself. Raises :class:`BadNotebook`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadNotebook(
            f"The notebook {path.name} cannot be read: {error.strerror}.",
            hint="Check the path and its permissions.",
        ) from error
    return parse_notebook(data, path.name)


def parse_notebook(data: bytes, file: str) -> Notebook:
    """Return what a notebook's content says of itself. Raises :class:`BadNotebook`."""
    shape = _decode(data, _Shape, file)
    if shape.cells is None and shape.worksheets is None:
        raise _not_a_notebook(file, "it has no cells")
    count = len(shape.cells or ()) + sum(len(sheet.cells) for sheet in shape.worksheets or ())
    kernel = (shape.metadata and shape.metadata.kernelspec) or _Kernelspec()
    info = (shape.metadata and shape.metadata.language_info) or _LanguageInfo()
    return Notebook(
        kernel_name=_text(kernel.name),
        language=(_text(info.name) or _text(kernel.language)).lower(),
        display_name=_text(kernel.display_name),
        cells=count,
    )


def parse_code_cells(data: bytes, file: str) -> tuple[str, ...]:
    """Return the sources of the code cells, in order. Raises :class:`BadNotebook`."""
    shape = _decode(data, _Sources, file)
    cells = [*shape.cells, *(cell for sheet in shape.worksheets for cell in sheet.cells)]
    return tuple(_joined(cell.source or cell.input) for cell in cells if cell.cell_type == "code")


def default_notebook(directory: Path, folder: str = "") -> str | None:
    """Return the notebook to open when none is named, relative to ``directory``.

    ``index.ipynb`` of ``folder``, else its first notebook by name, else that of the folders below,
    nearest first; ``None`` when there is none. Hidden folders are passed over.
    """
    tree = Tree(directory)
    index = posixpath.join(folder, f"index{_SUFFIX}")
    return index if tree.holds(index) else next(find_notebooks(tree, folder), None)


def find_notebooks(tree: Tree, folder: str = "") -> Iterator[str]:
    """Yield the notebooks below ``folder``, nearest first."""
    return (path for path in tree.walk(folder) if path.endswith(_SUFFIX))


def _decode(data: bytes, shape: type[_S], file: str) -> _S:
    try:
        try:
            return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=shape)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Python writes what strict JSON has not: NaN in outputs, halves of surrogate pairs.
            return msgspec.convert(json.loads(data.decode("utf-8-sig")), shape)
    except msgspec.ValidationError as error:
        raise _not_a_notebook(file, str(error)) from error
    except json.JSONDecodeError as error:
        raise _malformed(f"{file}:{error.lineno}", error.msg) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _malformed(file, str(error)) from error


def _not_a_notebook(file: str, reason: str) -> BadNotebook:
    return BadNotebook(
        f"{file} is not a notebook: {reason}.",
        hint="Open another file with --path, or save the notebook again in Jupyter.",
    )


def _malformed(where: str, reason: str) -> BadNotebook:
    return BadNotebook(
        f"{where} is not valid JSON, so it is no notebook: {reason}.",
        hint="Often a merge left its marks there. Mend that line, or restore an earlier version.",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
