# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shutil
import webbrowser
from pathlib import Path
from typing import NamedTuple

import pytest

from binder_lite.cli.checks import place


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(("free", "outcome"), [(1_999_999_999, "warning"), (2_000_000_000, "ok")])
async def test_little_room_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, outcome: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, free))
    check = await place.check_directory("data directory", tmp_path)
    assert (check.outcome, check.found) == (outcome, f"2.0 GB free in {tmp_path}")


async def test_a_directory_that_will_be_made_is_fine_and_not_made_now(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    check = await place.check_directory("cache directory", directory)
    assert (check.outcome == "failed", (tmp_path / "a").exists()) == (False, False)


async def test_what_is_no_directory_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check = await place.check_directory("cache directory", tmp_path / "file" / "cache")
    assert check.outcome == "failed"
    assert "BINDER_LITE_CACHE" in check.hint


async def test_without_display_no_browser_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    check = await place.check_browser(Path("/data"))
    assert (check.outcome, check.found) == ("skipped", "no display")


@pytest.mark.parametrize(
    ("data", "confined", "outcome"),
    [
        ("/home/me/.local/share", Path("/snap/bin/firefox"), "warning"),
        ("/home/me/notebooks", Path("/snap/bin/firefox"), "ok"),
        ("/home/me/.local/share", None, "ok"),
    ],
)
async def test_a_browser_that_cannot_read_hidden_files_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, data: str, confined: Path | None, outcome: str
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.BackgroundBrowser("x"))
    monkeypatch.setattr(place, "confined_browser", lambda: confined)
    assert (await place.check_browser(Path(data))).outcome == outcome


async def test_a_display_without_browser_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(place, "find_browser", lambda: None)
    assert (await place.check_browser(Path("/data"))).outcome == "warning"


async def test_the_network_is_left_alone_unless_asked_for() -> None:
    assert (await place.check_index(False)).outcome == "skipped"
