# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions on hosts of their own, behind nginx with TLS: what one tries on all else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from end_to_end.repositories import git, make_repository
from end_to_end.serving import forge, serving, short_place
from integration.login.running import CLIENT, SECRET, free_port, openid_provider, running
from integration.login.test_behind_nginx import (
    FLAGS,
    HOST,
    PEOPLE,
    in_page,
    nginx_configuration,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs("nginx", "openssl", "chromium", "git"),
    pytest.mark.timeout(400),
]

# What a hostile session's page does with the browser of the person who has opened it.
_ATTACK = """
async ({ root, host, other }) => {
  document.cookie = `binder-lite-xsrf=tossed; domain=${host}; path=/notebooks/; secure`;
  document.cookie = `_xsrf=tossed; domain=${host}; path=/notebooks/; secure`;
  const id = new URL(other).host.split(".")[0];
  const tell = url => fetch(`${url}?_xsrf=tossed`, {
    method: "POST", mode: "no-cors", credentials: "include", body: "{}",
    headers: { "Content-Type": "text/plain" },
  }).then(() => "", () => "");
  const read = url =>
    fetch(url, { credentials: "include" }).then(answer => answer.text(), () => "");
  const socket = url => new Promise(done => {
    const opened = new WebSocket(url);
    opened.onopen = () => done("open");
    opened.onerror = () => done("refused");
  });
  const person = other.split("/user/")[1].split("/")[0];
  await tell(`${root}api/sessions/${id}/stop`);
  await tell(`${root}hub/api/users/${person}/tokens`);
  await tell(`${root}hub/logout`);
  await tell(`${other}api/kernels`);
  const frame = document.body.appendChild(document.createElement("iframe"));
  const loaded = new Promise(done => { frame.onload = done; });
  frame.src = root;
  await loaded;
  let framed = "";
  try { framed = frame.contentDocument ? frame.contentDocument.body.innerText : ""; } catch {}
  return {
    sessions: await read(`${root}api/sessions`),
    page: await read(root),
    hub: await read(`${root}hub/api/user`),
    other: await read(`${other}api/kernels`),
    lab: await read(`${other}lab`),
    cookies: document.cookie,
    framed,
    socket: await socket(other.replace("https:", "wss:") + "api/events/subscribe"),
  };
}
"""
_OWN_SOCKET = """
url => new Promise(done => {
  const opened = new WebSocket(url);
  opened.onopen = () => done("open");
  opened.onerror = () => done("refused");
})
"""


def settings_of(root: str, issuer: str) -> str:
    return (
        f'public_url = "{root}"\nprefix = "/notebooks/"\nsession_host = "*.{HOST}"\n'
        f'[login]\nkind = "oidc"\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n'
        f'client_secret = "{SECRET}"\n[allow]\nusers = ["1001"]\n'
    )


async def log_in(page: Page, root: str) -> None:
    await page.goto(f"{root}login")
    await expect(page).to_have_title("Provider")
    await page.get_by_label("Account").fill("ada")
    await page.get_by_role("button").click()
    await page.wait_for_url(root)


async def launch(page: Page, root: str, repository: str) -> str:
    """Launch by the page, and return the session's address."""
    await page.goto(root)
    await page.get_by_label("Repository").fill(repository)
    await page.get_by_role("button", name="Launch").click()
    await page.wait_for_url("**/user/**", timeout=180_000)
    person, session = page.url.split("/user/")[1].split("/")[:2]
    address = f"https://{session}.{urlsplit(root).netloc}/notebooks/user/{person}/{session}/"
    assert page.url.startswith(address)
    return address


