# SPDX-License-Identifier: GPL-3.0-or-later
"""Has a server for many people all that it needs, and does the proxy in front do its part?

Needs the packages for serving; ``binder-lite doctor --serve`` looks for those first.
"""

from __future__ import annotations

import getpass
import os
import resource
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from binder_lite import process
from binder_lite.cli.checks.model import Check
from binder_lite.command import Command
from binder_lite.errors import LaunchError
from binder_lite.hub.database import check_database
from binder_lite.hub.proxy import find_program, find_tool
from binder_lite.hub.settings_model import ServerSettings

_SECONDS = 10
_LONGEST_PATH = 107
_FILES = 4096
_KEY_VARIABLE = "JUPYTERHUB_CRYPT_KEY"
_NO_LOGIN = "temporary"
# What a browser sends to begin a WebSocket.
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


async def check_server(settings: ServerSettings) -> list[Check]:
    """Make all checks of a server, but for those that a launch needs too."""
    runs = await _health(f"http://{settings.bind}{settings.prefix}health")
    return [
        check_private("hub directory", settings.hub),
        check_sockets(settings),
        await check_node(settings),
        check_port(settings, runs),
        check_data(settings),
        check_key(settings, os.environ),
        check_callback(settings),
        check_network(settings),
        await check_front(settings, runs),
        await check_clock(),
        check_lingering(),
        check_open_files(),
    ]


def check_private(name: str, directory: Path) -> Check:
    """Is the directory ours, and closed to others? It is made when the server starts."""
    try:
        status = directory.stat()
    except FileNotFoundError:
        return Check(name, "ok", f"{directory} is made when the server starts")
    except OSError as error:
        hint = "Run this as the account that serves, or mend the permissions."
        return Check(name, "failed", f"{directory}: {error.strerror}", hint)
    if status.st_uid != os.geteuid():
        hint = f"Run this as the account that serves, or:\n  sudo chown -R {_account()} {directory}"
        return Check(name, "failed", f"{directory} belongs to user {status.st_uid}", hint)
    if status.st_mode & 0o077:
        hint = f"Keys and tokens are in it:\n  chmod 700 {directory}"
        return Check(name, "failed", f"others may look into {directory}", hint)
    return Check(name, "ok", f"{directory}, ours alone")


def check_sockets(settings: ServerSettings) -> Check:
    """Are sockets' paths short enough for the kernel, in full or from the hub's directory?"""
    gate = settings.session_settings().sessions / ("x" * 20) / "gate.sock"
    path = os.fsencode(gate)
    if len(path) > _LONGEST_PATH:
        path = os.fsencode(os.path.relpath(gate, settings.hub))
    found = f"{len(path)} of {_LONGEST_PATH} bytes"
    if len(path) > _LONGEST_PATH:
        return Check("socket paths", "failed", found, "Set `data` to a directory nearer the root.")
    return Check("socket paths", "ok", found)


async def check_node(settings: ServerSettings) -> Check:
    """Are Node and the proxy's program there?"""
    try:
        node = await find_tool("node")
    except LaunchError as error:
        return Check("proxy", "failed", error.message, error.hint)
    if find_program(settings.hub / "proxy") is None:
        hint = "The first start gets it from npm's registry, and needs the network."
        return Check("proxy", "warning", f"{node}, without the proxy's program", hint)
    return Check("proxy", "ok", f"configurable-http-proxy, run by {node}")


def check_port(settings: ServerSettings, runs: Mapping[str, object] | None) -> Check:
    """Can the address be listened on, or do we listen there?"""
    if runs is not None:
        if runs.get("ok"):
            return Check("address", "ok", f"a server of ours answers at {settings.bind}")
        hint = "Look at its log, and at `health`, which says what is amiss."
        return Check("address", "failed", f"a server of ours at {settings.bind} is unwell", hint)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            hint = "Stop what listens there, or set `bind` to another address."
            return Check("address", "failed", f"{settings.bind}: {error.strerror}", hint)
    return Check("address", "ok", f"{settings.bind} is free")


def check_data(settings: ServerSettings) -> Check:
    """Does the database answer, where it is not a file of ours?"""
    if not settings.database:
        return Check("database", "ok", "SQLite, in the hub directory")
    try:
        return Check("database", "ok", check_database(settings.database))
    except LaunchError as error:
        return Check("database", "failed", error.message, error.hint)


def check_key(settings: ServerSettings, variables: Mapping[str, str]) -> Check:
    """Where people's tokens are kept, is there a key that only we can read?"""
    name, file = "crypt key", settings.hub / "crypt-key"
    if settings.login.kind == _NO_LOGIN:
        return Check(name, "skipped", "temporary people have no tokens")
    if variables.get(_KEY_VARIABLE):
        return Check(name, "ok", f"in {_KEY_VARIABLE}")
    try:
        mode = file.stat().st_mode
    except OSError:
        return Check(name, "ok", f"{file} is made when the server starts")
    if mode & 0o077:
        hint = f"It decrypts people's tokens:\n  chmod 600 {file}"
        return Check(name, "failed", f"others may read {file}", hint)
    return Check(name, "ok", f"{file}")


