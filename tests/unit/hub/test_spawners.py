# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from binder_lite.hub.settings_model import ServerLimits, ServerSettings
from binder_lite.hub.spawners import host_variables, socket_url

SETTINGS = ServerSettings(
    data=Path("/srv/data"),
    cache=Path("/srv/cache"),
    idle_seconds=60,
    cors_origins=("https://a.org", "https://b.org"),
    limits=ServerLimits(memory_mib=512),
)


@pytest.mark.parametrize("path", ["/srv/data/gate.sock", "/Users/Ä b/%2f/../x.sock", "/a:b@c?d#e"])
def test_a_sockets_address_outlives_what_is_done_to_a_hosts_name(path: str) -> None:
    url = socket_url(Path(path))
    host = urlsplit(url).hostname or ""
    assert unquote(host) == path
    assert urlsplit(f"{url}:80/user/ada/").port == 80


def test_a_path_too_long_for_a_socket_is_told_from_where_the_hub_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = tmp_path / ("x" * 120) / "hub"
    hub.mkdir(parents=True)
    monkeypatch.chdir(hub)
    url = socket_url(hub.parent / "sessions/abc/gate.sock")
    assert unquote(urlsplit(url).netloc) == "../sessions/abc/gate.sock"


def test_a_host_is_told_the_servers_settings_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BINDER_LITE_SERVE_LOGIN_CLIENT_SECRET", "planted")
    monkeypatch.setenv("CONFIGPROXY_AUTH_TOKEN", "planted")
    variables = host_variables(SETTINGS)
    assert variables["BINDER_LITE_DATA"] == "/srv/data"
    assert variables["BINDER_LITE_MEMORY_MIB"] == "512"
    assert variables["BINDER_LITE_IDLE_SECONDS"] == "60"
    assert variables["BINDER_LITE_CORS_ORIGINS"] == "https://a.org https://b.org"
    assert "planted" not in variables.values()
