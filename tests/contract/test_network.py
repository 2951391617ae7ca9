# SPDX-License-Identifier: GPL-3.0-or-later
"""With ``network = "web"`` a session reaches the web's public hosts, and nothing near."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from contract.launching import launching, run
from people import Person

WEB = {"BINDER_LITE_NETWORK": "web"}
# Loopback all the same, and not what programs take for their own machine without asking.
_NEAR = "127.0.0.2"
_TRY = """
import json, socket, sys, urllib.error, urllib.request
port = sys.argv[1]
found = {}
def ask(url, proxied=True):
    handlers = () if proxied else (urllib.request.ProxyHandler({}),)
    try:
        return urllib.request.build_opener(*handlers).open(url, timeout=20).read().decode()
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError as error:
        return type(error).__name__
for host in ("127.0.0.2", "127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.2]", "2130706434"):
    found[host] = ask(f"http://{host}:{port}/"), ask(f"http://{host}:{port}/", proxied=False)
found["cloud"] = ask("http://169.254.169.254/latest/meta-data/")
found["tls"] = ask(f"https://127.0.0.2:{port}/")
found["mail"] = ask("http://example.org:25/")
print("found:" + json.dumps(found))
"""


class _Secret(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the machine's own")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def near() -> Iterator[int]:
    """A service of this machine; its port."""
    server = ThreadingHTTPServer((_NEAR, 0), _Secret)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def _found(
    person: Person, engine: str, repository: Path, port: int, **variables: str
) -> dict[str, Any]:
    command = ("python3", "-c", _TRY, str(port))
    ended = run(person, repository, *command, engine=engine, variables=variables)
    _, _, found = ended.output.partition("found:")
    assert found, ended.output
    answers: dict[str, Any] = json.loads(found.splitlines()[0])
    return answers


def test_a_session_of_the_web_reaches_nothing_near(
    person: Person, engine: str, repository: Path, near: int
) -> None:
    open_to_all = _found(person, engine, repository, near)
    assert "the machine's own" in open_to_all[_NEAR], "there is something to reach"
    found = _found(person, engine, repository, near, **WEB)
    assert "the machine's own" not in str(found)
    assert found[_NEAR][0] == "470"
    assert found["cloud"] == found["mail"] == "470"
    assert found["tls"] == "URLError"


def test_a_host_that_the_operator_names_is_reached(
    person: Person, engine: str, repository: Path, near: int
) -> None:
    found = _found(
        person, engine, repository, near, **WEB, BINDER_LITE_NETWORK_HOSTS=f"10.1.2.3 {_NEAR}"
    )
    assert found[_NEAR] == ["the machine's own", "URLError"]
    assert found["0.0.0.0"][0] == "470"


def test_without_a_network_there_is_no_exit_either(
    person: Person, engine: str, repository: Path, near: int
) -> None:
    found = _found(person, engine, repository, near, BINDER_LITE_NETWORK="none")
    assert set(found[_NEAR]) == {"URLError"} and found["cloud"] == "URLError"


def test_a_server_of_the_web_is_reached_and_has_its_exit(
    person: Person, engine: str, repository: Path
) -> None:
    with launching(person, engine=engine, source=repository, variables=WEB) as launch:
        directory = Path(launch.wait_for("running")["directory"])
        assert (directory / "run" / "exit.sock").is_socket()
    assert not (directory / "run" / "exit.sock").exists()
