# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path, PurePosixPath

from binder_lite.command import Command
from binder_lite.engines.guix.commands import (
    container_command,
    profile_command,
    repl_command,
    time_machine_command,
)
from unit.engines.guix.examples import GUIX

_PROGRAM = str(GUIX.program)
_ENV = {"HOME": "/home/ada"}


def test_a_profile_is_built_of_manifests_together() -> None:
    manifests = [Path("/b/manifest.scm"), Path("/b/server.scm")]
    command = profile_command(GUIX, manifests, Path("/b/root-1"), _ENV)
    assert command.argv == (
        _PROGRAM,
        "shell",
        "--load-path=/app/guile",
        "--manifest=/b/manifest.scm",
        "--manifest=/b/server.scm",
        "--verbosity=3",
        "--root=/b/root-1",
        "--search-paths",
    )


def test_a_package_is_developed() -> None:
    command = profile_command(GUIX, [Path("/m")], Path("/r"), _ENV, developed=Path("/w/guix.scm"))
    assert command.argv[3:6] == ("--manifest=/m", "--development", "--file=/w/guix.scm")


def test_messages_are_in_english_and_variables_of_guix_are_seen() -> None:
    env = profile_command(GUIX, [], Path("/r"), {**_ENV, "LC_ALL": "de_DE.UTF-8"}).env
    assert env == {
        "HOME": "/home/ada",
        "GUIX_PACKAGE_PATH": "/nowhere",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "GC_INITIAL_HEAP_SIZE": "512M",
    }


def test_the_library_is_found_where_the_program_lies() -> None:
    script = PurePosixPath("/opt/binder-lite/guile/binder-lite/serve-questions.scm")
    command = repl_command(GUIX, script, _ENV)
    assert command.argv[1:] == (
        "repl",
        "--load-path=/opt/binder-lite/guile",
        "--",
        "/opt/binder-lite/guile/binder-lite/serve-questions.scm",
    )


def test_the_time_machine_goes_before_any_command() -> None:
    asking = repl_command(GUIX, PurePosixPath("/l/b/q.scm"), _ENV)
    command = time_machine_command(GUIX, Path("/c/channels.scm"), asking)
    assert command.argv == (
        _PROGRAM,
        "time-machine",
        "--channels=/c/channels.scm",
        "--",
        *asking.argv[1:],
    )
    assert command.env == asking.env


def _container(*, network: bool = True, nesting: bool = False) -> Command:
    return container_command(
        GUIX,
        PurePosixPath("/gnu/store/x-profile"),
        Command(("python3", "-V"), {"SECRET": "x"}, pass_fds=(3,)),
        shares=[PurePosixPath("/home/jovyan")],
        exposes=[PurePosixPath("/opt/binder-lite")],
        links={"/bin/bash": "bin/bash"},
        network=network,
        nesting=nesting,
        env={"TMPDIR": "/dev/shm"},
    )


def test_a_container_shows_what_is_named() -> None:
    assert _container().argv == (
        _PROGRAM,
        "shell",
        "--container",
        "--profile=/gnu/store/x-profile",
        "--user=jovyan",
        "--no-cwd",
        "--network",
        "--share=/home/jovyan",
        "--expose=/opt/binder-lite",
        "--symlink=/bin/bash=bin/bash",
        "--",
        "python3",
        "-V",
    )


def test_network_and_nesting_are_given_only_where_asked_for() -> None:
    assert "--network" not in _container(network=False).argv
    assert "--nesting" not in _container().argv
    assert "--nesting" in _container(nesting=True).argv


def test_the_session_s_variables_are_not_those_of_guix() -> None:
    command = _container()
    assert "SECRET" not in command.env
    assert command.env["HOME"] == "/home/jovyan"
    assert command.pass_fds == (3,)
