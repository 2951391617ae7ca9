# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.hub.forwarding import Caller, inward_headers, outward_headers, own_cookies, target

CALLER = Caller(address="192.0.2.7", protocol="https", host="hub.example")
PREFIX = "/user/ada/abc/"


def inward(*headers: tuple[str, str]) -> dict[str, str]:
    return dict(inward_headers(headers, CALLER, token="inner", cookies="abc-"))


def outward(*headers: tuple[str, str]) -> list[tuple[str, str]]:
    return outward_headers(headers, prefix=PREFIX, cookies="abc-")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("/user/ada/abc/lab", "/user/ada/abc/lab"),
        ("/user/ada/abc/lab?token=secret", "/user/ada/abc/lab"),
        ("/user/ada/abc/lab?a=1&token=secret&b=%20", "/user/ada/abc/lab?a=1&b=%20"),
        ("/user/ada/abc/lab?%74oken=secret&a", "/user/ada/abc/lab?a"),
        ("/user/ada/abc/api?_xsrf=2|x&content=1", "/user/ada/abc/api?content=1"),
        ("/user/ada/abc/a%2Fb?x=a%26token%3D1", "/user/ada/abc/a%2Fb?x=a%26token%3D1"),
    ],
)
def test_tokens_leave_the_query_and_all_else_stays(uri: str, expected: str) -> None:
    assert target(uri) == expected


def test_the_servers_own_token_replaces_the_persons() -> None:
    headers = inward(("Authorization", "token hub-secret"), ("Accept", "*/*"))
    assert headers["Authorization"] == "token inner"
    assert headers["Accept"] == "*/*"
    assert "hub-secret" not in str(headers)


@pytest.mark.parametrize(
    "name", ["Origin", "X-XSRFToken", "Upgrade", "Keep-Alive", "Proxy-Authorization", "Forwarded"]
)
def test_what_is_ours_or_of_the_connection_stays_out(name: str) -> None:
    assert name not in inward((name, "x"))


def test_headers_that_the_connection_names_are_dropped() -> None:
    assert "X-Hop" not in inward(("Connection", "close, X-Hop"), ("X-Hop", "1"))


def test_a_forged_address_is_replaced() -> None:
    headers = inward(("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Host", "evil.example"))
    assert headers["X-Forwarded-For"] == "192.0.2.7"
    assert headers["X-Forwarded-Host"] == headers["Host"] == "hub.example"


def test_only_the_servers_own_cookies_go_in() -> None:
    header = "jupyterhub-session-id=s; abc-theme=dark; service-binder-lite=t; _xsrf=x; abc-b=c=d"
    assert own_cookies(header, "abc-") == "theme=dark; b=c=d"
    assert inward(("Cookie", header))["Cookie"] == "theme=dark; b=c=d"
    assert "Cookie" not in inward(("Cookie", "jupyterhub-session-id=s"))


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("a=b", f"abc-a=b; Path={PREFIX}"),
        ("a=b; Path=/; Domain=example; HttpOnly", f"abc-a=b; Path={PREFIX}; HttpOnly"),
        (f"a=b; path={PREFIX}deep/", f"abc-a=b; Path={PREFIX}deep/"),
        ("jupyterhub-session-id=fixed; Path=/", f"abc-jupyterhub-session-id=fixed; Path={PREFIX}"),
        ("_xsrf=2|x; Path=/", None),
        ("nonsense", None),
    ],
)
def test_a_cookie_reaches_no_further_than_the_session(cookie: str, expected: str | None) -> None:
    assert outward(("Set-Cookie", cookie)) == ([("Set-Cookie", expected)] if expected else [])


@pytest.mark.parametrize(
    "name",
    [
        "Clear-Site-Data",
        "Service-Worker-Allowed",
        "Alt-Svc",
        "Strict-Transport-Security",
        "NEL",
        "Report-To",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Credentials",
        "Transfer-Encoding",
    ],
)
def test_what_would_work_on_the_whole_origin_is_dropped(name: str) -> None:
    assert outward((name, "x"), ("Location", "/user/ada/abc/lab")) == [
        ("Location", "/user/ada/abc/lab")
    ]
