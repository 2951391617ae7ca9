# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads when Guix fails, from what Guix 1.5 said.

All is recorded, on the machine that `testbed/` makes. Temporary paths became `/tmp/…`, and lines of
more than 400 characters were cut. Two kinds of channel errors need the history of Guix itself; they
were recorded with another command, whose name was changed: `channel-unrelated` and
`channel-not-introduced` with `guix pull`, `channel-not-compiled` with `guix build` of the
expression that (guix channels) compiles a channel with. `conflict-*` come from `guix package`:
`guix shell` lets two versions of a package into one profile. The recordings `…-quiet` are of
verbosity 1, as are those of `guix time-machine`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.command import Command
from binder_lite.engines.guix.failures import error_for
from binder_lite.errors import (
    BadManifest,
    BuildFailed,
    ChannelFailed,
    DaemonUnavailable,
    DiskFull,
    HashMismatch,
    IndexUnreachable,
    LaunchError,
    NotWritable,
    PackageNotFound,
    SandboxUnavailable,
    VersionsConflict,
)
from binder_lite.process import LAST_LINES, CommandFailed
from unit.engines.guix.recordings import read_recording, recordings

_LOG = Path("/data/builds/guix-1/build.log")
# Recordings of what goes well; test_log.py has them.
EVENTS = {
    "grafts",
    "parallel",
    "servers-silent",
    "substitutes",
    "substitutes-counted",
    "substitutes-growing",
    "substitutes-parallel",
    "substitutes-quiet",
    "success",
    "success-brief",
    "success-quiet",
}


def _whole(log: str) -> str:
    return f" All that it said: `zcat /var/log/guix/drvs/{log}`."


