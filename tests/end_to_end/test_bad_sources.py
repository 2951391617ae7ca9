# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources, refs, paths and options that cannot be served, or that somebody means ill with."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from end_to_end.refusals import EMPTY_NOTEBOOK, make_repository, refused, run_launcher
from end_to_end.repositories import file_url, git
from web_servers import http_server

pytestmark = [pytest.mark.needs("git"), pytest.mark.usefixtures("tidy_afterwards")]

_LINKS = "https://mybinder.org/v2"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a repository with branches, a tag, a folder, and links that lead out of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "A Person")
            patch.setenv(f"GIT_{name}_EMAIL", "person@example.org")
        directory = tmp_path_factory.mktemp("sources") / "study"
        directory.mkdir()
        (directory / "out.ipynb").symlink_to("/etc/passwd")
        (directory / "up").symlink_to("../..")
        files = {"analysis/first look.ipynb": EMPTY_NOTEBOOK, "requirements.txt": "ipykernel\n"}
        make_repository(directory, files)
        for words in (("branch", "develop"), ("branch", "release/1.0"), ("tag", "v1.2")):
            git(directory, *words)
        yield file_url(directory)


class _Forge(BaseHTTPRequestHandler):
    """Knows no repository; those of "private" it does not even deny without a login."""

    def do_GET(self) -> None:
        private = self.path.startswith("/private/")
        self.send_response(401 if private else 404)
        if private:
            self.send_header("WWW-Authenticate", 'Basic realm="forge"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def forge() -> Iterator[str]:
    with http_server(_Forge) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_repository_that_does_not_exist(forge: str) -> None:
    error = refused(f"{forge}/someone/studdy")
    assert error.code == "repository-not-found"
    assert f"{forge}/someone/studdy" in error.message


def test_a_repository_that_needs_a_login(forge: str) -> None:
    error = refused(f"{forge}/private/study")
    assert error.code == "login-needed"
    assert f"`git ls-remote {forge}/private/study`" in error.hint


def test_a_host_that_cannot_be_resolved() -> None:
    error = refused("https://no-such-host-4f1d.invalid/someone/study")
    assert error.code == "host-unreachable"
    assert "no-such-host-4f1d.invalid" in error.message


def test_a_folder_that_does_not_exist(study: str) -> None:
    error = refused(study.removesuffix("y"))
    assert error.code == "repository-not-found"
    assert error.hint.endswith("/study?")


# Options → the error, and what message and hint must name.
ASKED = {
    "ref": (("--ref", "develp"), "ref-not-found", "'develp'", "'develop'"),
    "ref-like-none": (("--ref", "xyzzy"), "ref-not-found", "'xyzzy'", "'main'"),
    "tag": (("--ref", "v1.3"), "ref-not-found", "'v1.3'", "'v1.2'"),
    "commit": (("--ref", "1" * 40), "ref-not-found", "1" * 40, "fork"),
    "path": (
        ("--path", "analysis/first-look.ipynb"),
        "path-not-found", "first-look", "'analysis/first look.ipynb'",
    ),
    "path-above": (("--path", "../../etc/passwd"), "unsafe-path", "'../../etc/passwd'", "'..'"),
    "path-absolute": (("--path", "/etc/passwd"), "unsafe-path", "'/etc/passwd'", "relative"),
    "link": (("--path", "out.ipynb"), "unsafe-path", "'out.ipynb'", "own path"),
    "link-to-folder": (("--path", "up/secret.ipynb"), "unsafe-path", "'up/secret.ipynb'", "own"),
    "ref-option": (("--ref=--upload-pack=x",), "bad-source", "'--upload-pack=x'", "'-'"),
    "ref-short-option": (("--ref=-f",), "bad-source", "'-f'", "'-'"),
    "kernel": (("--kernel", "julia-1.9"), "bad-option", "'julia-1.9'; it has python3", "--kernel"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "code", "named", "offered"), ASKED.values(), ids=ASKED)
def test_what_the_repository_cannot_give(
    options: tuple[str, ...], code: str, named: str, offered: str, study: str
) -> None:
    error = refused(study, *options)
    assert error.code == code
    assert named in error.message
    assert offered in error.hint


# What would run a program or leave its place, were it handed on → the error.
HOSTILE = {
    "helper": ("ext::sh -c touch% {mark}", "bad-source"),
    "helper-in-link": (f"{_LINKS}/git/ext%3A%3Ash%20-c%20touch%25%20{{mark}}/main", "bad-source"),
    "ssh-option": ("ssh://-oProxyCommand=touch%20{mark}/study", "bad-source"),
    "scp-option": ("git@-oProxyCommand=touch:someone/study", "bad-source"),
    "user-option": ("ssh://-oProxyCommand=touch%20{mark}@host/study", "bad-source"),
    "ref-in-link": (f"{_LINKS}/gh/someone/study/--upload-pack=touch%20{{mark}}", "bad-source"),
    "file-in-link": (f"{_LINKS}/git/file%3A%2F%2F%2Fetc/main", "bad-source"),
    "labpath": (f"{_LINKS}/gh/someone/study/main?labpath=..%2F..%2Fetc%2Fpasswd", "unsafe-path"),
    "urlpath": (f"{_LINKS}/gh/someone/study/main?urlpath=..%2F..%2Fhub%2Fadmin", "unsafe-path"),
    "urlpath-twice": (f"{_LINKS}/gh/someone/study/main?urlpath=%252e%252e%2Fhub", "unsafe-path"),
    "backslash": (f"{_LINKS}/gh/someone/study/main?urlpath=%5C%5Cevil.example", "unsafe-path"),
}


@pytest.mark.parametrize(("source", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_sources_are_refused_before_anything_is_run(
    source: str, code: str, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    error = refused(source.format(mark=mark))
    assert error.code == code
    assert error.told == error.message
    assert not mark.exists()


def test_an_option_of_git_s_is_none_of_ours(tmp_path: Path) -> None:
    done = run_launcher(f"--upload-pack=touch {tmp_path}/mark", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option '--upload-pack'" in done.stderr
    assert not (tmp_path / "mark").exists()


def test_a_url_cannot_be_worked_on_in_place() -> None:
    error = refused("https://example.org/someone/study", "--in-place")
    assert error.code == "bad-option"
    assert "--in-place" in error.message


def test_a_port_that_is_taken(study: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        error = refused(study, "--port", port)
    assert error.code == "port-taken"
    assert port in error.message
    # Before anything was fetched or built.
    assert error.told == error.message


# The settings file, and what message and hint must name.
SETTINGS = {
    "unknown": ("memory_mb = 512\n", "'memory_mb'", "'memory_mib'"),
    "value": ('memory_mib = "lots"\n', "memory_mib", "config.toml"),
    "syntax": ("memory_mib = \n", "config.toml", "line"),
}


@pytest.mark.parametrize(("text", "named", "offered"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_cannot_be_used(
    text: str, named: str, offered: str, study: str, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(text)
    error = refused(study, variables={"BINDER_LITE_CONFIG": str(tmp_path / "config.toml")})
    assert error.code == "bad-settings"
    assert named in error.message
    assert offered in error.hint


def test_a_person_reads_what_happened_and_what_to_do(study: str) -> None:
    done = run_launcher(study, "--ref", "develp")
    assert done.stdout == ""
    assert done.stderr.endswith(
        "has no branch, tag or commit 'develp'.\nhint: Did you mean 'develop'?\n"
    )


def test_a_command_s_own_end_is_ours(study: str) -> None:
    assert run_launcher(study, "--", "sh", "-c", "exit 7").returncode == 7
    missing = run_launcher(study, "--", "no-such-program")
    assert missing.returncode == 127
    assert "no-such-program: No such file or directory" in missing.stderr
