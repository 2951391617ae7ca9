# SPDX-License-Identifier: GPL-3.0-or-later
"""What bubblewrap leaves open and a process can close for itself and all that it starts.

- The person's session keyring, which is handed down to every program (it may hold a login's
  Kerberos tickets): a new, empty one takes its place, and keyrings can no longer be reached.
- A terminal that could be typed into (``TIOCSTI``), as if the person had.
- The host's Unix sockets that have a name but no file (an X server's, an old D-Bus's), which come
  with the host's network. Linux can refuse them from version 6.12.

A program of its own, too: ``confinement.py [OPTION…] [--] PROGRAM ARGUMENT…`` becomes that program:

- ``--seal``: in a container that bubblewrap did not make, also give up all capabilities for good,
  and the means to make further user namespaces;
- ``--memory-mib=N``, ``--processes=N``: limits of each process, and of the user's processes.

Runs under any Python from 3.8, with nothing of binder_lite.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
import sys

# Numbers of the kernel's interface: linux/{prctl,seccomp,filter,audit,landlock,keyctl}.h.
_MACHINES = {
    "x86_64": (0xC000003E, {"keyctl": 250, "add_key": 248, "request_key": 249, "ioctl": 16}),
    "aarch64": (0xC00000B7, {"keyctl": 219, "add_key": 217, "request_key": 218, "ioctl": 29}),
}
_JOIN_SESSION_KEYRING = 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT, _SCOPED_SINCE = 444, 446, 6
_PR_SET_SECCOMP, _SECCOMP_FILTER = 22, 2
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_CLONE_NEWUSER = 0x10000000
_MOST_CAPABILITIES = 64
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCH, _SECOND_ARGUMENT = 0, 4, 24
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
# x86-64's other way to call the kernel, with numbers of its own.
_X32 = 0x40000000


def confine() -> None:
    """Close what can be closed, for this process and those that it starts."""
    kernel = ctypes.CDLL(None, use_errno=True)
    _scope_sockets(kernel)
    machine = _MACHINES.get(os.uname().machine)
    if machine is None:
        return
    arch, numbers = machine
    kernel.syscall(numbers["keyctl"], _JOIN_SESSION_KEYRING, None)
    program = _filter(arch, numbers)
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    if kernel.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, head, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no filter for system calls could be set")


def seal() -> None:
    """Become an ordinary user of a user namespace that has no capability and no child.

    The capabilities that a new namespace gives are used to take away those of all programs that
    will ever run in it; what is left of them ends with the next program. ``TODO: Manage
    capabilities`` says (gnu build linux-container), which leaves a container's processes free to
    make namespaces of their own, in which they have all of them.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if kernel.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace could be made")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        _write(f"/proc/self/{name}", text)
    _write("/proc/sys/user/max_user_namespaces", "0")
    for capability in range(_MOST_CAPABILITIES):
        if kernel.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # This kernel has no more of them.
    if kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "privileges could not be given up")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def set_limits(memory_mib: int, processes: int) -> None:
    """Bound each process's memory, and how many there are; 0 is no bound."""
    for kind, value in (
        (resource.RLIMIT_AS, memory_mib * 2**20),
        (resource.RLIMIT_NPROC, processes),
    ):
        if value:
            resource.setrlimit(kind, (value, value))


def _filter(arch: int, numbers: dict[str, int]) -> bytes:
    """Return the filter as the kernel's instructions: operation, two distances to jump, value."""
    keys = [numbers[name] for name in ("keyctl", "add_key", "request_key")]
    steps = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 0, 10, arch),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 8, 0, _X32),
        (_EQUAL, 7, 0, keys[0]),
        (_EQUAL, 6, 0, keys[1]),
        (_EQUAL, 5, 0, keys[2]),
        (_EQUAL, 0, 3, numbers["ioctl"]),
        (_LOAD, 0, 0, _SECOND_ARGUMENT),
        (_EQUAL, 2, 0, _TIOCSTI),
        (_EQUAL, 1, 0, _TIOCLINUX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _scope_sockets(kernel: ctypes.CDLL) -> None:
    version = kernel.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < _SCOPED_SINCE:
        return
    # No files, no network ports: only which sockets without a file are ours.
    rules = struct.pack("QQQ", 0, 0, 1)
    descriptor = kernel.syscall(_LANDLOCK_CREATE, rules, len(rules), 0)
    if descriptor >= 0:
        kernel.syscall(_LANDLOCK_RESTRICT, descriptor, 0)
        os.close(descriptor)


def main(words: list[str]) -> None:
    """Do what the options say, and become the program."""
    options = {}
    while words and words[0].startswith("--"):
        name, _, value = words.pop(0).partition("=")
        if name == "--":
            break
        options[name] = value
    set_limits(int(options.get("--memory-mib", 0)), int(options.get("--processes", 0)))
    if "--seal" in options:
        seal()
    confine()
    try:
        os.execvp(words[0], words)
    except OSError as error:
        print(f"{words[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
