# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest

from binder_lite.events import Event, LogLine, Progress
from binder_lite.sources.git_progress import parse_line

RECORDED = Path(__file__).parent / "recorded"


def events(name: str) -> list[Event]:
    text = (RECORDED / name).read_bytes().decode()
    found = [parse_line(line) for line in re.split(r"[\r\n]", text)]
    return [event for event in found if event is not None]


@pytest.mark.parametrize("name", sorted(path.name for path in RECORDED.glob("*.txt")))
def test_recorded_output_is_understood(name: str) -> None:
    found = events(name)
    assert found
    assert all(isinstance(event, Progress) for event in found)


def test_a_recorded_fetch_ends_with_everything_received() -> None:
    received = [
        event for event in events("fetch-2.39.txt") if event.message.startswith("Receiving")
    ]
    assert len(received) > 50
    assert received[-1] == Progress(
        "fetching", "Receiving objects, 3.83 MiB at 10.33 MiB/s", 403, 403, "objects"
    )


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("Receiving objects:  37% (37/100), 1.20 MiB | 2.30 MiB/s",
         Progress("fetching", "Receiving objects, 1.20 MiB at 2.30 MiB/s", 37, 100, "objects")),
        ("Resolving deltas: 100% (7/7), done.",
         Progress("fetching", "Resolving deltas", 7, 7, "objects")),
        ("remote: Counting objects:  50% (1/2)        ",
         Progress("fetching", "Counting objects", 1, 2, "objects")),
        ("Updating files:  12% (120/1000)",
         Progress("fetching", "Updating files", 120, 1000, "files")),
        ("Downloading LFS objects:  50% (1/2), 10 MB | 5.0 MB/s",
         Progress("fetching", "Downloading LFS objects, 10 MB at 5.0 MB/s", 1, 2, "files")),
        ("From https://example.org/repo", None),
        (" * [new branch]      main       -> origin/main", None),
        (" t [tag update]      v1         -> v1", None),
        ("   1234567..89abcde  main       -> origin/main", None),
        ("remote: Enumerating objects: 5, done.        ", None),
        ("remote: Total 3 (delta 1), reused 0 (delta 0), pack-reused 0", None),
        ("", None),
        ("remote: ", None),
        ("remote: This repository moved.", LogLine("fetching", "remote: This repository moved.")),
        ("warning: something new", LogLine("fetching", "warning: something new")),
    ],
)  # fmt: skip
def test_lines(line: str, event: Event | None) -> None:
    assert parse_line(line) == event
