# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from binder_lite.hub.adding import can_be_added_to, followed_by, is_document

HTML = ("Content-Type", "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([HTML], True),
        ([("content-type", "TEXT/HTML")], True),
        ([HTML, ("Content-Encoding", "identity")], True),
        ([HTML, ("Content-Encoding", "gzip")], False),
        ([HTML, ("Content-Security-Policy", "frame-ancestors 'self'; report-uri /x")], True),
        ([HTML, ("Content-Security-Policy", "img-src *; SandBox allow-scripts")], False),
        ([HTML, ("Content-Security-Policy", "sandbox")], False),
        ([HTML, ("Content-Security-Policy", "img-src *, sandbox")], False),
        (
            [
                HTML,
                ("Content-Security-Policy", "img-src *"),
                ("Content-Security-Policy", "sandbox"),
            ],
            False,
        ),
        ([HTML, ("Content-Security-Policy", "report-uri /sandbox")], True),
        ([("Content-Type", "application/json")], False),
        ([], False),
    ],
)  # fmt: skip
def test_what_is_added_to(headers: list[tuple[str, str]], expected: bool) -> None:
    assert can_be_added_to("GET", 200, headers) is expected


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 404)])
def test_what_has_no_page_of_the_servers(method: str, status: int) -> None:
    assert not can_be_added_to(method, status, [HTML])


def test_a_frame_is_no_document() -> None:
    assert is_document({"Sec-Fetch-Dest": "document"}) and is_document({})
    assert not is_document({"Sec-Fetch-Dest": "iframe"})


@pytest.mark.parametrize("pieces", [[], [b"<p>no head"], [b"<he", b"ad></head>", b"</html>"]])
async def test_the_element_is_last_and_pieces_come_as_they_are(pieces: list[bytes]) -> None:
    seen: list[bytes] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number, piece in enumerate(pieces):
            assert len(seen) == number  # Nothing is held back.
            yield piece

    async for chunk in followed_by(b"<script>", chunks()):
        seen.append(chunk)
    assert seen == [*pieces, b"<script>"]
