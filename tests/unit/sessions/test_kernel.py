# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.errors import BadOption
from binder_lite.sessions.kernel import choose_kernel

_HERE = {"python3": "python", "bash": "bash", "xeus-python": "Python", "ir": "R"}

# asked, named, language → chosen, what is told.
CHOICES = [
    ("", "python3", "python", "python3", ""),
    ("", "bash", "", "bash", ""),
    ("", "", "python", "python3", ""),
    ("", "", "", "python3", ""),
    ("", "", "r", "ir", ""),
    ("", "python38", "python", "python3", "'python38', which is not here: python3 is used"),
    ("", "conda-env-foo-py", "", "python3", "'conda-env-foo-py'"),
    ("", "ir", "python", "ir", ""),
    ("", "R-4.1", "R", "ir", "ir is used"),
    ("", "julia-1.9", "julia", "python3", "No kernel here speaks julia; python3 is preselected."),
    ("bash", "python3", "python", "bash", ""),
    ("xeus-python", "", "", "xeus-python", ""),
]


@pytest.mark.parametrize(("asked", "named", "language", "expected", "told"), CHOICES)
def test_choose_kernel(asked: str, named: str, language: str, expected: str, told: str) -> None:
    kernel, said = choose_kernel(_HERE, "python3", asked=asked, named=named, language=language)
    assert kernel == expected
    assert told in said
    assert bool(told) is bool(said)


def test_another_kernel_of_the_language_is_used_where_the_default_is_of_another() -> None:
    chosen = choose_kernel(_HERE, "ir", asked="", named="", language="python")
    assert chosen == ("python3", "")


def test_without_any_kernel_none_is_chosen() -> None:
    kernel, told = choose_kernel({}, "", asked="", named="python3", language="python")
    assert (kernel, told) == ("", "No kernel here speaks python.")


@pytest.mark.parametrize(
    ("asked", "hint"), [("pyhton3", "Did you mean 'python3'?"), ("sas", "Leave --kernel out.")]
)
def test_a_kernel_that_is_asked_for_must_be_there(asked: str, hint: str) -> None:
    with pytest.raises(BadOption) as raised:
        choose_kernel(_HERE, "python3", asked=asked, named="python3", language="python")
    assert asked in raised.value.message
    assert raised.value.hint == hint
