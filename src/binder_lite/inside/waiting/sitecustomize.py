# SPDX-License-Identifier: GPL-3.0-or-later
"""Comes before the module of this name in a server that an environment brings, and has it wait.

Python imports it before the server's program, which then goes on as if it had just been started
with the arguments that came meanwhile. See ``wait_as_server`` in ``session.py``.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from pathlib import Path

_SESSION = Path(__file__).parents[1] / "session.py"


def _wait() -> None:
    spec = importlib.util.spec_from_file_location("binder_lite_session", _SESSION)
    assert spec and spec.loader
    session = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(session)
    session.leave_path(session.WAITING, session.DEFERRED)
    this = sys.modules.pop(__name__)
    if importlib.util.find_spec(__name__) is not None:
        importlib.import_module(__name__)
    sys.modules.setdefault(__name__, this)
    session.wait_as_server()


try:
    _wait()
except Exception:
    # Python would go on without us, and the server start without its assignment.
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
