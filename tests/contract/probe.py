# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries to get out: ``probe.py TARGETS RESULTS`` writes what each attempt reached.

Every attempt returns a list: empty when nothing was reached. It runs inside a session, and outside
of one to show that the attempts succeed where nothing stops them. Both arguments are JSON files. A
program of its own: any Python from 3.8, nothing but the standard library.
"""
# mypy: ignore-errors

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import pty
import signal
import socket
import sys
import termios

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID = 0x10000000, 0x20000, 0x40000000, 0x20000000
KEYCTL = {"x86_64": 250, "aarch64": 219}
CLONE = {"x86_64": 56, "aarch64": 220}
PIDFD_OPEN, PIDFD_GETFD = 434, 438


def attempt(call, *arguments):
    """Call a C function; return [] when it fails, else its name."""
    ctypes.set_errno(0)
    return [call.__name__] if call(*arguments) != -1 else []


def in_child(work):
    """Do ``work`` in a child, so that a success does not change this process."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        try:
            os.write(write_end, json.dumps(work()).encode())
        except BaseException as error:
            os.write(write_end, json.dumps([f"failed: {error!r}"]).encode())
        os._exit(0)
    os.close(write_end)
    with open(read_end) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def exists(targets):
    """Files and directories that are seen."""
    return [path for path in targets["paths"] if os.path.lexists(path)]


def read(targets):
    """Files whose content is had, directories that are listed."""
    found = []
    for path in targets["paths"]:
        try:
            if os.path.isdir(path):
                if os.listdir(path):
                    found.append(path)
            else:
                with open(path, "rb") as file:
                    if file.read(1):
                        found.append(path)
        except OSError:
            pass
    return found


def write(targets):
    """Directories in which a file can be made, files that can be opened for writing."""
    found = []
    for path in targets["writes"]:
        try:
            if os.path.isdir(path):
                name = os.path.join(path, "probe-was-here")
                os.close(os.open(name, os.O_WRONLY | os.O_CREAT))
                os.unlink(name)
            else:
                os.close(os.open(path, os.O_WRONLY))
            found.append(path)
        except OSError:
            pass
    return found


def change(targets):
    """Files whose mode or time can be changed."""
    found = []
    for path in targets["writes"]:
        for act in (lambda p: os.chmod(p, os.stat(p).st_mode), os.utime):
            try:
                act(path)
                found.append(path)
            except OSError:
                pass
    return found


def lists(targets):
    """What directories show that are there only because something below them is."""
    return {path: sorted(os.listdir(path)) for path in targets["lists"] if os.path.isdir(path)}


def hardlink(targets):
    """Files that can be linked into the workspace."""
    found = []
    for path in targets["links"]:
        try:
            os.link(path, "probe-link")
            os.unlink("probe-link")
            found.append(path)
        except OSError:
            pass
    return found


def processes(targets):
    """Processes of the host that are listed."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline") as file:
                    if targets["marker"] in file.read().split("\0"):
                        found.append(name)
            except OSError:
                pass
    return found


def signals(targets):
    """Processes of the host that can be signalled."""
    found = []
    for pid in targets["pids"]:
        try:
            os.kill(pid, 0)
            found.append(pid)
        except OSError:
            pass
    return found


def ptrace(targets):
    """Processes of the host that can be traced or whose memory can be opened."""
    found = []
    for pid in targets["pids"]:
        attach, detach = 16, 17
        if LIBC.ptrace(attach, pid, 0, 0) == 0:
            os.waitpid(pid, 0)
            LIBC.ptrace(detach, pid, 0, 0)
            found.append(pid)
        for name in ("mem", "environ", "root"):
            try:
                os.close(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))
                found.append(name)
            except OSError:
                pass
    return found


def environment(targets):
    """Variables, of any process that is seen, that hold the secret or are the person's."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/environ") as file:
                    variables = file.read().split("\0")
            except OSError:
                continue
            for variable in variables:
                if targets["secret"] in variable or variable.split("=")[0] in targets["variables"]:
                    found.append(variable)
    found += [name for name in os.environ if targets["secret"] in os.environ[name]]
    return found


