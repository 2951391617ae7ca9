# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories that are odd, and served all the same: huge, strangely named, wanted twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from end_to_end.launcher import launched
from end_to_end.refusals import EMPTY_NOTEBOOK, make_repository, run_launcher
from end_to_end.repositories import file_url

pytestmark = [pytest.mark.needs("git"), pytest.mark.usefixtures("tidy_afterwards")]

_DECLARED = {"requirements.txt": "ipykernel\n"}


async def _seconds_to_ready(source: str) -> float:
    began = time.monotonic()
    async with launched(source) as launch:
        assert launch.ready.kernel == "python3"
        return time.monotonic() - began


async def test_a_notebook_of_100_megabytes_opens_as_soon_as_a_small_one(tmp_path: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["0123456789 " * 9_100_000]}
    cell = {
        "cell_type": "code", "id": "huge", "metadata": {}, "source": ["1"],
        "execution_count": 1, "outputs": [output],
    }  # fmt: skip
    huge = json.dumps({**json.loads(EMPTY_NOTEBOOK), "cells": [cell]})
    assert len(huge) > 100_000_000
    large = file_url(make_repository(tmp_path / "large", {**_DECLARED, "index.ipynb": huge}))
    small = file_url(make_repository(tmp_path / "small", _DECLARED))
    run_launcher(small, "--", "true")
    await _seconds_to_ready(small)
    first, second = await _seconds_to_ready(large), await _seconds_to_ready(large)
    again = await _seconds_to_ready(small)
    # Git has to compress, send and write it once, the workspace's copy each time.
    assert first < again + 15
    assert second < again + 8


_NAMES = {
    "spaces": ("a study", "main", "my first notebook.ipynb"),
    "quotes": ('a "good" study\'s', 'it\'s-"here"', 'what\'s "new" $HOME `id`.ipynb'),
    "line-break": ("a\nstudy", "main", "two\nlines.ipynb"),
    "non-ascii": ("étude – 研究", "großer-zweig/数", "Übung α 研究.ipynb"),
    "options": ("-study", "main", "--help.ipynb"),
    "url": ("100%25 #1?x=y&z", "main", "50% #2?a=b&c;d+e.ipynb"),
}


@pytest.mark.parametrize(("directory", "branch", "notebook"), _NAMES.values(), ids=_NAMES)
async def test_any_name_that_git_and_the_disk_take_is_served(
    directory: str, branch: str, notebook: str, tmp_path: Path
) -> None:
    files = {**_DECLARED, notebook: EMPTY_NOTEBOOK}
    source = file_url(make_repository(tmp_path / directory, files, branch))
    async with launched(source, "--ref", branch, "--path", notebook) as launch:
        ready = launch.ready
        assert ready.path == notebook
        address = f"{ready.url.split('/lab/')[0]}/api/sessions"
        token = {"Authorization": f"token {ready.token}"}
        async with httpx.AsyncClient(headers=token) as client:
            kernels = (await client.get(address)).json()
            assert [each["path"] for each in kernels] == [notebook]
            assert f"/lab/tree/{quote(notebook)}?" in ready.url
            assert (await client.get(ready.url, follow_redirects=True)).status_code == 200
        assert await launch.interrupt() == 130


async def test_two_launches_in_the_same_instant_share_one_build(tmp_path: Path) -> None:
    # The time makes the environment a new one; a build tells which one it was.
    script = f"#!/bin/sh\n: {time.time_ns()}\necho built by $(cat /proc/sys/kernel/random/uuid)\n"
    source = file_url(make_repository(tmp_path / "study", {"postBuild": script}))
    async with contextlib.AsyncExitStack() as stack:
        both = await asyncio.gather(
            stack.enter_async_context(launched(source)), stack.enter_async_context(launched(source))
        )
        names = {launch.ready.environment for launch in both}
        assert len(names) == 1
        assert names.pop().endswith("/1")
        assert both[0].ready.session != both[1].ready.session
        told = {
            event["message"] for launch in both for event in launch.events if "message" in event
        }
        assert len([line for line in told if line.startswith("built by ")]) == 1
