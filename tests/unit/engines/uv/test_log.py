# SPDX-License-Identifier: GPL-3.0-or-later
"""uv's own words, recorded with uv 0.13, become errors for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.command import Command
from binder_lite.engines.uv.log import Counter, error_for, needs_build
from binder_lite.errors import (
    BadRequirements,
    BuildFailed,
    DiskFull,
    IndexUnreachable,
    LaunchError,
    PackageNotFound,
    VersionsConflict,
)
from binder_lite.events import LogLine, Progress
from binder_lite.process import LAST_LINES, CommandFailed

_RECORDED = Path(__file__).with_name("recorded")
_LOG = Path("/data/builds/uv-1/build.log")
# Recording → the error, and what its message must name.
ERRORS = {
    "conflict-direct": (VersionsConflict, "packaging==20.0 and packaging==21.0"),
    "conflict-transitive": (VersionsConflict, "pandas==2.2.0 depends on numpy"),
    "package-unknown": (PackageNotFound, "'no-such-package-4f1d'"),
    "version-unknown": (PackageNotFound, "packaging==999.0"),
    "malformed": (BadRequirements, "requirement"),
    "network-down": (IndexUnreachable, "index"),
    "offline": (IndexUnreachable, "index"),
    "disk-full": (DiskFull, "below /data/builds"),
    "disk-full-cache": (DiskFull, "below /data/builds"),
    "build-failure": (BuildFailed, "own package bad could"),
    "build-failure-compiler": (BuildFailed, "own package bad could"),
    "no-wheel": (VersionsConflict, "docopt==0.6.2 has no usable wheels"),
}


def _failure(recording: str, more: tuple[str, ...] = ()) -> CommandFailed:
    lines = (_RECORDED / f"{recording}.txt").read_text().splitlines()
    command = Command(("uv", "pip", "install"))
    return CommandFailed(command, 1, tuple((*lines, *more)[-LAST_LINES:]))


@pytest.mark.parametrize(("recording", "expected"), ERRORS.items(), ids=ERRORS)
def test_each_failure_is_its_own_error(
    recording: str, expected: tuple[type[LaunchError], str]
) -> None:
    failure = _failure(recording)
    error = error_for(failure, _LOG)
    kind, named = expected
    assert type(error) is kind
    assert named in error.message
    assert error.hint
    assert error.details == failure.details(_LOG)


def test_every_recording_is_tested() -> None:
    assert {path.stem for path in _RECORDED.glob("*.txt")} == {*ERRORS, "success"}


@pytest.mark.parametrize("recording", ERRORS)
def test_only_the_lack_of_a_wheel_is_mended_by_building(recording: str) -> None:
    assert needs_build(_failure(recording)) is (recording == "no-wheel")


def test_where_a_package_was_asked_for_is_told() -> None:
    origins = {"no-such-package-4f1d": "requirements.txt:3", "packaging": "environment.yml:7"}
    unknown = error_for(_failure("package-unknown"), _LOG, origins)
    assert "asked for in requirements.txt:3" in unknown.message
    version = error_for(_failure("version-unknown"), _LOG, origins)
    assert "asked for in environment.yml:7" in version.message


def test_a_compiler_may_talk_after_the_failure_was_named() -> None:
    talk = tuple(f"bad.c:{number}: error: and another" for number in range(500))
    error = error_for(_failure("build-failure-compiler", talk), _LOG)
    assert "own package bad could not be built" in error.message
    assert len(error.details.last_lines) == 20


def test_a_long_reason_is_shortened() -> None:
    failure = _failure("conflict-transitive", ("and because of that, more is wanted. " * 100,))
    assert len(error_for(failure, _LOG).message) < 800


def test_what_is_not_understood_is_a_failed_build_with_its_lines() -> None:
    failure = CommandFailed(Command(("uv",)), 2, ("something new",))
    error = error_for(failure, _LOG)
    assert type(error) is BuildFailed
    assert error.details.last_lines == ("something new",)


def test_downloads_are_counted_and_other_lines_shown_as_they_are() -> None:
    counter = Counter()
    recorded = (_RECORDED / "disk-full.txt").read_text().splitlines()
    events = [counter.event(line) for line in recorded[1:4]]
    assert events == [
        LogLine("building", "Resolved 1 package in 113ms"),
        Progress("building", "Downloading numpy (16.1MiB)", 0, 1, "packages"),
        Progress("building", "Downloaded numpy", 1, 1, "packages"),
    ]
