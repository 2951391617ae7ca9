# SPDX-License-Identifier: GPL-3.0-or-later
"""A forge that leads a whole server to where it may not go, and one that has files of Git LFS."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from end_to_end.refusals import EMPTY_NOTEBOOK, make_repository
from end_to_end.repositories import git
from end_to_end.serving import build_address, end_of, follow, serving, short_place
from integration.sources.conftest import Handler, Server
from web_servers import asked_server, http_server

pytestmark = [
    pytest.mark.slow, pytest.mark.needs("git", "git-lfs"), pytest.mark.timeout(300),
]  # fmt: skip


@contextmanager
def forge(place: Path, near: str) -> Iterator[str]:
    """Serve repositories, files of Git LFS at ``/files/``, and redirects to what is near."""

    class Forge(Handler):
        served = Server(place / "git")

        def _answer(self) -> None:
            if self.path.startswith("/away.git"):
                self.send_response(301)
                self.send_header("Location", f"{near}{self.path}")
                self.end_headers()
            elif self.path.startswith("/files/"):
                self.send_response(200)
                self.end_headers()
                self.wfile.write((place / self.path.removeprefix("/files/")).read_bytes())
            elif self.path.endswith("/info/lfs/objects/batch"):
                self._say_where()
            else:
                super()._answer()

        def _say_where(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            href = f"http://{self.headers['Host']}/files/big"
            objects = [
                {**each, "actions": {"download": {"href": href}}} for each in asked["objects"]
            ]
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.git-lfs+json")
            self.end_headers()
            self.wfile.write(json.dumps({"transfer": "basic", "objects": objects}).encode())

    with http_server(Forge) as port:
        # Git LFS goes to no 127.0.0.1 by a proxy; this is the same to the kernel.
        yield f"http://0.0.0.0:{port}"


def publish(place: Path, directory: Path, name: str, lfs_url: str = "") -> None:
    """Put a repository with a file of Git LFS where the forge serves it from."""
    study = directory / name
    files = {"one.ipynb": EMPTY_NOTEBOOK, "requirements.txt": "", "big.bin": "big data",
             ".gitattributes": "*.bin filter=lfs\n"}  # fmt: skip
    if lfs_url:
        files[".lfsconfig"] = f"[lfs]\n\turl = {lfs_url}\n"
    study.mkdir()
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", study], check=True)
    subprocess.run(["git", "lfs", "install", "--local"], cwd=study, check=True)
    make_repository(study, files)
    git(place, "clone", "--quiet", "--bare", str(study), str(place / "git" / f"{name}.git"))


def test_no_forge_leads_a_server_astray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A Person")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "person@example.org")
    with (
        short_place() as place, asked_server() as (hidden, asked),
        forge(place, f"http://127.0.0.1:{hidden}") as url,
        serving(place, url) as server,
    ):  # fmt: skip
        (place / "big").write_text("big data")
        (place / "git").mkdir(exist_ok=True)
        publish(place, tmp_path, "study")
        publish(place, tmp_path, "astray", f"{hidden}/lfs")

        failed = end_of(build_address(server, f"{url}/away.git"))
        assert (failed["code"], failed["status_code"]) == ("source-refused", 403)
        assert "leads to a place" in failed["message"]

        events = list(follow(build_address(server, f"{url}/astray.git", build_only="true")))
        warnings = [event["message"] for event in events if event["kind"] == "warning"]
        assert any("could not be fetched" in each for each in warnings), events
        assert asked == []

        events = list(follow(build_address(server, f"{url}/study.git", build_only="true")))
        assert events[-1]["kind"] == "ready"
        assert [event["message"] for event in events if event["kind"] == "warning"] == []
        found = (place / "cache").rglob("study-*/checkouts/*/files/big.bin")
        assert [file.read_text() for file in found] == ["big data"]
