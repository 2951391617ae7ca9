# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from binder_lite.sources import git_commands as commands
from binder_lite.sources.model import Login

MIRROR = Path("/cache/mirror.git")
REMOTE = commands.Remote("https://example.org/r", "r", {"HOME": "/home/person"})


def config(env: Mapping[str, str]) -> list[tuple[str, str]]:
    numbers = range(int(env["GIT_CONFIG_COUNT"]))
    return [(env[f"GIT_CONFIG_KEY_{n}"], env[f"GIT_CONFIG_VALUE_{n}"]) for n in numbers]


def test_listing_refs() -> None:
    command = commands.ls_remote_command(REMOTE)
    assert command.argv == ("git", "ls-remote", "--symref", "--", "https://example.org/r")
    assert command.cwd == Path("/")


def test_fetching() -> None:
    command = commands.fetch_command(MIRROR, REMOTE, ("a:b",), "--depth=1")
    assert command.argv == (
        "git", "fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--force",
        "--depth=1", "--", "https://example.org/r", "a:b",
    )  # fmt: skip
    assert command.env["GIT_DIR"] == "/cache/mirror.git"


def test_a_repository_on_this_disk_is_read_whoever_owns_it() -> None:
    remote = commands.local_remote(Path("/srv/a b%ß\n"))
    assert remote.url == "file:///srv/a%20b%25%C3%9F%0A"
    assert "safe.directory=*" in remote.options[0]
    assert remote.env["GIT_ALLOW_PROTOCOL"] == "file"


@pytest.mark.parametrize("longer", [False, True])
def test_a_new_mirror(longer: bool) -> None:
    argv = commands.init_command(MIRROR, "a" * (64 if longer else 40)).argv
    assert f"--object-format={'sha256' if longer else 'sha1'}" in argv
    assert argv[-2:] == ("--", "/cache/mirror.git")
    assert "--template=" in argv


def test_nobodys_configuration_applies_to_data() -> None:
    env = commands.data_environment()
    assert env["GIT_CONFIG_GLOBAL"] == "/dev/null"
    assert env["GIT_CONFIG_NOSYSTEM"] == "1"
    assert env["GIT_ALLOW_PROTOCOL"] == "none"
    assert ("core.hooksPath", "/dev/null") in config(env)
    assert ("core.fsmonitor", "false") in config(env)
    assert "safe.directory" not in dict(config(env))


def test_the_persons_configuration_applies_to_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    monkeypatch.setenv("SSH_ASKPASS", "/usr/bin/ask")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    env = commands.person_environment("https://example.org/r", None)
    assert env["SSH_AUTH_SOCK"] == "/run/agent"
    assert "GIT_CONFIG_GLOBAL" not in env
    assert env["GIT_TERMINAL_PROMPT"] == "0"
    assert env["GIT_ASKPASS"] == ""
    assert "SSH_ASKPASS" not in env
    assert env["LC_ALL"] == "C"
    assert "BatchMode=yes" in env["GIT_SSH_COMMAND"]
    assert set(env["GIT_ALLOW_PROTOCOL"].split(":")) == {"https", "http", "ssh", "git"}
    assert not any("credential" in key for key, _ in config(env))


def test_the_persons_own_ssh_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -i key")
    env = commands.person_environment("ssh://example.org/r", None)
    assert env["GIT_SSH_COMMAND"] == "ssh -i key"
    monkeypatch.delenv("GIT_SSH_COMMAND")
    env = commands.person_environment("ssh://example.org/r", None, own_ssh=True)
    assert "GIT_SSH_COMMAND" not in env


def test_a_login_is_given_to_its_host_only() -> None:
    env = commands.person_environment("https://example.org:8443/r", Login("me", "s3cret"))
    helpers = [pair for pair in config(env) if pair[0].startswith("credential.")]
    assert [key for key, _ in helpers] == ["credential.https://example.org:8443.helper"] * 2
    assert helpers[0][1] == ""
    assert not any("s3cret" in value for _, value in config(env))
    assert env["BINDER_LITE_PASSWORD"] == "s3cret"
    assert "s3cret" not in repr(commands.Remote("https://example.org:8443/r", "r", env))


def test_a_name_without_password_leaves_the_helpers() -> None:
    env = commands.person_environment("https://example.org/r", Login("me"))
    assert ("credential.https://example.org.username", "me") in config(env)
    assert not any(key.endswith(".helper") for key, _ in config(env))


def test_commands_on_data() -> None:
    command = commands.data_command(
        MIRROR, "status", work_tree=Path("/srv/tree"), index=Path("/tmp/index")
    )
    assert command.argv == ("git", "status")
    assert command.cwd == Path("/srv/tree")
    assert command.env["GIT_WORK_TREE"] == "/srv/tree"
    assert command.env["GIT_INDEX_FILE"] == "/tmp/index"


def test_looking_at_a_repository_of_anybody() -> None:
    command = commands.look_command(Path("/srv/tree"), "rev-parse", "--git-dir")
    assert command.cwd == Path("/srv/tree")
    assert ("safe.directory", "*") in config(command.env)
    assert command.env["GIT_CONFIG_GLOBAL"] == "/dev/null"
