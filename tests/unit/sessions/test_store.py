# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_lite.errors import SessionNotFound, SessionRunning
from binder_lite.sessions.store import (
    Session,
    clear_runtime,
    list_sessions,
    new_session_directory,
    read_running,
    read_session,
    remove_session,
    running_here,
    state,
    tidy,
    write_running,
    write_session,
)

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Make = Callable[..., Session]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a session on disk with a workspace that holds a file."""

    def make_session(**values: object) -> Session:
        directory = new_session_directory(tmp_path / "sessions")
        workspace = directory / "home/work"
        workspace.mkdir()
        (workspace / "result.txt").write_text("42")
        session = Session(
            id=directory.name,
            directory=directory,
            workspace=workspace,
            source="gh/ada/study",
            commit="1f" * 20,
            path="Übung 1.ipynb",
            engine="uv",
            environment="uv-1/1",
            created=_NOON,
        )
        session = replace(session, **values)  # type: ignore[arg-type]
        write_session(session)
        return session

    return make_session


def _crash(session: Session) -> None:
    """Leave what a killed launcher leaves."""
    write_running(session.directory, "http://localhost:1/?token=t")
    (session.directory / "run/server.sock").touch()
    (session.directory / "open.html").touch()


def test_ids_can_be_said_and_not_guessed(tmp_path: Path) -> None:
    names = {new_session_directory(tmp_path).name for _ in range(50)}
    assert len(names) == 50
    assert {len(name) for name in names} == {20}
    assert set("".join(names)) <= set("abcdefghjkmnpqrstuvwxyz23456789")


def test_only_its_owner_can_enter_a_session_s_directory(tmp_path: Path) -> None:
    directory = new_session_directory(tmp_path)
    for path in (directory, *directory.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_what_is_written_is_read(make: Make, tmp_path: Path) -> None:
    session = make(commit=None, start="binder/start", ui="notebook", network=False)
    assert read_session(tmp_path / "sessions", session.id) == session


def test_sessions_are_listed_newest_first(make: Make, tmp_path: Path) -> None:
    made = [make(created=_NOON + timedelta(hours=hour)) for hour in (2, 0, 1)]
    expected = [made[0], made[2], made[1]]
    assert list_sessions(tmp_path / "sessions") == expected


def test_without_sessions_the_list_is_empty(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "none") == []
    assert tidy(tmp_path / "none") == []


def test_the_beginning_of_an_id_will_do(make: Make, tmp_path: Path) -> None:
    session = make()
    assert read_session(tmp_path / "sessions", session.id[:5]) == session


@pytest.mark.parametrize("id", ["nosuch", "", "../sessions", "/etc"])
def test_an_unknown_id_is_an_error(make: Make, tmp_path: Path, id: str) -> None:
    make()
    with pytest.raises(SessionNotFound):
        read_session(tmp_path / "sessions", id)


def test_a_beginning_of_several_ids_is_an_error(make: Make, tmp_path: Path) -> None:
    session = make()
    twin = session.directory.with_name(session.id[:5] + "x")
    session.directory.rename(twin)
    write_session(replace(session, id=twin.name, directory=twin))
    other = new_session_directory(tmp_path / "sessions")
    other.rename(twin.with_name(session.id[:5] + "y"))
    directory = twin.with_name(session.id[:5] + "y")
    write_session(replace(session, id=directory.name, directory=directory))
    with pytest.raises(SessionNotFound, match="Several"):
        read_session(tmp_path / "sessions", session.id[:5])


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"id": 1}'])
def test_a_broken_record_is_no_session(make: Make, tmp_path: Path, content: str) -> None:
    session = make()
    (session.directory / "session.json").write_text(content)
    assert list_sessions(tmp_path / "sessions") == []
    # It may be another version's: the work is kept.
    os.utime(session.directory, (0, 0))
    assert tidy(tmp_path / "sessions") == []
    assert (session.workspace / "result.txt").exists()


def test_a_session_runs_once(make: Make) -> None:
    session = make()
    with running_here(session.directory):
        assert state(session) == "running"
        record = read_running(session)
        assert record is not None
        assert record.pid == os.getpid()
        with pytest.raises(SessionRunning), running_here(session.directory):
            pass
    assert state(session) == "stopped"
    assert read_running(session) is None


def test_stopping_leaves_the_work_and_nothing_of_the_running(make: Make) -> None:
    session = make()
    with running_here(session.directory):
        _crash(session)
        (session.directory / "tmp/big").touch()
    assert list((session.directory / "run").iterdir()) == []
    assert list((session.directory / "tmp").iterdir()) == []
    assert not (session.directory / "open.html").exists()
    assert (session.workspace / "result.txt").read_text() == "42"


def test_an_error_while_it_runs_stops_it_too(make: Make) -> None:
    session = make()
    with pytest.raises(ZeroDivisionError), running_here(session.directory):
        _ = 1 / 0
    assert state(session) == "stopped"


def test_a_crash_is_noticed_and_tidied_once(make: Make, tmp_path: Path) -> None:
    crashed, stopped, running = make(), make(), make()
    _crash(crashed)
    assert state(crashed) == "crashed"
    with running_here(running.directory):
        assert tidy(tmp_path / "sessions") == [crashed]
        assert state(running) == "running"
    assert tidy(tmp_path / "sessions") == []
    assert {state(each) for each in (crashed, stopped)} == {"stopped"}
    assert list((crashed.directory / "run").iterdir()) == []
    assert (crashed.workspace / "result.txt").exists()


def test_a_session_that_never_came_to_be_is_removed(make: Make, tmp_path: Path) -> None:
    kept = make()
    unborn = new_session_directory(tmp_path / "sessions")
    with running_here(unborn):
        tidy(tmp_path / "sessions")
        assert unborn.exists()
    os.utime(unborn, (0, 0))
    tidy(tmp_path / "sessions")
    assert not unborn.exists()
    assert kept.directory.exists()


def test_one_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    unborn = new_session_directory(tmp_path)
    tidy(tmp_path)
    assert unborn.exists()


def test_removing_removes_all_of_it(make: Make, tmp_path: Path) -> None:
    session = make()
    assert remove_session(session) is None
    assert not session.directory.exists()
    assert list_sessions(tmp_path / "sessions") == []


def test_removing_with_rescue_keeps_the_workspace(make: Make, tmp_path: Path) -> None:
    session = make()
    kept = remove_session(session, rescue=tmp_path / "rescued")
    assert kept == tmp_path / "rescued" / session.id
    assert (kept / "result.txt").read_text() == "42"
    assert not session.directory.exists()


def test_a_directory_that_is_used_in_place_is_never_moved(make: Make, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    session = make(workspace=mine, in_place=True)
    assert remove_session(session, rescue=tmp_path / "rescued") is None
    assert mine.is_dir()


def test_a_running_session_is_not_removed(make: Make) -> None:
    session = make()
    with running_here(session.directory), pytest.raises(SessionRunning):
        remove_session(session)
    assert session.workspace.exists()


def test_links_in_runtime_directories_are_not_followed(make: Make, tmp_path: Path) -> None:
    session = make()
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").touch()
    for name in ("run", "tmp"):
        (session.directory / name / "link").symlink_to(tmp_path / "precious")
    clear_runtime(session.directory)
    assert (tmp_path / "precious/file").exists()
