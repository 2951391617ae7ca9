# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.python.imports import (
    Import,
    Install,
    parse_imports,
    parse_installs,
    without_magics,
)

IMPORTS = [
    ("import a, b.c as d", [Import("a", 1), Import("b.c", 1)]),
    ("from a.b import c, d", [Import("a.b.c", 1), Import("a.b.d", 1)]),
    ("from a import *", [Import("a", 1)]),
    ("from . import a\nfrom .b import c", []),
    ("def f():\n    import a", [Import("a", 2)]),
    ("if x:\n  import a\nelse:\n  import b", [Import("a", 2), Import("b", 4)]),
    ("'import a'\n# import b", []),
    # What is expected to fail is optional, what merely is inside a try is not.
    ("try:\n  import a\nexcept ImportError:\n  b", [Import("a", 2, True)]),
    ("try:\n  a\nexcept ImportError:\n  import b", [Import("b", 4, True)]),
    ("try:\n  import a\nexcept:\n  pass", [Import("a", 2, True)]),
    ("try:\n  import a\n  a.run()\nexcept Exception:\n  pass", [Import("a", 2)]),
    ("try:\n  import a\nexcept (ValueError, ModuleNotFoundError):\n  pass", [Import("a", 2, True)]),
    ("try:\n  import a\nfinally:\n  import b", [Import("a", 2), Import("b", 4)]),
    # IPython.
    ("%time\nimport a\n!ls\nimport b", [Import("a", 2), Import("b", 4)]),
    ("%%time\nimport a", [Import("a", 2)]),
    ("%%bash\nimport a", []),
    ("x = !ls\ny = %sql select 1\nimport a", [Import("a", 3)]),
    ("import a\na.b?\n?a", [Import("a", 1)]),
    ("if x:\n    %pip install b\nimport a", [Import("a", 3)]),
    ("%matplotlib inline", [Import("matplotlib", 1)]),
    ("%load_ext autoreload\n%load_ext line_profiler", [Import("line_profiler", 2)]),
    # Python 2, and code that nobody can parse.
    ("print 'x'\nimport a, b as c; x", [Import("a", 2), Import("b", 2)]),
    ("print 'x'\nfrom d.e import f", [Import("d.e", 2)]),
    ("import a\nx = (", [Import("a", 1)]),
    ("\0", []),
]  # fmt: skip

INSTALLS = [
    ("%pip install a b==1 -q", [("pip", ("a", "b==1"))]),
    ("!pip3 install --upgrade 'a>=1' # c", [("pip", ("a>=1",))]),
    ("!{sys.executable} -m pip install a", [("pip", ("a",))]),
    ("!python -m pip install -i https://a.example a && echo b", [("pip", ("a",))]),
    ("!sudo apt-get -y install graphviz", [("apt-get", ("graphviz",))]),
    ("%conda install -c conda-forge a", [("conda", ("a",))]),
    ("!uv pip install a > /dev/null", [("pip", ("a",))]),
    ("  %pip install a", [("pip", ("a",))]),
    ("!pip install 'a", [("pip", ("'a",))]),
    ("!pip install -r requirements.txt", [("pip", ())]),
    ("pip install a", []),
    ("# %pip install a", []),
    ("!pip list", []),
]


@pytest.mark.parametrize(("code", "expected"), IMPORTS, ids=range(len(IMPORTS)))
def test_imports_are_found(code: str, expected: list[Import]) -> None:
    assert parse_imports(code) == tuple(expected)


@pytest.mark.parametrize(("code", "expected"), INSTALLS, ids=[code for code, _ in INSTALLS])
def test_installations_are_found(code: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(found.tool, found.arguments) for found in parse_installs(code)] == expected


def test_an_installation_knows_its_line() -> None:
    assert parse_installs("\n%pip install a") == (Install("pip", ("a",), 2, "%pip install a"),)


def test_magics_are_replaced_line_for_line() -> None:
    assert without_magics("a\n  %b\n!c\nd?") == "a\n  pass\npass\npass"


@pytest.mark.parametrize(
    "code", ["(" * 5000, "-" * 50_000 + "1", "a" + ".b" * 50_000, "x = " + "[" * 150 + "]" * 150]
)
def test_strange_code_does_no_harm(code: str) -> None:
    assert parse_imports(f"{code}\n") == ()


@pytest.mark.filterwarnings("error")
def test_a_stranger_s_warnings_are_not_ours() -> None:
    assert parse_imports('x = "\\d"\nimport a') == (Import("a", 2),)


@given(st.text(alphabet="import frm%!?\n\t =xa,.;#'\"()\\"))
def test_any_code_is_read(code: str) -> None:
    assert all(found.line >= 1 for found in parse_imports(code))
    assert all(found.line >= 1 for found in parse_installs(code))
