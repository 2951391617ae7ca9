# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from binder_lite.engines.guix.installation import (
    Revision,
    guix_variables,
    resolve_program,
    socket_path,
    why_unavailable,
)
from unit.engines.guix.examples import CHANNEL, GUIX

_COMMIT = "0123456789012345678901234567890123456789"


def test_links_are_followed_as_far_as_the_profile(tmp_path: Path) -> None:
    store = tmp_path / "store"
    (store / "profile/bin").mkdir(parents=True)
    (store / "profile/manifest").touch()
    (store / "guix/bin").mkdir(parents=True)
    (store / "guix/bin/guix").touch()
    (store / "profile/bin/guix").symlink_to(store / "guix/bin/guix")
    (tmp_path / "current").symlink_to(store / "profile")
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/guix").symlink_to("../../current/bin/guix")
    for found in ("current/bin/guix", "usr/bin/guix"):
        assert resolve_program(tmp_path / found) == store / "profile/bin/guix"


def test_a_program_without_a_profile_is_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/guix").touch()
    assert resolve_program(tmp_path / "usr/bin/guix") == tmp_path / "usr/bin/guix"


def test_links_that_go_round_end(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/guix").symlink_to("guix")
    assert resolve_program(tmp_path / "bin/guix") == tmp_path / "bin/guix"


def test_only_guix_s_own_variables_are_seen() -> None:
    found = guix_variables({"GUIX_PACKAGE_PATH": "/p", "GUIX_LOCPATH": "", "SECRET": "x"})
    assert found == {"GUIX_PACKAGE_PATH": "/p"}


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("", "/var/guix/daemon-socket/socket"),
        ("/run/guix.sock", "/run/guix.sock"),
        ("file:///run/guix.sock", "/run/guix.sock"),
        ("guix://build.example.org", None),
        ("ssh://build.example.org", None),
    ],
)
def test_where_the_daemon_listens(named: str, path: str | None) -> None:
    assert socket_path({"GUIX_DAEMON_SOCKET": named}) == (path and Path(path))


def test_without_guix_it_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert why_unavailable() == "Guix is not installed"


def test_a_guix_without_its_daemon_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "guix").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    why = why_unavailable({"GUIX_DAEMON_SOCKET": str(tmp_path / "socket")})
    assert why is not None
    assert why.startswith("the Guix daemon does not answer")
    assert "No such file or directory" in why


def test_a_pulled_guix_is_named_by_its_commits() -> None:
    channels = (replace(CHANNEL, commit=_COMMIT), replace(CHANNEL, name="more", commit="9" * 40))
    guix = replace(GUIX, revision=Revision(version="1.5.0", channels=channels))
    assert guix.identity == (f"guix {_COMMIT}", f"more {'9' * 40}")
    assert guix.revision.text == "1.5.0 (012345678901)"
    # Where it lies does not matter then.
    assert replace(guix, program=Path("/elsewhere/guix")).identity == guix.identity


def test_a_distribution_s_guix_is_named_by_version_and_path() -> None:
    assert GUIX.identity == ("1.5.0", str(GUIX.program))
    assert GUIX.revision.text == "1.5.0"


def test_package_directories_count_with_their_content(tmp_path: Path) -> None:
    module = tmp_path / "more.scm"
    module.write_text("(define x 1)")
    guix = replace(GUIX, variables={"GUIX_PACKAGE_PATH": str(tmp_path)})
    first = guix.identity
    assert len(first) == 3
    (tmp_path / "notes.txt").write_text("no code")
    assert guix.identity == first
    module.write_text("(define x 2)")
    assert guix.identity != first
