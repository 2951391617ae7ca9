# SPDX-License-Identifier: GPL-3.0-or-later
"""``configure(c)`` in somebody's own JupyterHub: its login counts, and its people launch."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from end_to_end.notebook_page import open_page
from end_to_end.serving import build_address, follow, forge, short_place, stop_hosts, until_healthy
from end_to_end.test_serve import paste, publish, stop_and_resume, work
from integration.login.running import free_port

pytestmark = [
    pytest.mark.slow, pytest.mark.needs("git", "chromium"), pytest.mark.timeout(300),
]  # fmt: skip

_PASSWORD = "a-password-of-the-hub"
_CONFIG = """
from binder_lite.hub.configuring import configure

c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allowed_users = {{"ada"}}
c.JupyterHub.load_roles = [{{"name": "looks", "scopes": ["list:users"], "users": ["ada"]}}]
configure(c)
"""
_SETTINGS = """
data = "{directory}/data"
cache = "{directory}/cache"
spares = 0
sources.allow = ["{sources}/.*"]
"""


@contextlib.contextmanager
def own_hub(directory: Path, sources: str) -> Iterator[str]:
    """Run a JupyterHub that is not ours, with us added to it; give its address."""
    port = free_port()
    config = _CONFIG.format(port=port, hub=free_port(), proxy=free_port(), password=_PASSWORD)
    (directory / "jupyterhub_config.py").write_text(config)
    (directory / "serve.toml").write_text(_SETTINGS.format(directory=directory, sources=sources))
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BINDER_LITE_")}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub"],
            cwd=directory,
            env={**kept, "BINDER_LITE_SERVE_CONFIG": str(directory / "serve.toml")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        until_healthy(address, process, directory / "log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        stop_hosts(directory / "data")


async def test_people_of_a_hub_that_was_there_launch_and_strangers_do_not(tmp_path: Path) -> None:
    with short_place() as place:
        publish("requirements-txt", tmp_path, place)
        with forge(place / "git") as url, own_hub(place, url) as server:
            [*_, told] = follow(build_address(server, f"{url}/study.git"))
            assert told["code"] == "not-logged-in"
            async with open_page() as tab:
                page = tab.page
                await paste(page, server, url)
                await page.get_by_role("link", name="Log in and launch").click()
                await page.get_by_label("Username").fill("ada")
                await page.get_by_label("Password").fill(_PASSWORD)
                await page.get_by_role("button", name="Sign in").click()
                notebook = await work(page)
                await expect(notebook.panel).to_be_visible()
                await stop_and_resume(page, server, notebook)
