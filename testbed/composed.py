# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: TID251
"""The composed root: this machine's directories, with Guix's added, and a daemon that serves it.

The host's own root gets nothing: what it has not is mounted into a namespace of ours. A directory
that must hold something which the host's has not is made anew in memory, its other entries bound
one by one.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path

import place

_BUILD_USERS = 10
_FIRST_ID = 63900
PROFILE = "/var/guix/profiles/per-user/root/current-guix"
SOCKET = "/var/guix/daemon-socket/socket"
# Its own /proc first: bubblewrap's is partly covered, which forbids further sandboxes inside. Then
# a daemon, which ends when nobody else holds the lock behind descriptor $2; what it may leave in
# its process namespace ends with it.
_KEEPER = """
exec 2>>/var/log/guix/daemon.log
mount -t proc -o nosuid,nodev,noexec proc /proc || exit
echo ready
exec >&2
"$1"/guix-daemon --build-users-group=guixbuild --no-substitutes &
daemon=$!
(flock -x "$2"; kill $daemon) &
wait $daemon
"""


def own_store(base: Path) -> None:
    """Give the store to the build users' group, as the daemon expects it."""
    store = base / "gnu/store"
    os.chown(store, 0, _FIRST_ID)
    store.chmod(0o1775)


def set_current_guix(base: Path, item: str) -> None:
    """Let ``guix`` be the one of ``item``, a profile, as after ``guix pull``."""
    profiles = base / "var/guix/profiles/per-user/root"
    numbers = [int(link.name.split("-")[2]) for link in profiles.glob("current-guix-*-link")]
    generation = f"current-guix-{max(numbers, default=0) + 1}-link"
    (profiles / generation).symlink_to(item)
    for number in numbers:
        (profiles / f"current-guix-{number}-link").unlink()
    (profiles / "current-guix").unlink(missing_ok=True)
    (profiles / "current-guix").symlink_to(generation)


def mounts(base: Path) -> list[str]:
    """Return bubblewrap's words that compose the root of the testbed in ``base``."""
    binds = {
        "/gnu": base / "gnu",
        "/var/guix": base / "var/guix",
        "/var/log/guix": base / "var/log/guix",
        "/etc/passwd": base / "etc/passwd",
        "/etc/group": base / "etc/group",
        "/etc/guix": base / "etc/guix",
    }
    links = {"/usr/local/bin/guix": f"{PROFILE}/bin/guix"}
    new = [Path(name) for name in (*binds, *links) if not Path(name).exists()]
    words = _words_of(Path("/"), new)
    for target, source in binds.items():
        words += ["--bind", str(source), target]
    for target, link in links.items():
        words += ["--symlink", link, target]
    return words


def _words_of(path: Path, new: list[Path]) -> list[str]:
    if path == Path("/proc"):
        return ["--dir", "/proc"]
    if path in new:
        return []
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    if not any(item.is_relative_to(path) for item in new):
        return ["--dev-bind-try", str(path), str(path)]
    words = [] if path == Path("/") else ["--perms", "0755", "--dir", str(path)]
    for child in sorted(path.iterdir()):
        words += _words_of(child, new)
    return words


def write_users(base: Path) -> None:
    """Give the composed root this machine's users and Guix's build users."""
    directory = base / "etc"
    (directory / "guix").mkdir(parents=True, exist_ok=True)
    builders = [f"guixbuilder{number}" for number in range(1, _BUILD_USERS + 1)]
    users = [line for line in Path("/etc/passwd").read_text().splitlines() if line]
    users += [
        f"{name}:x:{_FIRST_ID + number}:{_FIRST_ID}:Guix build user:/var/empty:/usr/sbin/nologin"
        for number, name in enumerate(builders, 1)
    ]
    groups = [line for line in Path("/etc/group").read_text().splitlines() if line]
    groups.append(f"guixbuild:x:{_FIRST_ID}:{','.join(builders)}")
    for name, lines in (("passwd", users), ("group", groups)):
        fresh = directory / f"{name}.new"
        fresh.write_text("\n".join((*lines, "")))
        fresh.chmod(0o644)
        fresh.rename(directory / name)


def keeper(base: Path, users: int) -> int:
    """Return a process id inside the running composed root; start one where none runs.

    ``users`` is a descriptor of the users' lock, which the caller holds shared. The keeper waits
    for it alone, and then keeps it until its last process has ended.
    """
    with place.locked(base / "start.lock"), (base / "keeper.lock").open("a") as alive:
        record = base / "keeper.pid"
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(record.read_text())
        write_users(base)
        pid = _start(base, alive.fileno())
        record.write_text(str(pid))
        return pid


def _start(base: Path, alive: int) -> int:
    """Start a keeper; return the id of its first process when its mounts are made."""
    own = os.open(base / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    told, tell = os.pipe()
    # A file, for a list that would hide everything else in a list of processes.
    words = os.memfd_create("mounts")
    os.write(words, b"".join(os.fsencode(word) + b"\0" for word in mounts(base)))
    os.lseek(words, 0, os.SEEK_SET)
    argv = ["bwrap", "--unshare-pid", "--cap-add", "ALL", "--info-fd", str(tell)]
    argv += ["--args", str(words), "--chdir", "/", "--", "sh", "-c", _KEEPER, "keeper"]
    started = subprocess.Popen(
        [*argv, f"{PROFILE}/bin", str(own)],
        pass_fds=(own, alive, tell, words),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
    )
    for descriptor in (own, tell, words):
        os.close(descriptor)
    with os.fdopen(told) as information:
        pid = int(json.load(information)["child-pid"])
    # bubblewrap tells the process before its mounts are made; the keeper speaks after.
    if started.stdout is None or started.stdout.readline() != b"ready\n":
        raise SystemExit(f"enter: no composed root; see {base}/var/log/guix/daemon.log")
    return pid
