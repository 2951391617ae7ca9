# SPDX-License-Identifier: GPL-3.0-or-later
"""Real git and Git LFS behind the exit: where they get to, and where they do not."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from binder_lite.engines.sandbox import find_bwrap
from binder_lite.sources.policy import Policy
from binder_lite.web import isolated_git
from binder_lite.web.exit import Exit, ExitLimits, Streams, connect_to, exit_at
from integration.sources.conftest import Origin, Serve, fetched, origin, repositories, serve

__all__ = ["origin", "repositories", "serve"]

ALL = Policy()
PUBLIC = "93.184.215.14"
FORGE = "http://forge.example/origin"


@dataclass
class Internet:
    """Names and addresses as a test wants them; one public address is a server of ours."""

    port: int = 0
    names: dict[str, list[str]] = field(default_factory=lambda: {"forge.example": [PUBLIC]})
    looked_up: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    async def look_up(self, host: str, port: int, *, names: bool = True) -> tuple[str, ...]:
        self.looked_up.append(host)
        if host not in self.names:
            return (host,)
        answers = self.names[host]
        return (answers.pop(0) if len(answers) > 1 else answers[0],)

    async def connect(self, address: str, port: int, *, tls: bool = False) -> Streams:
        self.connected.append((address, port))
        return await connect_to("127.0.0.1", self.port if address == PUBLIC else port)


@pytest.fixture
def internet() -> Internet:
    return Internet()


Behind = Callable[..., contextlib.AbstractAsyncContextManager[None]]


@pytest.fixture
def behind(internet: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Behind:
    """Let all git of this process run behind an exit with a policy."""

    @asynccontextmanager
    async def run(policy: Policy = ALL, **limits: float) -> AsyncIterator[None]:
        def made(policy: Policy) -> Exit:
            return Exit(
                policy,
                ExitLimits(**limits),  # type: ignore[arg-type]
                look_up=internet.look_up,
                connect=internet.connect,
            )

        directory = tmp_path / "web"
        directory.mkdir(mode=0o700)
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        # That nobody is led past the exit by it.
        monkeypatch.setenv("no_proxy", "forge.example,127.0.0.1,169.254.169.254")
        async with exit_at(directory, policy, await find_bwrap(), made=made) as words:
            for name, value in isolated_git.variables(directory, words).items():
                monkeypatch.setenv(name, value)
            yield

    return run


async def test_a_public_repository_is_fetched(
    origin: Origin, repositories: Path, serve: Serve, internet: Internet, behind: Behind
) -> None:
    internet.port = urlsplit(serve(origin.path.parent).url).port or 0
    async with behind():
        got = await fetched(FORGE, repositories)
    assert "index.ipynb" in got.files()
    assert set(internet.connected) == {(PUBLIC, 80)}
