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


def main() -> None:
    """Ask the kernel to tell us of the hub's end, then be the module."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The hub has ended.")
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
