# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole server behind a real Caddy, as the example sets it up: TLS, and below a path."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from integration.login.running import free_port, running
from integration.login.test_behind_nginx import HOST, make_certificate, serve_and_walk

pytestmark = [pytest.mark.needs("caddy", "openssl", "chromium"), pytest.mark.timeout(240)]

EXAMPLE = Path(__file__).parents[3] / "examples" / "serve" / "Caddyfile"
_AROUND = """\
{{
	admin off
	skip_install_trust
	storage file_system {directory}/caddy
	http_port {plain}
	https_port {tls}
}}
"""


def caddy_configuration(directory: Path, *, tls: int, plain: int, behind: int) -> Path:
    """Write the example with the ports and certificate of this test."""
    make_certificate(directory)
    text = EXAMPLE.read_text()
    own = f"\tbind 127.0.0.1\n\ttls {directory}/cert.pem {directory}/key.pem\n"
    # What the example says in a comment, for a server below a path.
    below = [line.removeprefix("\t#   ") for line in text.splitlines() if "\t#   " in line]
    assert below == ["redir /notebooks /notebooks/", "handle /notebooks/* {"]
    changes = {
        "\n\thandle {\n": "\n\t" + "\n\t".join(below) + "\n",
        f"\n{HOST} {{\n": f"\n{HOST} {{\n{own}",
        "127.0.0.1:8000 {": f"127.0.0.1:{behind} {{",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file = directory / "Caddyfile"
    file.write_text(_AROUND.format(directory=directory, plain=plain, tls=tls) + text)
    return file


async def test_the_whole_server_behind_caddy(provider_program: Path, tmp_path: Path) -> None:
    tls, plain, behind = free_port(), free_port(), free_port()
    configuration = caddy_configuration(tmp_path, tls=tls, plain=plain, behind=behind)
    words = (str(shutil.which("caddy")), "run", "--config", str(configuration))
    async with running((*words, "--adapter", "caddyfile"), tmp_path / "caddy.log"):
        await serve_and_walk(provider_program, tmp_path, tls=tls, behind=behind)
