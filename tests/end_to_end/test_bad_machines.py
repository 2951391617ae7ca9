# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines on which a launch cannot work: full disks, closed directories, what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.refusals import UV, make_repository, refused, run_launcher
from end_to_end.repositories import file_url
from people import Person, base_directory, can_launch, make_person

pytestmark = [pytest.mark.needs("git"), pytest.mark.usefixtures("tidy_afterwards")]

_IS_ROOT = os.geteuid() == 0
# $1 is the size of a disk, $2 where it is mounted, for the launcher alone; $3 gets what is left.
_SMALL_DISK = """\
set -e
mount -t tmpfs -o "size=$1" tmpfs "$2"
disk=$2 list=$3
shift 3
status=0; "$@" || status=$?
find "$disk" -mindepth 1 > "$list"
exit $status
"""


@pytest.fixture
def study(tmp_path: Path) -> str:
    """The URL of a small repository."""
    return file_url(make_repository(tmp_path / "study", {"requirements.txt": "ipykernel\n"}))


@pytest.fixture
def heavy(tmp_path: Path) -> str:
    """The URL of a repository whose files take more than a mebibyte."""
    directory = tmp_path / "heavy"
    directory.mkdir()
    (directory / "values.bin").write_bytes(os.urandom(3_000_000))
    return file_url(make_repository(directory, {"requirements.txt": "ipykernel\n"}))


def _small_disk(size: str, place: Path, left: Path) -> list[str]:
    """Return the words that run a program with a disk of this size mounted at ``place``."""
    if not _IS_ROOT:
        pytest.skip("only root can mount a small disk")
    unshare = ["unshare", "--mount", "--propagation=private", "--"]
    if subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).returncode:
        pytest.skip("this machine does not let root mount")
    place.mkdir(parents=True, exist_ok=True)
    return [*unshare, "sh", "-c", _SMALL_DISK, "sh", size, str(place), str(left)]


def test_no_room_for_the_repository(heavy: str, study: str, tmp_path: Path) -> None:
    cache, left = tmp_path / "cache", tmp_path / "left"
    around = _small_disk("1m", cache, left)
    error = refused(*UV, heavy, variables={"BINDER_LITE_CACHE": str(cache)}, around=around)
    assert error.code == "disk-full"
    assert str(cache / "repositories/heavy-") in error.message
    assert "BINDER_LITE_CACHE" in error.hint
    assert "/checkouts/.tmp" not in left.read_text()
    assert "/tmp_pack" not in left.read_text()
    assert run_launcher(*UV, study, "--", "true").returncode == 0


def test_no_room_for_the_environment(study: str, tmp_path: Path) -> None:
    data, left = tmp_path / "data", tmp_path / "left"
    around = _small_disk("4m", data, left)
    error = refused(*UV, study, variables={"BINDER_LITE_DATA": str(data)}, around=around)
    assert error.code == "disk-full"
    assert str(data / "builds") in error.message
    assert "environments remove" in error.hint
    assert "/staging-" not in left.read_text()
    assert f"{data}/sessions/" not in left.read_text()


