# SPDX-License-Identifier: GPL-3.0-or-later
"""From a source to a commit, against real repositories."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from binder_lite.errors import (
    BadSource,
    HostUnreachable,
    LaunchError,
    LoginNeeded,
    RefNotFound,
    RepositoryNotFound,
    UnsafePath,
)
from binder_lite.sources.git import fetch, resolve
from binder_lite.sources.model import PinnedSource
from binder_lite.sources.url import parse_source
from integration.sources.conftest import Origin, Serve, git

pytestmark = pytest.mark.needs("git")


async def pinned(text: str | Path, ref: str | None = None, path: str | None = None) -> PinnedSource:
    return await resolve(parse_source(str(text), cwd=Path("/"), ref=ref, path=path))


async def test_a_repository_is_pinned_to_its_branch(origin: Origin) -> None:
    found = await pinned(origin.path)
    assert (found.commit, found.ref, found.path, found.uncommitted) == (
        origin.git("rev-parse", "HEAD"), "refs/heads/main", None, False,
    )  # fmt: skip


async def test_the_same_over_the_network(origin: Origin, serve: Serve) -> None:
    server = serve(origin.path.parent)
    found = await pinned(f"{server.url}/origin")
    assert (found.commit, found.ref) == (origin.git("rev-parse", "HEAD"), "refs/heads/main")


async def test_refs_of_every_kind(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.git("tag", "--annotate", "v1", "--message", "one")
    origin.git("branch", "feature/with/slashes")
    second = origin.commit({"more": ""})
    origin.git("update-ref", "refs/pull/1/head", first)
    rows = [
        ("v1", first, "refs/tags/v1"),
        ("refs/tags/v1", first, "refs/tags/v1"),
        ("tags/v1", first, "refs/tags/v1"),
        ("feature/with/slashes", first, "refs/heads/feature/with/slashes"),
        ("main", second, "refs/heads/main"),
        ("refs/pull/1/head", first, "refs/pull/1/head"),
        (first, first, None),
        (first.upper(), first, None),
        (first[:7], first, None),
        ("HEAD", second, "refs/heads/main"),
    ]
    for ref, commit, name in rows:
        found = await pinned(origin.path, ref=ref)
        assert (ref, found.commit, found.ref, found.uncommitted) == (ref, commit, name, False)


async def test_a_branch_named_like_an_option(origin: Origin) -> None:
    head = origin.git("rev-parse", "HEAD")
    origin.git("update-ref", "refs/heads/--upload-pack=touch", head)
    origin.git("symbolic-ref", "HEAD", "refs/heads/--upload-pack=touch")
    found = await pinned(origin.path)
    assert found.commit == head
    with pytest.raises(BadSource):
        await pinned(origin.path, ref="--upload-pack=touch")


async def test_a_ref_that_is_not_there_names_the_nearest(origin: Origin) -> None:
    origin.git("branch", "develop")
    with pytest.raises(RefNotFound) as caught:
        await pinned(origin.path, ref="devlop")
    assert "'devlop'" in caught.value.message
    assert "'develop'" in caught.value.hint


async def test_an_unknown_short_commit_asks_for_the_whole_one(origin: Origin, serve: Serve) -> None:
    server = serve(origin.path.parent)
    with pytest.raises(RefNotFound) as caught:
        await pinned(f"{server.url}/origin", ref="abcdef0")
    assert "40" in caught.value.hint


async def test_a_full_commit_is_taken_without_a_question() -> None:
    sha = "0123456789abcdef0123456789abcdef01234567"
    assert (await pinned("https://host.invalid/repo", ref=sha)).commit == sha


async def test_the_longest_ref_wins_in_a_web_address(origin: Origin, serve: Serve) -> None:
    origin.git("branch", "a/b")
    server = serve(origin.path.parent)
    (origin.path.parent / "owner").mkdir()
    origin.path.rename(origin.path.parent / "owner" / "repo.git")
    found = await pinned(f"{server.url}/owner/repo/blob/a/b/data/values.csv")
    assert (found.ref, found.path) == ("refs/heads/a/b", "data/values.csv")
    found = await pinned(f"{server.url}/owner/repo/src/branch/main/index.ipynb")
    assert (found.ref, found.path) == ("refs/heads/main", "index.ipynb")
    with pytest.raises(RefNotFound):
        await pinned(f"{server.url}/owner/repo/blob/nosuch/index.ipynb")


async def test_a_detached_head_has_no_branch(origin: Origin) -> None:
    origin.git("checkout", "--quiet", "--detach")
    assert (await pinned(origin.path)).ref is None


async def test_an_empty_repository(tmp_path: Path, serve: Serve) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")
    server = serve(tmp_path)
    for text in (str(tmp_path / "empty.git"), f"{server.url}/empty.git"):
        with pytest.raises(RefNotFound) as caught:
            await pinned(text)
        assert "no commits" in caught.value.message


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://host.invalid/owner/repo", HostUnreachable),
        ("http://127.0.0.1:9/owner/repo", HostUnreachable),
        ("git://127.0.0.1:9/owner/repo", HostUnreachable),
        ("git://host.invalid/owner/repo", HostUnreachable),
    ],
)
async def test_hosts_that_are_not_there(url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await pinned(url)


@pytest.mark.needs("ssh")
async def test_ssh_hosts_that_are_not_there() -> None:
    with pytest.raises(HostUnreachable):
        await pinned("ssh://git@127.0.0.1:9/owner/repo")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, RepositoryNotFound),
        (410, RepositoryNotFound),
        (403, LoginNeeded),
        (500, HostUnreachable),
        (503, HostUnreachable),
    ],
)
async def test_what_a_web_server_may_say(
    tmp_path: Path, serve: Serve, status: int, error: type[Exception]
) -> None:
    server = serve(tmp_path, status=status)
    with pytest.raises(error) as caught:
        await pinned(f"{server.url}/owner/repo")
    assert type(caught.value) is error
    assert "/owner/repo" in str(caught.value)


async def test_a_web_server_that_knows_no_git(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "page" / "info").mkdir(parents=True)
    (tmp_path / "page" / "info" / "refs").write_text("<html>\n<body>Hello</body>\n</html>\n")
    server = serve(tmp_path, smart=False)
    with pytest.raises(RepositoryNotFound):
        await pinned(f"{server.url}/page")


async def test_a_login_is_asked_for_and_given(origin: Origin, serve: Serve) -> None:
    server = serve(origin.path.parent, login="me:s3cret")
    with pytest.raises(LoginNeeded) as caught:
        await pinned(f"{server.url}/origin")
    assert "private" in caught.value.message
    with_login = server.url.replace("http://", "http://me:s3cret@")
    assert (await pinned(f"{with_login}/origin")).commit
    with pytest.raises(LoginNeeded) as caught:
        await pinned(f"{with_login.replace('s3cret', 'wr0ng')}/origin")
    said = f"{caught.value.message} {caught.value.hint} {caught.value.details}"
    assert "did not accept" in said
    assert "wr0ng" not in said


async def test_the_persons_credential_helper_works(
    origin: Origin, serve: Serve, tmp_path: Path
) -> None:
    server = serve(origin.path.parent, login="me:s3cret")
    helper = "!f() { echo username=me; echo password=s3cret; }; f"
    git(tmp_path, "config", "--global", "credential.helper", helper)
    assert (await pinned(f"{server.url}/origin")).commit
    # A name alone, as some forges put it into the address, is no reason to give up the helper.
    assert (await pinned(f"{server.url.replace('//', '//me@')}/origin")).commit


async def test_a_pasted_login_is_not_stored(origin: Origin, serve: Serve, tmp_path: Path) -> None:
    server = serve(origin.path.parent, login="me:s3cret")
    git(tmp_path, "config", "--global", "credential.helper", "store")
    await pinned(f"{server.url.replace('//', '//me:s3cret@')}/origin")
    assert not (tmp_path / "home" / ".git-credentials").exists()


async def test_the_configuration_where_one_stands_is_not_read(
    origin: Origin, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(origin.path.parent, login="me:s3cret")
    hostile = Origin.make(tmp_path / "hostile")
    mark = tmp_path / "ran"
    hostile.git("config", "credential.helper", f"!touch {mark};")
    monkeypatch.chdir(hostile.path)
    with pytest.raises(LoginNeeded):
        await pinned(f"{server.url}/origin")
    assert not mark.exists()


# On this disk.


async def test_a_folder_of_a_repository(origin: Origin) -> None:
    found = await pinned(origin.path / "data")
    assert (found.commit, found.path) == (origin.git("rev-parse", "HEAD"), "data")
    assert (await pinned(origin.path / "data", path="values.csv")).path == "data/values.csv"


async def test_a_file_of_a_repository(origin: Origin) -> None:
    assert (await pinned(origin.path / "data" / "values.csv")).path == "data/values.csv"
    with pytest.raises(UnsafePath):
        await pinned(origin.path / "data" / "values.csv", path="more")


async def test_a_bare_repository(origin: Origin, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(origin.path), "bare.git")
    found = await pinned(tmp_path / "bare.git")
    assert (found.commit, found.ref, found.uncommitted) == (
        origin.git("rev-parse", "HEAD"), "refs/heads/main", False,
    )  # fmt: skip


@pytest.mark.parametrize("below", [".git", ".git/refs"])
async def test_a_git_directory_is_a_bare_repository(origin: Origin, below: str) -> None:
    (origin.path / "new").write_text("")
    found = await pinned(origin.path / below)
    assert (found.ref, found.path, found.uncommitted) == ("refs/heads/main", None, False)


async def test_a_second_work_tree(origin: Origin, tmp_path: Path) -> None:
    origin.git("branch", "other")
    origin.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "other")
    (tmp_path / "tree" / "new").write_text("")
    found = await pinned(tmp_path / "tree")
    assert (found.ref, found.uncommitted) == ("refs/heads/other", True)
    assert not (await pinned(origin.path)).uncommitted


@pytest.mark.parametrize("change", ["edit", "add", "delete", "stage", "mode", "link"])
async def test_uncommitted_changes_are_noticed(origin: Origin, change: str) -> None:
    readme = origin.path / "README.md"
    if change == "edit":
        readme.write_text("# Changed\n")
    elif change == "add":
        (origin.path / "new.txt").write_text("")
    elif change == "delete":
        readme.unlink()
    elif change == "stage":
        origin.write({"staged.txt": "x"})
        origin.git("add", "staged.txt")
    elif change == "mode":
        readme.chmod(0o755)
    else:
        readme.unlink()
        readme.symlink_to("index.ipynb")
    assert (await pinned(origin.path)).uncommitted
    assert not (await pinned(origin.path, ref="main")).uncommitted


async def test_ignored_files_are_no_change(origin: Origin, tmp_path: Path) -> None:
    origin.commit({".gitignore": "*.log\n"})
    (origin.path / "a.log").write_text("")
    (origin.path / ".git" / "info").mkdir(exist_ok=True)
    (origin.path / ".git" / "info" / "exclude").write_text("*.tmp\n")
    (origin.path / "a.tmp").write_text("")
    (tmp_path / "ignore").write_text("*.mine\n")
    git(tmp_path, "config", "--global", "core.excludesFile", str(tmp_path / "ignore"))
    (origin.path / "a.mine").write_text("")
    assert not (await pinned(origin.path)).uncommitted


async def test_looking_changes_nothing(origin: Origin) -> None:
    before = {p: p.stat().st_mtime_ns for p in (origin.path / ".git").rglob("*")}
    os.utime(origin.path / "README.md", (1, 1))
    await pinned(origin.path)
    after = {p: p.stat().st_mtime_ns for p in (origin.path / ".git").rglob("*")}
    assert after == before


async def test_a_folder_without_repository(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "nb.ipynb").write_text("{}")
    assert (await pinned(tmp_path / "plain")).commit is None
    assert (await pinned(tmp_path / "plain" / "nb.ipynb")).path == "nb.ipynb"
    with pytest.raises(RefNotFound):
        await pinned(tmp_path / "plain", ref="main")


async def test_a_repository_without_commits(tmp_path: Path) -> None:
    unborn = Origin.make(tmp_path / "unborn")
    unborn.write({"nb.ipynb": "{}"})
    assert (await pinned(unborn.path)).commit is None


async def test_an_ignored_folder_stands_for_itself(origin: Origin) -> None:
    origin.commit({".gitignore": "out/\n"})
    origin.write({"out/nb.ipynb": "{}"})
    found = await pinned(origin.path / "out")
    assert (found.commit, found.path) == (None, None)


async def test_a_path_that_does_not_exist_names_the_nearest(origin: Origin) -> None:
    with pytest.raises(RepositoryNotFound) as caught:
        await pinned(origin.path.parent / "orign")
    assert str(origin.path) in caught.value.hint


async def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadSource):
        await pinned(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["with space", "it's \"so\"", "line\nbreak", "ß «α»", "a%20b#?",
                                  "-x", "a:b", "not-utf8-\udcff"])  # fmt: skip
async def test_repositories_of_any_name(tmp_path: Path, name: str) -> None:
    made = Origin.make(tmp_path / name)
    commit = made.commit({"sub/nb.ipynb": "{}"})
    (made.path / "new").write_text("")
    found = await pinned(made.path / "sub")
    assert (found.commit, found.path, found.uncommitted) == (commit, "sub", True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_a_repository_of_another_person(origin: Origin) -> None:
    for path in (origin.path, *origin.path.rglob("*")):
        os.lchown(path, 12345, 12345)
    (origin.path / "new").write_text("")
    found = await pinned(origin.path)
    assert (found.commit is not None, found.uncommitted) == (True, True)


async def test_a_repositorys_configuration_runs_nothing(origin: Origin, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    origin.commit({".gitattributes": "* filter=evil diff=evil\n"})
    for key in (
        "core.fsmonitor", "core.hooksPath", "filter.evil.clean", "filter.evil.smudge",
        "filter.evil.process", "diff.evil.command", "diff.evil.textconv", "diff.external",
        "core.sshCommand", "core.gitProxy", "credential.helper", "uploadpack.packObjectsHook",
        "core.alternateRefsCommand", "core.pager", "core.editor", "alias.status",
        "alias.rev-parse", "gpg.program",
    ):  # fmt: skip
        origin.git("config", key, str(program))
    for hook in ("post-checkout", "post-index-change", "pre-auto-gc", "reference-transaction"):
        link = origin.path / ".git" / "hooks" / hook
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    (origin.path / "README.md").write_text("changed")
    mark.unlink(missing_ok=True)
    assert (await pinned(origin.path)).uncommitted
    assert not mark.exists()


async def test_a_work_tree_elsewhere_is_not_opened(origin: Origin, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "secret").write_text("")
    origin.git("config", "core.worktree", str(tmp_path / "private"))
    found = await pinned(origin.path)
    assert not found.uncommitted  # nobody looked there
    origin.git("config", "core.worktree", str(tmp_path))
    assert (await pinned(origin.path)).commit is None


async def test_a_host_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binder_lite.sources.git._ANSWER_SECONDS", 0.3)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(HostUnreachable) as caught,
    ):
        await pinned(f"http://127.0.0.1:{silent.getsockname()[1]}/owner/repo")
    assert "did not answer" in caught.value.message


async def test_missing_objects_are_not_sought_elsewhere(origin: Origin, tmp_path: Path) -> None:
    # A repository that says it is partial has git fetch what is missing, with a program it names.
    mark = tmp_path / "ran"
    other = Origin.make(tmp_path / "other")
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.partialCloneFilter": "blob:none",
        "remote.origin.url": f"file://{other.path}",
        "remote.origin.uploadpack": f"touch {mark}; git-upload-pack",
    }.items():
        origin.git("config", key, value)
    blob = origin.git("rev-parse", "HEAD:README.md")
    (origin.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    (origin.path / "README.md").write_text("changed")
    found = await pinned(origin.path)
    assert found.uncommitted
    await pinned(origin.path, ref=found.commit[:8] if found.commit else None)
    with pytest.raises(RefNotFound):
        await pinned(origin.path, ref="0123456")
    with pytest.raises(LaunchError):
        async for _ in fetch(found, tmp_path / "cache"):
            pass
    assert not mark.exists()


@pytest.mark.parametrize("how", ["environment", "configuration"])
@pytest.mark.parametrize("form", ["ssh://git@host.example{}", "git@host.example:{}"])
async def test_the_persons_own_ssh_program_is_used(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, form: str
) -> None:
    program = tmp_path / "ssh"
    program.write_text('#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done\nexec sh -c "$2"\n')
    program.chmod(0o755)
    if how == "environment":
        monkeypatch.setenv("GIT_SSH_COMMAND", str(program))
    else:
        monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
        git(tmp_path, "config", "--global", "core.sshCommand", str(program))
    found = await pinned(form.format(origin.path))
    assert found.commit == origin.git("rev-parse", "HEAD")
