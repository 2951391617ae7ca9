# SPDX-License-Identifier: GPL-3.0-or-later
"""BinderHub's own clients, as npm has them, against a server: to a kernel that executes code."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Page, expect

from end_to_end.notebook_client import open_client
from end_to_end.notebook_page import open_page
from end_to_end.refusals import make_repository
from end_to_end.repositories import git
from end_to_end.serving import forge, serving, short_place
from integration.login.running import node
from npm import install
from web_servers import http_server

pytestmark = [pytest.mark.slow, pytest.mark.needs("git"), pytest.mark.timeout(300)]

_CLIENTS = Path(__file__).parent / "clients"
_SECONDS = 180
_LOGIN = """
[login]
kind = "jupyterhub.auth.DummyAuthenticator"
options.password = "open sesame"
[allow]
everyone = true
"""
_PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
Event = Mapping[str, Any]


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory that holds both clients."""
    return install(_CLIENTS, tmp_path_factory.mktemp("clients"))


@dataclass(frozen=True, slots=True)
class World:
    """A server, a forge with repositories, and a site whose pages the server lets in."""

    server: str
    forge: str
    site: str

    def spec(self, repository: str) -> str:
        """Return the spec of one of the forge's repositories."""
        return f"git/{quote(f'{self.forge}/{repository}.git', safe='')}/main"


