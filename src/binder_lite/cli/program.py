# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program's command line from its arguments to its exit status.

This is the one place of the command line where a :class:`LaunchError` ends. Any other exception
is a mistake of ours and keeps its traceback.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence

import click

from binder_lite.cli.terminal import Terminal
from binder_lite.errors import LaunchError

_INTERRUPTED = 128 + signal.SIGINT


def run_program(
    command: click.Command,
    name: str,
    arguments: Sequence[str] | None = None,
    terminal: Terminal | None = None,
) -> int:
    """Run ``command`` and return its exit status; ``arguments`` default to the process's."""
    terminal = terminal or Terminal()
    try:
        status = command.main(arguments, name, standalone_mode=False, obj=terminal)
    except LaunchError as error:
        terminal.failed(error)
        return error.exit_status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    except Exception as error:
        terminal.bug(error)
        raise
    return status if isinstance(status, int) else 0