def test_no_room_for_the_session(heavy: str, launcher_variables: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    around = _small_disk("1m", launcher_variables / "sessions", left)
    error = refused(*UV, heavy, around=around)
    assert error.code == "disk-full"
    assert str(launcher_variables / "sessions") in error.message
    assert left.read_text() == ""
    assert run_launcher(*UV, heavy, "--", "true").returncode == 0


def test_no_room_for_the_server(study: str, launcher_variables: Path, tmp_path: Path) -> None:
    around = _small_disk("64k", launcher_variables / "sessions", tmp_path / "left")
    error = refused(*UV, study, around=around)
    assert error.code == "disk-full"
    assert str(launcher_variables / "sessions") in error.message


@pytest.fixture
def person() -> Person:
    """Somebody to whom a directory can be closed, which it cannot be to root."""
    person = make_person("user")
    if not can_launch(person):
        pytest.skip("other users cannot run this checkout's launcher")
    return person


@pytest.fixture
def open_place(person: Person) -> Iterator[Path]:
    """A directory that the person may read."""
    place = Path(tempfile.mkdtemp(prefix="closed-", dir=base_directory()))
    place.chmod(0o755)
    yield place
    for each in place.iterdir():
        each.chmod(0o700)
    shutil.rmtree(place)


@pytest.mark.parametrize("closed", ["data", "cache"])
def test_a_directory_that_cannot_be_written(closed: str, person: Person, open_place: Path) -> None:
    source = file_url(make_repository(open_place / "study", {"requirements.txt": "ipykernel\n"}))
    person.own(open_place / "study")
    for name in ("data", "cache"):
        (open_place / name).mkdir()
        person.own(open_place / name)
        (open_place / name).chmod(0o555 if name == closed else 0o755)
    places = {name: str(open_place / name) for name in ("data", "cache")}
    error = refused(
        *UV,
        source,
        variables=person.environment(
            BINDER_LITE_DATA=places["data"],
            BINDER_LITE_CACHE=places["cache"],
            XDG_CONFIG_HOME=str(person.home / ".config"),
        ),
        around=person.argv(),
    )
    assert error.code == "not-writable"
    assert places[closed] in error.message
    assert f"BINDER_LITE_{closed.upper()}" in error.hint


def test_git_that_is_missing(study: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("bwrap", "setpriv", "sh", "cp"):
        if found := shutil.which(name):
            (tmp_path / "bin" / name).symlink_to(found)
    error = refused(*UV, study, variables={"PATH": str(tmp_path / "bin")})
    assert error.code == "tool-missing"
    assert "'git'" in error.message
    assert "binder-lite doctor" in error.hint


# Runs a program in a user namespace in which there can be no others; see user_namespaces(7).
# Root's has all user ids, so that sessions could drop to theirs.
_NO_NAMESPACES = """\
import os, subprocess, sys
inside = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
child = subprocess.Popen(
    ["unshare", "--user", "sh", "-c", 'read go; exec sh -c "$0" sh "$@" </dev/null', inside]
    + sys.argv[1:], stdin=subprocess.PIPE)
ours = os.readlink("/proc/self/ns/user")
while os.readlink(f"/proc/{child.pid}/ns/user") == ours and child.poll() is None:
    pass
for name in ("uid_map", "gid_map"):
    with open(f"/proc/{child.pid}/{name}", "w") as file:
        file.write("0 0 65536")
child.stdin.write(b"go\\n")
child.stdin.close()
sys.exit(child.wait())
"""


@pytest.fixture
def without_namespaces() -> list[str]:
    """The words that run a program where it cannot make a sandbox."""
    if _IS_ROOT:
        around = [sys.executable, "-c", _NO_NAMESPACES]
    else:
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            pytest.skip("bwrap is not installed")
        around = [bwrap, "--dev-bind", "/", "/", "--unshare-user", "--disable-userns", "--"]
    if subprocess.run([*around, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody forbid user namespaces")
    return around


def test_no_user_namespaces(study: str, without_namespaces: list[str], tmp_path: Path) -> None:
    for variables in ({}, {"BINDER_LITE_DATA": str(tmp_path / "new")}):
        error = refused(*UV, study, around=without_namespaces, variables=variables)
        assert error.code == "sandbox-unavailable"
        assert "AppArmor" in error.hint
        assert "binder-lite doctor" in error.hint


def test_no_user_namespaces_for_a_command(study: str, without_namespaces: list[str]) -> None:
    done = run_launcher(*UV, study, "--", "true", around=without_namespaces)
    assert done.returncode == 60
    assert "error: The sandbox could not be made: " in done.stderr
    assert "AppArmor" in done.stderr


def test_guix_is_asked_for_and_not_there(study: str, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    error = refused("--engine", "guix", study, variables={"PATH": str(programs)})
    assert error.code == "engine-unavailable"
    assert "Guix" in error.message
    assert "--engine uv" in error.hint
