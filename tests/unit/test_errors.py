# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import inspect
import re

import pytest

from binder_lite import errors
from binder_lite.errors import Details, LaunchError

ALL = sorted(
    (
        kind
        for _name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, LaunchError)
    ),
    key=lambda kind: kind.exit_status,
)


def test_codes_and_exit_statuses_are_each_one_s_own() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL)
    assert len({kind.exit_status for kind in ALL}) == len(ALL)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.code)
def test_an_error_can_be_told_by_programs_and_people(kind: type[LaunchError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    # 2 is for usage errors, 126 and above are the shell's.
    assert kind.exit_status == 1 or 10 <= kind.exit_status < 126
    assert 400 <= kind.http_status < 600
    assert kind.__doc__


def test_an_error_holds_what_happened_and_what_to_do() -> None:
    error = errors.BadSource("It is none.", hint="Give one.")
    assert (str(error), error.message, error.hint) == ("It is none.", "It is none.", "Give one.")
    assert error.details == Details()
