# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import BadSettings
from binder_lite.settings import Settings, config_file, read_settings, space_of


def _variables(tmp_path: Path, text: str, **more: str) -> dict[str, str]:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return {"BINDER_LITE_CONFIG": str(file), **more}


def test_without_a_file_there_are_defaults() -> None:
    settings = read_settings({})
    assert settings == Settings(data=settings.data, cache=settings.cache)
    assert settings.data.name == settings.cache.name == "binder-lite"
    assert settings.data != settings.cache


def test_the_file_is_read(tmp_path: Path) -> None:
    text = 'data = "/srv/data"\nmemory_mib = 2048\nprocesses = 0\nbase_url = "/nb/"\n'
    settings = read_settings(_variables(tmp_path, text))
    assert settings.data == Path("/srv/data")
    assert settings.sessions == Path("/srv/data/sessions")
    assert settings.packages.is_relative_to("/srv/data/builds")
    assert (settings.memory_mib, settings.processes, settings.base_url) == (2048, 0, "/nb/")


def test_the_environment_wins(tmp_path: Path) -> None:
    text = 'data = "/srv/data"\nmemory_mib = 2048\n'
    more = {"BINDER_LITE_DATA": "/mnt/data", "BINDER_LITE_CPUS": "3"}
    settings = read_settings(_variables(tmp_path, text, **more))
    assert (settings.data, settings.memory_mib, settings.cpus) == (Path("/mnt/data"), 2048, 3)


def test_variables_that_are_no_settings_are_none_of_our_business() -> None:
    read_settings({"BINDER_LITE_REQUIRE_TOOLS": "1", "BINDER_LITE_SCREENSHOTS": "/tmp/x"})


BAD = [
    ("dta = '/x'", {}, "'dta'", "Did you mean 'data'?"),
    ("memory = 1", {}, "'memory'", "memory_mib"),
    ("zzz = 1", {}, "'zzz'", "Known are: data, cache"),
    ("memory_mib = 'much'", {}, "memory_mib", "config.toml"),
    ("cpus = 1.5", {}, "cpus", "config.toml"),
    ("data = 3", {}, "data", "config.toml"),
    ("", {"BINDER_LITE_CPUS": "many"}, "cpus", "BINDER_LITE_"),
    ("data =", {}, "not valid TOML", "Mend"),
    ("base_url = '/nb'", {}, "'/nb'", "begins and ends with a slash"),
    ("base_url = 'nb/'", {}, "'nb/'", "begins and ends with a slash"),
    ("base_url = ''", {}, "''", "begins and ends with a slash"),
    ("memory_mib = -1", {}, "memory_mib", "config.toml"),
    ("session_uid = 0", {}, "session_uid", "config.toml"),
]


@pytest.mark.parametrize(("text", "variables", "named", "hint"), BAD)
def test_bad_settings_are_named(
    tmp_path: Path, text: str, variables: dict[str, str], named: str, hint: str
) -> None:
    with pytest.raises(BadSettings) as raised:
        read_settings(_variables(tmp_path, text, **variables))
    assert named in raised.value.message
    assert hint in raised.value.hint


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    variables = _variables(tmp_path, "")
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettings, match="not valid TOML"):
        read_settings(variables)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read: Is a directory"):
        read_settings({"BINDER_LITE_CONFIG": str(tmp_path)})


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="does not exist"):
        read_settings({"BINDER_LITE_CONFIG": str(tmp_path / "none.toml")})


def test_the_file_lies_in_the_person_s_configuration_unless_named() -> None:
    assert config_file({}).parts[-2:] == ("binder-lite", "config.toml")
    assert config_file({"BINDER_LITE_CONFIG": "/etc/bl.toml"}) == Path("/etc/bl.toml")


def test_a_private_space_has_its_own_places_and_sees_the_shared_environments() -> None:
    shared = read_settings({})
    own = shared.in_space(space_of("ada"))
    assert shared.in_space("") is shared
    assert own.environments.is_relative_to(shared.packages.parent / "private" / own.space)
    assert own.repositories.is_relative_to(shared.cache / "private" / own.space)
    assert own.visible_environments == (own.environments, shared.environments)
    assert shared.visible_environments == (shared.environments,)
    assert (own.sessions, own.packages) == (shared.sessions, shared.packages)
    assert space_of("ada") != space_of("Ada")
    assert "ada" not in own.space


def test_hosts_are_a_list_in_the_file_and_words_in_the_variable(tmp_path: Path) -> None:
    variables = _variables(tmp_path, 'network = "web"\nnetwork_hosts = ["a.example"]')
    assert read_settings(variables).network_hosts == ("a.example",)
    variables |= {"BINDER_LITE_NETWORK_HOSTS": "b.example 10.0.0.7", "BINDER_LITE_NETWORK": "none"}
    settings = read_settings(variables)
    assert (settings.network, settings.network_hosts) == ("none", ("b.example", "10.0.0.7"))
    with pytest.raises(BadSettings, match="network"):
        read_settings({**variables, "BINDER_LITE_NETWORK": "some"})
