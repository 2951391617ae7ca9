# SPDX-License-Identifier: GPL-3.0-or-later
"""A terminal that is closed ends a server as Ctrl-C does, and leaves nothing of it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from contract.launching import all_gone, descendants
from end_to_end.serving import serving, short_place

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_a_hang_up_leaves_nothing_running() -> None:
    with short_place() as place, serving(place, "https://none.example") as server:
        hub = json.loads((place / "data" / "hub" / "jupyterhub.pid").read_text())
        started = descendants(hub)
        proxy = int(Path(place / "data" / "hub" / "proxy.pid").read_text())
        assert proxy in started and len(started) > 2
        os.kill(hub, signal.SIGHUP)
        assert all_gone(started - {hub}, 40)
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{server}health")
