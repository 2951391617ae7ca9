# SPDX-License-Identifier: GPL-3.0-or-later
"""With ``network = "web"`` sessions and builds reach the web's public hosts, and nothing near.

``neighbour`` is there for what it needed: server and environment are built.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pytest

from contract.conftest import Neighbour
from contract.launching import launching, make_repository, run
from people import Person
from web_servers import http_server

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


_POST_BUILD = """#!/bin/sh
python3 - {port} > tried.txt <<'END'
{code}
END
"""


class _Secret(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the machine's own")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def near() -> Iterator[int]:
    """A service of this machine; its port."""
    with http_server(_Secret, _NEAR) as port:
        yield port


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
    person: Person, engine: str, repository: Path, neighbour: Neighbour, near: int
) -> None:
    open_to_all = _found(person, engine, repository, near)
    assert "the machine's own" in open_to_all[_NEAR], "there is something to reach"
    found = _found(person, engine, repository, near, **WEB)
    assert "the machine's own" not in str(found)
    assert found[_NEAR][0] == "470"
    assert found["cloud"] == found["mail"] == "470"
    assert found["tls"] == "URLError"


def test_a_host_that_the_operator_names_is_reached(
    person: Person, engine: str, repository: Path, neighbour: Neighbour, near: int
) -> None:
    found = _found(
        person, engine, repository, near, **WEB, BINDER_LITE_NETWORK_HOSTS=f"10.1.2.3 {_NEAR}"
    )
    assert found[_NEAR] == ["the machine's own", "URLError"]
    assert found["0.0.0.0"][0] == "470"


def test_without_a_network_there_is_no_exit_either(
    person: Person, engine: str, repository: Path, neighbour: Neighbour, near: int
) -> None:
    found = _found(person, engine, repository, near, BINDER_LITE_NETWORK="none")
    assert set(found[_NEAR]) == {"URLError"} and found["cloud"] == "URLError"


def test_a_server_of_the_web_is_reached_and_has_its_exit(
    person: Person, engine: str, repository: Path, neighbour: Neighbour
) -> None:
    with launching(person, engine=engine, source=repository, variables=WEB) as launch:
        directory = Path(launch.wait_for("running")["directory"])
        assert (directory / "run" / "exit.sock").is_socket()
    assert not (directory / "run" / "exit.sock").exists()


def test_a_build_of_the_web_reaches_nothing_near(person: Person, engine: str, near: int) -> None:
    files: dict[str, str | bytes] = {"postBuild": _POST_BUILD.format(port=near, code=_TRY)}
    repository = make_repository(person, "near", files, engine)
    tried = []
    # The second from what the first has downloaded: an index may be near, too.
    for variables in ({}, {**WEB, "UV_OFFLINE": "1"}):
        ended = run(
            person, repository, "cat", "tried.txt", engine=engine, variables=variables, rebuild=True
        )
        tried.append(json.loads(ended.output.partition("found:")[2].splitlines()[0]))
    assert "the machine's own" in tried[0][_NEAR], "there is something to reach"
    assert "the machine's own" not in str(tried[1])
    assert tried[1][_NEAR][0] == tried[1]["cloud"] == "470"


def test_requirements_of_the_web_lead_to_nothing_near(person: Person, near: int) -> None:
    wheel = f"near @ http://{_NEAR}:{near}/near-1.0-py3-none-any.whl"
    repository = make_repository(person, "leads", {"requirements.txt": f"ipykernel\n{wheel}\n"})
    for variables, reached in (({}, True), (WEB, False)):
        _Secret.asked.clear()
        with launching(person, engine="uv", source=str(repository), variables=variables) as launch:
            while not any(each["kind"] == "failed" for each in launch.reports):
                assert launch.process.poll() is None, launch.output
                time.sleep(0.1)
        assert bool(_Secret.asked) == reached
