# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file of ``binder-lite serve``, which JupyterHub reads."""

from __future__ import annotations

import os
import signal
from typing import Any

from binder_lite.hub.auth import configure_login
from binder_lite.hub.configuring import configure_whole
from binder_lite.hub.quiet import keep_quiet
from binder_lite.hub.settings import read_server_settings

keep_quiet()
# A terminal that was closed ends the server as Ctrl-C does; JupyterHub would leave its proxy.
signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub gives it
_settings = read_server_settings()
configure_whole(c, _settings)
configure_login(c, _settings)
