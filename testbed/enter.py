# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: T201, S606
"""Run a command as root on a machine that is this one with Guix installed.

All users of one testbed share a daemon, as on a real machine. Each has a process namespace of its
own: nothing that a command leaves behind outlives its ``enter``, however that ends.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import composed
import place

_NEWNS, _NEWPID = 0x00020000, 0x20000000
_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Enter with the command of this process's arguments; return its exit code."""
    if len(sys.argv) < 2:
        return _refuse("usage: enter COMMAND [ARGUMENT…]")
    if os.geteuid() != 0:
        return _refuse("enter: a composed root needs root")
    base = place.directory()
    if not (base / "stamp").exists() and place.MAKING not in os.environ:
        return _refuse(f"enter: there is no testbed in {base}; make one with testbed/make")
    os.environ["PATH"] = _with_usr_local(os.environ.get("PATH", os.defpath))
    if Path("/gnu").exists() and (base / "gnu").samefile("/gnu"):
        os.execvp(sys.argv[1], sys.argv[1:])
    users = os.open(base / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(users, fcntl.LOCK_SH)
    _join(composed.keeper(base, users))
    _await_daemon()
    return _in_own_processes(sys.argv[1:])


def _refuse(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


def _with_usr_local(path: str) -> str:
    words = path.split(":")
    return path if "/usr/local/bin" in words else ":".join((*words, "/usr/local/bin"))


def _call(function: str, *arguments: object) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def _join(pid: int) -> None:
    """Move to the mounts of process ``pid``, and our children to its process namespace."""
    cwd = Path.cwd()
    spaces = [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in ("pid", "mnt")]
    for descriptor, kind in zip(spaces, (_NEWPID, _NEWNS), strict=True):
        _call("setns", descriptor, kind)
        os.close(descriptor)
    os.chdir(cwd)


def _await_daemon() -> None:
    until = time.monotonic() + 30
    while True:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                return client.connect(composed.SOCKET)
            except OSError:
                if time.monotonic() > until:
                    raise
        time.sleep(0.02)


def _in_own_processes(argv: list[str]) -> int:
    """Run ``argv`` in a process namespace inside the keeper's; end whatever outlives it."""

    def inner() -> int:
        # The first process of the namespace: it only inherits orphans, and ends with the command.
        flags = _NOSUID | _NODEV | _NOEXEC
        _call("mount", b"proc", b"/proc", b"proc", flags, None)
        return _wait(_fork(lambda: _execute(argv)))

    def outer() -> int:
        _call("unshare", _NEWNS | _NEWPID)
        return _wait(_fork(inner))

    return _wait(_fork(outer))


def _fork(body: Callable[[], int]) -> int:
    """Run ``body`` in a child that does not outlive us; return the child's id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        code = body()
    except BaseException as error:
        print(f"enter: {error}", file=sys.stderr)
    os._exit(code)


def _execute(argv: list[str]) -> int:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        print(f"enter: {argv[0]}: {error.strerror}", file=sys.stderr)
        return 127


def _wait(child: int) -> int:
    """Return the exit code of ``child``, as a shell would; hand it what we are told to end with."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(child, number))
    # A terminal sends these to the command as well.
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
