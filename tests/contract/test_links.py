# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session leaves behind is hostile: the launcher follows no link and runs no program in it.

The command of each session prepares something; the launcher then looks at the workspace, stops,
resumes and removes the session as it always does.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_lite.sessions.store import clear_runtime, read_session, remove_session
from contract.launching import Ended, launching, run
from people import Person

# Ways to have git run a program, as a session can write them down.
_GIT = """
git config core.fsmonitor {program}
git config core.hooksPath hooks
git config filter.run.clean {program}
git config filter.run.smudge {program}
git config filter.run.process {program}
git config diff.external {program}
git config alias.status "!{program}"
git config alias.rev-list "!{program}"
git config core.pager {program}
git config core.sshCommand {program}
git config uploadpack.packObjectsHook {program}
echo '* filter=run diff=run' > .gitattributes
mkdir -p hooks; for name in post-index-change reference-transaction; do
  printf '#!/bin/sh\\n{program}\\n' > hooks/$name; chmod +x hooks/$name
done
touch -d 2001-01-01 index.ipynb
echo changed >> probe.py
"""


@pytest.fixture
def victim(person: Person) -> Iterator[Path]:
    """A directory in the person's home, with a file that nothing may read, change or remove."""
    directory = Path(tempfile.mkdtemp(prefix="victim-", dir=person.home))
    (directory / "precious.txt").write_text("precious")
    notebook = {"cells": [], "metadata": {"kernelspec": {"name": "of-the-host"}}, "nbformat": 4}
    (directory / "private.ipynb").write_text(json.dumps({**notebook, "nbformat_minor": 5}))
    person.own(directory)
    before = _state(directory)
    yield directory
    assert _state(directory) == before
    shutil.rmtree(directory)


def _state(directory: Path) -> dict[str, tuple[int, int, int, str]]:
    found = {}
    for path in (directory, *sorted(directory.iterdir())):
        status = path.lstat()
        text = path.read_text() if path.is_file() else ""
        found[path.name] = (status.st_mode, status.st_uid, status.st_nlink, text)
    return found


def _shell(person: Person, repository: Path, engine: str, script: str) -> Ended:
    ended = run(person, repository, "bash", "-ec", script, engine=engine)
    assert ended.exit_status == 0, ended.output
    return ended


def test_git_runs_nothing_that_a_workspace_names(
    person: Person, engine: str, repository: Path, victim: Path
) -> None:
    mark = victim / "was-run"
    # Relative to the work tree, so that it would also be found outside of the sandbox.
    program = "./run.sh"
    script = f"#!/bin/sh\ntouch {mark}\ncat\n"
    lines = f"printf %s {shlex.quote(script)} > {program}; chmod +x {program}\n"
    ended = _shell(person, repository, engine, lines + _GIT.format(program=program))
    assert not mark.exists()
    assert ended.unsaved

    # The same look without the sandbox runs it, so the trap is one.
    workspace = ended.directory / "home/work"
    subprocess.run(
        person.argv("git", "-c", f"safe.directory={workspace}", "status"),
        cwd=workspace,
        env={"PATH": "/usr/bin:/bin", "HOME": str(person.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert mark.exists()
    mark.unlink()


def test_a_workspace_that_became_a_link_is_not_looked_into(
    person: Person, engine: str, repository: Path, victim: Path
) -> None:
    script = f"cd ~; mv work kept; ln -s {victim} work; ln -s {victim} kept/more"
    ended = _shell(person, repository, engine, script)
    assert ended.unsaved == ("the workspace was replaced by a symbolic link",)

    session = read_session(person.settings.sessions, ended.session)
    kept = remove_session(session, rescue=person.home / "rescued")
    assert kept is not None
    assert not ended.directory.exists()
    kept.unlink()


def test_links_in_all_places_of_a_session_are_removed_as_links(
    person: Person, engine: str, repository: Path, victim: Path
) -> None:
    script = f"""
    for place in /tmp /run/session ~ ~/work; do
      ln -s {victim} $place/directory; ln -s {victim}/precious.txt $place/file
      mkdir -p $place/closed/deep; ln -s {victim} $place/closed/deep/link; mkfifo $place/fifo
      chmod 000 $place/closed/deep $place/closed
    done
    """
    ended = _shell(person, repository, engine, script)
    session = read_session(person.settings.sessions, ended.session)
    clear_runtime(session.directory)
    assert list((session.directory / "run").iterdir()) == []
    assert list((session.directory / "tmp").iterdir()) == []
    remove_session(session)
    assert not session.directory.exists()


@pytest.mark.parametrize("make", ["ln -s {victim}/private.ipynb", "mkfifo", "mkdir"])
def test_a_notebook_that_is_none_any_more_does_not_hinder_resuming(
    make: str, person: Person, engine: str, repository: Path, victim: Path
) -> None:
    script = f"rm index.ipynb; {make.format(victim=victim)} index.ipynb"
    ended = _shell(person, repository, engine, script)
    with launching(person, resume=ended.session) as launch:
        launch.wait_for("running")
        assert "of-the-host" not in launch.messages


def test_links_in_the_home_do_not_lead_a_resumed_session_out(
    person: Person, engine: str, repository: Path, victim: Path
) -> None:
    script = f"cd ~; rm -rf .venv .jupyter; ln -s {victim} .venv; ln -s {victim} .jupyter"
    ended = _shell(person, repository, engine, script)
    with launching(person, resume=ended.session) as launch:
        launch.wait_for("event")
