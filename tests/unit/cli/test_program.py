# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from collections.abc import Callable

import click
import pytest

from binder_lite.cli.options import json_option, pass_terminal
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.errors import PortTaken


def program(work: Callable[[], object]) -> click.Command:
    @click.command()
    @json_option("JSON.")
    @pass_terminal
    def command(terminal: Terminal) -> object:
        return work()

    return command


def run(work: Callable[[], object], *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run_program(program(work), "program", arguments, Terminal(out, err))
    return status, out.getvalue(), err.getvalue()


def fail(error: BaseException) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (7, 7)])
def test_what_a_command_returns_is_the_exit_status(returned: object, status: int) -> None:
    assert run(lambda: returned) == (status, "", "")


def test_an_error_for_people_is_shown_and_gives_its_own_status() -> None:
    error = PortTaken("Port 1 is taken.", hint="Take another.")
    assert run(fail(error)) == (53, "", "error: Port 1 is taken.\nhint: Take another.\n")


def test_an_error_with_json_is_the_failed_event() -> None:
    status, out, err = run(fail(PortTaken("Taken.")), "--json")
    assert (status, json.loads(out)["code"], err) == (53, "port-taken", "")


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)


def test_wrong_usage_is_told_by_click(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(lambda: None, "--jsn")
    assert (status, out) == (2, "")
    assert "Did you mean" in capsys.readouterr().err


def test_ctrl_c_gives_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fail(KeyboardInterrupt()))[0] == 130
    assert "Traceback" not in capsys.readouterr().err


def test_help_gives_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda: 3, "--help")[0] == 0
    assert "JSON." in capsys.readouterr().out
