# SPDX-License-Identifier: GPL-3.0-or-later
"""The service on a loopback port, with a small hub beside it that starts nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from binder_lite.hub.files import HostStep, write_step
from binder_lite.hub.settings import Login, ServerLimits, ServerSettings, Sources
from binder_lite.web.app import make_app
from binder_lite.web.hub_client import HubClient
from binder_lite.web.launches import LaunchLimits
from binder_lite.web.service import Service, make_service

KEY = b"k" * 32
SERVICE_TOKEN = "token-of-the-service"


@dataclass
class Hub:
    """What the hub knows. A token ``token-NAME`` is that person's."""

    settings: ServerSettings
    users: set[str] = field(default_factory=set)
    servers: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    tokens: list[dict[str, Any]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    fail: HostStep | None = None
    seconds: float = 0.0
    slow_seconds: float = 5.0


class HubHandler(RequestHandler):
    """The few routes of JupyterHub's API that the service calls."""

    @property
    def hub(self) -> Hub:
        hub: Hub = self.application.settings["hub"]
        return hub

    def prepare(self) -> None:
        given = self.request.headers.get("Authorization", "").split(" ")[-1]
        self.name = given.removeprefix("token-")
        if not self.request.path.endswith("/user") and given != SERVICE_TOKEN:
            self.set_status(403)
            self.finish({"message": "not allowed"})

    def send(self, value: object, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value))

    def get(self, path: str) -> None:
        words = path.strip("/").split("/")
        if words == ["user"]:
            if self.name in ("nobody", ""):
                self.send({"message": "no"}, 403)
                return
            scopes = [] if self.name == "weak" else ["access:services!service=binder-lite"]
            kind = "service" if self.name == "portal" else "user"
            self.send({"name": self.name, "kind": kind, "admin": self.name == "root",
                       "user_info": {"name": f"{self.name.title()} Example"},
                       "groups": [], "scopes": scopes})  # fmt: skip
        elif words == [""]:
            self.send({"version": "6"})
        else:
            self.send({"name": words[1], "servers": self.hub.servers.get(words[1], {})})

    async def post(self, path: str) -> None:
        words = path.strip("/").split("/")
        if len(words) == 2:
            self.hub.users.add(words[1])
            self.send({"name": words[1]}, 201)
        elif words[2] == "tokens":
            body = json.loads(self.request.body)
            self.hub.tokens.append(body | {"user": words[1]})
            self.send({"token": "a-new-token"}, 201)
        else:
            await self._start(words[1], words[3])

    async def _start(self, user: str, name: str) -> None:
        hub = self.hub
        directory = hub.settings.session_settings().sessions / name
        hub.started.append(name)
        servers = hub.servers.setdefault(user, {})
        if name in servers:
            self.send({"message": "already running"}, 400)
            return
        servers[name] = {"ready": False, "pending": "spawn"}
        write_step(directory, HostStep(phase="launching", message="The host starts."))
        if hub.fail:
            write_step(directory, hub.fail)
            del servers[name]
            self.send({"message": "The spawner failed."}, 500)
            return
        finish = asyncio.create_task(self._finish(servers, name))
        if hub.seconds > hub.slow_seconds:
            await asyncio.sleep(hub.slow_seconds)
            self.send({}, 202)
            return
        await finish
        self.send({}, 201)

    async def _finish(self, servers: dict[str, Any], name: str) -> None:
        await asyncio.sleep(self.hub.seconds)
        if name in servers:
            servers[name] = {"ready": True, "pending": None, "url": "/"}

    def delete(self, path: str) -> None:
        words = path.strip("/").split("/")
        if len(words) == 2:
            self.hub.users.discard(words[1])
        else:
            self.hub.servers.get(words[1], {}).pop(words[3], None)
        self.set_status(204)


