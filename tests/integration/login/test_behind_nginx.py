# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole server behind a real nginx, as the example sets it up: TLS, and below a path."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from binder_lite.cli.checks.server import UPGRADE, wrongly_passed_on
from binder_lite.hub.settings import read_server_settings
from integration.login.running import (
    CLIENT,
    SECRET,
    free_port,
    openid_provider,
    running,
    until_answers,
)

pytestmark = [pytest.mark.needs("nginx", "openssl", "chromium"), pytest.mark.timeout(240)]

EXAMPLE = Path(__file__).parents[3] / "examples" / "serve" / "nginx.conf"
HOST = "notebooks.example.org"
PEOPLE = {"ada": {"sub": "1001", "name": "Ada L.", "email": "ada@example.org"}}
FLAGS = [
    "--no-sandbox", "--no-proxy-server",
    f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP *.{HOST} 127.0.0.1",
]  # fmt: skip
_AROUND = """\
daemon off;
pid {directory}/pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/site.conf;
}}
"""


def make_certificate(directory: Path) -> None:
    """Write ``key.pem`` and a ``cert.pem`` that nobody has signed."""
    command = (
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
        "-keyout", f"{directory}/key.pem", "-out", f"{directory}/cert.pem",
    )  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def nginx_configuration(
    directory: Path, *, tls: int, plain: int, behind: int, session_hosts: bool = False
) -> Path:
    """Write the example with the ports, certificate and directories of this test."""
    make_certificate(directory)
    text = EXAMPLE.read_text()
    changes = {
        f"/etc/letsencrypt/live/{HOST}/fullchain.pem": f"{directory}/cert.pem",
        f"/etc/letsencrypt/live/{HOST}/privkey.pem": f"{directory}/key.pem",
        "/var/log/nginx": str(directory),
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{tls} ssl;",
        "http://127.0.0.1:8000": f"http://127.0.0.1:{behind}",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    if session_hosts:
        names = f"server_name {HOST};"
        assert names in text
        text = text.replace(names, f"server_name {HOST} *.{HOST};")
    (directory / "site.conf").write_text(text)
    file = directory / "nginx.conf"
    file.write_text(_AROUND.format(directory=directory))
    return file


def serve_toml(directory: Path, port: int, root: str, issuer: str) -> Path:
    file = directory / "serve.toml"
    file.write_text(
        f'bind = "127.0.0.1:{port}"\npublic_url = "{root}"\nprefix = "/notebooks/"\n'
        f'data = "data"\nspares = 0\n[login]\nkind = "oidc"\nissuer = "{issuer}"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n[allow]\nusers = ["1001"]\n'
    )
    file.chmod(0o600)
    return file


async def in_page(page: Page, path: str) -> Any:
    return await page.evaluate("path => fetch(path).then(answer => answer.json())", path)


async def walk(root: str) -> None:
    """Log in, look around and log out, in a browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        try:
            context = await browser.new_context(ignore_https_errors=True)
            page = await context.new_page()
            await page.goto(f"{root}/notebooks")
            assert page.url == f"{root}/notebooks/"
            before = await in_page(page, "api/config")
            assert before["user"] is None and not before["anonymous"]
            assert before["public_url"] == f"{root}/notebooks/"
            await page.goto(f"{root}{before['login_url']}")
            await expect(page).to_have_title("Provider")
            await page.get_by_label("Account").fill("ada")
            await page.get_by_role("button").click()
            await page.wait_for_url(f"{root}/notebooks/**")
            after = await in_page(page, "/notebooks/api/config")
            assert after["user"] and not after["user"]["admin"]
            mine = [each for each in await context.cookies() if each.get("domain") == HOST]
            secret = [each for each in mine if "xsrf" not in str(each.get("name"))]
            assert {each.get("path") for each in secret} <= {"/notebooks/", "/notebooks/hub/"}
            assert secret and all(each.get("secure") and each.get("httpOnly") for each in secret)
            await page.goto(f"{root}/notebooks/hub/login?next=https://evil.example.org/")
            assert page.url.startswith(f"{root}/notebooks/")
            await page.goto(f"{root}{after['logout_url']}")
            await page.goto(f"{root}/notebooks/")
            assert (await in_page(page, "api/config"))["user"] is None
        finally:
            await browser.close()


async def test_the_whole_server_behind_nginx(provider_program: Path, tmp_path: Path) -> None:
    tls, plain, behind = free_port(), free_port(), free_port()
    configuration = nginx_configuration(tmp_path, tls=tls, plain=plain, behind=behind)
    nginx = (str(shutil.which("nginx")), "-c", str(configuration), "-p", str(tmp_path))
    async with running(nginx, tmp_path / "nginx.log"):
        await serve_and_walk(provider_program, tmp_path, tls=tls, behind=behind)


async def serve_and_walk(provider_program: Path, directory: Path, *, tls: int, behind: int) -> None:
    """Serve at port ``behind``, and use the server through the proxy at port ``tls``."""
    root = f"https://{HOST}:{tls}"
    program = Path(sys.executable).with_name("binder-lite")
    log = directory / "serve.log"
    callback = f"{root}/notebooks/hub/oauth_callback"
    async with openid_provider(provider_program, directory, callback, PEOPLE) as provider:
        settings = serve_toml(directory, behind, root, provider.issuer)
        serve = (str(program), "serve", "--config", str(settings))
        async with running(serve, log) as process:
            address = f"http://127.0.0.1:{behind}/notebooks/health"
            await until_answers(address, process, log)
            await until_launchable(address)
            await looks_right_to_the_doctor(tls, settings)
            await walk(root)
    said = log.read_text()
    assert SECRET not in said
    assert "oauth_callback?code=[secret]" in said


async def looks_right_to_the_doctor(tls: int, file: Path) -> None:
    """See that what the doctor asks for comes through nginx; nobody knows the host's name here."""
    settings = read_server_settings(file)
    headers = {**UPGRADE, "Host": urlsplit(settings.public_url).netloc}
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        address = f"https://127.0.0.1:{tls}/notebooks/health/seen"
        answer = await client.get(address, headers=headers, extensions={"sni_hostname": HOST})
    assert wrongly_passed_on(settings, answer.json()) == []


async def until_launchable(address: str) -> None:
    """Wait until the hub, the proxy and the service all answer."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(600):
            if (await client.get(address)).status_code == 200:
                return
            await asyncio.sleep(0.1)
    raise AssertionError("the server does not come up")
