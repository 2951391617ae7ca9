# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m binder_lite.hub.with_hub MODULE …``: a module that ends with the hub that started it.

A hub that is killed cannot stop its services, and the next one starts them anew.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def end_with_parent() -> None:
    """Ask the kernel to tell us by SIGTERM of the end of who started us."""
    parent = os.getppid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The hub has ended.")


def adopt_orphans() -> None:
    """Ask the kernel to make what our children leave running ours."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def main() -> None:
    """End with the hub, and until then be the module."""
    end_with_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