@dataclass
class World:
    """A service with its hub, and clients of it."""

    hub: Hub
    service: Service
    url: str
    stack: contextlib.AsyncExitStack

    @property
    def prefix(self) -> str:
        return self.service.settings.prefix

    def client(self, name: str = "", **headers: str) -> httpx.AsyncClient:
        """Return a client; a program of this person's, or a stranger's."""
        if name:
            headers = {"Authorization": f"token token-{name}", **headers}
        made = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, trust_env=False)
        self.stack.push_async_callback(made.aclose)
        return made

    def cookie(self, name: str) -> str:
        """Return the cookie that a login leaves in the browser."""
        from tornado.web import create_signed_value

        secret = self.service_app.settings["cookie_secret"]
        value = create_signed_value(secret, "service-binder-lite", f"token-{name}")
        return f"service-binder-lite={value.decode()}"

    service_app: Application = field(default_factory=Application)

    async def browser(self, name: str, **headers: str) -> httpx.AsyncClient:
        """Return a client that has logged in and loaded the page, with its XSRF header."""
        made = self.client(Cookie=self.cookie(name), **headers)
        page = await made.get(self.prefix, headers={"Sec-Fetch-Mode": "navigate"})
        token = page.cookies["binder-lite-xsrf"]
        cookie = f"{self.cookie(name)}; binder-lite-xsrf={token}"
        return self.client(
            Cookie=cookie, **{"X-XSRFToken": token, "Sec-Fetch-Site": "same-origin",
                              "Sec-Fetch-Mode": "cors", **headers}
        )  # fmt: skip


@dataclass(frozen=True)
class Sse:
    """A server-sent event."""

    id: str
    data: dict[str, Any]


async def read_events(answer: httpx.Response) -> AsyncIterator[Sse]:
    """Yield the events of a stream."""
    id = ""
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            id = line[4:]
        elif line.startswith("data: "):
            yield Sse(id, json.loads(line[6:]))


async def launch(
    client: httpx.AsyncClient, path: str, *, until: str = "", **headers: str
) -> list[Sse]:
    """Launch and return the events, up to the first of kind ``until`` or the last."""
    found = []
    asked = {"Accept": "text/event-stream", **headers}
    async with client.stream("GET", path, headers=asked) as answer:
        async for event in read_events(answer):
            found.append(event)
            if event.data.get("kind") in (until, "ready", "failed"):
                return found
    return found


def settings_of(tmp_path: Path, **values: Any) -> ServerSettings:
    """Return settings of a server that opens repositories of this machine's web servers."""
    defaults: dict[str, Any] = {
        "sources": Sources(private_addresses=True),
        "limits": ServerLimits(sessions_per_person=0, sessions=0),
        "login": Login(kind="temporary"),
    }
    return ServerSettings(
        data=tmp_path / "data", cache=tmp_path / "cache", **{**defaults, **values}
    )


def _listen(app: Application) -> tuple[HTTPServer, int]:
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(app, xheaders=True, trusted_downstream=["127.0.0.1"])
    server.add_sockets(sockets)
    return server, sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def serving(
    settings: ServerSettings, *, hub: Hub | None = None, **options: Any
) -> AsyncIterator[World]:
    """Run the service and its hub for as long as the block lasts; ``hub`` is one that has run."""
    settings.data.mkdir(parents=True, exist_ok=True)
    hub = hub or Hub(settings)
    hub_server, port = _listen(Application([(r"/hub/api/?(.*)", HubHandler)], hub=hub))
    api = f"http://127.0.0.1:{port}/hub/api"
    auth = HubOAuth(
        api_url=api,
        api_token=SERVICE_TOKEN,
        oauth_client_id="service-binder-lite",
        oauth_redirect_uri=f"{settings.prefix}oauth_callback",
        oauth_authorization_url=f"{settings.prefix}hub/api/oauth2/authorize",
        access_scopes={"access:services!service=binder-lite"},
        base_url=settings.prefix,
        hub_prefix=f"{settings.prefix}hub/",
    )
    options.setdefault("launch_limits", LaunchLimits(grace_seconds=1, keep_seconds=30))
    service = make_service(settings, auth, HubClient(api, SERVICE_TOKEN), KEY, **options)
    service.go_on()
    app = make_app(service, KEY)
    server, port = _listen(app)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(hub_server.close_all_connections)
        stack.callback(hub_server.stop)
        stack.push_async_callback(server.close_all_connections)
        stack.push_async_callback(service.close)
        stack.callback(server.stop)
        yield World(hub, service, f"http://127.0.0.1:{port}", stack, app)
