# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies of the operator's, as variables name them."""

from __future__ import annotations

import pytest

from binder_lite.errors import BadSettings
from binder_lite.outgoing.proxy_requests import WebProxy, parse_proxy


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.example:3128", WebProxy("proxy.example", 3128)),
        ("proxy.example:3128/", WebProxy("proxy.example", 3128)),
        ("https://proxy.example", WebProxy("proxy.example", 443, tls=True)),
        ("http://a%40b:c%3A@[::1]:8080", WebProxy("::1", 8080, login="a@b:c:")),
    ],
)
def test_a_proxy_is_read(url: str, proxy: WebProxy) -> None:
    assert parse_proxy(url) == proxy


@pytest.mark.parametrize("url", ["socks5://proxy.example:1080", "http://", "http://proxy:port"])
def test_what_is_no_web_proxy_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="is no web proxy"):
        parse_proxy(url)