_START = (
    "Start it, as in `sudo systemctl start guix-daemon`. Where it listens elsewhere, set "
    "GUIX_DAEMON_SOCKET. Or launch with --engine uv."
)
_FREE = (
    "Free some space: `guix gc --free-space=10G` removes from /gnu/store what nothing "
    "uses, and `binder-lite environments remove --unused` lets it remove more."
)
_CONNECT = (
    "Check the network connection, and the proxy settings of guix-daemon, which does the "
    "downloading; then launch again."
)
_OTHER = (
    "Mend it if it is your own; else name another version of it, or another Guix in channels.scm."
)
_ALLOW = (
    "Mend the permissions, or choose another place: BINDER_LITE_DATA and "
    "BINDER_LITE_CACHE for what binder-lite keeps, HOME for what Guix does."
)
_REACH = (
    "Check the network connection, and the channel's address in channels.scm; then launch again."
)
_SIGNED = (
    "Name a commit in channels.scm that the channel's authors have signed, and the "
    "introduction that they publish."
)
_CHANGED = (
    "It has changed where it comes from. Name another version of the package, or a later "
    "Guix in channels.scm; for a package of your own, check what is new in it before you "
    "write the new hash."
)
_PUBLISHED = (
    "the introduction that its authors publish; for Guix's own, `guix describe "
    "--format=channels` prints it."
)
_TOGETHER = "Its channels may not go together: name commits of the same time."
_LAST = 'Its last expression is to be one, as in (specifications->manifest (list "r")).'
_SAME = "`guix shell -m` with this file shows the same."
_LINE = "Mend that line; often a parenthesis is missing or one too many."
# Recording → the error, its message and its hint.
ERRORS: dict[str, tuple[type[LaunchError], str, str]] = {
    "build-cached": (
        BuildFailed,
        "The package log-cached-1.0 could not be built: it failed before, and the daemon "
        "remembers that.",
        _OTHER + _whole("sv/5nd9s15vvkgbln6nvkf3qi21v9aa38-log-cached-1.0.drv.gz"),
    ),
    "build-exception": (
        BuildFailed,
        'The package log-plain-1.0 could not be built: no header "log.h".',
        _OTHER + _whole("6a/d5gsjfnaf3w7pdmg6n13jcrsgw5dq3-log-plain-1.0.drv.gz"),
    ),
    "build-killed": (
        BuildFailed,
        "The package log-slow2-1.0 could not be built: it was ended by signal 9 (Killed), as "
        "when memory runs out.",
        _OTHER + _whole("n1/ls6cjcvng8m8pfqmx8iynrydjda85p-log-slow2-1.0.drv.gz"),
    ),
    "build-nothing": (
        BuildFailed,
        "The package log-nothing-1.0 could not be built: it made nothing.",
        _OTHER + _whole("ff/0z7bj2yk85l13b3ipb742m7nsmk5a5-log-nothing-1.0.drv.gz"),
    ),
    "build-offline": (
        BuildFailed,
        "The package log-brokenoffline-1.0 could not be built: it ended with status 1.",
        "The substitute servers bordeaux.guix.gnu.org and ci.guix.gnu.org did not answer, so "
        "that Guix built it itself. "
        + _OTHER
        + _whole("4l/8bbpfsi6254pnaz74vwbxgx4kdvbg4-log-brokenoffline-1.0.drv.gz"),
    ),
    "build-phase-quiet": (
        BuildFailed,
        "The package log-broken-1.0 could not be built: it ended with status 1.",
        _OTHER + _whole("p3/vw6mszs8i58kpp0f9h8h6va4m2pb95-log-broken-1.0.drv.gz"),
    ),
    "build-phase": (
        BuildFailed,
        "The package log-broken-1.0 could not be built: in phase 'build', \"false\" ended with "
        "status 127.",
        _OTHER + _whole("p3/vw6mszs8i58kpp0f9h8h6va4m2pb95-log-broken-1.0.drv.gz"),
    ),
    "build-silent": (
        BuildFailed,
        "The package log-slow-1.0 could not be built: it was silent for 2 s.",
        _OTHER + _whole("kn/b5hzlqnh0d82v3gnnng3lfblrpngm5-log-slow-1.0.drv.gz"),
    ),
    "build-slow": (
        BuildFailed,
        "The package log-slow-1.0 could not be built: it took longer than 2 s.",
        _OTHER + _whole("kn/b5hzlqnh0d82v3gnnng3lfblrpngm5-log-slow-1.0.drv.gz"),
    ),
    "channel-no-commit": (
        ChannelFailed,
        "The channel extra from file:///srv/channels/extra has no commit "
        "0123456789012345678901234567890123456789.",
        "Correct the commit in channels.scm, or the one of the introduction.",
    ),
    "channel-no-guix": (
        ChannelFailed,
        "channels.scm does not list Guix's own channel.",
        "Add the channel named guix, as `guix describe --format=channels` prints it.",
    ),
    "channel-not-compiled-quiet": (
        ChannelFailed,
        "The Guix that channels.scm names could not be built: extra failed (it ended with "
        "status 1).",
        _TOGETHER + _whole("zh/zvbjagsfdbxkc4hfbmg75rdqr2ygjd-extra.drv.gz"),
    ),
    "channel-not-compiled": (
        ChannelFailed,
        "The Guix that channels.scm names could not be built: extra failed (no code for "
        "module (gnu packages no-such-module)).",
        _TOGETHER + _whole("zh/zvbjagsfdbxkc4hfbmg75rdqr2ygjd-extra.drv.gz"),
    ),
    "channel-not-introduced": (
        ChannelFailed,
        "The channel guix cannot be authenticated: channels.scm does not introduce it.",
        "Add " + _PUBLISHED,
    ),
    "channel-not-there": (
        ChannelFailed,
        "The channel guix could not be fetched from http://127.0.0.1:18799/none.git: "
        "unexpected http status code: 404.",
        _REACH,
    ),
    "channel-other-key": (
        ChannelFailed,
        "The channel extra is not the one that channels.scm introduces: its commit "
        "32e3c39c387b is signed by A782 D4F3 FBEB 3FEA DD12  A318 A337 BD66 7865 B710, and "
        "not by 59A4 9E2F D959 1CCD C332  7A99 5797 F082 9610 7E04.",
        "Do not go on before you know why. Name " + _PUBLISHED,
    ),
    "channel-refused": (
        ChannelFailed,
        "The channel guix could not be fetched from http://127.0.0.1:9/guix.git: failed to "
        "connect to 127.0.0.1: Connection refused.",
        _REACH,
    ),
    "channel-too-old": (
        ChannelFailed,
        "The Guix that channels.scm names is older than May 2019, or none of Guix's own history.",
        "Name a later commit: `guix time-machine` goes no further back.",
    ),
    "channel-unauthorized": (
        ChannelFailed,
        "The channel extra cannot be authenticated: commit 2dc106cf1ace is not signed by an "
        "authorized key: 59A4 9E2F D959 1CCD C332  7A99 5797 F082 9610 7E04.",
        _SIGNED,
    ),
    "channel-unreachable": (
        ChannelFailed,
        "The channel guix could not be fetched from https://git.guix.gnu.org/guix.git: failed"
        " to resolve address for git.guix.gnu.org: Name or service not known.",
        _REACH,
    ),
    "channel-unrelated": (
        ChannelFailed,
        "The channel guix cannot be authenticated: commit 43875a953671 is not a descendant of"
        " introductory commit ccb41fcf4e60ad4ac1583a056b785ac98965f126.",
        _SIGNED,
    ),
    "channel-unsigned": (
        ChannelFailed,
        "The channel extra cannot be authenticated: commit f1b1b2153779 lacks a signature.",
        _SIGNED,
    ),
    "conflict-named": (
        VersionsConflict,
        "The environment cannot have two versions or variants of log-numbers at once: "
        "log-numbers@1.0 and log-numbers@2.0.",
        "Remove one of them, or name versions that go together.",
    ),
    "conflict-propagated": (
        VersionsConflict,
        "The environment cannot have two versions or variants of log-numbers at once: "
        "log-numbers@1.0, which comes with log-plots@3.1, and log-numbers@2.0, which comes "
        "with log-tables@0.9.",
        "Remove one of them, or name versions that go together.",
    ),
    "daemon-denied": (
        DaemonUnavailable,
        "The Guix daemon does not answer: /tmp/d2.sock: Permission denied.",
        _START,
    ),
    "daemon-ended": (
        DaemonUnavailable,
        "The Guix daemon does not answer: it ended in the middle of its work.",
        _START,
    ),
    "daemon-missing": (
        DaemonUnavailable,
        "The Guix daemon does not answer: /nonexistent/socket: No such file or directory.",
        _START,
    ),
    "daemon-refused": (
        DaemonUnavailable,
        "The Guix daemon does not answer: /tmp/dead.sock: Connection refused.",
        _START,
    ),
    "daemon-remote": (
        DaemonUnavailable,
        "The Guix daemon does not answer: daemon.invalid: Name or service not known.",
        _START,
    ),
    "disk-full-build": (
        DiskFull,
        "The disk is full, or nearly: log-full-1.0 could not be built.",
        _FREE,
    ),
    "disk-full-download": (
        DiskFull,
        "The disk is full: log-gamma-1.0 could not be downloaded.",
        _FREE,
    ),
    "disk-full-store": (
        DiskFull,
        "The disk is full: /gnu/store could not be written.",
        _FREE,
    ),
    "field-missing": (
        BadManifest,
        'manifest.scm:2 could not be evaluated: (package (name "x")): missing field '
        "initializers (version source build-system synopsis description license home-page).",
        _SAME,
    ),
    "file-missing": (
        BadManifest,
        "manifest.scm could not be evaluated: No such file or directory.",
        _SAME,
    ),
    "hash-source-quiet": (
        HashMismatch,
        "What was downloaded as log-hash-1.0.tar.gz is not what the package's author had: its"
        " sha256 is 1lchn40mimwf6h9krv63bwsjgr232wshm01m1laj5k2qxwq4djv6 instead of "
        "0000000000000000000000000000000000000000000000000000.",
        _CHANGED,
    ),
    "hash-source": (
        HashMismatch,
        "What was downloaded as log-hash-1.0.tar.gz is not what the package's author had: its"
        " sha256 is 1lchn40mimwf6h9krv63bwsjgr232wshm01m1laj5k2qxwq4djv6 instead of "
        "0000000000000000000000000000000000000000000000000000.",
        _CHANGED,
    ),
    "hash-substitute": (
        HashMismatch,
        "A substitute server sent another log-gamma-1.0 than it announced: its sha256 is "
        "0nrzj722mp0hkhv9yyl3axml1axp2dfdahkw5wxfhhav7lpfvg52 instead of "
        "01iv3bpyk78y0zp4bs1bvwk7bf05qryp5mwgggx1cg5h93qk3cj8.",
        "Launch again: it may have been damaged on its way.",
    ),
    "home-denied": (
        NotWritable,
        "Guix could not write /root/.config: Permission denied.",
        _ALLOW,
    ),
    "module-missing": (
        BadManifest,
        "manifest.scm: the module (gnu packages no-such-module) is not there.",
        "Check its name; a module of another channel needs a channels.scm.",
    ),
    "not-a-manifest": (
        BadManifest,
        "manifest.scm does not give a manifest or a package.",
        _LAST,
    ),
    "not-a-package": (
        BadManifest,
        "manifest.scm does not give a manifest or a package.",
        _LAST,
    ),
    "output-unknown": (
        PackageNotFound,
        "The package gzip@1.14 has no output 'doc' (manifest.scm).",
        "`guix show gzip@1.14` lists those that there are.",
    ),
    "package-unknown": (
        PackageNotFound,
        "Guix has no package 'no-such-package-4f1d' (manifest.scm).",
        "Look for it with `guix search`, or name the channel that has it in channels.scm.",
    ),
    "parenthesis-missing": (
        BadManifest,
        "manifest.scm:3 is not valid Guile: it lacks a closing parenthesis.",
        _LINE,
    ),
    "root-denied": (
        NotWritable,
        "Guix could not write /tmp/closed/root: Permission denied.",
        _ALLOW,
    ),
    "root-read-only": (
        NotWritable,
        "Guix could not write /var/lib/build/root/p: Read-only file system.",
        _ALLOW,
    ),
    "sandbox": (
        SandboxUnavailable,
        "The sandbox could not be made: Can't find source path /nonexistent: No such file or "
        "directory.",
        "`binder-lite doctor` finds out what is missing and says what to do.",
    ),
    "source-git": (
        IndexUnreachable,
        "The source log-git-1.0-checkout could not be downloaded from source.invalid: Could "
        "not resolve host: source.invalid.",
        _CONNECT + _whole("q6/xfgsgmv91p9y0nkq9d2qxys06195b1-log-git-1.0-checkout.drv.gz"),
    ),
    "source-gone": (
        BuildFailed,
        "The source log-gone-1.0.tar.gz could not be downloaded from 127.0.0.1:18799: 404 "
        "File not found.",
        "It may be gone for good. Name another version of the package, or a Guix in "
        "channels.scm whose substitute servers have it."
        + _whole("hg/3x7ffvj1v9w17pd8wdbajbhf43zqrg-log-gone-1.0.tar.gz.drv.gz"),
    ),
    "source-offline": (
        IndexUnreachable,
        "The source log-offline-1.0.tar.gz could not be downloaded. The substitute servers "
        "bordeaux.guix.gnu.org and ci.guix.gnu.org did not answer either.",
        _CONNECT + _whole("zy/icifkjlb7wp7s0rxz4mj2fblqip9v1-log-offline-1.0.tar.gz.drv.gz"),
    ),
    "source-unreachable-quiet": (
        IndexUnreachable,
        "The source log-nohost-1.0.tar.gz could not be downloaded.",
        _CONNECT + _whole("z5/q9b1i8xqnbq274c3whmazzdfzbdfns-log-nohost-1.0.tar.gz.drv.gz"),
    ),
    "source-unreachable": (
        IndexUnreachable,
        "The source log-nohost-1.0.tar.gz could not be downloaded from source.invalid: Name "
        "or service not known.",
        _CONNECT + _whole("z5/q9b1i8xqnbq274c3whmazzdfzbdfns-log-nohost-1.0.tar.gz.drv.gz"),
    ),
    "store-damaged": (
        BuildFailed,
        "Guix's store is damaged: /gnu/store/wq2s3q13y9b7myzxw41586gn5r6pzsj5-log-delta-0.3 is "
        "registered and not there.",
        "`sudo guix gc --verify=repair,contents` looks for such damage and mends it.",
    ),
    "substitute-cut": (
        IndexUnreachable,
        "log-gamma-1.0 could not be downloaded from a substitute server: unspecified zlib error.",
        _CONNECT,
    ),
    "substitute-died": (
        IndexUnreachable,
        'The substitute servers could not be asked: file "guile-gnutls-v-2.so", message '
        '"guile-gnutls-v-2.so: cannot open shared object file: No such file or directory".',
        _CONNECT,
    ),
    "substitute-gone": (
        IndexUnreachable,
        "log-gamma-1.0 could not be downloaded from the substitute server 127.0.0.1:18766: "
        "404 Not Found.",
        _CONNECT,
    ),
    "substitute-refused": (
        IndexUnreachable,
        "log-gamma-1.0 could not be downloaded from a substitute server.",
        _CONNECT,
    ),
    "syntax": (
        BadManifest,
        "manifest.scm is not valid Guile: (define x 1 (packages->manifest (list gzip))): "
        "source expression failed to match any pattern.",
        _LINE,
    ),
    "thrown": (
        BadManifest,
        "manifest.scm:1 could not be evaluated: Wrong type (expecting pair): ().",
        _SAME,
    ),
    "unbound-later": (
        BadManifest,
        "guix.scm:4: no-such-thing is not defined.",
        "Check its spelling, or import the module that has it.",
    ),
    "unbound-misspelt": (
        BadManifest,
        "manifest.scm:3: frobnicate-4f1d is not defined.",
        "Check its spelling, or import the module that has it.",
    ),
    "unbound-variable": (
        BadManifest,
        "manifest.scm:3: python-numpy is not defined.",
        "Add (use-modules (gnu packages python-xyz)) at its top.",
    ),
    "unreadable": (
        BadManifest,
        'manifest.scm:1 is not valid Guile: Unknown # object: ("#<").',
        _LINE,
    ),
    "version-unknown": (
        PackageNotFound,
        "Guix has no version 99 of the package 'gzip' (manifest.scm).",
        "`guix show gzip` lists those that there are; an earlier or later Guix, in "
        "channels.scm, has others.",
    ),
}


