# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages are git's own, as git 2.39 and the forges print them with LC_ALL=C."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.command import Command
from binder_lite.errors import (
    BadSource,
    DiskFull,
    FetchFailed,
    HostUnreachable,
    LaunchError,
    LoginNeeded,
    NotWritable,
    RefNotFound,
    RepositoryNotFound,
    SourceRefused,
)
from binder_lite.process import CommandFailed
from binder_lite.sources.git_errors import REFUSED, explain

NAME = "https://example.org/owner/repo"
SHA = "1234567890123456789012345678901234567890"
SSH_TAIL = (
    "fatal: Could not read from remote repository.\n\n"
    "Please make sure you have the correct access rights\nand the repository exists."
)
RECORDED: list[tuple[str, type[LaunchError]]] = [
    ("fatal: could not read Username for 'https://github.com': terminal prompts disabled",
     LoginNeeded),
    ("fatal: could not read Password for 'https://me@github.com': terminal prompts disabled",
     LoginNeeded),
    ("remote: Repository not found.\nfatal: repository 'https://github.com/a/b/' not found",
     RepositoryNotFound),
    ("fatal: repository 'http://127.0.0.1:8080/nosuch/' not found", RepositoryNotFound),
    ("ERROR: Repository not found.\n" + SSH_TAIL, RepositoryNotFound),
    ("remote: The project you were looking for could not be found or you don't have permission "
     "to view it.\nfatal: repository 'https://gitlab.com/a/b.git/' not found",
     RepositoryNotFound),
    (f"fatal: '/srv/nosuch' does not appear to be a git repository\n{SSH_TAIL}",
     RepositoryNotFound),
    ("fatal: remote error: access denied or repository not exported: /nosuch",
     RepositoryNotFound),
    ("fatal: https://example.org/owner/repo/info/refs not valid: is this a git repository?",
     RepositoryNotFound),
    ("fatal: unable to access 'https://example.org/owner/repo/': The requested URL returned "
     "error: 403", LoginNeeded),
    ("remote: HTTP Basic: Access denied\nfatal: Authentication failed for "
     "'https://gitlab.com/a/b.git/'", LoginNeeded),
    (f"git@github.com: Permission denied (publickey).\n{SSH_TAIL}", LoginNeeded),
    (f"Host key verification failed.\n{SSH_TAIL}", LoginNeeded),
    ("fatal: unable to access 'https://nosuch.invalid/x/': Could not resolve host: "
     "nosuch.invalid", HostUnreachable),
    ("fatal: unable to look up nosuch.invalid (port 9418) (Name or service not known)",
     HostUnreachable),
    (f"ssh: Could not resolve hostname nosuch.invalid: Name or service not known\n{SSH_TAIL}",
     HostUnreachable),
    ("fatal: unable to access 'http://127.0.0.1:9/x/': Failed to connect to 127.0.0.1 port 9 "
     "after 0 ms: Couldn't connect to server", HostUnreachable),
    ("fatal: unable to connect to 127.0.0.1:\n127.0.0.1[0: 127.0.0.1]: errno=Connection refused",
     HostUnreachable),
    (f"ssh: connect to host 127.0.0.1 port 9: Connection refused\n{SSH_TAIL}", HostUnreachable),
    ("fatal: unable to access 'https://example.org/': SSL certificate problem: self-signed "
     "certificate", HostUnreachable),
    ("fatal: unable to access 'https://example.org/': server certificate verification failed. "
     "CAfile: none CRLfile: none", HostUnreachable),
    ("fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 503",
     HostUnreachable),
    ("fatal: unable to access 'https://example.org/x/': CONNECT tunnel failed, response 502",
     HostUnreachable),
    ("fatal: unable to access 'https://example.org/x/': CONNECT tunnel failed, response 470",
     SourceRefused),
    ("fatal: unable to access 'https://example.org/x/': Received HTTP code 470 from proxy after "
     "CONNECT", SourceRefused),
    ("remote: Not opened by this server\nfatal: unable to access 'http://127.0.0.1:9/x/': "
     "The requested URL returned error: 470", SourceRefused),
    (f"fatal: git upload-pack: not our ref {SHA}\nfatal: remote error: upload-pack: not our ref "
     f"{SHA}", RefNotFound),
    ("fatal: couldn't find remote ref nosuch", RefNotFound),
    ("fatal: transport 'ext' not allowed", BadSource),
    ("fatal: strange hostname '-oProxyCommand=x' blocked", BadSource),
    ("error: file write error: No space left on device\nfatal: unable to write sha1 file",
     DiskFull),
    ("fatal: cannot create directory at 'a': No space left on device", DiskFull),
    ("cp: error writing '/srv/x': Disk quota exceeded", DiskFull),
    ("cp: cannot create directory '/srv/x': Read-only file system", NotWritable),
    ("fatal: cannot mkdir /srv/x: Permission denied", NotWritable),
    ("error: insufficient permission for adding an object to repository database ./objects",
     NotWritable),
    ("fatal: early EOF\nfatal: index-pack failed", FetchFailed),
    ("", FetchFailed),
]  # fmt: skip


def failed(text: str) -> CommandFailed:
    return CommandFailed(Command(("git", "fetch")), 128, tuple(text.splitlines()))


@pytest.mark.parametrize(("text", "error"), RECORDED, ids=[text[:50] for text, _ in RECORDED])
def test_what_git_says(text: str, error: type[LaunchError]) -> None:
    found = explain(failed(text), name=NAME, where=Path("/srv/cache"))
    assert type(found) is error
    assert found.hint
    assert "{" not in found.message + found.hint
    assert found.details.exit_status == 128


def test_a_missing_repository_of_github_may_be_private() -> None:
    found = explain(failed(RECORDED[0][0]), name=NAME)
    assert "may not exist" in found.message
    assert "private" in found.message
    assert NAME in found.hint


@pytest.mark.parametrize("word", ["SSL-certificate", "No space left on device", "not-our-ref"])
def test_a_repositorys_name_is_no_evidence(word: str) -> None:
    name = f"https://example.org/{word}"
    assert isinstance(
        explain(failed(f"fatal: repository '{name}/' not found"), name=name), RepositoryNotFound
    )


def test_what_is_not_known_is_quoted() -> None:
    found = explain(failed("noise\nfatal: something quite new."), name=NAME)
    assert found.message == f"Git could not fetch {NAME}: something quite new."


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (f"error: Server does not allow request for unadvertised object {SHA}", True),
        ("fatal: dumb http transport does not support shallow capabilities", True),
        ("fatal: Server does not support shallow clients", True),
        (f"fatal: remote error: upload-pack: not our ref {SHA}", False),
        ("fatal: unable to connect to host", False),
    ],
)
def test_when_to_fetch_everything(text: str, refused: bool) -> None:
    assert bool(REFUSED.search(text)) == refused


def test_what_ssh_said_counts_and_not_what_git_adds() -> None:
    found = explain(failed(f"No user exists for uid 12345\n{SSH_TAIL}"), name=NAME)
    assert found.message == f"Git could not fetch {NAME}: No user exists for uid 12345."
