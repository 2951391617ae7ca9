# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m binder_lite.web``: the service, as JupyterHub starts it.

JupyterHub says in variables where it is and with what token to speak to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.web import RequestHandler

from binder_lite.engines.sandbox import find_bwrap
from binder_lite.errors import BadSettings, LaunchError
from binder_lite.hub.access import CACHE_SECONDS
from binder_lite.hub.settings import ServerSettings, read_server_settings
from binder_lite.hub.spares import claim_spare
from binder_lite.listening import listening
from binder_lite.outgoing.exit import exit_at
from binder_lite.storage import lock
from binder_lite.web.app import make_app
from binder_lite.web.build_tokens import read_key
from binder_lite.web.disk import MIB, keep_room
from binder_lite.web.hub_client import HubClient
from binder_lite.web.isolated_git import isolate_git
from binder_lite.web.log_lines import JsonLines, PlainLines
from binder_lite.web.policy_settings import policy_of
from binder_lite.web.service import Service, make_service

log = logging.getLogger("binder_lite.web")

_POLL_SECONDS = 0.1


class _PageLogin(HubOAuth):  # type: ignore[misc] # JupyterHub has no types
    """JupyterHub's client, without its cookie against cross-site requests.

    That would count for all sessions below our path, too; see ``handlers.py`` for ours.
    """

    def set_cookie(self, handler: RequestHandler, access_token: str) -> None:
        """Remember who has logged in."""
        super().set_cookie(handler, access_token)
        handler.clear_cookie("_xsrf", path=self.base_url)


def authentication(variables: Mapping[str, str], settings: ServerSettings) -> HubOAuth:
    """Return JupyterHub's client, whose cookie and callback are below our prefix.

    Where sessions have hosts of their own, the cookie is one that those cannot set.

    Raises ``BadSettings`` when JupyterHub did not start us.
    """
    prefix = settings.prefix
    try:
        base = variables["JUPYTERHUB_BASE_URL"].rstrip("/")
        host = variables.get("JUPYTERHUB_HOST", "")
        return _PageLogin(
            api_url=variables["JUPYTERHUB_API_URL"],
            api_token=variables["JUPYTERHUB_API_TOKEN"],
            oauth_client_id=variables["JUPYTERHUB_CLIENT_ID"],
            oauth_redirect_uri=variables.get("JUPYTERHUB_OAUTH_CALLBACK_URL")
            or f"{prefix}oauth_callback",
            oauth_authorization_url=f"{host}{base}/hub/api/oauth2/authorize",
            base_url=prefix,
            hub_prefix=f"{base}/hub/",
            hub_host=host,
            allow_token_in_url=False,
            cookie_host_prefix_enabled=settings.host_cookies,
            cache_max_age=CACHE_SECONDS,
        )
    except KeyError as error:
        raise BadSettings(
            f"The variable {error.args[0]} is not set.",
            hint="JupyterHub starts this service; `binder-lite serve` starts JupyterHub.",
        ) from error


@contextlib.asynccontextmanager
async def answering(service: Service, key: bytes) -> AsyncIterator[HTTPServer]:
    """Answer on our socket, which the hub's proxy alone opens, for as long as the block lasts."""
    place = service.settings.web_socket
    server = HTTPServer(
        make_app(service, key),
        xheaders=True,
        trusted_downstream=list(service.settings.trusted_proxies),
        max_body_size=1024 * 1024,
        idle_connection_timeout=3600,
    )
    try:
        with listening(place.parent, place.name) as listener:
            server.add_socket(listener)
            yield server
    finally:
        with contextlib.suppress(Exception):
            await server.close_all_connections()


async def _alone(directory: Path) -> None:
    """Wait until an earlier service, whose hub was killed, has put down what it was doing."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    while lock(directory / "service.lock") is None:
        await asyncio.sleep(_POLL_SECONDS)


async def serve(settings: ServerSettings, variables: Mapping[str, str]) -> None:
    """Serve until told to end; sessions go on."""
    directory = settings.data / "web"
    await _alone(directory)
    key = read_key(directory / "key")
    auth = authentication(variables, settings)
    hub = HubClient(variables["JUPYTERHUB_API_URL"], variables["JUPYTERHUB_API_TOKEN"])
    own = settings.session_settings()
    claim = partial(claim_spare, own.sessions) if settings.has_spares else None
    service = make_service(settings, auth, hub, key, claim_spare=claim)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with exit_at(directory, policy_of(settings), await find_bwrap()) as behind:
        isolate_git(directory, behind)
        service.go_on()
        async with answering(service, key) as server:
            log.info("ready at %s", settings.address)
            tidying = asyncio.create_task(asyncio.to_thread(service.tidy))
            sweeping = asyncio.create_task(service.keeper.run())
            freeing = asyncio.create_task(keep_room(own, settings.limits.free_disk_mib * MIB))
            try:
                await ended.wait()
            finally:
                sweeping.cancel()
                freeing.cancel()
                tidying.cancel()
                server.stop()
                await service.close()


def main() -> int:
    """Run the service."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainLines() if sys.stderr.isatty() else JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(serve(read_server_settings(), os.environ))
    except LaunchError as error:
        log.error("%s %s", error.message, error.hint)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