def command_lines(targets):
    """Command lines, of any process that is seen, that hold a secret."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/cmdline") as file:
                    text = file.read()
            except OSError:
                continue
            found += [text for secret in targets["secrets"] if secret in text]
    return found


def privileges(targets):
    """Lines of /proc/self/status that tell of privileges."""
    wrong = []
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(status[name], 16):
            wrong.append(f"{name} {status[name]}")
    if status["NoNewPrivs"] != "1":
        wrong.append("NoNewPrivs " + status["NoNewPrivs"])
    if "0" in status["Uid"].split() or "0" in status["Gid"].split():
        wrong.append("root")
    if os.getgroups() not in ([], [os.getgid()]):
        wrong.append(f"groups {os.getgroups()}")
    return wrong


def user_namespaces(targets):
    """Ways in which a user namespace could be made."""
    found = in_child(lambda: attempt(LIBC.unshare, CLONE_NEWUSER))

    def clone():
        pid = LIBC.syscall(CLONE[os.uname().machine], CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return ["clone"] if pid > 0 else []

    return found + in_child(clone)


def namespaces(targets):
    """Other namespaces that could be made or entered."""
    found = []
    for flag in (CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID):
        found += in_child(lambda flag=flag: attempt(LIBC.unshare, flag))

    def enter(path):
        try:
            with open(path) as file:
                return attempt(LIBC.setns, file.fileno(), 0)
        except OSError:
            return []

    for kind in ("mnt", "user"):
        found += in_child(lambda kind=kind: enter("/proc/1/ns/" + kind))
    return found


def mounts(targets):
    """Mounting, changing the root, and undoing what the sandbox mounted."""
    here = os.getcwd().encode()
    return (
        in_child(lambda: attempt(LIBC.mount, b"none", here, b"tmpfs", 0, None))
        + in_child(lambda: attempt(LIBC.mount, here, b"/mnt", None, 4096, None))
        + in_child(lambda: attempt(LIBC.mount, None, b"/usr", None, 32 | 4096, None))
        + in_child(lambda: attempt(LIBC.umount2, b"/proc", 2))
        + in_child(lambda: attempt(LIBC.chroot, b"."))
    )


def identity(targets):
    """Ways to become somebody else."""
    return (
        in_child(lambda: attempt(LIBC.setuid, 0))
        + in_child(lambda: attempt(LIBC.setgid, 0))
        + in_child(lambda: attempt(LIBC.sethostname, b"probe", 5))
    )


def writable_mounts(targets):
    """Where something can be written, as the kernel tells it."""
    with open("/proc/self/mountinfo") as file:
        lines = [line.split() for line in file]
    return sorted({words[4] for words in lines if "rw" in words[5].split(",")})


def sysctls(targets):
    """Settings of the kernel that can be changed."""
    found = []
    for top in ("/proc/sys", "/sys", "/proc/sysrq-trigger"):
        paths = [os.path.join(p, f) for p, _, fs in os.walk(top) for f in fs] or [top]
        for path in paths:
            try:
                if change_setting(path):
                    found.append(path)
            except OSError:
                pass
    return found


def change_setting(path):
    """Write back what a setting is; one that cannot be read is only opened.

    Some can be opened by everybody, and then refuse what is written.
    """
    try:
        setting = os.open(path, os.O_RDWR)
    except PermissionError:
        setting = os.open(path, os.O_WRONLY)
        os.close(setting)
        return True
    try:
        value = os.read(setting, 4096)
        os.lseek(setting, 0, os.SEEK_SET)
        return os.write(setting, value) > 0
    finally:
        os.close(setting)


def devices(targets):
    """Device files that are there."""
    found = []
    for parent, _, files in os.walk("/dev"):
        found += [os.path.join(parent, name) for name in files]
    return sorted(found)


def new_devices(targets):
    """Devices that could be made."""
    found = []
    for name, kind, number in (("block", 0o60600, (8, 0)), ("kmem", 0o20600, (1, 2))):
        path = "/tmp/probe-" + name
        try:
            os.mknod(path, kind, os.makedev(*number))
            os.unlink(path)
            found.append(name)
        except OSError:
            pass
    return found


def sockets(targets):
    """Sockets of others that answer."""
    found = []
    for path in targets["sockets"]:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(path)
                found.append(path)
            except OSError:
                pass
    return found


def taken_sockets(targets):
    """Connections of the first process that can be taken over, as of a program that made us."""
    found = []
    first = LIBC.syscall(PIDFD_OPEN, 1, 0)
    if first == -1:
        return found
    for number in range(64):
        copy = LIBC.syscall(PIDFD_GETFD, first, number, 0)
        if copy != -1:
            kind = os.readlink(f"/proc/self/fd/{copy}")
            found += [kind] if kind.startswith("socket:") else []
            os.close(copy)
    os.close(first)
    return found


def abstract_sockets(targets):
    """Sockets of others that have a name but no file, and answer."""
    found = []
    for name in targets["abstract"]:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect("\0" + name)
                found.append(name)
            except OSError:
                pass
    return found


def interfaces(targets):
    """Network interfaces."""
    return sorted(name for _, name in socket.if_nameindex())


def internet(targets):
    """Ports of the host's loopback that answer."""
    found = []
    for port in targets["ports"]:
        with socket.socket() as connection:
            connection.settimeout(3)
            try:
                connection.connect(("127.0.0.1", port))
                found.append(port)
            except OSError:
                pass
    return found