class _Pages(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def site(directory: Path) -> Iterator[str]:
    """Serve the files of a directory on a port of their own, as another site does."""
    with http_server(partial(_Pages, directory=str(directory))) as port:
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def world(clients: Path, settings: str = "") -> Iterator[World]:
    """Run all three; the server has ``settings`` besides."""
    with short_place() as place, site(clients) as pages, forge(place / "git") as url:
        for name, files in {
            "study": {"requirements.txt": ""},
            "guix": {"manifest.scm": '(specifications->manifest (list "python"))\n'},
            "broken": {"requirements.txt": "this is no requirement\n"},
        }.items():
            made = make_repository(place / "work" / name, files)
            git(place, "clone", "--quiet", "--bare", str(made), str(place / f"git/{name}.git"))
        with serving(place, url, f'cors_origins = ["{pages}"]\n{settings}') as server:
            yield World(server, url, pages)


@pytest.fixture(scope="module")
def open_world(clients: Path) -> Iterator[World]:
    """A server that anybody may use."""
    with world(clients, "[limits]\nsessions_per_person = 0\n") as made:
        yield made


async def launch(
    clients: Path, there: World, repository: str, *, more: str = "", code: str = "", **options: Any
) -> list[Event]:
    """Launch with ``@jupyterhub/binderhub-client``; return the events that it tells.

    ``more`` stands behind the spec, as a query.
    """
    words = {
        "endpoint": f"{there.server}build/",
        "spec": there.spec(repository) + more,
        "options": options,
        "code": code,
    }
    program = node()
    assert program
    process = await asyncio.create_subprocess_exec(
        program, "launch.mjs", json.dumps(words),
        cwd=clients, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(_SECONDS):
        out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]


def of_phase(events: list[Event], phase: str) -> Event:
    """Return the one event of a phase."""
    found = [event for event in events if event["phase"] == phase]
    assert len(found) == 1, events
    return found[0]


async def test_the_client_reaches_a_kernel(clients: Path, open_world: World) -> None:
    events = await launch(clients, open_world, "study", code="import os; print(os.environ)")
    assert of_phase(events, "built")["imageName"]
    ready = of_phase(events, "ready")
    spec = open_world.spec("study")
    assert ready["url"].startswith(f"{open_world.server}user/") and ready["url"].endswith("/")
    assert ready["binder_launch_host"] == open_world.server
    assert ready["binder_request"] == f"v2/{spec}"
    assert re.fullmatch(
        re.escape(f"v2/{spec.removesuffix('main')}") + "[0-9a-f]{40}",
        ready["binder_persistent_request"],
    )
    assert ready["repo_url"] == f"{open_world.forge}/study"
    assert ready["image"] and ready["binder_ref_url"]
    said = of_phase(events, "executed")["message"]
    assert f"'BINDER_REQUEST': 'v2/{spec}'" in said
    assert ready["token"] not in said
    async with open_client(ready["url"], ready["token"]) as client:
        assert (await client.run_code("print(6 * 7)")).text == "42\n"


@pytest.mark.needs("guix")
async def test_the_client_reaches_a_kernel_of_guix(clients: Path, open_world: World) -> None:
    events = await launch(clients, open_world, "guix", code="import sys; print(sys.base_prefix)")
    ready = of_phase(events, "ready")
    assert ready["engine"] == "guix"
    assert of_phase(events, "executed")["message"].startswith("/gnu/store/")
    async with open_client(ready["url"], ready["token"]) as client:
        assert (await client.run_code("print(6 * 7)")).text == "42\n"


@pytest.mark.needs("guix")
async def test_the_classic_notebook_of_a_profile_is_served(
    clients: Path, open_world: World
) -> None:
    events = await launch(
        clients, open_world, "guix", more="?ui=notebook&filepath=index.ipynb", code="print(6 * 7)"
    )
    ready = of_phase(events, "ready")
    assert of_phase(events, "executed")["message"] == "42\n"
    async with open_client(ready["url"], ready["token"]) as client:
        assert "Jupyter Notebook" in await client.page("notebooks/index.ipynb")


async def test_build_only_makes_no_session(clients: Path, open_world: World) -> None:
    events = await launch(clients, open_world, "study", buildOnly=True)
    ready = of_phase(events, "ready")
    assert "url" not in ready and "token" not in ready
    assert of_phase(events, "built")["imageName"]


async def test_a_repository_that_cannot_be_built_is_told(clients: Path, open_world: World) -> None:
    events = await launch(clients, open_world, "broken")
    failed = of_phase(events, "failed")
    assert "requirements.txt" in failed["message"] and failed["status_code"] == 422
    none = await launch(clients, open_world, "none")
    assert of_phase(none, "failed")["code"] == "repository-not-found"


async def test_the_token_is_for_one_session_alone(clients: Path, open_world: World) -> None:
    launches = (launch(clients, open_world, "study") for _ in range(2))
    one, other = [of_phase(events, "ready") for events in await asyncio.gather(*launches)]
    assert one["url"] != other["url"] and one["token"] != other["token"]
    server, person = open_world.server, one["url"].split("/user/")[1].split("/")[0]
    async with httpx.AsyncClient(timeout=60) as http:
        for by in ({"params": {"token": one["token"]}}, bearing(one["token"])):
            assert (await http.get(f"{one['url']}api/kernels", **by)).status_code == 200
            assert (await http.get(f"{other['url']}api/kernels", **by)).status_code == 403
            # Whose it is JupyterHub lets every token tell; of the person's servers nothing.
            told = (await http.get(f"{server}hub/api/users/{person}", **by)).json()
            assert not set(told) & {"server", "servers", "auth_state", "last_activity"}, told
            for path in (f"users/{person}/tokens", "users", "proxy", "services"):
                answer = await http.get(f"{server}hub/api/{path}", **by)
                assert answer.status_code in (403, 404), path
            begun = await http.post(f"{server}hub/api/users/{person}/servers/another", **by)
            assert begun.status_code in (403, 404)
            more = await http.post(f"{server}hub/api/users/{person}/tokens", json={}, **by)
            assert more.status_code in (403, 404)
            assert (await http.get(f"{server}api/sessions", **by)).status_code in (401, 403)


def bearing(token: str) -> dict[str, Any]:
    """Return what sends a token in a request's header."""
    return {"headers": {"Authorization": f"token {token}"}}


@contextlib.asynccontextmanager
async def logged_in(there: World, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """Log in with the server's form, as a browser does."""
    async with httpx.AsyncClient(
        base_url=there.server, headers=_PAGE, follow_redirects=True, timeout=60
    ) as browser:
        form = await browser.get("login")
        [token] = re.findall(r'name="_xsrf" value="([^"]+)"', form.text)
        fields = {"username": name, "password": "open sesame", "_xsrf": token}
        done = await browser.post(str(form.url), data=fields)
        assert done.status_code == 200
        yield browser


async def api_token(browser: httpx.AsyncClient, name: str, scopes: list[str] | None) -> str:
    """Ask the hub for a token of one's own, as its page does."""
    page = await browser.get("hub/token")
    [xsrf] = re.findall(r'xsrf_token: "([^"]+)"', page.text)
    answer = await browser.post(
        f"hub/api/users/{name}/tokens",
        json={"note": "for a program", **({"scopes": scopes} if scopes else {})},
        headers={"X-XSRFToken": xsrf, "Referer": str(page.url), "Sec-Fetch-Mode": "cors"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def test_a_server_with_a_login_takes_api_tokens(clients: Path) -> None:
    with world(clients, _LOGIN) as there:
        refused = of_phase(await launch(clients, there, "study"), "failed")
        assert refused["status_code"] == 403 and "logged in" in refused["message"]
        forged = of_phase(await launch(clients, there, "study", apiToken="forged"), "failed")
        assert forged["status_code"] == 403
        async with logged_in(there, "ada") as browser:
            page = await browser.get(f"v2/{there.spec('study')}")
            [build_token] = re.findall(r'name="build-token" content="([^"]+)"', page.text)
            # Alone it logs nobody in: it only says that the page asked.
            alone = await launch(clients, there, "study", buildToken=build_token)
            assert of_phase(alone, "failed")["status_code"] == 403
            token = await api_token(browser, "ada", ["access:services!service=binder-lite"])
            narrow = await api_token(browser, "ada", ["read:users:name!user=ada"])
        events = await launch(
            clients, there, "study", code="print(6 * 7)", apiToken=token, buildToken=build_token
        )
        assert of_phase(events, "executed")["message"] == "42\n"
        ready = of_phase(events, "ready")
        assert "/user/ada/" in ready["url"]
        async with httpx.AsyncClient() as http:
            # What launches is no key to the session, and another's token does not launch.
            for other in (token, narrow):
                answer = await http.get(f"{ready['url']}api/kernels", **bearing(other))
                assert answer.status_code == 403
        events = await launch(clients, there, "study", apiToken=narrow)
        assert of_phase(events, "failed")["status_code"] == 403
        events = await launch(clients, there, "study", apiToken=token, buildToken="forged")
        assert of_phase(events, "failed")["code"] == "bad-token"


_READ = """async ([url, how]) => {
  try {
    return (await fetch(url, how)).status;
  } catch (error) {
    return error.name;
  }
}"""
_OPEN = """url => new Promise(done => {
  const socket = new WebSocket(url.replace("http", "ws"));
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
})"""


async def read(page: Page, url: str, **how: Any) -> Any:
    """Let a page's script ask for something; return the status, or the error's name."""
    return await page.evaluate(_READ, [url, how])


@pytest.mark.needs("chromium")
async def test_thebe_executes_on_a_page_of_another_site(clients: Path, open_world: World) -> None:
    there = open_world
    repository = f"{there.forge}/study.git"
    async with open_page() as tab:
        page = tab.page
        await page.goto(f"{there.site}/thebe.html")
        words = [there.server, repository, "print('executed', 6 * 7)"]
        ready = await page.evaluate("words => run(...words)", words)
        await expect(page.locator("#output")).to_have_text("executed 42")
        assert ready["url"].startswith(f"{there.server}user/")
        assert tab.errors == []
        await _cookies_do_not_count(page, there, ready)


async def _cookies_do_not_count(page: Page, there: World, ready: Mapping[str, str]) -> None:
    """Log the browser in, at the server and the session, and see what the other site's page can."""
    url, token = ready["url"], ready["token"]
    kernels = f"{url}api/kernels"
    assert await read(page, f"{kernels}?token={token}") == 200
    await page.goto(f"{there.server}login")
    await page.goto(f"{url}lab?token={token}")
    named = {each.get("name") for each in await page.context.cookies()}
    assert "service-binder-lite" in named and any("user" in str(name) for name in named)
    assert await read(page, kernels, credentials="same-origin") in (200, 403)
    await page.goto(f"{there.site}/thebe.html")
    kernel = await page.evaluate(
        "async url => (await (await fetch(url)).json())[0].id", f"{kernels}?token={token}"
    )
    channels = f"{kernels}/{kernel}/channels"
    assert await page.evaluate(_OPEN, f"{channels}?token={token}") == "open"
    assert await page.evaluate(_OPEN, channels) == "refused"
    asked = {"method": "POST", "body": "{}", "headers": {"Content-Type": "application/json"}}
    for credentials in ("include", "omit"):
        with_cookies = {"credentials": credentials}
        for address in (kernels, f"{there.server}api/sessions", f"{there.server}api/config"):
            assert await read(page, address, **with_cookies) in ("TypeError", 403)
        assert await read(page, kernels, **asked, **with_cookies) in ("TypeError", 403)


@pytest.mark.needs("chromium")
async def test_a_page_of_a_site_that_is_not_named_is_refused(
    clients: Path, open_world: World
) -> None:
    there = open_world
    ready = of_phase(await launch(clients, there, "study"), "ready")
    kernels, token = f"{ready['url']}api/kernels", ready["token"]
    with site(clients) as other:
        async with open_page() as tab:
            await tab.page.goto(f"{other}/thebe.html")
            words = [there.server, f"{there.forge}/study.git", "print('executed')"]
            said = await tab.page.evaluate("words => run(...words).catch(String)", words)
            assert "Lost connection to binder" in said
            assert await read(tab.page, f"{kernels}?token={token}") == "TypeError"
            asked = {"headers": {"Authorization": f"token {token}"}}
            assert await read(tab.page, kernels, **asked) == "TypeError"
            await tab.page.goto(f"{there.site}/thebe.html")
            assert await read(tab.page, kernels, **asked) == 200