async def attack(context: BrowserContext, evil: str, other: str, root: str) -> None:
    """Let a session's page try what it can, while its person is logged in everywhere."""
    page = await context.new_page()
    # Its own script would be the notebook's; where it stands is what counts.
    await page.goto(f"{evil}lab")
    statuses: dict[str, int] = {}

    def note(answer: Any) -> None:
        if answer.request.method == "POST":
            statuses[answer.url] = answer.status

    page.on("response", note)
    words = {"root": root, "host": HOST, "other": other}
    got = await page.evaluate(_ATTACK, words)
    assert "binder-lite-xsrf=tossed" in got.pop("cookies"), "the attack was not made"
    assert got == {
        "sessions": "", "page": "", "hub": "", "other": "", "lab": "", "framed": "",
        "socket": "refused",
    }  # fmt: skip
    told = {url: status for url, status in statuses.items() if not url.startswith(evil)}
    assert len(told) == 4 and set(told.values()) == {403}, told
    await page.close()


async def test_a_session_reaches_neither_the_server_nor_another_session(
    provider_program: Path, tmp_path: Path
) -> None:
    study = make_repository("requirements-txt", tmp_path)
    tls, plain, behind = free_port(), free_port(), free_port()
    origin = f"https://{HOST}:{tls}"
    root = f"{origin}/notebooks/"
    file = nginx_configuration(tmp_path, tls=tls, plain=plain, behind=behind, session_hosts=True)
    nginx = (str(shutil.which("nginx")), "-c", str(file), "-p", str(tmp_path))
    callback = f"{root}hub/oauth_callback"
    with short_place() as place:
        git(tmp_path, "clone", "--quiet", "--bare", str(study), str(place / "git" / "study.git"))
        async with openid_provider(
            provider_program, tmp_path, callback, PEOPLE
        ) as provider, running(nginx, tmp_path / "nginx.log"):  # fmt: skip
            settings = settings_of(origin, provider.issuer)
            with (
                forge(place / "git") as sources,
                serving(place, sources, settings, port=behind, path="/notebooks/"),
            ):
                try:
                    await walk(root, f"{sources}/study.git")
                finally:
                    print((place / "log").read_text()[-6000:])


async def walk(root: str, repository: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        try:
            context = await browser.new_context(ignore_https_errors=True)
            page = await context.new_page()
            page.set_default_timeout(60_000)
            await log_in(page, root)
            other = await launch(page, root, repository)
            events = other.replace("https:", "wss:") + "api/events/subscribe"
            assert await page.evaluate(_OWN_SOCKET, events) == "open"
            evil = await launch(page, root, repository)
            await page.goto(f"{root}sessions")
            before = await in_page(page, "/notebooks/api/sessions")
            assert {each["state"] for each in before} == {"running"} and len(before) == 2
            assert {each["url"].partition("lab")[0] for each in before} == {other, evil}

            await attack(context, evil, other, root)

            after = await in_page(page, "/notebooks/api/sessions")
            assert {each["state"] for each in after} == {"running"}, "the attack stopped one"
            names = {str(each.get("name")) for each in await context.cookies()}
            for login in ("jupyterhub-hub-login", "service-binder-lite", "binder-lite-xsrf"):
                assert f"__Host-{login}" in names
            assert any(name.startswith("__Host-jupyterhub-user-") for name in names)

            # The path on the server's own host leads to the session, for as long as it runs.
            await page.goto(f"{root}user/{evil.partition('/user/')[2]}lab")
            assert page.url.startswith(evil)
            await page.goto(f"{root}sessions")
            await page.get_by_role("button", name="Stop").first.click()
            await expect(page.get_by_role("link", name="Resume")).to_be_visible()
            await page.goto(f"{evil}lab")
            assert page.url == f"{root}sessions"
            async with httpx.AsyncClient(trust_env=False, verify=False) as client:
                ended = urlsplit(evil)
                asked = f"https://127.0.0.1:{ended.port}{ended.path}api/status"
                headers = {"Host": ended.netloc, "Sec-Fetch-Mode": "cors"}
                answer = await client.get(asked, headers=headers)
                assert answer.status_code == 404 and "Set-Cookie" not in answer.headers
        finally:
            await browser.close()
