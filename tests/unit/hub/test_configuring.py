# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets.config import Config

from binder_lite.errors import BadSettings
from binder_lite.hub import configuring
from binder_lite.hub.configuring import SERVICE, configure, configure_whole
from binder_lite.hub.settings import ServerSettings
from binder_lite.hub.settings_model import Login
from binder_lite.hub.spawners import LocalSessionSpawner, SessionSpawner


@pytest.fixture(autouse=True)
def _proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuring, "proxy_command", lambda _: ["node", "proxy"])


def _settings(tmp_path: Path, **more: Any) -> ServerSettings:
    return ServerSettings(data=tmp_path / "data", cache=tmp_path / "cache", **more)


def _service(c: Config) -> dict[str, Any]:
    return next(each for each in c.JupyterHub.services if each["name"] == SERVICE)


def test_a_hub_that_was_there_keeps_what_it_has(tmp_path: Path) -> None:
    c = Config()
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.services = [{"name": "announcements"}]
    c.JupyterHub.load_roles = [{"name": "looks", "scopes": ["list:users"]}]
    c.ConfigurableHTTPProxy.command = ["our-proxy"]
    configure(c, _settings(tmp_path))
    assert c.JupyterHub.authenticator_class == "pam"
    assert [each["name"] for each in c.JupyterHub.services][:2] == ["announcements", SERVICE]
    assert c.JupyterHub.load_roles[0]["name"] == "looks"
    assert c.ConfigurableHTTPProxy.command == ["our-proxy"]
    assert c.JupyterHub.spawner_class is LocalSessionSpawner
    assert "db_url" not in c.JupyterHub


def test_the_service_in_it_knows_that_strangers_are_none_of_its_people(tmp_path: Path) -> None:
    added, whole = Config(), Config()
    configure(added, _settings(tmp_path))
    configure_whole(whole, _settings(tmp_path))
    name = "BINDER_LITE_SERVE_LOGIN_KIND"
    assert _service(added)["environment"][name] == "hub"
    assert _service(whole)["environment"][name] == "temporary"
    assert added.SessionSpawner.server_settings.login == Login(kind="hub")


def test_a_spawner_of_sessions_is_kept(tmp_path: Path) -> None:
    class Mine(SessionSpawner, SimpleLocalProcessSpawner):  # type: ignore[misc]
        pass

    c = Config()
    c.JupyterHub.spawner_class = Mine
    configure(c, _settings(tmp_path))
    assert c.JupyterHub.spawner_class is Mine


@pytest.mark.parametrize("spawner", ["docker", SimpleLocalProcessSpawner])
def test_another_spawner_is_refused_and_not_replaced(tmp_path: Path, spawner: Any) -> None:
    c = Config()
    c.JupyterHub.spawner_class = spawner
    with pytest.raises(BadSettings, match="a spawner of its own"):
        configure(c, _settings(tmp_path))
    assert c.JupyterHub.spawner_class == spawner


def test_a_second_login_is_refused(tmp_path: Path) -> None:
    login = Login(kind="github", client_id="a", client_secret="b")
    with pytest.raises(BadSettings, match="a login by github"):
        configure(Config(), _settings(tmp_path, login=login))
