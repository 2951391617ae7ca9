# SPDX-License-Identifier: GPL-3.0-or-later
"""Events, specs, limits, places, badges and meta headers as values."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import pytest

from binder_lite.errors import BadSource, BuildFailed, Details, TooMany
from binder_lite.events import Built, LogLine, Message, Progress, Warn
from binder_lite.hub.access import allowed_origin
from binder_lite.web.badges import badge
from binder_lite.web.events_stream import event_fields, failed_fields, sse
from binder_lite.web.launch import Place, parse_place
from binder_lite.web.limits import Rate, Streams, client_of
from binder_lite.web.log_lines import JsonLines, PlainLines
from binder_lite.web.page import Head, Page, is_hashed
from binder_lite.web.specs import parse_pasted, shown_spec, source_of, spec_of
from binder_lite.web.transcripts import Told


def test_events_have_binderhubs_fields_and_ours() -> None:
    assert event_fields(Message("fetching", "a\nb")) == {
        "phase": "fetching", "kind": "message", "message": "a b",
    }  # fmt: skip
    assert event_fields(Warn("building", "x"))["kind"] == "warning"
    assert event_fields(LogLine("building", "\x1b]0;title\x07text"))["message"] == "text"
    progress = event_fields(Progress("building", "x", 1, None, "bytes"))
    assert (progress["done"], progress["total"], progress["unit"]) == (1, None, "bytes")
    built = event_fields(Built("built", "x", environment="uv-a/1"))
    assert (built["phase"], built["imageName"]) == ("built", "uv-a/1")


def test_errors_say_what_a_person_may_know() -> None:
    lines = ("\x1b[31mred", "https://ada:secret@host.example/x")
    error = BuildFailed("Broken.", hint="Mend it.", details=Details(last_lines=lines))
    fields = failed_fields(error, log="api/builds/uv-a/log")
    assert fields["last_lines"] == ["red", "https://…@host.example/x"]
    assert (fields["status_code"], fields["log"]) == (500, "api/builds/uv-a/log")
    ours = failed_fields(KeyError("/secret/path"))
    assert ours["code"] == "internal-error"
    assert "secret" not in str(ours)


def test_a_server_sent_event_has_its_place_and_the_time_since_the_launch_began() -> None:
    told = Told(12.5, msgspec.json.encode({"phase": "waiting"}), 40)
    place = str(Place("id", 1, 40))
    assert sse(told, place, 10.0) == b'id: id.1.40\ndata: {"time":2.50,"phase":"waiting"}\n\n'
    assert b'"time":0.00' in sse(told, place, 20.0)  # Told before a late launch began.
    assert parse_place(place) == Place("id", 1, 40)
    later = Place("id", 1, 40, life=2)
    assert (str(later), parse_place("id.2.1.40")) == ("id.2.1.40", later)
    for text in ("", "id", "id.1", "id.x.1", "id.1.-1", "id.1.1.1.1", "id.\u00b2.1"):
        assert parse_place(text) is None


@pytest.mark.parametrize(
    ("pasted", "spec", "path", "shown"),
    [
        ("https://github.com/o/r", "gh/o/r/HEAD", "", "o/r"),
        ("https://github.com/o/r/blob/main/a/b.ipynb", "gh/o/r/main", "a/b.ipynb", "o/r (main)"),
        ("gh/o/r/feature/x", "gh/o/r/feature/x", "", "o/r (feature/x)"),
        ("git@github.com:o/r.git", "gh/o/r/HEAD", "", "o/r"),
        ("https://gitlab.com/g/s/p", "gl/g%2Fs%2Fp/HEAD", "", "g/s/p"),
        ("https://mybinder.org/v2/gh/o/r/v1?labpath=x%2Fy.ipynb", "gh/o/r/v1", "x/y.ipynb",
         "o/r (v1)"),
        ("https://h.example/x.git", "git/https%3A%2F%2Fh.example%2Fx.git/HEAD", "", "h.example/x"),
        ("gist/u/abc123", "gist/u/abc123/HEAD", "", "u/abc123"),
    ],
)  # fmt: skip
def test_whatever_is_pasted_has_an_address_here(
    pasted: str, spec: str, path: str, shown: str
) -> None:
    found = spec_of(parse_pasted(pasted))
    assert (found.text, found.path, shown_spec(found.text)) == (spec, path, shown)
    assert spec_of(source_of(found.text, {})).text == spec


@pytest.mark.parametrize(
    "text", ["/etc", "file:///etc", "~/x", ".", "gh/o", "xx/y", "git/%2Fetc/HEAD", "-u", ""]
)
def test_what_is_no_address_of_a_repository(text: str) -> None:
    with pytest.raises(BadSource):
        source_of(text, {})


def test_a_client_is_an_address_or_a_network_of_the_new_kind() -> None:
    assert client_of("203.0.113.7") == "203.0.113.7"
    assert client_of("2001:db8:1:2::1") == client_of("2001:db8:1:2:ffff::2")
    assert client_of("2001:db8:1:3::1") != client_of("2001:db8:1:2::1")
    assert client_of("::ffff:203.0.113.7") == "203.0.113.7"
    assert client_of("") == ""


def test_limits_by_client() -> None:
    now = [0.0]
    rate = Rate(2, 60.0, lambda: now[0])
    rate.count("a")
    rate.count("a")
    with pytest.raises(TooMany, match="2 requests"):
        rate.count("a")
    rate.count("b")
    now[0] = 60.0
    rate.count("a")
    streams = Streams(1)
    with streams.one("a"), streams.one("b"):
        assert streams.total == 2
        with pytest.raises(TooMany), streams.one("a"):
            pass
    assert streams.total == 0


def test_origins_that_may_read() -> None:
    assert allowed_origin("https://a.example", ("https://a.example",)) == "https://a.example"
    assert allowed_origin("https://a.example.evil", ("https://a.example",)) is None
    assert allowed_origin("", ("https://a.example",)) is None
    assert allowed_origin("https://b.example", ("*",)) == "*"


def test_the_badge_and_the_page_quote_what_is_put_into_them(tmp_path: Path) -> None:
    assert "<script" not in badge('"><script>')
    assert 'aria-label="launch a&amp;b"' in badge("a&b")
    (tmp_path / "index.html").write_text(
        '<head><base href="/" /><title>x</title><meta name="description" content="y" />'
        "<!--meta--></head>"
    )
    head = Head(title="<b>", description='"q"', address="a", picture="p", metas={"k": "<v>"})
    html = Page(tmp_path).html("/p/", head)
    assert '<base href="/p/" />' in html
    assert "<title>&lt;b&gt;</title>" in html
    assert html.count('name="description"') == 1
    assert 'name="k" content="&lt;v&gt;"' in html
    assert "not built" in Page(tmp_path / "none").html("/", head)


def test_which_files_never_change() -> None:
    assert is_hashed("assets/index-B3xk9_2a.js")
    assert not is_hashed("index.html")


def test_a_line_of_the_log_is_json_and_holds_no_secret() -> None:
    record = logging.LogRecord(
        "x", logging.INFO, "", 1, "GET %s", ("/a?token=abc\n\x1b[31m",), None
    )
    record.request, record.other = "id", "not ours"
    fields = msgspec.json.decode(JsonLines().format(record))
    assert fields["message"] == "GET /a?token=…"
    assert fields["request"] == "id"
    assert "other" not in fields


def test_lines_for_a_terminal_hold_no_escapes_either() -> None:
    record = logging.LogRecord("binder_lite.web", logging.INFO, "", 0, "a\x1b[2Jb", (), None)
    line = PlainLines().format(record)
    assert " INFO binder_lite.web: a" in line and "\x1b" not in line
