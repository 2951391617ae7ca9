# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that manifests ask for, of Debian's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import trees
from package import Package

# Package of the channel → Debian's packages whose programs it has.
PROGRAMS = {
    "diffutils": ("diffutils",),
    "findutils": ("findutils",),
    "grep": ("grep",),
    "procps": ("procps",),
    "sed": ("sed",),
    "tar": ("tar",),
    "util-linux": ("util-linux", "util-linux-extra", "bsdutils"),
}
# All that must be installed for this module.
DEBIAN = (
    *sorted({name for names in PROGRAMS.values() for name in names}),
    *("ca-certificates", "debianutils", "git"),
)
_GIT = """\
#!/bin/sh
export GIT_EXEC_PATH="${{GIT_EXEC_PATH:-{item}/libexec/git-core}}"
export GIT_TEMPLATE_DIR="${{GIT_TEMPLATE_DIR:-{item}/share/git-core/templates}}"
exec {item}/libexec/git-core/git "$@"
"""


def make(root: Path, work: Path) -> list[Package]:
    """Make the packages in ``work`` from the Debian system ``root``."""
    made = []
    for name, debian in PROGRAMS.items():
        package = _package(root, work, name, debian[0])
        package.tree.mkdir(parents=True)
        trees.add_programs(root, debian, package.tree, package.placeholder)
        made.append(package)
    which = _package(root, work, "which", "debianutils")
    (which.tree / "bin").mkdir(parents=True)
    program = which.tree / "bin/which"
    shutil.copy(root / "usr/bin/which.debianutils", program)
    trees.move_script(root, program, which.placeholder, which.tree)
    return [*made, which, _make_git(root, work), _make_certificates(root, work)]


def version_of(root: Path, debian: str) -> str:
    """Return the version of a Debian package as one that is higher than any of Guix's."""
    status = (root / "var/lib/dpkg/status").read_text()
    entry = rf"^Package: {re.escape(debian)}\n(?:[^\n]+\n)*?Version: "
    found = re.search(entry + r"(?:\d+:)?(\d+(?:\.\d+){0,2})", status, re.M)
    if not found:
        raise SystemExit(f"{debian} is not installed in {root}")
    return f"99.{found[1]}"


def _package(root: Path, work: Path, name: str, debian: str) -> Package:
    return Package(name=name, version=version_of(root, debian), tree=work / "trees" / name)


def _make_git(root: Path, work: Path) -> Package:
    git = _package(root, work, "git-minimal", "git")
    tree, core = git.tree, git.tree / "libexec/git-core"
    core.mkdir(parents=True)
    shutil.copytree(root / "usr/share/git-core/templates", tree / "share/git-core/templates")
    programs = [file for file in (root / "usr/lib/git-core").iterdir() if file.is_file()]
    trees.add_libraries(root, programs, tree / "lib")
    same: dict[tuple[int, int], Path] = {}
    for program in programs:
        target = core / program.name
        if program.is_symlink():
            target.symlink_to(program.readlink().name)
            continue
        state = program.stat()
        if first := same.get((state.st_dev, state.st_ino)):
            target.symlink_to(first.name)
            continue
        same[state.st_dev, state.st_ino] = target
        shutil.copy(program, target)
        if trees.is_elf(target):
            trees.patch(target, git.placeholder)
        else:
            trees.move_script(root, target, git.placeholder, tree)
    program = tree / "bin/git"
    trees.write_program(program, _GIT.format(item=git.placeholder))
    trees.move_script(root, program, git.placeholder, tree)
    return git


def _make_certificates(root: Path, work: Path) -> Package:
    certificates = _package(root, work, "nss-certs", "ca-certificates")
    target = certificates.tree / "etc/ssl/certs"
    target.mkdir(parents=True)
    for file in (root / "etc/ssl/certs").glob("*.pem"):
        shutil.copy(file, target)
    return certificates
