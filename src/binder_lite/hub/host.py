# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m binder_lite.hub.host ID``: runs one session and its gate, outside of the container.

A spawner starts it, and it outlives the hub. It ends when nothing happened for long enough, when
the session is too old, when the server ends, or when it is told to (SIGTERM): kernels first. A
spare (``spare.py``) becomes such a process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import httpx
from jupyterhub.httpclient import JupyterHubHTTPClient, fetch
from tornado.httpserver import HTTPServer

from binder_lite.errors import LaunchError
from binder_lite.events import Step
from binder_lite.hub.access import HubAccess, read_access
from binder_lite.hub.files import (
    GATE,
    HostActivity,
    HostStep,
    begin_steps,
    failed_step,
    read_variables,
    stayed,
    step_of,
    write_activity,
    write_step,
)
from binder_lite.hub.gate import Traffic, make_gate
from binder_lite.hub.quiet import keep_quiet
from binder_lite.hub.staying import Lifetime, Remaining, make_addition, read_lifetime
from binder_lite.hub.upstream import Upstream
from binder_lite.launch import Opened, open_session
from binder_lite.listening import listening
from binder_lite.settings import Settings, read_settings
from binder_lite.slots import Slot

log = logging.getLogger("binder_lite.host")

_POLL_SECONDS = 10.0
_REPORT_SECONDS = 60.0
# An upload may be long; the session's own limits hold for it.
_LONGEST_BODY = 2**40


async def run_session(session: str, variables: Mapping[str, str], slot: Slot | None = None) -> None:
    """Run the session to its end. Cancelling it stops everything below."""
    access, lifetime = read_access(variables), read_lifetime(variables)
    settings = read_settings(variables)
    directory = settings.sessions / session
    begin_steps(directory)
    try:
        opened = await _open(session, settings, access, directory, slot)
    except LaunchError as error:
        write_step(directory, failed_step(error))
        raise
    reason = "stopped"
    try:
        remaining = Remaining(lifetime, Traffic())
        async with _gate(opened, access, remaining, directory):
            write_step(directory, HostStep(phase="ready", message="The session is ready."))
            reason = await _until_end(opened, access, remaining, directory)
    finally:
        log.info("Ending: %s", reason)
        await asyncio.shield(asyncio.ensure_future(opened.running.stop()))
        write_step(directory, HostStep(phase="ended", message=reason))


async def _open(
    session: str, settings: Settings, access: HubAccess, directory: Path, slot: Slot | None
) -> Opened:
    opening = Step(
        open_session(
            session,
            settings,
            base_url=access.prefix,
            variables=read_variables(directory),
            slot=slot,
        )
    )
    async for event in opening:
        log.info("%s: %s", event.phase, event.message)
        if step := step_of(event):
            write_step(directory, step)
    return opening.result


@contextlib.asynccontextmanager
async def _gate(
    opened: Opened, access: HubAccess, remaining: Remaining, directory: Path
) -> AsyncIterator[None]:
    """Serve the gate for as long as the block lasts."""
    upstream = Upstream(opened.socket, opened.token)
    server = HTTPServer(
        make_gate(access, upstream, remaining.traffic, make_addition(access, remaining)),
        xheaders=True,
        trusted_downstream=list(access.trusted_proxies),
        max_body_size=_LONGEST_BODY,
    )
    try:
        with listening(directory, GATE) as listener:
            server.add_socket(listener)
            try:
                yield
            finally:
                server.stop()
    finally:
        with contextlib.suppress(Exception):
            await server.close_all_connections()
        await upstream.close()
        await JupyterHubHTTPClient.loop_instance().close()


async def _until_end(
    opened: Opened, access: HubAccess, remaining: Remaining, directory: Path
) -> str:
    """Return why the session ends."""
    reporting = asyncio.create_task(_report(access, remaining.traffic))
    watching = asyncio.create_task(_watch(opened, remaining, directory))
    serving = asyncio.create_task(opened.running.wait())
    try:
        await asyncio.wait((watching, serving), return_when=asyncio.FIRST_COMPLETED)
        return serving.result().reason if serving.done() else watching.result()
    finally:
        for task in (reporting, watching, serving):
            task.cancel()
        await asyncio.gather(reporting, watching, serving, return_exceptions=True)


async def _watch(opened: Opened, remaining: Remaining, directory: Path) -> str:
    """Count what kernels do, say what the session does, return why it is to end."""
    lifetime, traffic = remaining.lifetime, remaining.traffic
    poll = min([_POLL_SECONDS, *(seconds / 4 for seconds in _seconds(lifetime))])
    seen = (datetime.now(UTC), stayed(directory))
    while True:
        busy = False
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError, TypeError):
            activity = await opened.client.activity()
            busy = activity.busy
            news = (activity.last or seen[0], stayed(directory))
            if busy or news != seen:
                traffic.seen()
            seen = news
        if seen[1] != (asked := stayed(directory)):
            seen = (seen[0], asked)
            traffic.seen()
        left = remaining.seconds
        ends = None if left is None else datetime.now(UTC) + timedelta(seconds=max(0.0, left))
        said = HostActivity(last_activity=traffic.last, busy=busy, ends_at=ends)
        with contextlib.suppress(OSError):
            write_activity(directory, said)
        if left is not None and left <= 0:
            if remaining.can_stay:
                return f"no activity for {lifetime.idle:g} s"
            return f"older than {lifetime.longest:g} s"
        await asyncio.sleep(poll if left is None else min(poll, left))


def _seconds(lifetime: Lifetime) -> list[float]:
    return [seconds for seconds in (lifetime.idle, lifetime.longest) if seconds]


async def _report(access: HubAccess, traffic: Traffic) -> None:
    """Tell the hub of the last activity, now and then; a hub that is away is told later.

    Not at once: the hub knows that it has just started the session, and has that to do.
    """
    told = None
    while True:
        await asyncio.sleep(_REPORT_SECONDS)
        if traffic.last != told:
            last = traffic.last
            said = last.isoformat().replace("+00:00", "Z")
            body = {"last_activity": said, "servers": {access.server_name: {"last_activity": said}}}
            try:
                answer = await fetch(
                    access.activity_url,
                    method="POST",
                    headers={"Authorization": f"token {access.api_token}"},
                    json=body,
                )
                answer.release()
                told = last
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("The hub was not told of the activity: %s", type(error).__name__)


def log_to(directory: Path) -> None:
    """Let all that this process says go to the session's log."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    file = os.open(directory / "logs" / "host.log", flags, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)


async def until_told(work: asyncio.Task[None]) -> int:
    """Wait for ``work``, which SIGTERM, SIGINT and SIGHUP cancel; return the exit status."""
    loop = asyncio.get_running_loop()

    def told() -> None:
        # Told again, it goes on with stopping.
        if not work.cancelling():
            work.cancel()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, told)
    try:
        await work
    except asyncio.CancelledError:
        return 0
    except LaunchError as error:
        log.error("%s %s", error.message, error.hint)
        for line in error.details.last_lines:
            log.error("    %s", line)
        return error.exit_status
    return 0


def say_to_log() -> None:
    """Let this process say what happens, and no more than that."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    keep_quiet()
    # Which would tell of each question to the session's server.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def main() -> int:
    """Run the session that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m binder_lite.hub.host")
    parser.add_argument("session")
    session = parser.parse_args().session
    say_to_log()
    log_to(read_settings(os.environ).sessions / session)

    async def run() -> int:
        return await until_told(asyncio.create_task(run_session(session, os.environ)))

    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
