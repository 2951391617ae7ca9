# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_lite.cli import doctor
from binder_lite.cli.checks import server
from binder_lite.hub.settings import Login, ServerSettings

SEEN: dict[str, object] = {"host": "nb.example.org", "protocol": "https", "upgrade": True}


def settings_of(directory: Path, **values: Any) -> ServerSettings:
    return ServerSettings(data=directory / "data", cache=directory / "cache", **values)


def test_what_others_may_look_into_is_a_failure(tmp_path: Path) -> None:
    assert server.check_private("hub", tmp_path / "none").outcome == "ok"
    tmp_path.chmod(0o700)
    assert server.check_private("hub", tmp_path).outcome == "ok"
    tmp_path.chmod(0o750)
    check = server.check_private("hub", tmp_path)
    assert (check.outcome, f"chmod 700 {tmp_path}" in check.hint) == ("failed", True)


def test_a_long_path_is_told_from_the_hubs_directory(tmp_path: Path) -> None:
    check = server.check_sockets(settings_of(tmp_path / ("d" * 100)))
    assert check.outcome == "ok" and check.found.startswith("42 of")


def test_an_address_that_another_program_has_is_a_failure(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = settings_of(tmp_path, bind=f"127.0.0.1:{taken.getsockname()[1]}")
        assert server.check_port(settings, None).outcome == "failed"
        assert server.check_port(settings, {"ok": True}).outcome == "ok"
        assert server.check_port(settings, {"ok": False}).outcome == "failed"
    assert server.check_port(settings, None).outcome == "ok"


def test_the_key_of_tokens_is_ours_alone(tmp_path: Path) -> None:
    assert server.check_key(settings_of(tmp_path), {}).outcome == "skipped"
    settings = settings_of(tmp_path, login=Login(kind="github"))
    assert server.check_key(settings, {}).outcome == "ok"
    settings.hub.mkdir(parents=True)
    key = settings.hub / "crypt-key"
    key.write_text("hush")
    key.chmod(0o644)
    check = server.check_key(settings, {})
    assert (check.outcome, f"chmod 600 {key}" in check.hint) == ("failed", True)
    assert "hush" not in f"{check}"
    assert server.check_key(settings, {"JUPYTERHUB_CRYPT_KEY": "a"}).outcome == "ok"


@pytest.mark.parametrize(
    ("public", "outcome"),
    [
        ("https://nb.example.org", "ok"),
        ("http://nb.example.org", "warning"),
        ("http://localhost:8000", "ok"),
        ("", "warning"),
    ],
)
def test_the_redirect_address_is_known_and_encrypted(
    tmp_path: Path, public: str, outcome: str
) -> None:
    settings = settings_of(tmp_path, public_url=public, prefix="/nb/", login=Login(kind="github"))
    check = server.check_callback(settings)
    assert check.outcome == outcome and "/nb/hub/oauth_callback" in check.found


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, None),
        ({"host": "127.0.0.1:8000"}, "Host as 127.0.0.1:8000"),
        ({"protocol": "http"}, "X-Forwarded-Proto"),
        ({"upgrade": False}, "WebSockets"),
    ],
)
def test_what_the_proxy_in_front_does_not_pass_on_is_said(
    tmp_path: Path, changed: Mapping[str, object], said: str | None
) -> None:
    settings = settings_of(tmp_path, public_url="https://nb.example.org")
    wrong = server.wrongly_passed_on(settings, {**SEEN, **changed})
    assert [said in each for each in wrong if said] == ([True] if said else [])
    assert len(wrong) == (said is not None)


async def test_the_public_address_is_asked_when_the_server_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path, public_url="https://nb.example.org")
    answers: list[Mapping[str, object] | Exception | None] = []

    async def seen(address: str) -> Mapping[str, object] | None:
        assert address == "https://nb.example.org/health/seen"
        answer = answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(server, "_seen", seen)
    assert (await server.check_front(settings, None)).outcome == "skipped"
    for answer, outcome in (
        (SEEN, "ok"), ({}, "failed"), (None, "failed"), (httpx.ConnectError("no"), "failed"),
    ):  # fmt: skip
        answers.append(answer)
        check = await server.check_front(settings, {"ok": True})
        assert check.outcome == outcome
        assert bool(check.hint) == (outcome == "failed")


def test_an_account_lingers_or_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "serves")
    assert server.check_lingering(tmp_path / "none").outcome == "skipped"
    check = server.check_lingering(tmp_path, tmp_path)
    assert check.outcome == "warning" and "enable-linger serves" in check.hint
    (tmp_path / "var/lib/systemd/linger").mkdir(parents=True)
    (tmp_path / "var/lib/systemd/linger/serves").touch()
    assert server.check_lingering(tmp_path, tmp_path).outcome == "ok"


async def test_settings_that_cannot_be_used_are_the_only_finding(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text('bnid = "127.0.0.1:8000"\n')
    [check] = await doctor.examine_server(file)
    assert (check.name, check.outcome) == ("settings", "failed")
    assert "bnid" in check.found and "bind" in check.hint


def test_it_is_told_that_other_peoples_sessions_reach_what_is_near(tmp_path: Path) -> None:
    near = settings_of(tmp_path)
    assert server.check_network(near).outcome == "ok"
    public = replace(near, public_url="https://notebooks.example.org")
    assert server.check_network(public).outcome == "warning"
    web = replace(public, limits=replace(public.limits, network="web"))
    assert server.check_network(web).outcome == "ok"
