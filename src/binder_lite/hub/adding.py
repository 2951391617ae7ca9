# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate adds to the pages of a session's server: one element at their end. Pure.

The end, so that nothing of a page has to be read: a browser takes what follows the last tag as part
of the body, and a page that has no head, or is sent in pieces, is as good as any other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Addition:
    """``element`` is the HTML that pages get.

    ``rules`` are the routes that it asks: path, handler, and what that is given.
    """

    element: bytes
    rules: tuple[tuple[str, type[Any], Mapping[str, Any]], ...]


def is_document(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks for what fills a tab, and not for a frame within a page.

    Over plain http to another computer browsers do not say.
    """
    return headers.get("Sec-Fetch-Dest", "document") == "document"


def can_be_added_to(method: str, status: int, headers: Iterable[tuple[str, str]]) -> bool:
    """Tell whether an answer is a page that can take an element at its end.

    One that is packed cannot, and in a sandbox (a notebook's HTML, shown by itself) no
    script of ours could ask anything.
    """
    named = [(name.lower(), value.lower()) for name, value in headers]
    kinds = [value for name, value in named if name == "content-type"]
    packed = any(value != "identity" for name, value in named if name == "content-encoding")
    whole = method == "GET" and status == 200
    is_page = bool(kinds) and kinds[-1].startswith("text/html")
    return whole and is_page and not packed and not _in_sandbox(named)


def _in_sandbox(headers: list[tuple[str, str]]) -> bool:
    policies = (value for name, value in headers if name == "content-security-policy")
    directives = ";".join(policies).replace(",", ";").split(";")
    return any(directive.split()[:1] == ["sandbox"] for directive in directives)


async def followed_by(element: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield ``chunks`` as they come, and ``element`` after the last."""
    async for chunk in chunks:
        yield chunk
    yield element
