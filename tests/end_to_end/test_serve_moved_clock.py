# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose machine's clock is set by days while people work: nobody loses anything."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from end_to_end.moved_clock import moved_clock
from end_to_end.refusals import make_repository
from end_to_end.repositories import git
from end_to_end.serving import build_address, end_of, forge, serving, short_place

pytestmark = [
    pytest.mark.slow, pytest.mark.needs("git", "unshare", "cc"), pytest.mark.timeout(300),
]  # fmt: skip

_DAYS = 2 * 86400
_SETTINGS = "idle_seconds = 3600\nmax_age_seconds = 36000\nkeep_days = 1\n"


class Visitor:
    """A person's browser, as far as the server can tell."""

    def __init__(self, server: str) -> None:
        self.http = httpx.Client(
            base_url=server, timeout=120, follow_redirects=True,
            headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        )  # fmt: skip
        navigating = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
        self.http.get("login", headers=navigating)
        self.http.headers["X-XSRFToken"] = self.http.cookies["binder-lite-xsrf"]
        assert self.name

    def close(self) -> None:
        """End the connections."""
        self.http.close()

    @property
    def name(self) -> str:
        """Who the server says this is."""
        user = self.http.get("api/config").json()["user"]
        return str(user["name"]) if user else ""

    def session(self, id: str) -> dict[str, Any]:
        """Return what the list of sessions says of this one."""
        [found] = [each for each in self.http.get("api/sessions").json() if each["id"] == id]
        return dict(found)

    def works_in(self, address: str) -> bool:
        """Tell whether the session lets its person in."""
        page = self.http.get(f"{address}tree", headers={"Sec-Fetch-Mode": "navigate"})
        return page.status_code == 200 and str(page.url).startswith(address)


def test_a_clock_that_is_set_costs_nobody_anything(tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.mkdir()
    make_repository(study, {"requirements.txt": "ipykernel\n"})
    with short_place() as place, moved_clock(tmp_path) as clock:
        git(tmp_path, "clone", "--quiet", "--bare", str(study), str(place / "git/study.git"))
        with (
            forge(place / "git") as url,
            serving(place, url, _SETTINGS, around=clock.around) as server,
            contextlib.closing(Visitor(server)) as visitor,
        ):
            build = build_address(server, f"{url}/study.git")
            name = visitor.name
            ready = end_of(build, visitor.http)
            assert ready["kind"] == "ready", ready
            id, address = ready["session"], f"{server}{ready['url'].lstrip('/')}"
            address = ready["url"] if ready["url"].startswith("http") else address
            assert visitor.works_in(address)
            for moved in (_DAYS, -_DAYS):
                clock.move(moved)
                # The session's host has looked at the clock since.
                end = time.monotonic() + 60
                while abs(_ends_in(visitor.session(id), clock.now())) > 3700:
                    assert time.monotonic() < end, visitor.session(id)
                    time.sleep(0.5)
                assert visitor.session(id)["state"] == "running"
                assert 0 < _ends_in(visitor.session(id), clock.now()) <= 3700
                assert visitor.name == name
                assert visitor.works_in(address)
                again = end_of(build, visitor.http)
                assert again["kind"] == "ready", again
                for action, state in (("stop", "stopped"), ("resume", "running")):
                    answer = visitor.http.post(f"api/sessions/{again['session']}/{action}")
                    assert answer.status_code in (202, 204), answer.text
                    if action == "resume":
                        followed = end_of(f"api/sessions/{again['session']}/events", visitor.http)
                        assert followed["kind"] == "ready", followed
                    assert visitor.session(again["session"])["state"] == state


def _ends_in(session: dict[str, Any], now: float) -> float:
    """Return in how many seconds a session would stop, going by a clock."""
    return datetime.fromisoformat(session["ends_at"]).timestamp() - now
