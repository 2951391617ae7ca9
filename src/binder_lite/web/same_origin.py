# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests come from our own page or a person's tab, and where a login may lead. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit


def is_same_origin(headers: Mapping[str, str], host: str) -> bool:
    """Tell whether a page of this very origin made the request.

    Browsers say so in ``Sec-Fetch-Site``, which no page can forge. Over plain http to another
    computer they leave that out, and the ``Referer`` (which a page can leave out, but not choose)
    has to do.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    named = headers.get("Origin") or headers.get("Referer") or ""
    return bool(named) and urlsplit(named).netloc == host


def is_navigation(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks for what a tab is to show, and no script or other program."""
    if method not in ("GET", "HEAD"):
        return False
    mode = headers.get("Sec-Fetch-Mode")
    return mode == "navigate" if mode else "text/html" in headers.get("Accept", "")


def safe_next(text: str, prefix: str) -> str:
    """Return where to go after a login: an address of this server, else its first page."""
    plain = unquote(unquote(text))
    parts = re.split(r"[?#]", plain, maxsplit=1)[0].split("/")
    inside = text.startswith(prefix) and not text.startswith("//") and not plain.startswith("//")
    if inside and not re.search(r"[\x00-\x20\\\x7f]", plain) and ".." not in parts:
        return text
    return prefix
