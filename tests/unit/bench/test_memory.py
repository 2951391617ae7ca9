# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "bench"))
from memory import own_mib, tree, tree_mib

_NOBODY = 2**22 + 1  # Above what the kernel gives.


def test_a_process_is_found_below_its_parent() -> None:
    assert tree(os.getpid())[0] == os.getpid()
    assert os.getpid() in tree(os.getppid())


def test_a_tree_is_at_least_its_first_process() -> None:
    assert 0 < own_mib(os.getpid()) < 10_000
    assert tree_mib(os.getppid()) > 0


def test_a_process_that_has_gone_takes_nothing() -> None:
    assert own_mib(_NOBODY) == 0
    assert tree(_NOBODY) == [_NOBODY]
