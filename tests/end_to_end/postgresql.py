# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL of a test's own, on loopback; Debian keeps its programs beside PATH."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

from integration.login.running import free_port

_PROGRAMS = Path("/usr/lib/postgresql")
# Debian's package makes this account; PostgreSQL refuses to be root's.
_ACCOUNT = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")


@contextlib.contextmanager
def postgresql(directory: Path) -> Iterator[str]:
    """Run PostgreSQL with its data in ``directory``; give the address of a database in it."""
    programs = max(_PROGRAMS.glob("*/bin"))
    around = _ACCOUNT if os.geteuid() == 0 else ()
    data, password, port = directory / "pg", secrets.token_hex(8), free_port()
    data.mkdir()
    (directory / "pg-password").write_text(password)
    if around:
        subprocess.run(("chown", "postgres", data, directory / "pg-password"), check=True)

    def run(program: str, *words: str) -> None:
        done = subprocess.run(
            (*around, programs / program, *words), cwd="/", capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    made = ("--auth=scram-sha-256", "--username=hub", "--no-sync")
    run("initdb", "-D", f"{data}", *made, f"--pwfile={directory / 'pg-password'}")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "-D", f"{data}", "-w", "-l", f"{data}/log", "-o", options, "start")
    try:
        yield f"postgresql://hub:{password}@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", f"{data}", "-w", "-m", "immediate", "stop")
