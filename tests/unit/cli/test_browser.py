# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
import threading
import webbrowser
from pathlib import Path

import pytest

from binder_lite.cli import browser


class Recorder(webbrowser.BaseBrowser):
    """A browser that remembers what it was given."""

    def __init__(self) -> None:
        super().__init__("recorder")
        self.opened: list[str] = []
        self.done = threading.Event()

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        self.done.set()
        return True


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(webbrowser, "get", lambda: recorder)
    monkeypatch.setattr(sys, "platform", "linux")
    return recorder


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ""}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"BROWSER": "w3m"}, True),
        ({"WSL_DISTRO_NAME": "Debian"}, True),
    ],
)
def test_a_browser_needs_a_display_or_to_be_chosen(
    variables: dict[str, str], expected: bool, recorder: Recorder
) -> None:
    assert browser.can_show_browser(variables) is expected
    assert (browser.find_browser(variables) is recorder) is expected


def test_a_text_browser_is_left_alone_unless_it_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lynx = webbrowser.GenericBrowser("lynx")
    monkeypatch.setattr(webbrowser, "get", lambda: lynx)
    assert browser.find_browser({"DISPLAY": ":0"}) is None
    assert browser.find_browser({"DISPLAY": ":0", "BROWSER": "lynx"}) is lynx


def test_no_browser_at_all_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> webbrowser.BaseBrowser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    monkeypatch.setenv("DISPLAY", ":0")
    assert browser.open_in_browser(Path("/x")) is False


def test_the_browser_is_given_the_file_and_never_a_token(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert browser.open_in_browser(Path("/data/a b/open.html")) is True
    assert recorder.done.wait(5)
    assert recorder.opened == ["file:///data/a%20b/open.html"]
