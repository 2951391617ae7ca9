# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.hub.proxy import SocketProxy, by_host

ROUTES = {
    "/nb/": "/nb.example.org/nb",
    "/": "/nb.example.org",
    "/nb/hub/": "/nb.example.org/nb/hub",
    "/nb/user/ada/k2345678901234567890/": (
        "/k2345678901234567890.use.example.net/nb/user/ada/k2345678901234567890"
    ),
}


def proxy(**traits: str) -> SocketProxy:
    return SocketProxy(auth_token="hush", **traits)


@pytest.mark.parametrize(("route", "path"), ROUTES.items())
def test_routes_are_at_hosts_of_which_the_hub_knows_nothing(route: str, path: str) -> None:
    ours = proxy(public_host="nb.example.org", session_domain="use.example.net")
    assert ours._routespec_to_chp_path(route) == path
    assert ours._routespec_from_chp_path(path) == route


@pytest.mark.parametrize("route", ROUTES)
def test_without_a_domain_routes_are_paths(route: str) -> None:
    path = proxy()._routespec_to_chp_path(route)
    assert path == (route.rstrip("/") or "/")
    assert proxy()._routespec_from_chp_path(path) == route


def test_the_web_service_answers_for_all_other_hosts() -> None:
    command = by_host(["node", "script"], "http+unix://web")
    assert command == ["node", "script", "--host-routing", "--default-target", "http+unix://web"]
