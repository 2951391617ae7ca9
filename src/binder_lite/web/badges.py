# SPDX-License-Identifier: GPL-3.0-or-later
"""The badges for README files: our own drawing, sharp at any size, of any name. Pure."""

from __future__ import annotations

from html import escape

# The mean width of a letter in the sans-serif fonts that browsers have, at 11 pixels.
_LETTER = 6.3
_HEIGHT = 20
# An open book, whose pages are hills.
_MARK = (
    '<path d="M4 15.5V6.2c2.3-1.3 4-1.3 6 .4 2-1.7 3.7-1.7 6-.4v9.3c-2.3-1.2-4-1.2-6 .5-2-1.7-3.7'
    '-1.7-6-.5z" fill="none" stroke="#ffd35c" stroke-width="1.6" stroke-linejoin="round"/>'
    '<path d="M10 6.8V16" stroke="#ffd35c" stroke-width="1.4"/>'
)


def badge(label: str, *, logo: bool = True) -> str:
    """Return an SVG that says ``launch`` and a name."""
    left = _width("launch") + (18 if logo else 0)
    right = _width(label)
    whole = left + right
    name = escape(label)
    text_at = left - _width("launch") / 2
    mark = _MARK if logo else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:.0f}" height="{_HEIGHT}" '
        f'viewBox="0 0 {whole:.0f} {_HEIGHT}" role="img" aria-label="launch {name}">'
        f"<title>launch {name}</title>"
        f'<clipPath id="r"><rect width="{whole:.0f}" height="{_HEIGHT}" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left:.0f}" height="{_HEIGHT}" fill="#3c3f45"/>'
        f'<rect x="{left:.0f}" width="{right:.0f}" height="{_HEIGHT}" fill="#8a5a00"/>{mark}</g>'
        '<g fill="#fff" text-anchor="middle" font-size="11" '
        'font-family="Verdana,DejaVu Sans,Geneva,sans-serif">'
        f'<text x="{text_at:.1f}" y="14">launch</text>'
        f'<text x="{left + right / 2:.1f}" y="14">{name}</text></g></svg>'
    )


def _width(text: str) -> float:
    return round(len(text) * _LETTER) + 12
