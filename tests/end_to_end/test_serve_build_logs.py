# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build prints through a server: with whatever in it, and however much."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from end_to_end.refusals import make_repository, run_launcher
from end_to_end.repositories import file_url, git
from end_to_end.serving import build_address, follow, forge, serving, short_place

pytestmark = [pytest.mark.slow, pytest.mark.needs("git"), pytest.mark.timeout(300)]

_SMALL = {"requirements.txt": "ipykernel\n"}
# What a terminal, a browser or a reader's eye would obey; tabs and ends of lines are none.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HOSTILE = b"""
\x1b]52;c;ZXZpbA==\x07clipboard
\x1b]0;owned\x07title
\x1b]8;;https://evil.example/\x1b\\link\x1b]8;;\x1b\\
\x1b[2J\x1b[H\x1b[1A\x1b[?1049hcursor
\x1bP+q544e\x1b\\device
\xc2\x9b31meight-bit\xc2\x9d0;owned\xc2\x9c
\xe2\x80\xaegnp.exe\xe2\x80\xac direction
before\x00after
invalid \xff\xfe\xc3
10%\r20%\r100%
https://ada:hunter2@example.org/simple?token=hunter2
unfinished \x1b]0;owned
""".replace(b"\n\n", b"\n")
_PRINTS = f"#!/usr/bin/env python3\nimport sys\nsys.stdout.buffer.write({_HOSTILE!r})\n"
_MEGABYTES = 100
_LINE = "x" * 399
_LONG = f"#!/bin/sh\nyes {_LINE} 2>/dev/null | head -n {_MEGABYTES * 2500}\necho the last line\n"


@dataclass(frozen=True)
class World:
    """A server, and where its data are."""

    server: str
    forge: str
    place: Path

    def launch(self, name: str) -> Iterator[dict[str, Any]]:
        """Launch a repository and yield the events."""
        return follow(build_address(self.server, f"{self.forge}/{name}.git"))

    def log(self, key: str) -> Path:
        """Return the file that a build's log is in."""
        return self.place / f"data/builds/{key}/build.log"

    def memory_mib(self) -> float:
        """Return the most memory that the service ever had."""
        found = [0.0]
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                is_service = file.read_bytes().endswith(b"\0binder_lite.web\0")
                if is_service and os.fsencode(self.place) in file.with_name("environ").read_bytes():
                    status = file.with_name("status").read_text()
                    found += [int(size) / 1024 for size in re.findall(r"VmHWM:\s+(\d+) kB", status)]
        return max(found)  # Another process, a small one, may watch over it.


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with short_place() as place, forge(place / "git") as url, serving(place, url) as server:
        yield World(server, url, place)


def publish(world: World, parent: Path, name: str, post_build: str) -> Path:
    """Put a repository with this script where the forge serves it from."""
    study = parent / name
    study.mkdir()
    make_repository(study, {**_SMALL, "postBuild": post_build})
    git(parent, "clone", "--quiet", "--bare", str(study), str(world.place / f"git/{name}.git"))
    return study


@pytest.mark.usefixtures("tidy_afterwards")
def test_nothing_that_a_build_prints_is_obeyed(world: World, tmp_path: Path) -> None:
    study = publish(world, tmp_path, "hostile", _PRINTS)
    events = list(world.launch("hostile"))
    ready = events[-1]
    assert ready["kind"] == "ready", ready
    said = [event["message"] for event in events]
    key = ready["environment"].split("/")[0]
    kept = httpx.get(f"{world.server}api/builds/{key}/log")
    assert kept.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    shown = run_launcher("--engine", "uv", file_url(study), "--", "true")
    assert shown.returncode == 0, shown.stderr
    file = world.log(key).read_text()  # Which somebody may print on a terminal.
    for text in (*said, kept.text, file, shown.stdout, shown.stderr):
        assert not _OBEYED.search(text), repr(text)
        assert "owned" not in text and "hunter2" not in text and "ZXZpbA" not in text
    for lines in (said, kept.text.splitlines()):
        for word in ("clipboard", "title", "link", "cursor", "device", "eight-bit", "beforeafter",
                     "gnp.exe direction", "invalid \ufffd\ufffd\ufffd"):  # fmt: skip
            assert word in lines, word


@pytest.mark.timeout(900)
def test_a_hundred_megabytes_of_log_are_read_whole_and_take_little_memory(
    world: World, tmp_path: Path
) -> None:
    publish(world, tmp_path, "long", _LONG)
    publish(world, tmp_path, "short", "#!/bin/sh\necho short\n")
    before, slowest, asked = world.memory_mib(), 0.0, time.monotonic()
    assert before > 20
    size, last, ready = 0, "", {}
    for event in world.launch("long"):
        ready = event
        if event["kind"] == "log":
            size, last = size + len(event["message"]) + 1, event["message"]
        # Others are answered meanwhile.
        if (now := time.monotonic()) > asked + 1:
            assert httpx.get(f"{world.server}health", timeout=60).status_code == 200
            slowest, asked = max(slowest, time.monotonic() - now), time.monotonic()
    assert ready["kind"] == "ready", ready
    assert size > _MEGABYTES * 1_000_000
    assert last == "the last line"
    key = ready["environment"].split("/")[0]
    with httpx.stream("GET", f"{world.server}api/builds/{key}/log", timeout=120) as answer:
        kept = sum(map(len, answer.iter_bytes()))
    assert kept > _MEGABYTES * 1_000_000
    assert world.memory_mib() < before + 100
    assert slowest < 30
    *_, short = world.launch("short")
    assert short["kind"] == "ready"
