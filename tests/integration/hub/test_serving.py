# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions under a real JupyterHub: from its API through its proxy and the gate to a kernel."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from binder_lite.sessions.store import read_session, state
from contract.launching import all_gone, descendants
from integration.hub.hub_world import PASSWORD, Hub, hub_directory, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with hub_directory() as directory, serving(directory) as made:
        yield made


def test_a_session_is_its_owners(hub: Hub) -> None:
    ada, eve = hub.person("ada"), hub.person("eve")
    session = hub.session("ada")
    assert hub.begin(session).status_code in (201, 202)
    page = hub.address(session, "lab")
    browser = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}

    stranger = httpx.get(page, headers=browser)
    assert stranger.status_code == 302
    assert stranger.headers["location"].startswith("/hub/api/oauth2/authorize?")
    assert httpx.get(hub.address(session, "api/contents")).status_code == 403
    for token, expected in ((eve, 403), (ada, 200), ("forged", 403)):
        answer = httpx.get(page, headers={"Authorization": f"token {token}"})
        assert answer.status_code == expected
    hub.end(session)


def log_in(browser: httpx.Client, hub: Hub, name: str) -> None:
    """Fill in the hub's form."""
    form = browser.get(f"{hub.url}/hub/login")
    [token] = re.findall(r'name="_xsrf" value="([^"]+)"', form.text)
    fields = {"username": name, "password": PASSWORD, "_xsrf": token}
    # To where our service would be.
    assert browser.post(f"{hub.url}/hub/login", data=fields).history[0].status_code == 302


def test_a_browser_logs_in_at_the_hub(hub: Hub) -> None:
    hub.person("ada")
    session = hub.session("ada")
    hub.begin(session)
    headers = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
    with httpx.Client(follow_redirects=True, headers=headers) as browser:
        log_in(browser, hub, "ada")
        page = browser.get(hub.address(session, "lab"))
        assert page.status_code == 200 and "JupyterLab" in page.text
        assert '"token": ""' in page.text
    with httpx.Client(follow_redirects=True, headers=headers) as browser:
        log_in(browser, hub, "eve")
        assert browser.get(hub.address(session, "lab")).status_code == 403
    hub.end(session)


async def execute(hub: Hub, address: str, token: str, code: str) -> str:
    """Run code in a new kernel, through proxy and gate, and return what it prints."""
    headers = {"Authorization": f"token {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        kernel = (await http.post(address + "api/kernels", json={})).json()["id"]
    uri = address.replace("http://", "ws://") + f"api/kernels/{kernel}/channels"
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "",
              "session": uuid.uuid4().hex, "version": "5.3", "date": ""}  # fmt: skip
    async with connect(uri, additional_headers=headers) as ws, asyncio.timeout(60):
        await ws.send(json.dumps({"header": header, "parent_header": {}, "metadata": {},
                                  "content": content, "channel": "shell"}))  # fmt: skip
        async for text in ws:
            message = json.loads(text)
            if message["header"]["msg_type"] == "stream":
                return str(message["content"]["text"])
    raise AssertionError("the kernel has printed nothing")


def test_a_kernel_executes_and_the_session_outlives_the_hub(hub: Hub) -> None:
    ada = hub.person("ada")
    session = hub.session("ada")
    hub.begin(session)
    host = hub.host(session)
    address = hub.address(session)
    assert asyncio.run(execute(hub, address, ada, "print(6 * 7)")) == "42\n"

    hub.kill()
    # The proxy, the gate and the session go on without it.
    assert asyncio.run(execute(hub, address, ada, "print('alive')")) == "alive\n"
    hub.start()
    assert hub.server(session)["ready"] and hub.host(session) == host
    assert asyncio.run(execute(hub, address, ada, "print('still')")) == "still\n"

    below = descendants(host)
    assert len(below) > 2
    hub.end(session)
    assert all_gone(below)
    assert state(read_session(hub.settings.sessions, session.id)) == "stopped"
    gone = httpx.get(hub.address(session, "api"), headers={"Authorization": f"token {ada}"})
    assert gone.status_code in (404, 424, 503)


