# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.cli.checks.sandbox import Restrictions, explain_refusal, read_restrictions

# What bubblewrap says, as reported for each kind of machine.
UBUNTU_SAYS = "bwrap: setting up uid map: Permission denied"
DOCKER_SAYS = "bwrap: No permissions to create new namespace, likely because the kernel does not"
PROC_SAYS = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted"


@pytest.mark.parametrize(
    ("said", "here", "named"),
    [
        (UBUNTU_SAYS, Restrictions(apparmor_restricts="1"),
         ["Ubuntu", "kernel.apparmor_restrict_unprivileged_userns", "/etc/apparmor.d/bwrap"]),
        (DOCKER_SAYS, Restrictions(userns_clone="0"),
         ["sudo sysctl -w kernel.unprivileged_userns_clone=1"]),
        (DOCKER_SAYS, Restrictions(max_namespaces="0"),
         ["sudo sysctl -w user.max_user_namespaces=15000"]),
        (DOCKER_SAYS, Restrictions(container="Docker"),
         ["(Docker)", "seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"]),
        (UBUNTU_SAYS, Restrictions(apparmor_restricts="1", container="Docker"),
         ["(Docker)", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"]),
        (PROC_SAYS, Restrictions(), ["/proc"]),
        ("bwrap: something new", Restrictions("0", "1", "1000"), ["administrator"]),
    ],
)  # fmt: skip
def test_each_refusal_is_explained_by_its_setting(
    said: str, here: Restrictions, named: list[str]
) -> None:
    explained = explain_refusal(said, here)
    assert [word for word in named if word not in explained] == []


def test_what_needs_no_change_is_not_blamed() -> None:
    explained = explain_refusal(DOCKER_SAYS, Restrictions("0", "1", "1000", "Podman"))
    assert "sysctl" not in explained


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_settings_that_the_kernel_has_not_are_none(tmp_path: Path) -> None:
    assert read_restrictions(tmp_path) == Restrictions(None, None, None, "")


def test_settings_are_read_from_the_kernels_files(tmp_path: Path) -> None:
    write(tmp_path, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n")
    write(tmp_path, "proc/sys/kernel/unprivileged_userns_clone", "0\n")
    write(tmp_path, "proc/sys/user/max_user_namespaces", "96365\n")
    assert read_restrictions(tmp_path) == Restrictions("1", "0", "96365", "")


@pytest.mark.parametrize(
    ("file", "text", "container"),
    [
        (".dockerenv", "", "Docker"),
        ("run/.containerenv", "", "Podman"),
        ("run/systemd/container", "lxc\n", "lxc"),
    ],
)
def test_a_container_around_us_is_recognised(
    tmp_path: Path, file: str, text: str, container: str
) -> None:
    write(tmp_path, file, text)
    assert read_restrictions(tmp_path).container == container


def test_ubuntus_profile_is_what_the_documentation_has() -> None:
    [line] = [
        line
        for line in explain_refusal(UBUNTU_SAYS, Restrictions("1")).splitlines()
        if "printf" in line
    ]
    shown = line.split("'")[1].replace("\\n", "\n")
    page = Path(__file__).parents[4] / "docs" / "how-to" / "user-namespaces.md"
    assert shown.split() == page.read_text().split("<<'PROFILE'\n")[1].split("PROFILE")[0].split()
