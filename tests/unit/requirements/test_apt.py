# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.requirements.apt import parse_apt_txt
from binder_lite.requirements.model import Origin, Requirement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("graphviz", [("graphviz", "", 1)]),
        ("# tools\n\nlibgl1 g++  # two\n", [("libgl1", "", 3), ("g++", "", 3)]),
        ("vim=2:9.0.1\nlibc6:amd64", [("vim", "==2:9.0.1", 1), ("libc6", "", 2)]),
        ("nano/stable", [("nano", "", 1)]),
    ],
)
def test_packages_are_listed_with_their_lines(
    text: str, expected: list[tuple[str, str, int]]
) -> None:
    found = parse_apt_txt(text, "apt.txt")
    assert found.system == tuple(
        Requirement(name, Origin("apt.txt", line), "system", specifier=specifier)
        for name, specifier, line in expected
    )
    assert not found.notices


@pytest.mark.parametrize("text", ["--allow-downgrades", "Graphviz", "$(reboot)", ";"])
def test_what_is_no_package_is_told(text: str) -> None:
    found = parse_apt_txt(f"\n{text}", "apt.txt")
    assert not found.system
    assert found.notices[0].startswith("apt.txt:2")
