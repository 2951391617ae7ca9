# SPDX-License-Identifier: GPL-3.0-or-later
"""Can this machine make a sandbox? Tried with the very command that a session is started with.

Whether it may cannot be read from settings alone, since distributions, containers and security
modules each forbid it in a way of their own; so it is tried, and the settings are read only to
explain a refusal.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from binder_lite import process
from binder_lite.cli.checks.model import Check, install_hint
from binder_lite.command import Command
from binder_lite.engines.limits import read_enforcement
from binder_lite.engines.sandbox import Sandbox, find_bwrap, read_host, sandbox_command
from binder_lite.errors import LaunchError
from binder_lite.settings import Settings

_SECONDS = 20
_UBUNTU = "kernel.apparmor_restrict_unprivileged_userns"
_DEBIAN = "kernel.unprivileged_userns_clone"
_COUNT = "user.max_user_namespaces"
# One line, since an indented here-document would not end. docs/how-to/user-namespaces.md has it in
# full.
_PROFILE = (
    r"abi <abi/4.0>,\ninclude <tunables/global>\n"
    r"profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }\n"
)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What could forbid user namespaces here; ``None`` where the kernel has no such setting.

    ``container`` is the kind of container that we are in ourselves, or ``""``.
    """

    apparmor_restricts: str | None = None
    userns_clone: str | None = None
    max_namespaces: str | None = None
    container: str = ""


def read_restrictions(root: Path = Path("/")) -> Restrictions:
    """Read them from the files of the machine whose root directory is ``root``."""

    def sysctl(name: str) -> str | None:
        try:
            return (root / "proc/sys" / name.replace(".", "/", 1)).read_text().strip()
        except OSError:
            return None

    return Restrictions(
        apparmor_restricts=sysctl(_UBUNTU),
        userns_clone=sysctl(_DEBIAN),
        max_namespaces=sysctl(_COUNT),
        container=_read_container(root),
    )


def _read_container(root: Path) -> str:
    if (root / ".dockerenv").exists():
        return "Docker"
    if (root / "run/.containerenv").exists():
        return "Podman"
    try:
        return (root / "run/systemd/container").read_text().strip()
    except OSError:
        return ""


def explain_refusal(said: str, here: Restrictions) -> str:
    """Return what to do about a sandbox that could not be made; ``said`` is bubblewrap's error.

    Lines that are indented are commands or options, to be copied.
    """
    if here.max_namespaces == "0":
        return f"{_COUNT} is 0. An administrator allows them with:\n  sudo sysctl -w {_COUNT}=15000"
    if here.userns_clone == "0":
        return f"{_DEBIAN} is 0. An administrator allows them with:\n  sudo sysctl -w {_DEBIAN}=1"
    if here.container:
        return _explain_container(here)
    if here.apparmor_restricts == "1":
        return (
            f"Ubuntu restricts them by AppArmor: {_UBUNTU} is 1. "
            "An administrator allows them to the system's bubblewrap alone with:\n"
            "  sudo apt install bubblewrap\n"
            f"  printf '{_PROFILE}' | sudo tee /etc/apparmor.d/bwrap\n"
            "  sudo systemctl reload apparmor\n"
            "Or to every program with:\n"
            f"  sudo sysctl -w {_UBUNTU}=0"
        )
    if "proc" in said:
        return "The kernel does not let a new /proc be mounted: parts of the old one are masked."
    return "Ask an administrator whether a security module (SELinux, seccomp) forbids them."


def _explain_container(here: Restrictions) -> str:
    lines = [
        f"This is a container ({here.container}), which does not let another be made in it. "
        "Run binder-lite outside of it, or start it with:",
        "  --security-opt seccomp=unconfined --security-opt apparmor=unconfined"
        " --security-opt systempaths=unconfined",
    ]
    if here.apparmor_restricts == "1":
        lines += ["On the host, AppArmor restricts them too. Allow them there with:"]
        lines += [f"  sudo sysctl -w {_UBUNTU}=0"]
    return "\n".join(lines)


async def check_bubblewrap(distribution: str) -> Check:
    """Is there a bubblewrap, which one, and which version?"""
    name = "bubblewrap"
    try:
        path = await find_bwrap()
        said = await process.check(Command((str(path), "--version"), process.host_environment()))
    except (LaunchError, process.CommandFailed) as error:
        return Check(name, "failed", str(error), install_hint("bubblewrap", distribution))
    return Check(name, "ok", f"{said.strip()} ({path})")


async def check_sandbox(settings: Settings) -> Check:
    """Does a program run in a sandbox like a session's?"""
    name = "user namespaces"
    try:
        host = await read_host(settings.session_uid)
        box = Sandbox(binds=(), network=True)
        command = sandbox_command(box, Command(("/bin/sh", "-c", "exit 0")), host)
        async with asyncio.timeout(_SECONDS):
            tried = await process.run(command.with_env(PATH="/usr/bin:/bin"))
    except LaunchError as error:
        return Check(name, "failed", error.message, error.hint)
    except TimeoutError:
        return Check(name, "failed", f"a sandbox was not made in {_SECONDS} s")
    if tried.exit_status:
        lines = tried.stderr.strip().splitlines() or [f"status {tried.exit_status}"]
        return Check(name, "failed", lines[-1], explain_refusal(lines[-1], read_restrictions()))
    root = f", sessions run as user id {settings.session_uid}" if os.geteuid() == 0 else ""
    return Check(name, "ok", f"a sandbox was made{root}")


async def check_apparmor() -> Check:
    """Does AppArmor restrict user namespaces, as Ubuntu lets it?"""
    name = "apparmor"
    restricts = read_restrictions().apparmor_restricts
    if restricts is None:
        return Check(name, "skipped", "does not restrict user namespaces on this kernel")
    # That it restricts is no fault by itself: the check of the sandbox tells whether it does us.
    return Check(name, "ok", f"{_UBUNTU} is {restricts}")


async def check_limits() -> Check:
    """By which means are a session's memory, processes and CPU bounded?"""
    enforcement = read_enforcement()
    if enforcement.systemd_run is not None:
        return Check("limits", "ok", enforcement.description)
    hint = "Limits of the whole session need systemd, cgroup v2 and a login session of your own."
    return Check("limits", "warning", enforcement.description, hint)
