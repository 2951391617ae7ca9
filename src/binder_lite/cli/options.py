# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a launch, and commands whose help shows options by what they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from binder_lite.cli.terminal import Terminal
from binder_lite.engines.base import EngineName, Ui

F = TypeVar("F", bound=Callable[..., Any])

# The same as launch.EngineChoice, which is not imported for `--help`; a test keeps them equal.
ENGINES = ("auto", *get_args(EngineName))
UIS = get_args(Ui)
_GENERAL = "General"

pass_terminal = click.make_pass_decorator(Terminal, ensure=True)


class Option(click.Option):
    """An option that knows under which heading it is shown."""

    def __init__(self, *args: Any, section: str = _GENERAL, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """Leave out ranges: what is out of range is told when it happens."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


class Command(click.Command):
    """A command whose help has headings, and whose epilog is shown as it is written."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section at a time, in the order in which they were declared."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(option, "section", _GENERAL), []).append(record)
        width = max(len(words) for records in sections.values() for words, _ in records)
        # What every program has comes last.
        for name in sorted(sections, key=lambda name: name == _GENERAL):
            with formatter.section(name if len(sections) > 1 else "Options"):
                formatter.write_dl([(words.ljust(width), text) for words, text in sections[name]])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, which must stay as one would type them."""
        if self.epilog:
            formatter.write_paragraph()
            for line in self.epilog.strip("\n").splitlines():
                formatter.write(f"{line}\n")


class CommandWithProgram(Command):
    """A command that takes ``-- COMMAND …``; what follows the first ``--`` is not ours to parse.

    Without ``--`` a second word is a mistake, such as two sources, and is told so.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what follows ``--`` as the parameter ``program``."""
        ours, program = args, list[str]()
        if "--" in args:
            at = args.index("--")
            ours, program = args[:at], args[at + 1 :]
        rest = super().parse_args(ctx, ours)
        ctx.params["program"] = tuple(program)
        return rest

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Name the part that click does not know of."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND …]"]


def _speak_json(ctx: click.Context, parameter: click.Parameter, value: bool) -> bool:
    if value and not ctx.resilient_parsing:
        ctx.ensure_object(Terminal).json = True
    return value


def json_option(text: str, section: str = _GENERAL) -> Callable[[F], F]:
    """Return ``--json``, which decides how everything after it is told, errors included."""
    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_speak_json,
        help=text,
        cls=Option,
        section=section,
    )


def _option(*names: str, section: str, **attributes: Any) -> Callable[[F], F]:
    return click.option(*names, cls=Option, section=section, **attributes)


_SOURCE = (
    _option("--ref", metavar="REF", section="Source", help="Branch, tag or commit."),
    _option(
        "--path",
        metavar="FILE",
        section="Source",
        help="Open this notebook or file. Default: index.ipynb, else the only or first notebook, "
        "else the file browser.",
    ),
    _option("--submodules", is_flag=True, section="Source", help="Fetch submodules too."),
)
_ENVIRONMENT = (
    _option(
        "--engine",
        type=click.Choice(ENGINES),
        default="auto",
        show_default=True,
        section="Environment",
        help="What builds the environment.",
    ),
    _option("--rebuild", is_flag=True, section="Environment", help="Build the environment again."),
    _option(
        "--allow-missing",
        is_flag=True,
        section="Environment",
        help="Go on without packages that cannot be had. Default: stop and list them.",
    ),
    _option(
        "--strict",
        is_flag=True,
        section="Environment",
        help="Treat warnings about versions as errors.",
    ),
    _option(
        "--trust",
        is_flag=True,
        section="Environment",
        help="Evaluate this repository's Guile files with your own rights.",
    ),
)
_SESSION = (
    _option(
        "--ui",
        type=click.Choice(UIS),
        default="lab",
        show_default=True,
        section="Session",
        help="The interface: JupyterLab or Jupyter Notebook.",
    ),
    _option(
        "--port",
        type=click.IntRange(0, 65535),
        default=0,
        metavar="N",
        section="Session",
        help="Listen on this port. Default: a free one.",
    ),
    _option(
        "--no-network",
        "network",
        is_flag=True,
        flag_value=False,
        default=True,
        section="Session",
        help="Give the session no network.",
    ),
    _option(
        "--idle-timeout",
        type=click.FloatRange(min=0),
        default=0,
        metavar="SECONDS",
        section="Session",
        help="Stop when no kernel was active for this long. Default: never.",
    ),
)
_NEW_SESSION = (
    _option(
        "--kernel",
        metavar="NAME",
        default="",
        section="Session",
        help="Preselect this kernel. Default: what the notebook names, or the environment's "
        "nearest to it.",
    ),
    _option(
        "--in-place",
        is_flag=True,
        section="Session",
        help="Work in the local directory itself, not in a copy.",
    ),
)
_OUTPUT = (
    _option(
        "--no-browser",
        "browser",
        is_flag=True,
        flag_value=False,
        default=True,
        section="Output",
        help="Only print the URLs.",
    ),
    json_option("Print one JSON event a line on standard output, nothing else there.", "Output"),
)
_DRY_RUN = (
    _option(
        "--dry-run",
        is_flag=True,
        section="Output",
        help="Say what would be done, and do not build or start anything.",
    ),
)


def launch_options(function: F) -> F:
    """Add the options of a launch."""
    return _add(function, (*_SOURCE, *_ENVIRONMENT, *_SESSION, *_NEW_SESSION, *_OUTPUT, *_DRY_RUN))


def session_options(function: F) -> F:
    """Add the options of a launch that a resumed session takes too."""
    return _add(function, (*_SESSION, *_OUTPUT))


def _add(function: F, options: tuple[Callable[[F], F], ...]) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def completion_of_files(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[Any]:
    """Let the shell complete a local path."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]