def _failure(recording: str, more: tuple[str, ...] = ()) -> CommandFailed:
    travels = recording.startswith("channel-") or recording == "home-denied"
    words = ("time-machine", "--channels=/tmp/channels.scm") if travels else ("shell",)
    lines = (*read_recording(recording), *more)
    return CommandFailed(Command(("guix", *words)), 1, lines[-LAST_LINES:])


def _error(failure: CommandFailed) -> LaunchError:
    travels = "time-machine" in failure.command.argv
    return error_for(failure, _LOG, "channels.scm" if travels else "manifest.scm")


@pytest.mark.parametrize(("recording", "expected"), ERRORS.items(), ids=ERRORS)
def test_each_failure_is_told_in_a_person_s_words(
    recording: str, expected: tuple[type[LaunchError], str, str]
) -> None:
    error = _error(_failure(recording))
    assert (type(error), error.message, error.hint) == expected


def test_every_recording_of_a_failure_is_tested() -> None:
    assert recordings() - ERRORS.keys() == EVENTS


@pytest.mark.parametrize("recording", ERRORS)
def test_nobody_is_shown_a_backtrace(recording: str) -> None:
    error = _error(_failure(recording))
    for line in (error.message, error.hint, *error.details.last_lines):
        for word in ("Backtrace", "In procedure", "ice-9/", "Throw to key", "guix/ui.scm", "▏"):
            assert word not in line
    assert error.details.log == _LOG
    assert error.details.exit_status == 1