def test_a_stopped_session_is_taken_up_again(hub: Hub) -> None:
    ada = hub.person("ada")
    session = hub.session("ada")
    hub.begin(session)
    headers = {"Authorization": f"token {ada}"}
    file = hub.address(session, "api/contents/kept.txt")
    body = {"type": "file", "format": "text", "content": "my work"}
    assert httpx.put(file, json=body, headers=headers).status_code == 201
    hub.end(session)
    hub.begin(session)
    assert httpx.get(file, headers=headers).json()["content"] == "my work"
    hub.end(session)


@pytest.mark.parametrize(
    ("person", "name", "status"),
    [
        ("eve", "{}", 403),
        ("ada", "{}x", 404),
        ("ada", "aaaaaaaaaaaaaaaaaaaa", 404),
        ("ada", "", 404),
    ],
)
def test_what_is_not_ones_own_session_does_not_start(
    hub: Hub, person: str, name: str, status: int
) -> None:
    token = hub.person(person)
    session = hub.session("ada")
    path = f"users/{person}/servers/{name.format(session.id)}".removesuffix("/servers/")
    path = path if name else f"users/{person}/server"
    assert hub.api("POST", path, token=token).status_code == status
    assert state(session) == "stopped"


def test_what_a_client_sends_along_counts_for_nothing(hub: Hub) -> None:
    ada = hub.person("ada")
    session, other = hub.session("ada"), hub.session("eve")
    options = {"session": other.id, "cmd": ["/bin/sh", "-c", "echo"], "args": [other.id], "env": {}}
    path = f"users/ada/servers/{session.id}"
    assert hub.api("POST", path, token=ada, json=options).status_code in (201, 202)
    assert state(other) == "stopped"
    words = Path(f"/proc/{hub.host(session)}/cmdline").read_bytes().split(b"\0")
    assert words[-2] == session.id.encode()
    hub.end(session)


def test_the_hubs_secrets_enter_no_container(hub: Hub) -> None:
    ada = hub.person("ada")
    session = hub.session("ada")
    hub.begin(session)
    host = hub.host(session)
    environ = Path(f"/proc/{host}/environ").read_bytes()
    [secret] = re.findall(rb"JUPYTERHUB_API_TOKEN=([^\0]+)", environ)
    for pid in descendants(host) - {host}:
        assert secret not in Path(f"/proc/{pid}/environ").read_bytes()
        assert b"JUPYTERHUB_" not in Path(f"/proc/{pid}/environ").read_bytes()
        assert secret not in Path(f"/proc/{pid}/cmdline").read_bytes()
    code = "import os; print(sorted(n for n in os.environ if 'HUB' in n))"
    assert asyncio.run(execute(hub, hub.address(session), ada, code)) == "[]\n"
    for log in (session.directory / "logs").iterdir():
        assert secret not in log.read_bytes() and ada.encode() not in log.read_bytes()
    hub.end(session)


def test_a_host_that_is_killed_leaves_nothing_running(hub: Hub) -> None:
    hub.person("ada")
    session = hub.session("ada")
    hub.begin(session)
    below = descendants(hub.host(session))
    os.kill(hub.host(session), signal.SIGKILL)
    assert all_gone(below)
    hub.wait_until_stopped(session)
    hub.begin(session)
    assert hub.server(session)["ready"]
    hub.end(session)


def test_an_idle_session_ends_by_itself(hub: Hub) -> None:
    with serving_again(hub, BINDER_LITE_SERVE_IDLE_SECONDS="3") as other:
        other.person("ada")
        session = other.session("ada")
        began = time.monotonic()
        other.begin(session)
        below = descendants(other.host(session))
        other.wait_until_stopped(session)
        assert time.monotonic() - began < 30
        assert all_gone(below)
        assert "no activity for 3 s" in (session.directory / "logs/start.jsonl").read_text()


def serving_again(hub: Hub, **variables: str):  # type: ignore[no-untyped-def]
    """Run another hub with the environments that the first has built."""
    directory = hub.directory / f"again-{time.monotonic_ns()}"
    directory.mkdir(mode=0o711)
    (directory / "data").mkdir()
    for name in ("environments", "builds"):
        (directory / "data" / name).symlink_to(hub.settings.data / name)
    return serving(directory, **variables)
