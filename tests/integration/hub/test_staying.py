# SPDX-License-Identifier: GPL-3.0-or-later
"""The bar that says when a session stops: where it is added, and its two routes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from binder_lite.hub import staying
from binder_lite.hub.staying import Lifetime
from integration.hub.gate_world import LONG_AGO, OTHER, OWNER, PREFIX, World, world
from integration.hub.test_gate import log_in

STATE, STAY = f"{PREFIX}_binder-lite/state", f"{PREFIX}_binder-lite/stay"
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
AS_OWNER = {"Authorization": f"token {OWNER}"}
ELEMENT = f'<script src="{PREFIX}_binder-lite/staying.js" defer></script>'


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The script, whether or not the page was built here."""
    script = tmp_path / "staying.js"
    script.write_text("the bar")
    monkeypatch.setattr(staying, "_SCRIPT", script)
    return script


@pytest.fixture
def directory() -> Iterator[Path]:
    # A socket's path is short.
    with tempfile.TemporaryDirectory(prefix="gate-") as made:
        yield Path(made)


@pytest.fixture
async def there(directory: Path, built: Path) -> AsyncIterator[World]:
    async with world(directory, lifetime=Lifetime(idle=3600)) as made:
        await log_in(made)
        yield made


async def test_a_page_gets_the_bar_and_nothing_else_does(there: World) -> None:
    page = await there.http.get(f"{PREFIX}lab", headers=PAGE)
    assert page.text == f"GET {PREFIX}lab 0{ELEMENT}\n"
    frame = await there.http.get(f"{PREFIX}lab", headers={**PAGE, "Sec-Fetch-Dest": "iframe"})
    assert "<script" not in frame.text
    data = await there.http.get(f"{PREFIX}lab", headers=AS_OWNER)
    assert "<script" not in data.text
    head = await there.http.head(f"{PREFIX}lab", headers=PAGE)
    assert head.status_code == 200 and head.content == b""


async def test_the_script_is_the_gates_own(there: World) -> None:
    there.seen.clear()
    asked = {
        "Sec-Fetch-Dest": "script",
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "no-cors",
    }
    script = await there.http.get(f"{PREFIX}_binder-lite/staying.js", headers=asked)
    assert script.text == "the bar"
    assert script.headers["content-type"].startswith("text/javascript")
    assert there.seen == []


async def test_to_look_is_no_activity_and_to_stay_is(there: World) -> None:
    there.traffic.last = LONG_AGO
    there.traffic._clock -= 1000
    state = (await there.http.get(STATE, headers=AS_OWNER)).json()
    assert 2500 < state["seconds"] < 2601
    assert state["can_stay"] and state["warned_seconds"] == 300
    assert state["sessions"] == "/sessions" and state["session"] == "abc"
    assert there.traffic.last == LONG_AGO
    after = (await there.http.post(STAY, headers=AS_OWNER)).json()
    assert after["seconds"] > 3500
    assert there.traffic.last != LONG_AGO


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin"])
async def test_another_page_cannot_stay_for_the_person(there: World, site: str) -> None:
    # Another session's page is of the same origin, and cannot read the cookie of this path.
    there.traffic.last = LONG_AGO
    headers = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": site, "Sec-Fetch-Dest": "empty"}
    answer = await there.http.post(STAY, headers=headers)
    assert answer.status_code == 403
    assert there.traffic.last == LONG_AGO


async def test_the_pages_own_script_may(there: World) -> None:
    token = next(c.value for c in there.http.cookies.jar if c.name == "_xsrf" and c.path == PREFIX)
    headers = {
        "X-XSRFToken": token or "", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Dest": "empty",
    }  # fmt: skip
    assert (await there.http.get(STATE, headers=headers)).status_code == 200
    assert (await there.http.post(STAY, headers=headers)).status_code == 200
    # What changes something is no link, and a stranger is nobody.
    assert (await there.http.get(STAY, headers=headers)).status_code == 405


async def test_nobody_else_is_told(there: World) -> None:
    there.http.cookies.clear()
    for token in ("forged", OTHER):
        answer = await there.http.get(STATE, headers={"Authorization": f"token {token}"})
        assert answer.status_code == 403


async def test_without_a_built_script_pages_stay_as_they_are(directory: Path, built: Path) -> None:
    built.unlink()
    async with world(directory, lifetime=Lifetime(idle=60)) as made:
        assert (await log_in(made)).text == f"GET {PREFIX}lab 0"


async def test_what_an_open_jupyterlab_writes_by_itself_is_no_activity(there: World) -> None:
    there.traffic.last = LONG_AGO
    layout = f"{PREFIX}lab/api/workspaces/default"
    assert (await there.http.put(layout, headers=AS_OWNER, content=b"{}")).status_code == 200
    assert there.traffic.last == LONG_AGO
    notebook = f"{PREFIX}api/contents/a.ipynb"
    assert (await there.http.put(notebook, headers=AS_OWNER, content=b"{}")).status_code == 200
    assert there.traffic.last != LONG_AGO
