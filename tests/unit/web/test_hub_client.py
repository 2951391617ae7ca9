# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub that is away for a moment, and one that stays away."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from binder_lite.errors import HubFailed
from binder_lite.web import hub_client
from binder_lite.web.hub_client import HubClient


def client(monkeypatch: pytest.MonkeyPatch, answers: list[Any]) -> HubClient:
    """Return a client to whom the hub answers so, one after the other."""

    async def request(*_: object, **__: object) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, json={})

    made = HubClient("http://127.0.0.1:9/hub/api", "token")
    monkeypatch.setattr(made._http, "request", request)
    monkeypatch.setattr(hub_client, "_POLL_SECONDS", 0)
    return made


async def test_a_hub_that_is_being_started_again_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [httpx.ReadError("broke off"), httpx.ConnectError("not there"), 201]
    assert await client(monkeypatch, answers).start_server("ada", "session")
    assert answers == []


@pytest.mark.parametrize("error", [httpx.ConnectError("away"), httpx.ReadTimeout("hangs")])
async def test_one_that_stays_away_is_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(hub_client, "_AWAY_SECONDS", -1)
    answers = [error, 201]
    with pytest.raises(HubFailed):
        await client(monkeypatch, answers).start_server("ada", "session")
    assert answers == [201]
