# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own pages: Markdown files → what the page shows in its frame.

Markup in a file is shown as text, so that nothing in it can load or run anything.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from binder_lite.errors import NoSuchPage
from binder_lite.hub.settings_model import Page

# Pictures would be asked of other hosts: the server sends none but the brand's.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_LOWEST = 6


def address_of(page: Page) -> str:
    """Return where the page is: below the prefix when it is a file, else the link itself."""
    return f"pages/{page.file.stem}" if page.file else page.href


def find_page(pages: tuple[Page, ...], name: str) -> tuple[str, str]:
    """Return the title and the HTML of the page of this name. Raises ``NoSuchPage``."""
    for page in pages:
        if page.file and page.file.stem == name:
            try:
                return page.title, _html_of(page.file, page.file.stat().st_mtime_ns)
            except (OSError, UnicodeDecodeError):
                break
    raise NoSuchPage("There is no such page.", hint="Begin at the first page.")


@lru_cache(maxsize=64)
def _html_of(file: Path, _changed: int) -> str:
    return html_of(file.read_text(encoding="utf-8"))


def html_of(markdown: str) -> str:
    """Return the text as HTML; its highest headings come right below the page's own."""
    tokens = _MARKDOWN.parse(markdown)
    headings = [each for each in tokens if each.type in ("heading_open", "heading_close")]
    highest = min((_level(each) for each in headings), default=1)
    for token in headings:
        token.tag = f"h{min(_LOWEST, _level(token) - highest + 2)}"
    rendered: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return rendered


def _level(heading: Token) -> int:
    return int(heading.tag.removeprefix("h"))
