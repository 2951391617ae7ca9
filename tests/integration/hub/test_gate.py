# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate lets its owner through to the session's server, and nobody else."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from integration.hub.gate_world import INNER, LONG_AGO, OTHER, OWNER, PREFIX, World, world

LAB = PREFIX + "lab"
AS_OWNER = {"Authorization": f"token {OWNER}"}
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
SITE = "https://site.example"


@pytest.fixture
def directory() -> Iterator[Path]:
    # A socket's path is short.
    with tempfile.TemporaryDirectory(prefix="gate-") as made:
        yield Path(made)


@pytest.fixture
async def there(directory: Path) -> AsyncIterator[World]:
    async with world(directory) as made:
        yield made


async def log_in(there: World, code: str = "ada") -> httpx.Response:
    """Do what a browser does that is sent to the hub, and log in there as ``code``."""
    sent = await there.http.get(LAB, headers=PAGE)
    assert sent.status_code == 302
    [state] = parse_qs(urlsplit(sent.headers["location"]).query)["state"]
    back = f"{PREFIX}oauth_callback?code={code}&state={state}"
    landed = await there.http.get(back, headers=PAGE)
    assert landed.status_code == 302 and landed.headers["location"] == LAB
    return await there.http.get(LAB, headers=PAGE)


@pytest.mark.parametrize("path", ["", "lab", "api/contents", "static/x.js", "files/secret"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "token forged"},
        {"Authorization": f"token {INNER}"},
        {"Authorization": f"token {OTHER}"},
        {"Cookie": "jupyterhub-user-ada-abc=forged"},
    ],
)
async def test_a_stranger_reaches_nothing(
    there: World, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await there.http.request(method, PREFIX + path, headers=headers)
    assert answer.status_code == 403
    assert not there.seen


async def test_a_browser_is_sent_to_the_hub_and_comes_back(there: World) -> None:
    answer = await log_in(there)
    assert answer.status_code == 200
    assert answer.text == f"GET {LAB} 0"


async def test_somebody_else_who_is_logged_in_is_refused(there: World) -> None:
    answer = await log_in(there, code="eve")
    assert answer.status_code == 403
    assert "somebody else" in answer.text
    assert not there.seen


async def test_the_login_of_another_browser_is_not_taken(there: World) -> None:
    sent = await there.http.get(LAB, headers=PAGE)
    [state] = parse_qs(urlsplit(sent.headers["location"]).query)["state"]
    there.http.cookies.clear()
    answer = await there.http.get(f"{PREFIX}oauth_callback?code=ada&state={state}")
    assert answer.status_code == 403


async def test_after_logging_out_nothing_is_reached(there: World) -> None:
    await log_in(there)
    out = await there.http.get(PREFIX + "logout", headers=PAGE)
    assert out.headers["location"] == "/hub/logout"
    assert (await there.http.get(LAB, headers=PAGE)).status_code == 302


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_goes_through(there: World, method: str) -> None:
    body = b"" if method in ("GET", "OPTIONS") else b"12345"
    path = PREFIX + "api/contents/a%2Fb?x=1"
    answer = await there.http.request(method, path, headers=AS_OWNER, content=body)
    assert answer.text == f"{method} {path} {len(body)}"


async def test_no_secret_of_the_hub_goes_in_and_none_of_the_servers_out(there: World) -> None:
    await log_in(there)
    there.http.cookies.set("jupyterhub-session-id", "s3cret", path="/")
    there.seen.clear()
    answer = await there.http.get(LAB + f"?token={OWNER}&x=1", headers=PAGE)
    [request] = there.seen
    everything = request.uri + str(request.headers)
    assert request.headers["Authorization"] == f"token {INNER}"
    assert request.uri == LAB + "?x=1"
    assert OWNER not in everything and "s3cret" not in everything
    assert "jupyterhub" not in everything
    assert request.headers.get("Cookie") == "theme=dark"  # Its own, from the page before.
    assert INNER not in str(answer.headers) + answer.text


async def test_an_answer_works_on_the_session_only(there: World) -> None:
    answer = await there.http.get(LAB, headers=AS_OWNER)
    assert answer.headers.get_list("set-cookie") == [f"abc-theme=dark; Path={PREFIX}"]
    assert "clear-site-data" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


async def test_a_script_needs_the_pages_token(there: World) -> None:
    await log_in(there)
    there.seen.clear()
    fetch = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
    contents = PREFIX + "api/contents"
    for method in ("GET", "POST", "PUT", "DELETE"):
        refused = await there.http.request(method, contents, headers=fetch)
        assert refused.status_code == 403, method
    # A form of another site's.
    refused = await there.http.post(contents, headers={"Sec-Fetch-Mode": "navigate"})
    assert refused.status_code == 403
    assert not there.seen
    token = there.http.cookies.get("_xsrf", path=PREFIX)
    for method in ("GET", "POST", "PUT", "DELETE"):
        told = {**fetch, "X-XSRFToken": token or ""}
        assert (await there.http.request(method, contents, headers=told)).status_code == 200


async def test_a_refusal_waits_for_a_small_body_and_not_for_a_long_one(there: World) -> None:
    # What is told before the body closes the connection, while the proxy is still writing.
    request = f"POST {PREFIX}api/kernels HTTP/1.1\r\nHost: hub.example\r\nContent-Length: "
    reader, writer = await asyncio.open_unix_connection(str(there.gate))
    for _ in range(2):
        writer.write(f"{request}2\r\n\r\n{{}}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 403 ")
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length:"))
        await reader.readexactly(int(length.split()[1]))
    writer.write(f"{request}{2**30}\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    await reader.read()  # Until it is closed.
    writer.close()
    assert not there.seen


async def test_a_pages_elements_need_no_token(there: World) -> None:
    await log_in(there)
    module = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "script"}
    assert (await there.http.get(PREFIX + "x.js", headers=module)).status_code == 200
    assert (await there.http.post(PREFIX + "x.js", headers=module)).status_code == 403
    module["Sec-Fetch-Site"] = "cross-site"
    assert (await there.http.get(PREFIX + "x.js", headers=module)).status_code == 403


async def test_a_long_upload_is_not_kept_in_memory(there: World) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 2**20

    answer = await there.http.put(PREFIX + "files/x", headers=AS_OWNER, content=body())
    assert answer.text.endswith(f" {64 * 2**20}")


async def test_an_answer_comes_as_it_is_written(there: World) -> None:
    chunks = []
    async with there.http.stream("GET", PREFIX + "slow", headers=AS_OWNER) as answer:
        async for chunk in answer.aiter_raw():
            chunks.append(chunk)
    assert chunks == [b"first ", b"second"]


async def test_the_servers_token_is_taken_out_of_its_pages(there: World) -> None:
    headers = {**AS_OWNER, **PAGE, "Accept-Encoding": "gzip"}
    answer = await there.http.get(PREFIX + "token", headers=headers)
    assert answer.text == '<script>{"token": ""}</script>'


async def test_redirects_are_kept(there: World) -> None:
    answer = await there.http.get(PREFIX + "redirect", headers=AS_OWNER)
    assert answer.status_code == 302 and answer.headers["location"] == LAB + "?reset"


async def test_an_answer_that_breaks_off_is_not_taken_for_whole(there: World) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await there.http.get(PREFIX + "breaks", headers=AS_OWNER)


async def test_a_server_that_does_not_answer_has_a_page(there: World) -> None:
    there.inner.unlink()
    answer = await there.http.get(LAB, headers={**AS_OWNER, **PAGE})
    assert answer.status_code == 503
    assert "<h1>The session&#x27;s server does not answer</h1>" in answer.text
    answer = await there.http.get(PREFIX + "api/status", headers=AS_OWNER)
    assert answer.status_code == 503 and "does not answer" in answer.json()["message"]


async def test_a_socket_that_the_session_replaced_is_not_opened(
    there: World, directory: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as host:
        host.bind(str(directory / "host.sock"))
        host.listen()
        host.setblocking(False)
        there.inner.unlink()
        os.symlink(directory / "host.sock", there.inner)
        assert (await there.http.get(LAB, headers=AS_OWNER)).status_code == 503
        with pytest.raises(BlockingIOError):
            host.accept()


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_token_in_the_address_counts_only_where_it_may(
    directory: Path, allowed: bool
) -> None:
    async with world(directory, token_in_url=allowed) as there:
        answer = await there.http.get(PREFIX + f"api/kernels?token={OWNER}")
        assert answer.status_code == (200 if allowed else 403)


async def test_only_configured_sites_may_call(directory: Path) -> None:
    async with world(directory, origins=frozenset({SITE})) as there:
        asking = {"Access-Control-Request-Method": "POST", "Origin": SITE}
        answer = await there.http.options(PREFIX + "api/kernels", headers=asking)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == SITE
        assert "access-control-allow-credentials" not in answer.headers
        asking["Origin"] = "https://other.example"
        answer = await there.http.options(PREFIX + "api/kernels", headers=asking)
        assert "access-control-allow-origin" not in answer.headers
        answer = await there.http.get(PREFIX + "api/kernels", headers={**AS_OWNER, "Origin": SITE})
        assert answer.headers.get_list("access-control-allow-origin") == [SITE]
        assert not any("preflight" in str(request) for request in there.seen)


async def test_all_sites_may_call_where_the_operator_says_so(directory: Path) -> None:
    async with world(directory, origins=frozenset({"*"})) as there:
        answer = await there.http.get(PREFIX + "api/kernels", headers={**AS_OWNER, "Origin": SITE})
        assert answer.status_code == 200
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert "access-control-allow-credentials" not in answer.headers
        async with connecting(there, headers={"Origin": SITE}) as ws:
            await ws.send("text")
            assert await ws.recv()


def connecting(there: World, path: str = "ws", **more: Any) -> connect:
    headers = {**AS_OWNER, **more.pop("headers", {})}
    uri = f"ws://hub.example{PREFIX}{path}"
    return unix_connect(str(there.gate), uri, additional_headers=headers, max_size=None, **more)


async def test_messages_go_both_ways_as_they_are(there: World) -> None:
    async with connecting(there, subprotocols=[Subprotocol("x"), Subprotocol("v1.kernel")]) as ws:
        assert ws.subprotocol == "v1.kernel"
        for message in ("text ä", b"\0binary", b"x" * 2**22, ""):
            await ws.send(message)
            assert await ws.recv() == message
        await (await ws.ping())
    [inner] = there.seen
    assert inner.request.headers["Authorization"] == f"token {INNER}"
    assert "Origin" not in inner.request.headers
    assert there.traffic.last > LONG_AGO


async def test_the_servers_close_code_reaches_the_browser(there: World) -> None:
    async with connecting(there) as ws:
        await ws.send("end")
        with pytest.raises(ConnectionClosed) as caught:
            await ws.recv()
    assert caught.value.rcvd and caught.value.rcvd.code == 4001
    assert caught.value.rcvd.reason == "as you say"


async def test_the_browsers_close_code_reaches_the_server(there: World) -> None:
    async with connecting(there) as ws:
        await ws.close(4002, "bye")
    [inner] = there.seen
    async with asyncio.timeout(5):
        while inner.closed_with is None:
            await asyncio.sleep(0.01)
    assert inner.closed_with == (4002, "bye")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("ws", {"Authorization": ""}, 403),
        ("ws", {"Authorization": f"token {OTHER}"}, 403),
        ("ws", {"Origin": "https://other.example"}, 403),
        ("ws", {"Origin": "null"}, 403),
        ("ws-refused", {}, 404),
    ],
)
async def test_a_websocket_is_refused(
    there: World, path: str, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connecting(there, path, headers=headers)
    assert caught.value.response.status_code == status


async def test_a_page_of_the_same_host_opens_a_websocket(there: World) -> None:
    async with connecting(there, headers={"Origin": "https://hub.example"}) as ws:
        await ws.send("x")
        assert await ws.recv() == "x"


async def test_an_open_page_that_asks_for_news_is_no_activity(there: World) -> None:
    await there.http.get(PREFIX + "api/kernels", headers=AS_OWNER)
    assert there.traffic.last == LONG_AGO
    await there.http.put(PREFIX + "api/contents/x", headers=AS_OWNER)
    assert there.traffic.last > LONG_AGO


async def test_tokens_are_not_logged(there: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await there.http.put(LAB + f"?token={OWNER}", headers=AS_OWNER)
    ours = [r for r in caplog.records if r.name.startswith("binder_lite")]
    assert ours and OWNER not in "".join(record.getMessage() for record in ours)
