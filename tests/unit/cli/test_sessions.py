# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from binder_lite.cli import sessions as cli
from binder_lite.cli.admin import admin_group
from binder_lite.cli.program import run_program
from binder_lite.cli.terminal import Terminal
from binder_lite.sessions import store
from binder_lite.sessions.store import Session
from binder_lite.settings import Settings, read_settings

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
UNSAVED: dict[str, tuple[str, ...]] = {}


@pytest.fixture(autouse=True)
def unsaved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git looks at workspaces in a sandbox; here the answer is given."""

    async def given(sessions: Sequence[Session], settings: Settings) -> list[tuple[str, ...]]:
        return [UNSAVED.get(session.id, ()) for session in sessions]

    UNSAVED.clear()
    monkeypatch.setattr(cli, "_unsaved", given)


def written(id: str, created: datetime = NOW) -> Session:
    """Return a session that is on disk."""
    directory = read_settings().sessions / id
    session = Session(
        id=id,
        directory=directory,
        workspace=directory / "home/work",
        source="https://example.org/r",
        commit=None,
        path="",
        engine="uv",
        environment="e/1",
        created=created,
    )
    session.workspace.mkdir(parents=True)
    (session.workspace / "a.ipynb").write_text("work")
    store.write_session(session)
    return session


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run_program(admin_group, "binder-lite", words, Terminal(out, err))
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("unsaved", "commit", "cells"),
    [
        ((), None, ("", "3 hours", "")),
        (("a", "b"), "1234567890", ("1234567", "3 hours", "2 changes")),
    ],
)
def test_a_row_shows_what_one_chooses_a_session_by(
    unsaved: tuple[str, ...], commit: str | None, cells: tuple[str, ...], session: Session
) -> None:
    row = cli.Row(replace(session, commit=commit), "stopped", unsaved, "")
    assert cli.row_cells(row, NOW) == (session.id, "stopped", session.source, *cells)


def test_a_program_gets_all_of_a_session(session: Session) -> None:
    assert cli.row_fields(cli.Row(session, "running", ("new: a",), "http://x/?token=t")) == {
        "session": "abcdefgh",
        "state": "running",
        "source": "https://…@example.org/r",
        "commit": "1234567890",
        "path": "a.ipynb",
        "engine": "uv",
        "environment": "e/1",
        "created": "2026-01-02T09:00:00+00:00",
        "workspace": "/s/abcdefgh/home/work",
        "unsaved": ["new: a"],
        "url": "http://x/?token=t",
    }


def test_a_stopped_session_has_no_url(session: Session) -> None:
    assert cli.row_fields(cli.Row(session, "crashed", (), "http://old/"))["url"] is None


def test_no_sessions_is_told_with_a_way_on() -> None:
    assert run("sessions") == (
        0,
        "",
        "There are no sessions. Launch one: guix-notebook-launcher SOURCE\n",
    )
    assert run("sessions", "--json") == (0, "", "")


def test_sessions_are_listed_newest_first() -> None:
    written("older", NOW - timedelta(days=1))
    written("newer", NOW)
    UNSAVED["older"] = ("new: x",)
    status, out, _ = run("sessions")
    title, *rows = out.splitlines()
    assert (status, title.split()) == (0, ["id", "state", "source", "age", "unsaved"])
    assert [row.split()[:2] for row in rows] == [["newer", "stopped"], ["older", "stopped"]]
    assert rows[1].endswith("1 change")
    _, lines, _ = run("sessions", "--json")
    assert [json.loads(line)["session"] for line in lines.splitlines()] == ["newer", "older"]


def test_a_crash_is_shown_and_tidied_up() -> None:
    session = written("gone")
    store.write_running(session.directory, "http://x/")
    assert json.loads(run("sessions", "--json")[1])["state"] == "crashed"
    assert json.loads(run("sessions", "--json")[1])["state"] == "stopped"


def test_a_running_session_is_listed_and_not_removed() -> None:
    session = written("runs")
    with store.running_here(session.directory):
        store.write_running(session.directory, "http://x/")
        row = json.loads(run("sessions", "--json")[1])
        assert (row["state"], row["url"]) == ("running", "http://x/")
        assert run("sessions", "remove", "runs", "--force")[0] == 51
    assert session.workspace.exists()


def test_a_session_with_all_saved_is_removed() -> None:
    session = written("saved")
    assert run("sessions", "remove", "sav") == (0, "", "Session saved is removed.\n")
    assert not session.directory.exists()


def test_unsaved_work_is_kept_unless_forced_and_then_rescued() -> None:
    session = written("unsaved")
    UNSAVED["unsaved"] = ("changed: a.ipynb",)
    status, _, err = run("sessions", "remove", "unsaved")
    assert (status, session.workspace.exists()) == (54, True)
    assert "    changed: a.ipynb\n" in err
    assert "--force" in err
    status, _, err = run("sessions", "remove", "--force", "unsaved")
    rescued = cli.rescue_directory(read_settings()) / "unsaved"
    assert (status, session.directory.exists()) == (0, False)
    assert (rescued / "a.ipynb").read_text() == "work"
    assert f"rescue copy: {rescued}" in err


def test_stopping_a_stopped_session_says_so_and_where_it_is() -> None:
    session = written("stopped")
    assert run("stop", "stop") == (
        0,
        "",
        "Session stopped was not running.\n"
        f"    workspace: {session.workspace}\n"
        "    unsaved work: none\n"
        "    go on with it: binder-lite resume stopped\n",
    )


@pytest.mark.parametrize("words", [["stop"], ["resume"], ["sessions", "remove"]])
@pytest.mark.parametrize("id", ["zzz", "two"])
def test_an_id_that_is_unknown_or_fits_several_is_an_error(words: list[str], id: str) -> None:
    written("two-a")
    written("two-b")
    assert run(*words, id)[0] == 50


def test_ids_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    written("two-a")
    written("two-b")
    written("one")
    context = cli.stop_command.make_context("stop", ["x"])
    found = cli.complete_session(context, cli.stop_command.params[0], "two")
    assert sorted(found) == ["two-a", "two-b"]
    monkeypatch.setenv("BINDER_LITE_CONFIG", "/nonexistent.toml")
    assert cli.complete_session(context, cli.stop_command.params[0], "two") == []
