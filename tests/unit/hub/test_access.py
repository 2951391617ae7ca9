# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import BadSettings
from binder_lite.hub.access import read_access

VARIABLES = {
    "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
    "JUPYTERHUB_API_TOKEN": "secret",
    "JUPYTERHUB_ACTIVITY_URL": "http://127.0.0.1:8081/hub/api/users/ada/activity",
    "JUPYTERHUB_BASE_URL": "/base/",
    "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-ada-abc",
    "JUPYTERHUB_OAUTH_CALLBACK_URL": "/base/user/ada/abc/oauth_callback",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers!server=ada/abc"]',
    "JUPYTERHUB_SERVICE_PREFIX": "/base/user/ada/abc/",
    "JUPYTERHUB_SERVER_NAME": "abc",
}


def test_reads_what_spawners_say() -> None:
    access = read_access({**VARIABLES, "BINDER_LITE_CORS_ORIGINS": "https://a.org https://b.org"})
    assert access.prefix == "/base/user/ada/abc/"
    assert access.hub_prefix == "/base/hub/"
    assert access.scopes == {"access:servers!server=ada/abc"}
    assert access.origins == {"https://a.org", "https://b.org"}
    assert not access.token_in_url


def test_the_token_is_not_shown() -> None:
    assert "secret" not in repr(read_access(VARIABLES))


@pytest.mark.parametrize("name", sorted(VARIABLES.keys() - {"JUPYTERHUB_SERVER_NAME"}))
def test_a_missing_variable_is_told(name: str) -> None:
    with pytest.raises(BadSettings, match=name):
        read_access({key: value for key, value in VARIABLES.items() if key != name})


@pytest.mark.parametrize("scopes", ["[]", "null", '"all"', ""])
def test_without_a_scope_nobody_would_be_refused(scopes: str) -> None:
    with pytest.raises(BadSettings):
        read_access({**VARIABLES, "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes})
