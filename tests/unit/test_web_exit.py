# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import SourceRefused
from binder_lite.outgoing.web_exit import to_the_web


@pytest.mark.parametrize(
    ("url", "anywhere"),
    [
        ("https://pypi.example/simple/", False),
        ("http://pypi.example/", False),
        ("https://git.example:8443/r", False),
        ("http://data.lab.example:81/", True),
        ("https://DATA.lab.example./", True),
        ("https://other.data.lab.example/", False),
        ("https://data.lab.example.evil.example/", False),
    ],
)
def test_only_named_hosts_may_be_anywhere(url: str, anywhere: bool) -> None:
    assert to_the_web(("data.lab.example",))(None, url) is anywhere  # type: ignore[arg-type]


@pytest.mark.parametrize("port", [22, 25, 465, 587, 993, 111])
def test_what_is_not_the_webs_is_refused(port: int) -> None:
    with pytest.raises(SourceRefused, match=f"Port {port}"):
        to_the_web(())(None, f"http://host.example:{port}/")  # type: ignore[arg-type]
