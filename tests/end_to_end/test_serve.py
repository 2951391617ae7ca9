# SPDX-License-Identifier: GPL-3.0-or-later
"""``binder-lite serve`` as a person meets it: paste an address, watch, work, stop, come back."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from end_to_end.launcher import ADMIN
from end_to_end.notebook_page import NotebookPage, open_page
from end_to_end.repositories import git, make_repository
from integration.sources.conftest import Handler, Server

pytestmark = [pytest.mark.slow, pytest.mark.needs("git", "chromium")]

_SECONDS = 90


@contextlib.contextmanager
def forge(root: Path) -> Iterator[str]:
    """Serve the bare repositories in ``root`` by HTTP."""
    handler = type("Served", (Handler,), {"served": Server(root)})
    web = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{web.server_address[1]}"
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


@contextlib.contextmanager
def serving(directory: Path, sources: str) -> Iterator[str]:
    """Run ``binder-lite serve``, which opens repositories of ``sources``; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = directory / "serve.toml"
    config.write_text(
        f'bind = "{address}"\ndata = "{directory}/data"\ncache = "{directory}/cache"\n'
        f'spares = 0\n[sources]\nallow = ["{sources}/.*"]\n'
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BINDER_LITE_")}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [ADMIN, "serve", "--config", str(config)],
            env=kept, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        end = time.monotonic() + _SECONDS
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://{address}/health").status_code == 200:
                    break
            assert process.poll() is None and time.monotonic() < end, (
                directory / "log"
            ).read_text()[-3000:]
            time.sleep(0.2)
        yield f"http://{address}/"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        _stop_hosts(directory)


def _stop_hosts(directory: Path) -> None:
    """End the sessions, which outlive a server."""
    for file in (directory / "data/sessions").glob("*/running.json"):
        with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
            os.kill(httpx.Response(200, content=file.read_bytes()).json()["pid"], signal.SIGTERM)


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path: sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="serve-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.mark.timeout(300)
async def test_from_an_address_to_a_notebook_and_back(place: Path, tmp_path: Path) -> None:
    study = make_repository("requirements-txt", tmp_path)
    git(tmp_path, "clone", "--quiet", "--bare", str(study), str(place / "git" / "study.git"))
    with forge(place / "git") as url, serving(place, url) as server:
        async with open_page() as tab:
            page = tab.page
            await page.goto(server)
            await page.get_by_label("Repository").fill(f"{url}/study.git")
            await page.get_by_role("button", name="Launch").click()
            await page.wait_for_url("**/user/**")
            notebook = NotebookPage(page)
            await expect(notebook.outputs.first.or_(notebook.panel)).to_be_visible()
            await notebook.wait_until_idle()
            await notebook.run_cells(9, code=5)
            assert notebook.errors == []
            session = page.url.split("/user/")[1].split("/")[1]

            await page.goto(f"{server}sessions")
            await page.get_by_role("button", name="Stop").click()
            await expect(page.get_by_role("link", name="Resume")).to_be_visible()
            stranger = httpx.get(f"{server}user/somebody/{session}/lab")
            assert stranger.status_code in (302, 403, 404)
            await page.get_by_role("link", name="Resume").click()
            await page.wait_for_url(f"**/{session}/**")
            await expect(notebook.panel).to_be_visible()
