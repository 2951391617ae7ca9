# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the person's browser where there is one; where there is none, the printed URLs must do."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from pathlib import Path

_DISPLAYS = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
# Browsers of these places may not read files in hidden directories, where ours are.
_SNAPS = ("/snap/bin/firefox", "/snap/bin/chromium")


def can_show_browser(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a display, or a browser that the person chose by ``$BROWSER``."""
    return sys.platform == "darwin" or any(variables.get(name) for name in _DISPLAYS)


def find_browser(variables: Mapping[str, str] = os.environ) -> webbrowser.BaseBrowser | None:
    """Return the browser, or ``None``.

    A text browser that nobody asked for is left alone: it would take over the terminal that
    shows what the session does.
    """
    if not can_show_browser(variables):
        return None
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return None
    chosen = bool(variables.get("BROWSER"))
    return None if type(browser) is webbrowser.GenericBrowser and not chosen else browser


def confined_browser() -> Path | None:
    """Return a browser that cannot open files in hidden directories, where one is installed."""
    return next((path for path in map(Path, _SNAPS) if path.exists()), None)


def open_in_browser(file: Path) -> bool:
    """Open ``file``, which leads on to the session; return whether there is a browser.

    A file, and not the URL: the token would be in the browser's arguments, which anyone on this
    machine can read. Some browsers return only when they are closed, so nobody waits for one.
    """
    browser = find_browser()
    if browser is None:
        return False

    def show() -> None:
        with contextlib.suppress(webbrowser.Error, OSError):
            browser.open(file.as_uri())

    threading.Thread(target=show, daemon=True).start()
    return True
