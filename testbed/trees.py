# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: TID251
"""Make a directory of Debian's programs that works wherever a store item is all there is.

An item of ours holds all that its programs need, the dynamic loader and the C library among it.
Programs are patched to the place where the item will lie, whether it lies there yet or not.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

LIBRARIES = Path("usr/lib/x86_64-linux-gnu")
LOADER = "ld-linux-x86-64.so.2"
# What programs and wheels load by name, without naming it in their headers.
_ALWAYS = (
    LOADER,
    *("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"),
    *("libresolv.so.2", "libnss_files.so.2", "libnss_dns.so.2", "libgcc_s.so.1", "libstdc++.so.6"),
)

# Where a machine may look up names of users and hosts by a library of its own, built for its own
# C library. Programs of ours crash with those, and find an empty library of ours first.
_LOOKUPS = ("systemd", "myhostname", "mymachines", "resolve", "sss", "compat", "db", "extrausers",
            "ldap", "libvirt", "libvirt_guest", "mdns4", "mdns4_minimal", "mdns_minimal", "nis",
            "winbind", "wins")  # fmt: skip


def within(root: Path, path: str) -> Path:
    """Return the file that ``path`` is in ``root``, where its links lead there."""
    while True:
        for parent in reversed((Path(path), *Path(path).parents)):
            here = root / str(parent).lstrip("/")
            if here.is_symlink():
                link = parent.parent / here.readlink() / Path(path).relative_to(parent)
                path = os.path.normpath(link)
                break
        else:
            return root / path.lstrip("/")


def is_elf(file: Path) -> bool:
    """Tell whether ``file`` is a program or library."""
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def needed(root: Path, files: Iterable[Path]) -> dict[str, Path]:
    """Return the libraries in ``root`` that ``files``, which lie in it, are linked against."""
    names = [f"/{file.relative_to(root)}" for file in files if is_elf(file)]
    if not names:
        return {}
    said = subprocess.run(
        ["chroot", root, "ldd", *names], capture_output=True, text=True, check=False
    )
    found = re.findall(r"=> (/\S+)", said.stdout)
    return {Path(name).name: within(root, name) for name in found}


def add_libraries(root: Path, files: Iterable[Path], target: Path) -> None:
    """Copy what ``files`` of ``root`` need to run at all into ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    always = {name: within(root, f"/{LIBRARIES}/{name}") for name in _ALWAYS}
    for name, library in (needed(root, files) | always).items():
        if library.exists():
            shutil.copy(library, target / name)
            (target / name).chmod(0o755)
    add_lookups(root, target)


def add_lookups(root: Path, target: Path) -> None:
    """Let programs whose libraries are in ``target`` look up names in files and DNS only."""
    empty = within(root, f"/{LIBRARIES}/libnss_files.so.2")
    for name in _LOOKUPS:
        shutil.copy(empty, target / f"libnss_{name}.so.2")


def patch(
    file: Path, item: str, *, libraries: Iterable[str] = (), add_needed: Iterable[str] = ()
) -> None:
    """Make the program ``file`` run with the loader and libraries of the store item ``item``.

    ``libraries`` are the directories of libraries, where they are not the item's one.
    """
    # One change at a time: patchelf 0.14 confuses their texts otherwise.
    for name in add_needed:
        _patchelf("--add-needed", name, file)
    _patchelf("--set-interpreter", f"{item}/lib/{LOADER}", file)
    set_libraries(file, *(libraries or (f"{item}/lib",)))


def set_libraries(file: Path, *directories: str) -> None:
    """Let the program or library ``file`` find libraries in ``directories``.

    The old kind of path (DT_RPATH) holds for all that a program loads, also later.
    """
    _patchelf("--force-rpath", "--set-rpath", ":".join(directories), file)


def _patchelf(*words: str | Path) -> None:
    subprocess.run(["patchelf", *words], check=True)


def write_program(file: Path, text: str) -> None:
    """Write a script that may be executed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def programs_of(root: Path, package: str) -> list[Path]:
    """Return the programs, links among them, that Debian's ``package`` has for everybody."""
    info = root / "var/lib/dpkg/info"
    lists = [info / f"{package}.list", *info.glob(f"{package}:*.list")]
    names = next(file for file in lists if file.exists()).read_text().split()
    found = [name for name in names if re.match(r"(/usr)?/s?bin/.", name)]
    return [root / name.lstrip("/") for name in found]


def add_programs(root: Path, packages: Iterable[str], tree: Path, item: str) -> None:
    """Put the programs of Debian's ``packages``, with what they need, into ``tree``."""
    programs = [file for package in packages for file in programs_of(root, package)]
    add_libraries(root, programs, tree / "lib")
    (tree / "bin").mkdir(exist_ok=True)
    for program in programs:
        target = tree / "bin" / program.name
        if program.is_symlink():
            target.unlink(missing_ok=True)
            target.symlink_to(program.readlink().name)
        else:
            shutil.copy(program, target)
            if is_elf(target):
                patch(target, item)
            else:
                move_script(root, target, item, tree)


def add_shell(root: Path, tree: Path, item: str) -> None:
    """Put a shell for scripts into ``tree``.

    Not a static one, which takes libraries of whatever machine it runs on to look up users.
    """
    add_program(root, root / "bin/bash", tree, item)


def add_program(root: Path, program: Path, tree: Path, item: str) -> None:
    """Put a program that others in ``tree`` use into its ``libexec``."""
    add_libraries(root, [program], tree / "lib")
    (tree / "libexec").mkdir(exist_ok=True)
    shutil.copy(program, tree / "libexec" / program.name)
    patch(tree / "libexec" / program.name, item)


def move_script(root: Path, script: Path, item: str, tree: Path) -> None:
    """Let the shell script run with a shell of the item's own, which is in ``tree``."""
    text, count = re.subn(r"\A#!/bin/(ba)?sh", f"#!{item}/libexec/bash", script.read_text())
    if count:
        add_shell(root, tree, item)
        script.write_text(text.replace('"/usr/bin:', f'"{item}/bin:'))


def seal(tree: Path) -> None:
    """Make ``tree`` as the daemon leaves store items: read-only, root's, and of no date."""
    for parent, folders, files in os.walk(tree, topdown=False):
        for name in (*files, *folders):
            _seal(Path(parent, name))
    _seal(tree)


def _seal(file: Path) -> None:
    mode = file.lstat().st_mode
    if not file.is_symlink():
        file.chmod(0o555 if file.is_dir() or mode & 0o100 else 0o444)
    os.chown(file, 0, 0, follow_symlinks=False)
    os.utime(file, (1, 1), follow_symlinks=False)
