# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as the service sends it: the built file, with base path, title and meta headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

STATIC = Path(__file__).parent / "static"
# Styles: the terminal of the log writes its own. All else is our own files.
POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "manifest-src 'self'",
        "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'",
    )
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_UNBUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><base href="/" /><title>binder-lite</title><!--meta-->
</head><body><h1>The page is not built</h1>
<p>In the source tree, <code>make web</code> builds it. The addresses for programs work.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a shared link shows of a page. ``metas`` are for our own page's script."""

    title: str
    description: str
    address: str
    picture: str
    metas: Mapping[str, str]


class Page:
    """The built page, read again when it has changed."""

    def __init__(self, static: Path = STATIC) -> None:
        self._file = static / "index.html"
        self._read: tuple[int, str] | None = None

    def html(self, prefix: str, head: Head, style: str = "") -> str:
        """Return the page for an address below ``prefix``; ``style`` is read after its own."""
        text = self._text()
        base = f'<base href="{escape(prefix)}" />'
        text = re.sub(r"<base\b[^>]*>", lambda _: base, text, count=1)
        title = f"<title>{escape(head.title)}</title>"
        text = re.sub(r"<title>.*?</title>", lambda _: title, text, count=1, flags=re.DOTALL)
        text = re.sub(r'<meta name="description"[^>]*>\s*', "", text, count=1)
        if style:
            link = f'<link rel="stylesheet" href="{escape(style)}" />\n  </head>'
            text = text.replace("</head>", link, 1)
        return text.replace("<!--meta-->", _metas(head), 1)

    def _text(self) -> str:
        try:
            changed = self._file.stat().st_mtime_ns
            if self._read is None or self._read[0] != changed:
                self._read = (changed, self._file.read_text(encoding="utf-8"))
        except OSError:
            return _UNBUILT
        return self._read[1]


def _metas(head: Head) -> str:
    named = {"description": head.description, **head.metas}
    properties = {
        "og:title": head.title,
        "og:description": head.description,
        "og:type": "website",
        "og:url": head.address,
        "og:image": head.picture,
    }
    return "\n    ".join(
        [
            *(f'<meta name="{escape(k)}" content="{escape(v)}" />' for k, v in named.items()),
            *(f'<meta property="{k}" content="{escape(v)}" />' for k, v in properties.items()),
        ]
    )


def is_hashed(name: str) -> bool:
    """Tell whether a file's name changes with its content, so that it may be kept for good."""
    return re.search(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$", name) is not None
