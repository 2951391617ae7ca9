# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments and stopped sessions on disk, as far as their records, that nobody had to build."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from binder_lite.environments import Environment, builds_directory
from binder_lite.sessions.store import Session, write_session
from binder_lite.settings import Settings
from binder_lite.storage import write_record

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


def keep_environment(
    root: Path,
    key: str,
    generation: int = 1,
    *,
    packages: tuple[str, ...] = (),
    source: str = "r",
    created: datetime = NOW,
    size: int = 1000,
) -> Environment:
    """Return an environment that is on disk below ``root``, of ``size`` bytes and its record."""
    environment = Environment(
        key=key,
        generation=generation,
        engine="uv",
        software="Python 3.11.7",
        packages=packages,
        source=source,
        created=created,
        directory=root / key / str(generation),
    )
    environment.directory.mkdir(parents=True)
    (builds_directory(root) / key).mkdir(parents=True, exist_ok=True)
    (environment.directory / "file").write_bytes(b"x" * size)
    write_record(environment.directory / "environment.json", environment, leave_out=("directory",))
    return environment


def keep_session(settings: Settings, environment: Environment, id: str = "s1") -> None:
    """Let a stopped session be there that was made with the environment."""
    directory = settings.sessions / id
    directory.mkdir(parents=True)
    write_session(
        Session(
            id=id,
            directory=directory,
            workspace=directory,
            source="r",
            commit=None,
            path="",
            engine="uv",
            environment=environment.name,
            created=NOW,
        )
    )
