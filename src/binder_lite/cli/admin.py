# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite``: the launcher, and what is done with sessions and environments afterwards.

The commands of the groups ``sessions`` and ``environments`` are in modules of their own.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from binder_lite.cli.config import config_command
from binder_lite.cli.environments import environments_group
from binder_lite.cli.launcher import launch_command
from binder_lite.cli.manifest import manifest_command
from binder_lite.cli.options import (
    Command,
    Option,
    json_option,
    pass_terminal,
    session_options,
)
from binder_lite.cli.pin import pin_command
from binder_lite.cli.program import run_program
from binder_lite.cli.requirements import requirements_command
from binder_lite.cli.serve import serve_command
from binder_lite.cli.sessions import session_argument, sessions_group, stop_command
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import BadOption

if TYPE_CHECKING:
    from binder_lite.engines.base import Ui

_CONTEXT = {"help_option_names": ["-h", "--help"]}
# The programs that a shell can complete, by their commands.
_SHELLS = ("bash", "zsh", "fish")

_EXAMPLES = """\
Examples:
  Open a repository (the same as guix-notebook-launcher):
    binder-lite launch https://github.com/OWNER/REPO

  See your sessions, and take one up again:
    binder-lite sessions
    binder-lite resume ID

  Keep in the repository what you installed in a session:
    binder-lite requirements ID

  Make room on the disk:
    binder-lite environments remove --unused

  Find out why a launch does not work here:
    binder-lite doctor
"""


class _Group(click.Group):
    """A group whose commands are listed in the order in which one needs them."""

    format_epilog = Command.format_epilog

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they were added."""
        return list(self.commands)


@click.group(cls=_Group, context_settings=_CONTEXT, epilog=_EXAMPLES)
@click.version_option(
    None, "--version", package_name="binder-lite", message="%(prog)s %(version)s", cls=Option
)
def admin_group() -> None:
    """Git repositories become running notebooks, in containers."""


@click.command(cls=Command, short_help="Start a stopped session again.")
@session_argument
@session_options
@pass_terminal
def resume_command(
    terminal: Terminal,
    session: str,
    ui: Ui,
    port: int,
    network: bool,
    browser: bool,
    idle_timeout: float,
) -> int:
    """Start a stopped session again, with all its files.

    ID is as `binder-lite sessions` shows it, or its beginning.
    """
    from binder_lite.cli.attend import attend
    from binder_lite.launch import resume
    from binder_lite.sessions.store import read_session, tidy
    from binder_lite.settings import read_settings

    settings = read_settings()
    # What a killed launcher left in the session's directory must not meet the new server.
    tidy(settings.sessions)
    found = read_session(settings.sessions, session)

    named = click.get_current_context().get_parameter_source("ui")
    wanted = None if named is ParameterSource.DEFAULT else ui

    async def go_on() -> int:
        steps = resume(found.id, settings, ui=wanted, port=port, network=network)
        return await attend(steps, terminal, browser=browser, idle_timeout=idle_timeout)

    return asyncio.run(go_on())


@click.command(cls=Command, short_help="Check what a launch needs here.")
@click.option("--network", is_flag=True, help="Ask the package index too.")
@click.option("--serve", is_flag=True, help="Check what a server for many people needs.")
@click.option(
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="With --serve: the settings file. Default: serve.toml in your configuration directory.",
)
@json_option("Print one JSON object a line, one for each check.")
@pass_terminal
def doctor_command(terminal: Terminal, network: bool, serve: bool, file: Path | None) -> int:
    """Check each thing that a launch needs, and say how to get what is missing.

    With --serve, what a server needs. The exit status is 0 when it would work, else 1.
    """
    from binder_lite.cli.doctor import (
        check_fields,
        checks_text,
        examine,
        examine_server,
        exit_status,
    )
    from binder_lite.settings import read_settings

    if file and not serve:
        raise BadOption("--config is for a server.", hint="Add --serve.")
    checks = asyncio.run(
        examine_server(file, network=network)
        if serve
        else examine(read_settings(), network=network)
    )
    if terminal.json:
        for check in checks:
            terminal.fields(check_fields(check))
    else:
        terminal.result(checks_text(checks, terminal.columns, "Serving" if serve else "A launch"))
    return exit_status(checks)


@click.command(cls=Command, short_help="Print a script for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(_SHELLS))
@pass_terminal
def completion_command(terminal: Terminal, shell: str) -> None:
    """Print a script that completes both programs' commands, options and session ids.

    \b
    bash: echo 'eval "$(binder-lite completion bash)"' >> ~/.bashrc
    zsh:  echo 'eval "$(binder-lite completion zsh)"' >> ~/.zshrc
    fish: binder-lite completion fish > ~/.config/fish/conf.d/binder-lite.fish
    """
    terminal.result(completion_script(shell))


def completion_script(shell: str) -> str:
    """Return the script for ``shell``, for both programs."""
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - a Choice has checked it
    scripts = []
    programs: dict[str, Any] = {
        "guix-notebook-launcher": launch_command,
        "binder-lite": admin_group,
    }
    for name, command in programs.items():
        variable = f"_{name.replace('-', '_').upper()}_COMPLETE"
        # Not kind.source(): for bash it would start a bash to ask for its version.
        scripts.append(ShellComplete.source(kind(command, {}, name, variable)))
    return "\n".join(scripts)


admin_group.add_command(launch_command, "launch")
admin_group.add_command(sessions_group, "sessions")
admin_group.add_command(resume_command, "resume")
admin_group.add_command(stop_command, "stop")
admin_group.add_command(requirements_command, "requirements")
admin_group.add_command(environments_group, "environments")
admin_group.add_command(manifest_command, "manifest")
admin_group.add_command(pin_command, "pin")
admin_group.add_command(config_command, "config")
admin_group.add_command(serve_command, "serve")
admin_group.add_command(doctor_command, "doctor")
admin_group.add_command(completion_command, "completion")


def main() -> None:
    """Run the program ``binder-lite``."""
    sys.exit(run_program(admin_group, "binder-lite"))
