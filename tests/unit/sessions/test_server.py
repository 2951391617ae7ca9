# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_lite.errors import ServerFailed
from binder_lite.sessions.server import (
    ServerClient,
    last_lines,
    page_path,
    server_arguments,
    server_variables,
    shared_server_arguments,
)

# interface, path, whether it is a folder → page.
PAGES = [
    ("lab", "", True, "lab"),
    ("lab", "index.ipynb", False, "lab/tree/index.ipynb"),
    ("lab", "data", True, "lab/tree/data"),
    ("lab", "a b/ü – «α».py", False, "lab/tree/a%20b/%C3%BC%20%E2%80%93%20%C2%AB%CE%B1%C2%BB.py"),
    ("lab", "50%/a#b?c&d.ipynb", False, "lab/tree/50%25/a%23b%3Fc%26d.ipynb"),
    ("lab", "it's \"quoted\".ipynb", False, "lab/tree/it%27s%20%22quoted%22.ipynb"),
    ("lab", "line\nbreak.ipynb", False, "lab/tree/line%0Abreak.ipynb"),
    ("notebook", "", True, "tree"),
    ("notebook", "index.ipynb", False, "notebooks/index.ipynb"),
    ("notebook", "data", True, "tree/data"),
    ("notebook", "folder.ipynb", True, "tree/folder.ipynb"),
    ("notebook", "a#b.md", False, "edit/a%23b.md"),
]  # fmt: skip


@pytest.mark.parametrize(("ui", "path", "is_folder", "expected"), PAGES)
def test_page_path(ui: Any, path: str, is_folder: bool, expected: str) -> None:
    assert page_path(ui, path, is_folder=is_folder) == expected


@pytest.mark.parametrize("url_path", ["/rstudio", "rstudio"])
def test_a_source_may_say_which_page_it_wants(url_path: str) -> None:
    page = page_path("lab", "index.ipynb", is_folder=False, url_path=url_path)
    assert page == "rstudio"


def test_the_token_goes_by_the_environment() -> None:
    variables = server_variables("s3cret", {"JUPYTER_PATH": "/env/share/jupyter"})
    assert variables["JUPYTER_TOKEN"] == "s3cret"
    assert not [word for word in server_arguments("/") if "token" in word.lower()]


def test_the_server_listens_on_a_socket_of_the_session_s_own() -> None:
    words = server_arguments("/user/ada/")
    assert "--ServerApp.sock=/run/session/server.sock" in words
    assert "--ServerApp.sock_mode=0600" in words
    assert "--ServerApp.base_url=/user/ada/" in words
    assert "--ServerApp.root_dir=/home/jovyan/work" in words


@pytest.mark.parametrize(("base_url", "remote"), [("/", "False"), ("/user/ada/", "True")])
def test_other_host_names_are_taken_behind_a_proxy_only(base_url: str, remote: str) -> None:
    assert f"--ServerApp.allow_remote_access={remote}" in server_arguments(base_url)


@pytest.mark.parametrize("ui", ["lab", "notebook"])
def test_the_shared_server_is_told_its_interface_first(ui: Any) -> None:
    assert shared_server_arguments("/", ui)[0] == ui


def test_configuration_is_not_read_from_the_workspace() -> None:
    variables = server_variables("t", {})
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        assert not variables[name].startswith("/home/jovyan/work")


def test_last_lines_are_few_and_printable(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"x" * 100_000 + b"\n" + b"".join(b"line %d\n" % n for n in range(50)))
    assert last_lines(log) == tuple(f"line {n}" for n in range(30, 50))
    log.write_bytes(b"\x1b]0;title\x07\x1b[31mred\x1b[0m \xff\n")
    assert last_lines(log) == ("red \ufffd",)
    assert last_lines(tmp_path / "none") == ()


def _client(answer: httpx.Response | Exception) -> ServerClient:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.MockTransport(handle)
    return ServerClient(httpx.AsyncClient(transport=transport, base_url="http://localhost"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(501), "status 501"),
        (httpx.Response(500, json={"message": "No \x1b[31mR\x1b[0m"}), "status 500: No R"),
        (httpx.Response(200, text="<html>"), "JSONDecodeError"),
        (httpx.Response(200, json=["python3"]), "TypeError"),
        (httpx.ReadTimeout("slow"), "ReadTimeout"),
    ],
)
async def test_a_server_that_cannot_name_its_kernels_has_failed(
    answer: httpx.Response | Exception, said: str
) -> None:
    with pytest.raises(ServerFailed, match=re.escape(f"({said})")):
        await _client(answer).kernel_languages()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(201, json={}), ""),
        (httpx.Response(500, json={"message": "no such file: R"}), "status 500: no such file: R"),
        (httpx.ConnectError("gone"), "ConnectError"),
    ],
)
async def test_a_kernel_that_does_not_start_is_told_and_no_error(
    answer: httpx.Response | Exception, said: str
) -> None:
    assert await _client(answer).start_kernel("index.ipynb", "ir") == said
