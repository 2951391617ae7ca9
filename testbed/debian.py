# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: TID251
"""Debian systems in directories, from which the testbed's programs are taken."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO

_QUERY = ("apt-get", "indextargets", "--format", "$(SITE) $(CODENAME)", "Created-By: Packages",
          "Origin: Debian")  # fmt: skip


def make(suite: str, packages: Iterable[str], target: Path) -> None:
    """Make Debian's ``suite`` with ``packages`` in ``target``, from where this machine gets it."""
    log = target.with_suffix(".log")
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    words: list[str | Path] = ["debootstrap", "--variant=minbase", suite, target]
    with log.open("w") as output:
        _run([*words, *_mirror()], output)
        settings = target / "etc/apt/apt.conf.d"
        for file in Path("/etc/apt/apt.conf.d").iterdir():
            shutil.copy(file, settings)
        # A mirror may be a snapshot, whose dates have passed.
        (settings / "99testbed").write_text(
            'Acquire::Check-Valid-Until "false";\nDpkg::Options { "--force-unsafe-io"; };\n'
        )
        # Not by debootstrap itself, which does not choose among alternative dependencies.
        install = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends"]
        _run(["chroot", target, *install, *packages], output)
        _run(["chroot", target, "apt-get", "clean"], output)


def _mirror() -> list[str]:
    """Return where this machine's apt gets Debian from; nothing where that is not plain."""
    said = subprocess.run(_QUERY, capture_output=True, text=True, check=False).stdout
    sites = [line.split() for line in said.splitlines()]
    return [site for site, name in sites if "-" not in name][:1]


def _run(words: list[str | Path], output: IO[str]) -> None:
    environment = os.environ | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    environment["DEBIAN_FRONTEND"] = "noninteractive"
    subprocess.run(words, check=True, env=environment, stdout=output, stderr=output)