def test_the_lines_shown_are_the_builder_s_and_what_guix_said_of_them() -> None:
    shown = _error(_failure("build-phase")).details.last_lines
    assert len(shown) == 20
    assert shown[-12:-3] == (
        "starting phase `build'",
        "compiling log.c",
        "In execvp of false: No such file or directory",
        "error: in phase 'build': uncaught exception:",
        '%exception #<&invoke-error program: "false" arguments: () exit-status: 127 '
        "term-signal: #f stop-signal: #f> ",
        "phase `build' failed after 0.0 seconds",
        'command "false" failed with status 127',
        "build process 4 exited with status 256",
        "builder for `/gnu/store/p3vw6mszs8i58kpp0f9h8h6va4m2pb95-log-broken-1.0.drv' failed with "
        "exit code 1",
    )


def test_of_a_backtrace_the_reason_is_shown() -> None:
    assert _error(_failure("channel-unreachable")).details.last_lines == (
        "Updating channel 'guix' from Git repository at 'https://git.guix.gnu.org/guix.git'...",
        "Name or service not known",
    )


def test_a_builder_may_say_what_guix_would_say() -> None:
    recorded = read_recording("build-phase")
    begin = recorded.index("compiling log.c")
    misleading = (
        "bwrap: setting up uid map: Permission denied",
        "cp: error writing 'x': No space left on device",
        "main.scm:1:2: error: x: unbound variable",
        "guix shell: error: gzip: unknown package",
    )
    lines = (*recorded[:begin], *misleading, *recorded[begin:])
    error = _error(CommandFailed(Command(("guix", "shell")), 1, lines))
    assert (type(error), error.message) == ERRORS["build-phase"][:2]