def check_callback(settings: ServerSettings) -> Check:
    """Where does the provider send people back to, and is that by TLS?"""
    name, callback = "redirect address", f"{settings.address}hub/oauth_callback"
    if settings.login.kind == _NO_LOGIN:
        return Check(name, "skipped", "nobody logs in")
    if not settings.public_url:
        hint = "Set `public_url`: else what a visitor sends as Host decides where people go."
        return Check(name, "warning", callback, hint)
    if not settings.is_encrypted and not settings.is_local:
        hint = "Put nginx or Caddy in front, and set `public_url` to the address with https."
        return Check(name, "warning", f"{callback}, without TLS", hint)
    return Check(name, "ok", f"{callback} (this is registered at the provider)")


def check_network(settings: ServerSettings) -> Check:
    """Do other people's sessions reach what is near?"""
    reached = settings.limits.network
    if reached == "open" and not settings.is_local:
        hint = 'If nothing near is for them: `limits.network = "web"`.'
        said = "sessions reach this machine's own services and its local network"
        return Check("network", "warning", said, hint)
    words = {"open": "what this machine reaches", "web": "the internet's web", "none": "nothing"}
    return Check("network", "ok", f"sessions reach {words[reached]}")


async def check_front(settings: ServerSettings, runs: Mapping[str, object] | None) -> Check:
    """Does the public address lead to us, with all that we need passed on?"""
    name = "public address"
    if not settings.public_url:
        return Check(name, "skipped", "public_url is not set")
    if runs is None:
        hint = "Start the server, and ask again."
        return Check(name, "skipped", f"{settings.address}: the server does not run", hint)
    try:
        seen = await _seen(f"{settings.address}health/seen")
    except httpx.HTTPError as error:
        hint = "Do DNS, the firewall, the certificate and the proxy in front lead here?"
        return Check(
            name, "failed", f"{settings.address}: {str(error) or type(error).__name__}", hint
        )
    if seen is None:
        hint = "Compare the proxy's configuration with examples/serve, above all the path."
        return Check(name, "failed", f"{settings.address} is answered by something else", hint)
    if wrong := wrongly_passed_on(settings, seen):
        hint = "See examples/serve/nginx.conf and Caddyfile."
        return Check(name, "failed", f"the proxy in front {', and '.join(wrong)}", hint)
    return Check(name, "ok", f"{settings.address}, with Host, protocol and WebSockets")


def wrongly_passed_on(settings: ServerSettings, seen: Mapping[str, object]) -> list[str]:
    """Return what the proxy in front does not do; ``seen`` is what has reached us."""
    public = urlsplit(settings.public_url)
    wrong = []
    if seen.get("host") != public.netloc:
        wrong.append(f"passes on Host as {seen.get('host')}")
    if seen.get("protocol") != public.scheme:
        wrong.append(f"does not say {public.scheme} in X-Forwarded-Proto")
    if not seen.get("upgrade"):
        wrong.append("does not pass on Upgrade, which WebSockets need")
    return wrong


async def check_clock() -> Check:
    """Is the clock set by somebody who knows the time? Logins and tokens have dates."""
    program = shutil.which("timedatectl")
    if program is None:
        return Check("clock", "skipped", "no timedatectl to ask")
    words = (program, "show", "--property=NTPSynchronized", "--value")
    done = await process.run(Command(words, process.host_environment()))
    said = done.stdout.strip()
    if done.exit_status or said not in ("yes", "no"):
        return Check("clock", "skipped", "timedatectl does not answer")
    if said == "no":
        return Check("clock", "warning", "not synchronised", "  sudo timedatectl set-ntp true")
    return Check("clock", "ok", "synchronised")


def check_lingering(systemd: Path = Path("/run/systemd/system"), root: Path = Path("/")) -> Check:
    """Has the account a service manager while nobody is logged in, for limits of sessions?"""
    if not systemd.exists():
        return Check("lingering", "skipped", "no systemd here", "Limits bind single processes.")
    if (root / "var/lib/systemd/linger" / _account()).exists():
        return Check("lingering", "ok", f"on for {_account()}")
    hint = (
        "Without it limits bind single processes, and no session as a whole:\n"
        f"  sudo loginctl enable-linger {_account()}"
    )
    return Check("lingering", "warning", f"off for {_account()}", hint)


def check_open_files() -> Check:
    """May the server have enough files and connections open?"""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    found = "no limit" if most == resource.RLIM_INFINITY else f"{most} at a time"
    if 0 <= most < _FILES:
        hint = "Set LimitNOFILE=65536 in the unit, as examples/serve does."
        return Check("open files", "warning", found, hint)
    return Check("open files", "ok", found)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.geteuid())


async def _health(address: str) -> Mapping[str, object] | None:
    """Return what a server of ours says of itself; ``None`` when none answers."""
    try:
        return await _ask(address, {}, trust_env=False)
    except httpx.HTTPError:
        return None


async def _seen(address: str) -> Mapping[str, object] | None:
    return await _ask(address, UPGRADE, trust_env=True)


async def _ask(
    address: str, headers: Mapping[str, str], *, trust_env: bool
) -> Mapping[str, object] | None:
    """Return the JSON object at an address of ours; ``None`` when it is somebody else's."""
    async with httpx.AsyncClient(trust_env=trust_env, timeout=_SECONDS) as client:
        answer = await client.get(address, headers=dict(headers))
    try:
        found = answer.json()
    except ValueError:
        return None
    ours = answer.headers.get("Server") == "binder-lite"
    return found if ours and isinstance(found, dict) else None
