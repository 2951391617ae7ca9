# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from binder_lite.inside import bytecode


@pytest.fixture(autouse=True)
def usual_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests after this one want their processor time."""
    monkeypatch.setattr(bytecode, "step_back", lambda: None)


def write(root: Path, *names: str, content: str = "x = 1\n") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


def compiled(path: Path) -> bool:
    return Path(importlib.util.cache_from_source(str(path))).exists()


def test_tests_come_last(tmp_path: Path) -> None:
    write(tmp_path, "a/tests/b.py", "a/c.py", "z.py", "a/data.txt")
    found = [str(Path(path).relative_to(tmp_path)) for path in bytecode.modules(str(tmp_path))]
    assert found == ["a/c.py", "z.py", "a/tests/b.py"]


def test_every_module_is_compiled(tmp_path: Path) -> None:
    write(tmp_path, "one.py", "package/two.py")
    bytecode.main([str(tmp_path)])
    assert compiled(tmp_path / "one.py")
    assert compiled(tmp_path / "package/two.py")


@pytest.mark.parametrize(
    "content",
    ["print 'an older Python'\n", "a\0b\n", "(" * 100_000, "# coding: none-such\n"],
    ids=["syntax", "nul", "nesting", "encoding"],
)
def test_a_file_that_cannot_be_compiled_does_not_keep_the_others_from_it(
    tmp_path: Path, content: str
) -> None:
    write(tmp_path, "a.py", content=content)
    write(tmp_path, "b.py")
    bytecode.main([str(tmp_path)])
    assert not compiled(tmp_path / "a.py")
    assert compiled(tmp_path / "b.py")
