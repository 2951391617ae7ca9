# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from binder_lite.inside import bytecode

PRINT_PRIORITY = """\
import os, bytecode
bytecode.step_back()
print(os.sched_getscheduler(0))
print(open("/proc/self/autogroup").read().split()[-1])
"""


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this Linux has no autogroups"
)
def test_compiling_gives_way_to_every_other_session_of_processes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINT_PRIORITY],
        env={"PYTHONPATH": str(Path(bytecode.__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    assert done.stdout.split() == [str(os.SCHED_IDLE), "19"]
