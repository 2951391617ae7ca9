# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import BadRequirements
from binder_lite.requirements.python.setup_files import parse_setup_cfg, parse_setup_py


def test_setup_py_is_never_executed(tmp_path: Path) -> None:
    proof = tmp_path / "executed"
    parse_setup_py(f"open({str(proof)!r}, 'w')\nfrom setuptools import setup\nsetup()", "setup.py")
    assert not proof.exists()


@pytest.mark.parametrize(
    ("call", "names", "notices"),
    [
        ("setup(name='x', install_requires=['a', 'b>=1'])", ["a", "b"], 0),
        ("setuptools.setup(install_requires=('a',))", ["a"], 0),
        ("setup(install_requires=open('r.txt').read())", [], 1),
        ("setup(**options)", [], 0),
        ("print('no setup here')", [], 0),
        ("print 'Python 2'", [], 1),
        ("setup(install_requires=" + "[" * 3000, [], 1),
    ],
    ids=range(7),
)
def test_literals_are_listed_and_the_rest_is_told(
    call: str, names: list[str], notices: int
) -> None:
    found = parse_setup_py(f"import setuptools\n{call}\n", "setup.py").found
    assert [item.name for item in found.packages] == names
    assert len(found.notices) == notices
    assert found.build_files == ("setup.py",)


def test_the_call_s_own_facts_are_known() -> None:
    parsed = parse_setup_py("\nsetup(\n  name='x',\n  python_requires='>=3.9',\n)", "setup.py")
    assert (parsed.name, parsed.line) == ("x", 2)
    assert [str(version.origin) for version in parsed.found.python] == ["setup.py:4"]


@pytest.mark.parametrize(
    ("text", "declares"),
    [("[flake8]\nx = 1", False), ("[metadata]\nname = x", True), ("[options]", True), ("", False)],
)
def test_setup_cfg_may_only_configure_tools(text: str, declares: bool) -> None:
    assert parse_setup_cfg(text, "setup.cfg").declares is declares


def test_setup_cfg_lists_with_lines() -> None:
    text = "[options]\ninstall_requires =\n    a>=1\n    # c\n    b ; os_name=='nt'\n"
    found = parse_setup_cfg(text, "setup.cfg").found
    assert [(item.name, item.origin.line) for item in found.packages] == [("a", 3), ("b", 5)]


@pytest.mark.parametrize(
    "text", ["no section", "[options]\ninstall_requires = a==", "[options]\npython_requires = x"]
)
def test_a_malformed_setup_cfg_is_refused(text: str) -> None:
    with pytest.raises(BadRequirements, match=r"setup\.cfg"):
        parse_setup_cfg(text, "setup.cfg")
