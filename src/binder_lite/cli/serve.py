# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite serve``: the server for many people, in the foreground."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from binder_lite.cli.options import Command, pass_terminal
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import AlreadyServing, PortTaken, ToolMissing

if TYPE_CHECKING:
    from binder_lite.hub.settings import ServerSettings

_VARIABLE = "BINDER_LITE_SERVE_CONFIG"
# Without so much the hub ends at once, or at the first log-in.
_LEAST_BYTES = 2**20


@click.command("serve", cls=Command, short_help="Serve many people, who log in.")
@click.option(
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The settings file. Default: serve.toml in your configuration directory.",
)
@pass_terminal
def serve_command(terminal: Terminal, file: Path | None) -> None:
    """Serve repositories as notebooks to many people, until stopped.

    Without a settings file it serves this machine only, to whoever comes. Sessions go on when it
    is stopped, and are there again when it is started.
    """
    check_parts()
    from binder_lite.hub.configuring import make_hub_directory
    from binder_lite.hub.database import check_database
    from binder_lite.hub.settings import read_server_settings, serve_file
    from binder_lite.web.disk import check_room

    if file:
        os.environ[_VARIABLE] = str(file.absolute())
    settings = read_server_settings()
    make_hub_directory(settings)
    check_room(settings.hub, least=_LEAST_BYTES)
    held = serve_alone(settings)
    check_address(settings)
    if settings.database:
        check_database(settings.database)
    asyncio.run(_check_proxy(terminal, settings))
    terminal.note(first_lines(settings, serve_file()))
    become_hub(settings, held)


def first_lines(settings: ServerSettings, file: Path | None) -> list[str]:
    """Return what a person at the terminal has to know."""
    with_file = f"Settings: {file}. `binder-lite doctor --serve` looks whether all is well."
    without = (
        "There is no settings file: this machine only, and no log-in. To serve others, begin with "
        "docs/how-to/serve-many-people.md."
    )
    return [
        f"Serving at {settings.address} (in some seconds, when the log says that it is ready).",
        with_file if file else without,
        "Ctrl-C stops it; running sessions go on, and are there again at the next start.",
    ]


def check_parts() -> None:
    """Raise ``ToolMissing`` when the packages for serving are not installed."""
    missing = [
        name
        for name in ("jupyterhub", "oauthenticator", "websockets")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise ToolMissing(
            f"Packages that serving needs are not installed: {', '.join(missing)}.",
            hint="Install them with `pip install 'binder-lite[serve]'`.",
        )


def serve_alone(settings: ServerSettings) -> int:
    """Return the descriptor that keeps others from serving with the same data.

    Raises ``AlreadyServing`` when another does.
    """
    from binder_lite.storage import lock

    held = lock(settings.hub / "serve.lock")
    if held is None:
        raise AlreadyServing(
            f"Another binder-lite serve runs with the data in {settings.data}.",
            hint="Stop that one first, or set `data` to another directory.",
        )
    return held


def check_address(settings: ServerSettings) -> None:
    """Raise ``PortTaken`` when another program listens where we would."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            if _is_our_proxy(settings):
                return
            raise PortTaken(
                f"The address {settings.bind} cannot be listened on: {error.strerror}.",
                hint="Set `bind` to another one, as in 127.0.0.1:8001.",
            ) from error


def _is_our_proxy(settings: ServerSettings) -> bool:
    """Tell whether the proxy of a hub that was killed runs; the new hub replaces it."""
    from binder_lite.hub.proxy import is_proxy

    try:
        return is_proxy(int((settings.hub / "proxy.pid").read_text()))
    except (OSError, ValueError):
        return False


async def _check_proxy(terminal: Terminal, settings: ServerSettings) -> None:
    from binder_lite.hub.proxy import find_program, find_tool, install_program

    await find_tool("node")
    place = settings.hub / "proxy"
    if find_program(place) is None:
        terminal.note("Installing the proxy's program, once.")
        await install_program(place)


def become_hub(settings: ServerSettings, held: int) -> NoReturn:
    """Be JupyterHub from here on, in the directory of what it keeps, with the lock held."""
    import binder_lite.hub
    from binder_lite.inside.session import DEFERRED
    from binder_lite.sessions.server import deferring

    config = Path(binder_lite.hub.__file__).parent / "jupyterhub_config.py"
    os.chdir(settings.hub)
    os.set_inheritable(held, True)
    sys.stdout.flush()
    sys.stderr.flush()
    argv = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    os.execve(sys.executable, argv, {**os.environ, **deferring(os.environ, DEFERRED)})  # noqa: S606
