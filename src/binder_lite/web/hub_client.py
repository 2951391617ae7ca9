# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterHub's REST API, as far as the service needs it: people, their named servers, tokens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import httpx

from binder_lite.errors import HubFailed, TooMany

_POLL_SECONDS = 0.1
_AWAY_SECONDS = 10
_TIMEOUT = httpx.Timeout(30, read=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A named server as the hub knows it. ``pending`` is ``spawn``, ``stop`` or empty."""

    ready: bool
    pending: str
    url: str = ""


class HubClient:
    """Speaks to the hub with the service's own token.

    Raises ``HubFailed`` for what the hub refuses, or when it does not answer.
    """

    def __init__(self, api_url: str, token: str) -> None:
        address = urlsplit(api_url.rstrip("/") + "/")
        socket = None
        if address.scheme == "http+unix":
            socket = unquote(address.netloc)
            address = address._replace(scheme="http", netloc="hub")
        # The hub is on this machine or named by the operator; no proxy is in between.
        transport = httpx.AsyncHTTPTransport(
            uds=socket, trust_env=False, limits=httpx.Limits(max_connections=200)
        )
        self._http = httpx.AsyncClient(
            base_url=urlunsplit(address),
            headers={"Authorization": f"token {token}"},
            timeout=_TIMEOUT,
            transport=transport,
        )

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    async def is_up(self) -> bool:
        """Tell whether the hub answers."""
        try:
            return (await self._http.get("", timeout=5)).status_code == 200
        except httpx.HTTPError:
            return False

    async def create_user(self, name: str) -> None:
        """Make a person; one who is there already stays as they are."""
        await self._ask("POST", f"users/{_quoted(name)}", allowed=(409,))

    async def delete_user(self, name: str) -> None:
        """Remove a person, if they are there."""
        await self._ask("DELETE", f"users/{_quoted(name)}", allowed=(404,))

    async def start_server(self, user: str, server: str) -> bool:
        """Ask for a server's start. Return whether it is up; else the hub says that it takes long.

        A server that runs or starts already is left alone.
        """
        path = f"users/{_quoted(user)}/servers/{_quoted(server)}"
        answer = await self._ask("POST", path, allowed=(400,), json={})
        if answer.status_code == 400 and not await self._runs(user, server):
            raise _failed(answer)
        return answer.status_code == 201

    async def _runs(self, user: str, server: str) -> bool:
        found = await self.server(user, server)
        return found is not None and (found.ready or found.pending == "spawn")

    async def stop_server(self, user: str, server: str, *, remove: bool = False) -> None:
        """Stop a server, and with ``remove`` let the hub forget it. Waits until it is stopped."""
        path = f"users/{_quoted(user)}/servers/{_quoted(server)}"
        await self._ask("DELETE", path, allowed=(404, 400), json={"remove": remove})
        while (found := await self.server(user, server)) and found.pending:
            await asyncio.sleep(_POLL_SECONDS)

    async def server(self, user: str, server: str) -> Server | None:
        """Return the state of a server; ``None`` when it does not run."""
        return (await self.servers(user)).get(server)

    async def servers(self, user: str) -> dict[str, Server]:
        """Return a person's servers that run, start or stop, by name."""
        answer = await self._ask("GET", f"users/{_quoted(user)}", allowed=(404,))
        if answer.status_code == 404:
            return {}
        servers: Mapping[str, Any] = answer.json().get("servers") or {}
        return {
            name: Server(
                ready=bool(each.get("ready")),
                pending=each.get("pending") or "",
                url=each.get("url") or "",
            )
            for name, each in servers.items()
        }

    async def new_token(self, user: str, server: str, seconds: int) -> str:
        """Return a token that opens this one server of the person's, and nothing else."""
        scopes = [f"access:servers!server={user}/{server}"]
        words = {"note": "a launch", "expires_in": seconds, "scopes": scopes}
        answer = await self._ask("POST", f"users/{_quoted(user)}/tokens", json=words)
        return str(answer.json()["token"])

    async def auth_state(self, user: str) -> Mapping[str, Any]:
        """Return what the login left for later use; empty when the service may not see it."""
        answer = await self._ask("GET", f"users/{_quoted(user)}", allowed=(404,))
        state = answer.json().get("auth_state") if answer.status_code == 200 else None
        return state if isinstance(state, dict) else {}

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        allowed: tuple[int, ...] = (),
        json: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        try:
            answer = await self._when_there(method, path, json)
        except httpx.HTTPError as error:
            raise HubFailed(
                "JupyterHub does not answer.", hint="It may be starting again; try in a minute."
            ) from error
        if answer.is_success or answer.status_code in allowed:
            return answer
        raise _failed(answer)

    async def _when_there(
        self, method: str, path: str, json: Mapping[str, Any] | None
    ) -> httpx.Response:
        """Ask, also a hub that is just being started again: what we ask for can be asked twice.

        One that was killed takes us along in a moment; no launch is to fail in that moment.
        """
        until = time.monotonic() + _AWAY_SECONDS
        while True:
            try:
                return await self._http.request(method, path, json=json)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(_POLL_SECONDS)


def _failed(answer: httpx.Response) -> HubFailed | TooMany:
    try:
        said = str(answer.json().get("message") or "")
    except (json.JSONDecodeError, AttributeError):
        said = ""
    if answer.status_code == 429:
        return TooMany(said or "The server is busy.", hint="Try again in a minute.")
    return HubFailed(
        f"JupyterHub answered with status {answer.status_code}{f': {said}' if said else '.'}",
        hint="Try again; if it fails again, tell whoever runs this server.",
    )


def _quoted(name: str) -> str:
    return quote(name, safe="@~")
