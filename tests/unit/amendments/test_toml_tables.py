# SPDX-License-Identifier: GPL-3.0-or-later
"""Project.toml and Pipfile, whose packages are the keys of a table."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.pipfile import amend_pipfile
from binder_lite.amendments.project_toml import amend_project_toml
from unit.amendments.made import UUID, is_kept, julia, python

_A = "a93c6f00-e57d-5684-b7b6-d8193f3e46c0"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", f'[deps]\nCSV = "{UUID}"\n', id="empty"),
        pytest.param(
            f'[deps]\nAB = "{_A}"\nDE = "{_A}"  # plots\n\n# how old\n[compat]\njulia = "1.9"\n',
            f'[deps]\nAB = "{_A}"\nCSV = "{UUID}"\nDE = "{_A}"  # plots\n\n# how old\n[compat]\n'
            'julia = "1.9"\n',
            id="sorted, without versions",
        ),
        pytest.param(
            f'[deps]\nAB = "{_A}"\n\n[compat]\nAB = "1"\njulia = "1.9"\n',
            f'[deps]\nAB = "{_A}"\nCSV = "{UUID}"\n\n[compat]\nAB = "1"\nCSV = "0.10.4"\n'
            'julia = "1.9"\n',
            id="with versions",
        ),
        pytest.param(
            'name = "X"\n\n[compat]\njulia = "1.9"\n',
            f'name = "X"\n\n[deps]\nCSV = "{UUID}"\n\n[compat]\njulia = "1.9"\n',
            id="no table",
        ),
        pytest.param('name = "X"', f'name = "X"\n\n[deps]\nCSV = "{UUID}"\n', id="nothing else"),
        pytest.param("[deps]", f'[deps]\nCSV = "{UUID}"\n', id="empty table at the end"),
        pytest.param(
            "[deps]\r\n\r\n[extras]\r\n", f'[deps]\r\nCSV = "{UUID}"\r\n\r\n[extras]\r\n', id="CRLF"
        ),
        pytest.param(f'[deps]\nCSV = "{_A}"\n', f'[deps]\nCSV = "{_A}"\n', id="there already"),
    ],
)
def test_julia(before: str, after: str) -> None:
    assert amend_project_toml(before, [julia("CSV", "0.10.4")]) == after
    assert amend_project_toml(after, [julia("CSV", "0.10.4")]) == after


def test_julia_without_uuid_is_not_added() -> None:
    assert amend_project_toml("[deps]\n", [julia("CSV", uuid="")]) == "[deps]\n"


@pytest.mark.parametrize("text", ['deps = { A = "1" }\n', "deps.A = 1\n", "deps = 3\n"])
def test_julia_unusual(text: str) -> None:
    with pytest.raises(CannotAmend):
        amend_project_toml(text, [julia("CSV")])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '[packages]\nz = "*"\nb = "*"\n\n[requires]\n',
            '[packages]\nz = "*"\nb = "*"\nnew = "*"\n\n[requires]\n',
        ),
        ('[packages]\nz = "==1"\n', '[packages]\nz = "==1"\nnew = "==1.5"\n'),
        (
            '[packages]\nz = {version = ">=1"}\n',
            '[packages]\nz = {version = ">=1"}\nnew = ">=1.5"\n',
        ),
        ("[dev-packages]\n", '[dev-packages]\n\n[packages]\nnew = "*"\n'),
        ('[packages]\nNEW = "*"\n', '[packages]\nNEW = "*"\n'),
    ],
)
def test_pipfile(before: str, after: str) -> None:
    assert amend_pipfile(before, [python("new", "1.5")]) == after
    assert amend_pipfile(after, [python("new", "1.5")]) == after


_KEY = st.sampled_from(["A", "Bc", '"De"', "'Fg'", "z"])
_LINE = st.sampled_from(["", "# comment [deps]", "   "])


@given(
    keys=st.lists(_KEY, unique=True),
    between=st.lists(_LINE, max_size=4),
    others=st.lists(
        st.sampled_from(["[compat]\n", '[extras]\nA = """\n[deps]\n"""\n', "[[x]]\ny = [\n1]\n"]),
        unique=True,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    names=st.lists(st.sampled_from(["Bb", "CSV", "zz", "A"]), unique=True),
)
def test_tables_keep_what_they_had(
    keys: list[str], between: list[str], others: list[str], end: str, names: list[str]
) -> None:
    lines = [f'{key} = "{_A}"' for key in keys]
    for number, extra in enumerate(between):
        lines.insert(number * 2, extra)
    before = ("\n".join(["[deps]", *lines, ""]) + "".join(others)).replace("\n", end)
    added = [julia(name, "1.0") for name in names]
    after = amend_project_toml(before, added)
    assert is_kept(before, after)
    old, new = tomllib.loads(before), tomllib.loads(after)
    assert new["deps"] == {name: UUID for name in names} | old["deps"]
    assert {k: v for k, v in new.items() if k not in ("deps", "compat")} == {
        k: v for k, v in old.items() if k not in ("deps", "compat")
    }
    assert amend_project_toml(after, added) == after
