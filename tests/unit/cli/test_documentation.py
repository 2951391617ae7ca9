# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs have is documented, and what is documented they have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from binder_lite import errors
from binder_lite.cli.admin import admin_group
from binder_lite.cli.json_lines import failed_fields, ready_fields
from binder_lite.cli.launcher import launch_command
from binder_lite.cli.plan_text import plan_fields
from binder_lite.errors import LaunchError
from binder_lite.planning import Plan
from binder_lite.sessions.running import Ready

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
COMMAND_LINE = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
ERRORS = (REFERENCE / "errors.md").read_text(encoding="utf-8")
EVERY_COMMAND = {"--help", "--version"}


def commands(
    command: click.Command, name: str = "binder-lite"
) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for part, below in command.commands.items():
            yield from commands(below, f"{name} {part}")


COMMANDS = dict(commands(admin_group))


def section(name: str) -> str:
    """Return what is written of a command, up to the next heading of its level or above."""
    heading = rf"### `{name}( [A-Z…]+)*`\n" if " " in name else rf"## {name}\n"
    if name.endswith(" launch"):
        heading = r"## guix-notebook-launcher\n"
    found = re.search(heading, COMMAND_LINE)
    assert found, f"{name} has no section"
    end = r"\n## " if heading.startswith("## ") else r"\n##"
    return re.split(end, COMMAND_LINE[found.end() :])[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    text = section(name)
    options = {
        option
        for parameter in COMMANDS[name].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    missing = {option for option in options if not re.search(rf"`{option}[ `]", text)}
    assert missing <= EVERY_COMMAND


def test_every_option_of_a_table_exists() -> None:
    known = {
        option for command in COMMANDS.values() for each in command.params for option in each.opts
    }
    documented = set(re.findall(r"^\| `(--[a-z-]+)", COMMAND_LINE, re.MULTILINE))
    assert documented - known == set()
    assert len(documented) > 15


@pytest.mark.parametrize("parameter", launch_command.params, ids=lambda each: str(each.name))
def test_choices_are_documented_as_they_are(parameter: click.Parameter) -> None:
    if isinstance(parameter.type, click.Choice):
        written = "\\|".join(parameter.type.choices)
        assert f"`{parameter.opts[0]} {written}`" in COMMAND_LINE


def test_every_json_field_is_documented(ready: Ready, plan: Plan) -> None:
    fields = {*ready_fields(ready), *failed_fields(LaunchError("x")), *plan_fields(plan)}
    assert {field for field in fields if f"`{field}`" not in COMMAND_LINE} == set()


def classes() -> list[type[LaunchError]]:
    found = [each for each in vars(errors).values() if isinstance(each, type)]
    return [each for each in found if issubclass(each, LaunchError)]


def test_the_page_of_errors_equals_the_errors() -> None:
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\d+) \| (\d+) \| (.+) \| (.+) \|$", ERRORS, re.MULTILINE
    )
    documented = [(code, int(status), int(http)) for code, status, http, _, _ in rows]
    assert documented == [(each.code, each.exit_status, each.http_status) for each in classes()]


def test_each_error_has_a_code_and_an_exit_status_of_its_own() -> None:
    assert len({each.code for each in classes()}) == len(classes())
    assert len({each.exit_status for each in classes()}) == len(classes())


def test_no_exit_status_is_taken_by_something_else() -> None:
    taken = {0, 2, *range(126, 166)}
    assert [each.code for each in classes() if each.exit_status in taken] == []


@pytest.mark.parametrize("page", ["command-line.md", "errors.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    assert [each for each in targets if not (REFERENCE / each).exists()] == []