@pytest.mark.parametrize(
    "line",
    [
        f"/x.scm:{'1' * 5000}:1: error: x",
        f"guix shell: error: read error while loading 'x': /x.scm:{'1' * 5000}:1: y",
        "From http://[x...",
        "guix substitute: warning: download from 'http://[x' failed: 1",
        f" x {'1' * 8000}",
        "/" + ":1" * 4000,
        " " * 8000,
        "'" * 8000,
    ],
)
def test_a_hostile_builder_breaks_nothing(line: str) -> None:
    begin, *rest = read_recording("source-gone")
    at = next(n for n, each in enumerate(rest) if each.startswith("Starting download"))
    for lines in ((line,) * 1000, (begin, *rest[:at], *(line,) * 100, *rest[at:]), (*rest, line)):
        assert _error(CommandFailed(Command(("guix", "shell")), 1, lines)).message


def test_a_long_command_is_cut() -> None:
    recorded = read_recording("build-phase")
    at = recorded.index('command "false" failed with status 127')
    long = f'command "make" "{"x" * 1000}" failed with status 2'
    lines = (*recorded[:at], long, *recorded[at + 1 :])
    assert len(_error(CommandFailed(Command(("guix",)), 1, lines)).message) < 300


def test_a_phase_that_began_and_did_not_end_is_named() -> None:
    recorded = read_recording("build-killed")
    end = next(n for n, line in enumerate(recorded) if line.startswith("builder for "))
    lines = (*recorded[:end], "starting phase `check'", "testing", *recorded[end:])
    assert _error(CommandFailed(Command(("guix", "shell")), 1, lines)).message == (
        "The package log-slow2-1.0 could not be built: in phase 'check', it was ended by signal 9 "
        "(Killed), as when memory runs out."
    )


def test_what_is_not_understood_is_a_failed_build_with_its_lines() -> None:
    for said, told in (("something new", ""), ("guix shell: error: so new", ": so new")):
        error = _error(CommandFailed(Command(("guix", "shell")), 2, (said,)))
        assert type(error) is BuildFailed
        assert error.message == f"The environment of manifest.scm could not be built{told}."
        assert error.hint == "The log says why."
        assert error.details.last_lines == (said,)


def test_a_command_that_says_nothing_has_an_error_nevertheless() -> None:
    assert type(_error(CommandFailed(Command(("guix", "shell")), 137, ()))) is BuildFailed
    travelling = CommandFailed(Command(("guix", "time-machine")), 137, ())
    assert _error(travelling).message == (
        "The Guix that channels.scm names could not be made: it does not say why."
    )
