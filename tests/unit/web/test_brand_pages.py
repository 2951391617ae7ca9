# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import NoSuchPage
from binder_lite.hub.settings_model import Page
from binder_lite.web.brand_pages import address_of, find_page, html_of


def test_markdown_is_shown_below_the_pages_own_heading() -> None:
    html = html_of("# Who\n\nWe *count*.\n\n###### Small\n\n| a | b |\n| - | - |\n| 1 | 2 |\n")
    assert "<h2>Who</h2>" in html and "<h6>Small</h6>" in html and "<h1" not in html
    assert html_of("## Who\n\n### When\n") == "<h2>Who</h2>\n<h3>When</h3>\n"
    assert "<em>count</em>" in html and "<td>1</td>" in html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "![a](https://tracker.example/a.png)",
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        '[a](https://x.example/"onclick="alert(1))',
    ],
)
def test_nothing_in_it_runs_or_loads_anything(markdown: str) -> None:
    html = html_of(markdown)
    assert "<script" not in html and "<img" not in html
    assert 'href="javascript' not in html and 'href="data' not in html
    assert '"onclick' not in html


def test_a_page_is_found_by_its_files_name_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "about-us.md"
    file.write_text("We.")
    page = Page(title="About us", file=file)
    link = Page(title="Data", href="https://data.example.org/")
    assert [address_of(each) for each in (page, link)] == ["pages/about-us", link.href]
    assert find_page((link, page), "about-us") == ("About us", "<p>We.</p>\n")
    file.write_text("We all.")
    assert find_page((page,), "about-us")[1] == "<p>We all.</p>\n"
    file.unlink()
    for name in ("about-us", "other"):
        with pytest.raises(NoSuchPage):
            find_page((page,), name)
