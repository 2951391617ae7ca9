# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that the tests of the command line share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from binder_lite.command import Command
from binder_lite.planning import Plan
from binder_lite.requirements.model import (
    Missing,
    Origin,
    PythonVersion,
    Requirement,
    Requirements,
)
from binder_lite.sessions.running import Ready
from binder_lite.sessions.store import Session
from binder_lite.sources.model import PinnedSource, Source


@pytest.fixture
def ready() -> Ready:
    """A session that runs."""
    return Ready(
        url="http://localhost:8890/lab/tree/index.ipynb?token=abc",
        token="abc",
        session="s1",
        engine="uv",
        environment="e1/1",
        commit="1234567890",
        path="index.ipynb",
        kernel="python3",
        open_file=Path("/data/a b/open.html"),
    )


@pytest.fixture
def plan() -> Plan:
    """What a launch of a repository with one of everything would do."""
    numpy = Requirement("numpy", Origin("requirements.txt", 1), specifier="==1.26.4")
    return Plan(
        pinned=PinnedSource(
            Source("https://example.org/r", url="https://me:secret@example.org/r"),
            "1234567890" * 4,
            "refs/heads/main",
            uncommitted=True,
        ),
        requirements=Requirements(
            packages=(
                numpy,
                Requirement(
                    "dask",
                    Origin("requirements.txt", 2),
                    extras=("array", "distributed"),
                    marker='python_version > "3"',
                ),
                Requirement("", Origin("requirements.txt", 3), url="./own", local=True),
            ),
            python=(PythonVersion("==3.11.*", Origin("runtime.txt", 1), "3.11.4"),),
            system=(Requirement("graphviz", Origin("apt.txt", 1), language="system"),),
            missing=(Missing("mkl", Origin("environment.yml", 4), "not on the package index"),),
            post_build="postBuild",
            start="start",
            build_files=("requirements.txt", "runtime.txt"),
            ignored_files=(("setup.py", "requirements.txt comes first"),),
            notices=("Guix would give the exact thing.",),
        ),
        engine="uv",
        reason="asked for",
        environment="uv-abc",
        built=False,
        software="Python 3.11.7",
        packages=("numpy==1.26.4", "ipykernel"),
        added=("ipykernel",),
        path="index.ipynb",
        kernel="python3",
        command=Command(("bwrap", "--bind", "/a b", "x")),
        remarks=("Not pinned.",),
        asks=(),
    )


@pytest.fixture
def session() -> Session:
    """A session of a repository."""
    return Session(
        id="abcdefgh",
        directory=Path("/s/abcdefgh"),
        workspace=Path("/s/abcdefgh/home/work"),
        source="https://me:pw@example.org/r",
        commit="1234567890",
        path="a.ipynb",
        engine="uv",
        environment="e/1",
        created=datetime(2026, 1, 2, 9, tzinfo=UTC),
    )