def descriptors(targets):
    """Open files that were handed down; what /proc/self/fd itself opens is left out.

    So is the end for writing of one pipe: the launcher waits until nobody has it any more.
    """
    found = []
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with contextlib.suppress(OSError):
                file = os.readlink("/proc/self/fd/" + name)
                writes = fcntl.fcntl(int(name), fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
                found.append("for writing only" if file.startswith("pipe:") and writes else file)
    if "for writing only" in found:
        found.remove("for writing only")
    return found


def keyring(targets):
    """Secrets in the session keyring."""
    number = KEYCTL[os.uname().machine]
    search, read_key, session = 10, 11, -3
    key = LIBC.syscall(number, search, session, b"user", b"binder-lite", 0)
    if key == -1:
        return []
    room = ctypes.create_string_buffer(100)
    size = LIBC.syscall(number, read_key, key, room, 100)
    return [room.raw[:size].decode()] if size > 0 else ["a key"]


def shared_memory(targets):
    """System V memory and message queues, and files in shared places, of others."""
    found = [
        name for name in os.listdir("/tmp") + os.listdir("/dev/shm") if targets["marker"] in name
    ]
    with open("/proc/sysvipc/shm") as file:
        found += file.read().splitlines()[1:]
    return found


def accounts(targets):
    """People of this machine that are named."""
    import pwd

    return sorted({entry.pw_name for entry in pwd.getpwall()})


def host_name(targets):
    """The host's name, if it is told."""
    return [name for name in targets["hosts"] if name == socket.gethostname()]


def terminal(targets):
    """Typing into one's terminal, as if the person had; here into one of the probe's own."""
    pid, master = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSTI, b"x")
            os.write(1, b"typed")
        except OSError as error:
            os.write(1, errno.errorcode[error.errno].encode())
        os._exit(0)
    said = b""
    with contextlib.suppress(OSError):
        while piece := os.read(master, 100):
            said += piece
    os.waitpid(pid, 0)
    os.close(master)
    return ["typed"] if b"typed" in said else []


ATTEMPTS = (
    lists, exists, read, write, change, hardlink, processes, signals, ptrace, environment,
    command_lines, privileges, user_namespaces, namespaces, mounts, identity, writable_mounts,
    sysctls, devices, new_devices, sockets, taken_sockets, abstract_sockets, interfaces, internet,
    descriptors, keyring, shared_memory, accounts, host_name, terminal,
)  # fmt: skip


def main():
    with open(sys.argv[1]) as file:
        targets = json.load(file)
    results = {}
    for work in ATTEMPTS:
        if work.__name__ not in targets.get("skip", ()):
            try:
                results[work.__name__] = work(targets)
            except Exception as error:
                results[work.__name__] = [f"failed: {error!r}"]
    with open(sys.argv[2], "w") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main()
