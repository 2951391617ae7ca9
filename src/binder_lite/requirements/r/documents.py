# SPDX-License-Identifier: GPL-3.0-or-later
"""Where R code is in documents: R Markdown, Quarto, Sweave and notebooks → its pieces.

Besides their code, documents need what makes them: knitr and rmarkdown, the formats that their
front matter names, and the packages that run chunks of other languages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node

from binder_lite.errors import BadRequirements
from binder_lite.requirements.notebooks import parse_code_cells, parse_notebook
from binder_lite.requirements.r.code import Piece
from binder_lite.requirements.r.findings import Use
from binder_lite.requirements.text import decode, line_of, split_lines
from binder_lite.requirements.yaml import LARGEST_YAML, items, line, pairs, parse_yaml, scalar

_FENCE = re.compile(r"^(?P<before>[ \t>]*)(?P<fence>`{3,}|~{3,})(?P<rest>.*)$")
_HEADER = re.compile(r"^\s*\{\s*(?P<engine>[A-Za-z][\w-]*)(?P<options>[\s,].*)?\}\s*$")
_NOT_RUN = re.compile(r"\beval\s*=\s*(?:FALSE|F)\b")
_NOT_RUN_BELOW = re.compile(r"^\s*#\|\s*eval\s*:\s*(?:false|no|!expr FALSE)\s*$", re.IGNORECASE)
_INLINE = re.compile(r"(?<!`)`(?:r|\{r\})[ #]([^`]+)`")
_SWEAVE_BEGIN = re.compile(r"^<<(?P<options>.*)>>=\s*$")
_SWEAVE_INLINE = re.compile(r"\\Sexpr\{([^{}]+)\}")
_ENGINE_OF_VIGNETTE = re.compile(r"VignetteEngine\{([A-Za-z][\w.]*)::")
_QUALIFIED = re.compile(r"(?<![\w.:])([A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]):::?[A-Za-z._]")
# What runs chunks of other languages: https://bookdown.org/yihui/rmarkdown/language-engines.html
_ENGINES = {
    "rcpp": "Rcpp", "python": "reticulate", "stan": "rstan", "julia": "JuliaCall", "sql": "DBI",
}  # fmt: skip
# The keys of a front matter whose values may be R's functions; others are prose.
_KEYS_WITH_CODE = frozenset({"output", "site", "knit", "format", "params", "vignette"})
_LONGEST_LINE = 5000
_PYTHON = ("", "python", "ipython", "ipython3")


@dataclass(frozen=True, slots=True)
class RDocument:
    """The R code of a file, what else the file uses, and what is to be told of it.

    ``cells`` are the lines of a notebook's code and ``context`` the notebook's text: the code's
    lines are then counted from its first cell's.
    """

    file: str
    pieces: tuple[Piece, ...] = ()
    uses: tuple[Use, ...] = ()
    notices: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    context: str = ""

    def line(self, number: int) -> int | None:
        """Return the line of the file that the code's line ``number`` is: in notebooks a guess."""
        if not self.context:
            return number
        text = self.cells[number - 1] if 0 < number <= len(self.cells) else ""
        quoted = (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
        return line_of(self.context, *(f'"{each}' for each in quoted), *quoted)


def parse_document(data: bytes, file: str) -> RDocument:
    """Return the R code of ``file``, by its name's ending.

    Raises :class:`BadRequirements` and ``BadNotebook``.
    """
    ending = file.rpartition(".")[2].lower()
    if ending == "ipynb":
        return parse_r_notebook(data, file)
    text = decode(data, file)
    if ending in ("rmd", "qmd", "rpres", "rmarkdown"):
        return parse_markdown(text, file)
    if ending in ("rnw", "snw"):
        return parse_sweave(text, file)
    if ending in ("yml", "yaml"):
        uses, notices = _read_yaml(text, file, of_rmarkdown=True)[:2]
        return RDocument(file, uses=uses, notices=notices)
    return RDocument(file, (Piece(text),))


def parse_markdown(text: str, file: str) -> RDocument:
    """Return the R code of R Markdown or Quarto: chunks, what their headers say, and inline."""
    lines = split_lines(text.removeprefix("\ufeff"))
    uses: list[Use] = []
    notices: tuple[str, ...] = ()
    never_run = False
    end = _end_of_front_matter(lines)
    if end:
        # The line of the marks is kept empty, so that lines are those of the file.
        front = "\n".join(["", *lines[1:end]])
        found, notices, never_run = _read_yaml(front, file, of_rmarkdown=False)
        uses += found
    pieces: list[Piece] = []
    engines: dict[str, int] = {}
    for engine, piece in _chunks(lines, end):
        engines.setdefault(engine, piece.line)
        if engine == "r":
            optional = piece.optional or never_run
            pieces.append(Piece(piece.source, piece.line, optional))
    if file.lower().endswith(".qmd") and "r" not in engines:
        # Without R, Quarto renders by Jupyter or by itself.
        return RDocument(file, uses=tuple(uses), notices=notices)
    uses += [Use(name, 1) for name in ("rmarkdown", "knitr")]
    uses += [Use(_ENGINES[name], at) for name, at in engines.items() if name in _ENGINES]
    return RDocument(file, tuple(pieces), tuple(uses), notices)


def parse_sweave(text: str, file: str) -> RDocument:
    """Return the R code of a Sweave document: chunks from ``<<>>=`` to ``@``, and ``\\Sexpr``."""
    pieces: list[Piece] = []
    uses: list[Use] = []
    chunk: list[str] | None = None
    begin, optional = 0, False
    for number, each in enumerate(split_lines(text), 1):
        if chunk is None and (match := _SWEAVE_BEGIN.match(each[:_LONGEST_LINE])):
            chunk, begin = [], number + 1
            optional = _NOT_RUN.search(match["options"]) is not None
        elif chunk is not None and each.startswith("@"):
            pieces.append(Piece("\n".join(chunk), begin, optional))
            chunk = None
        elif chunk is not None:
            chunk.append(each)
        else:
            short = each[:_LONGEST_LINE]
            pieces += [Piece(code, number) for code in _SWEAVE_INLINE.findall(short)]
            uses += [Use(name, number) for name in _ENGINE_OF_VIGNETTE.findall(short)]
    if chunk is not None:
        pieces.append(Piece("\n".join(chunk), begin, optional))
    return RDocument(file, tuple(pieces), tuple(uses))


def parse_r_notebook(data: bytes, file: str) -> RDocument:
    """Return the R code of a notebook: its cells, or those for R in a notebook of Python.

    Raises ``BadNotebook``.
    """
    language = parse_notebook(data, file).language
    pieces: list[Piece] = []
    lines: list[str] = []
    for source in parse_code_cells(data, file):
        code = source if language == "r" else _r_of_python(source)
        if code.strip():
            pieces.append(Piece(code, len(lines) + 1))
        lines += split_lines(source)
    notices: tuple[str, ...] = ()
    if language != "r":
        if language in _PYTHON and pieces:
            notices = (f"{file} is a notebook of Python; its cells for R were read.",)
        else:
            notices = (f"{file} is a notebook of {language or 'no language'}, not of R.",)
            pieces.clear()
    context = data.decode("utf-8", "replace")
    return RDocument(file, tuple(pieces), notices=notices, cells=tuple(lines), context=context)


def _r_of_python(source: str) -> str:
    """Return what rpy2 runs of a cell of Python, line for line."""
    lines = split_lines(source)
    first = next((number for number, each in enumerate(lines) if each.strip()), 0)
    if lines and re.match(r"%%R\b", lines[first].lstrip()):
        return "\n".join(["" if number <= first else each for number, each in enumerate(lines)])
    return "\n".join(
        each.lstrip().removeprefix("%R ") if each.lstrip().startswith("%R ") else ""
        for each in lines
    )


def _end_of_front_matter(lines: list[str]) -> int:
    """Return the number of the line that ends the front matter, 0 when there is none."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    for number, each in enumerate(lines[1:], 1):
        if each.rstrip() in ("---", "..."):
            return number
    return 0


def _chunks(lines: list[str], start: int) -> Iterator[tuple[str, Piece]]:
    """Yield the chunks and inline code, each with its engine's name in small letters."""
    number = start
    while number < len(lines):
        opened = _FENCE.match(lines[number][:_LONGEST_LINE])
        if opened is None:
            for code in _INLINE.findall(lines[number][:_LONGEST_LINE]):
                yield "r", Piece(code, number + 1)
            number += 1
            continue
        end = _end_of_fence(lines, number + 1, opened["fence"])
        header = _HEADER.match(opened["rest"])
        if header is not None:
            yield from _chunk(header, opened["before"], lines, number, end)
        number = end + 1


def _chunk(
    header: re.Match[str], before: str, lines: list[str], begin: int, end: int
) -> Iterator[tuple[str, Piece]]:
    engine, options = header["engine"].lower(), (header["options"] or "").strip(" ,\t")
    inside = lines[begin + 1 : end]
    if ">" in before:
        inside = [re.sub(r"^[ \t]*>[ \t]?", "", each) for each in inside]
    optional = bool(_NOT_RUN.search(options)) or any(
        _NOT_RUN_BELOW.match(each[:_LONGEST_LINE]) for each in inside
    )
    if engine == "r" and ("::" in options or "require" in options):
        # Options are R's expressions: eval=requireNamespace("sf")
        yield engine, Piece(f"list({options})", begin + 1)
    yield engine, Piece("\n".join(inside), begin + 2, optional)


def _end_of_fence(lines: list[str], start: int, fence: str) -> int:
    closing = re.compile(rf"^[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    for number in range(start, len(lines)):
        if closing.match(lines[number][:_LONGEST_LINE]):
            return number
    return len(lines)


def _read_yaml(
    text: str, file: str, *, of_rmarkdown: bool
) -> tuple[tuple[Use, ...], tuple[str, ...], bool]:
    """Return what YAML uses, what is to be told, and whether it says that no code is run."""
    if len(text) > LARGEST_YAML:
        return (), (f"{file}: its front matter is too large; it was not read.",), False
    try:
        root = parse_yaml(text, file)
    except BadRequirements as error:
        return (), (f"{error.message} The packages that it names were not read.",), False
    uses: list[Use] = []
    never_run = False
    for key, at, value in _entries(root):
        if of_rmarkdown or key in _KEYS_WITH_CODE:
            uses += _named(key, at)
            uses += [use for text, at in _texts(value) for use in _named(text, at)]
        elif key in ("runtime", "server") and any(
            text.startswith("shiny") for text, _ in _texts(value)
        ):
            uses.append(Use("shiny", at))
        elif key == "execute":
            never_run = any(name == "eval" and scalar(one) == "false" for name, one in pairs(value))
    return tuple(uses), (), never_run


def _entries(node: Node | None) -> Iterator[tuple[str, int, Node]]:
    """Yield the keys of a mapping, their lines and values."""
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if (text := scalar(key)) is not None:
            yield text, line(key), value


def _texts(root: Node) -> Iterator[tuple[str, int]]:
    """Yield all keys and plain values, with their lines; what is referred to again once."""
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        if (text := scalar(node)) is not None:
            yield text, line(node)
        entries = list(_entries(node))
        yield from ((key, at) for key, at, _ in entries)
        below = [*(value for _, _, value in entries), *items(node)]
        waiting += [each for each in reversed(below) if id(each) not in seen]
        seen.update(map(id, below))


def _named(text: str, at: int) -> list[Use]:
    found = _QUALIFIED.findall(text[:_LONGEST_LINE])
    found += _ENGINE_OF_VIGNETTE.findall(text[:_LONGEST_LINE])
    return [Use(name, at) for name in dict.fromkeys(found)]
