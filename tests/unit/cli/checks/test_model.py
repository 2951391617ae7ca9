# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.cli.checks.model import family, install_hint, parse_os_release, read_family

# As the distributions ship it, shortened.
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'
MINT = "ID=linuxmint\nID_LIKE='ubuntu debian'\n"
FEDORA = 'NAME="Fedora Linux"\nID=fedora\n'
ROCKY = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'
TUMBLEWEED = 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n'
ARCH = "ID=arch\n# a comment with = in it\n"
GUIX = 'NAME="Guix System"\nID=guix\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DEBIAN, "debian"),
        (UBUNTU, "debian"),
        (MINT, "debian"),
        (FEDORA, "fedora"),
        (ROCKY, "fedora"),
        (TUMBLEWEED, "suse"),
        (ARCH, "arch"),
        (GUIX, "guix"),
        ("ID=plan9\n", ""),
        ("", ""),
        ('ID="unclosed\n', ""),
    ],
)
def test_distributions_are_told_apart_by_how_packages_are_installed(
    text: str, expected: str
) -> None:
    assert family(parse_os_release(text)) == expected


def test_quotes_are_the_shells() -> None:
    assert parse_os_release(DEBIAN)["PRETTY_NAME"] == "Debian GNU/Linux 12 (bookworm)"


def test_a_machine_that_does_not_say_what_it_is_gets_a_general_hint(tmp_path: Path) -> None:
    assert read_family(tmp_path / "os-release") == ""
    assert install_hint("git", "") == "Install the package git of your distribution."


@pytest.mark.parametrize(
    ("distribution", "command"),
    [
        ("debian", "sudo apt install git-lfs"),
        ("fedora", "sudo dnf install git-lfs"),
        ("arch", "sudo pacman -S git-lfs"),
        ("guix", "guix install git-lfs"),
    ],
)
def test_the_command_is_on_a_line_of_its_own(distribution: str, command: str) -> None:
    assert install_hint("git-lfs", distribution) == f"Install it with:\n  {command}"
