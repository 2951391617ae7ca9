# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite config``: a server's settings, and where each came from."""

from __future__ import annotations

from pathlib import Path

import click

from binder_lite.cli.options import Command, json_option, pass_terminal
from binder_lite.cli.terminal import Terminal


@click.command("config", cls=Command, short_help="Check or show a server's settings.")
@click.option("--show", is_flag=True, help="Print every setting, and where its value came from.")
@click.option(
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The settings file. Default: serve.toml in your configuration directory.",
)
@json_option("Print one JSON object a line, one for each setting.")
@pass_terminal
def config_command(terminal: Terminal, show: bool, file: Path | None) -> None:
    """Check the settings that binder-lite serve would use.

    With --show, print what is in force. Secrets are never printed.
    """
    from binder_lite.hub.settings import in_force, serve_file

    settings = in_force(file)
    if terminal.json:
        for each in settings:
            terminal.fields({"name": each.name, "value": each.value, "origin": each.origin})
    elif show:
        rows = [(each.name, each.value, each.origin) for each in settings]
        terminal.table(("SETTING", "VALUE", "FROM"), rows)
    elif used := file or serve_file():
        terminal.result(f"{used} can be used.")
    else:
        terminal.result("There is no settings file; the defaults hold, on this machine only.")
