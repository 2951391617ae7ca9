# SPDX-License-Identifier: GPL-3.0-or-later
"""Comes before the module of this name in a server that an environment brings, and defers it.

See ``defer_grammar`` in ``session.py``, which does it where the server is ours to start. It is
found by ``PYTHONPATH``, which is as it was afterwards: what the server starts is not to find it.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_SESSION = Path(__file__).parents[1] / "session.py"
_spec = importlib.util.spec_from_file_location("binder_lite_session", _SESSION)
assert _spec and _spec.loader
_session = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_session)

_session.leave_path(_session.DEFERRED)
del sys.modules[__name__]
if importlib.util.find_spec(__name__) is None:
    raise ImportError(f"No module named {__name__!r}", name=__name__)
_session.defer_grammar()
