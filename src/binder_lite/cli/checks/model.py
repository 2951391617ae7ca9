# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check finds, and how a missing program is got on this distribution."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Outcome = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``failed`` means that no launch works; ``warning``, that some do not.

    In ``hint``, lines that are indented are commands, to be copied as they are.
    """

    name: str
    outcome: Outcome
    found: str
    hint: str = ""


_INSTALL = {
    "debian": "sudo apt install {}",
    "fedora": "sudo dnf install {}",
    "arch": "sudo pacman -S {}",
    "suse": "sudo zypper install {}",
    "alpine": "sudo apk add {}",
    "guix": "guix install {}",
    "nixos": "nix-env -iA nixos.{}",
}
_ALIKE = {
    "ubuntu": "debian",
    "rhel": "fedora",
    "centos": "fedora",
    "opensuse": "suse",
    "manjaro": "arch",
}


def parse_os_release(text: str) -> Mapping[str, str]:
    """Return the variables of ``/etc/os-release``, which is written in shell's quoting."""
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name.strip(): _unquoted(value) for name, equals, value in pairs if equals}


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value


def family(release: Mapping[str, str]) -> str:
    """Return which kind of distribution this is, by how its packages are installed, or ``""``."""
    for name in (release.get("ID", ""), *release.get("ID_LIKE", "").split()):
        name = name.split("-")[0]
        name = _ALIKE.get(name, name)
        if name in _INSTALL:
            return name
    return ""


def read_family(file: Path = Path("/etc/os-release")) -> str:
    """Return this machine's kind of distribution, or ``""`` when it does not say."""
    try:
        return family(parse_os_release(file.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return ""


def install_hint(package: str, distribution: str) -> str:
    """Say how to get a package that has the same name in every distribution."""
    if distribution in _INSTALL:
        return f"Install it with:\n  {_INSTALL[distribution].format(package)}"
    return f"Install the package {package} of your distribution."
