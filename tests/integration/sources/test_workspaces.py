# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's own copy: complete, writable, and sharing nothing with the cache."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from binder_lite.errors import DiskFull, NotWritable
from binder_lite.sources.workspace import write_workspace
from integration.sources.conftest import Fetched, Origin, Serve, fetched, files_below, git

pytestmark = pytest.mark.needs("git")


async def written(got: Fetched, directory: Path) -> Path:
    await write_workspace(got.checkout, directory)
    return directory


async def test_a_branch(origin: Origin, repositories: Path, tmp_path: Path, serve: Serve) -> None:
    server = serve(origin.path.parent)
    url = f"{server.url}/origin"
    copy = await written(await fetched(url, repositories), tmp_path / "copy")
    assert files_below(copy) == ["README.md", "data/values.csv", "index.ipynb"]
    assert git(copy, "status", "--porcelain=v2", "--branch").splitlines() == [
        f"# branch.oid {origin.git('rev-parse', 'HEAD')}",
        "# branch.head main",
        "# branch.upstream origin/main",
        "# branch.ab +0 -0",
    ]
    assert git(copy, "remote", "get-url", "origin") == url
    assert git(copy, "fsck") == ""
    # It is a repository like any other: work, fetch the rest, push.
    (copy / "README.md").write_text("mine")
    git(copy, "commit", "--quiet", "--all", "--message", "mine")
    origin.commit({"other": ""})
    git(copy, "fetch", "--quiet", "--unshallow")
    assert git(copy, "rev-list", "--count", "origin/main") == "2"
    git(copy, "remote", "set-url", "--push", "origin", str(origin.path))
    git(copy, "push", "--quiet", "origin", "HEAD:refs/heads/mine")


async def test_a_branch_with_slashes_and_an_existing_empty_directory(
    origin: Origin, repositories: Path, tmp_path: Path
) -> None:
    origin.git("checkout", "--quiet", "-b", "feature/ü.x")
    (tmp_path / "copy").mkdir()
    copy = await written(await fetched(origin.path, repositories), tmp_path / "copy")
    assert git(copy, "symbolic-ref", "HEAD") == "refs/heads/feature/ü.x"
    assert git(copy, "rev-parse", "--abbrev-ref", "@{upstream}") == "origin/feature/ü.x"
    assert git(copy, "remote", "get-url", "origin") == str(origin.path)


@pytest.mark.parametrize("ref", ["v1", "commit"])
async def test_a_tag_or_commit_is_detached(
    origin: Origin, repositories: Path, tmp_path: Path, ref: str
) -> None:
    origin.git("tag", "v1")
    head = origin.git("rev-parse", "HEAD")
    got = await fetched(origin.path, repositories, ref=head if ref == "commit" else ref)
    copy = await written(got, tmp_path / "copy")
    assert git(copy, "status", "--porcelain=v2", "--branch").splitlines() == [
        f"# branch.oid {head}",
        "# branch.head (detached)",
    ]
    assert git(copy, "for-each-ref") == ""


async def test_uncommitted_changes_stay_uncommitted(
    origin: Origin, repositories: Path, tmp_path: Path
) -> None:
    origin.write({"README.md": "changed", "new": ""})
    (origin.path / "index.ipynb").unlink()
    copy = await written(await fetched(origin.path, repositories), tmp_path / "copy")
    assert git(copy, "status", "--porcelain").splitlines() == [
        "M README.md", " D index.ipynb", "?? new",
    ]  # fmt: skip


async def test_a_plain_folder_has_no_git(repositories: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "nb.ipynb").write_text("{}")
    copy = await written(await fetched(tmp_path / "plain", repositories), tmp_path / "copy")
    assert sorted(os.listdir(copy)) == ["nb.ipynb"]


async def test_nothing_is_shared(origin: Origin, repositories: Path, tmp_path: Path) -> None:
    got = await fetched(origin.path, repositories)
    one = await written(got, tmp_path / "one")
    await written(got, tmp_path / "two")
    for parent, _folders, names in os.walk(one):
        for name in names:
            status = os.lstat(os.path.join(parent, name))
            assert status.st_nlink == 1
            assert status.st_mode & 0o400
    assert not (one / ".git" / "objects" / "info" / "alternates").exists()
    (one / "README.md").write_text("mine")
    assert (got.directory / "README.md").read_text() == "# Hello\n"
    assert (tmp_path / "two" / "README.md").read_text() == "# Hello\n"


async def test_modes_and_links_are_kept(origin: Origin, repositories: Path, tmp_path: Path) -> None:
    (origin.path / "run.sh").write_text("#!/bin/sh\n")
    (origin.path / "run.sh").chmod(0o755)
    (origin.path / "link").symlink_to("README.md")
    (origin.path / "out").symlink_to("/etc/passwd")
    origin.commit()
    copy = await written(await fetched(origin.path, repositories), tmp_path / "copy")
    assert os.access(copy / "run.sh", os.X_OK)
    assert (copy / "link").readlink() == Path("README.md")
    assert (copy / "out").is_symlink()
    assert git(copy, "status", "--porcelain") == ""


async def test_no_login_is_written(
    origin: Origin, repositories: Path, tmp_path: Path, serve: Serve
) -> None:
    server = serve(origin.path.parent, login="me:s3cret")
    url = server.url.replace("http://", "http://me:s3cret@")
    copy = await written(await fetched(f"{url}/origin", repositories), tmp_path / "copy")
    assert git(copy, "remote", "get-url", "origin") == f"{server.url}/origin"
    assert not any(b"s3cret" in p.read_bytes() for p in copy.rglob("*") if p.is_file())


async def test_the_files_of_submodules_are_part_of_it(
    origin: Origin, repositories: Path, tmp_path: Path
) -> None:
    other = Origin.make(tmp_path / "other")
    other.commit({"code.py": "1"})
    origin.git("submodule", "--quiet", "add", str(other.path), "sub")
    origin.commit()
    got = await fetched(origin.path, repositories, submodules=True)
    copy = await written(got, tmp_path / "copy")
    assert (copy / "sub" / "code.py").read_text() == "1"
    assert git(copy, "status", "--porcelain") == ""


@pytest.mark.needs("git-lfs")
async def test_lfs_files_are_not_committed_as_they_are(
    origin: Origin, repositories: Path, tmp_path: Path
) -> None:
    origin.git("lfs", "install", "--local")
    origin.git("lfs", "track", "*.bin")
    origin.commit({"model.bin": b"big data"})
    copy = await written(await fetched(origin.path, repositories), tmp_path / "copy")
    assert (copy / "model.bin").read_bytes() == b"big data"
    assert git(copy, "status", "--porcelain") == ""
    (copy / "other.bin").write_bytes(b"more data")
    git(copy, "add", "--all")
    assert git(copy, "show", ":other.bin").startswith("version https://git-lfs")


async def test_longer_ids(repositories: Path, tmp_path: Path) -> None:
    made = Origin.make(tmp_path / "long", "--object-format=sha256")
    made.commit({"nb.ipynb": "{}"})
    copy = await written(await fetched(made.path, repositories), tmp_path / "copy")
    assert git(copy, "status", "--porcelain") == ""


async def test_a_full_disk(origin: Origin, repositories: Path, small_disk: Path) -> None:
    origin.commit({"big": os.urandom(3_000_000)})
    got = await fetched(origin.path, repositories)
    with pytest.raises(DiskFull) as caught:
        await write_workspace(got.checkout, small_disk / "copy")
    assert str(small_disk) in caught.value.message


async def test_a_place_that_cannot_be_written(
    origin: Origin, repositories: Path, small_disk: Path
) -> None:
    got = await fetched(origin.path, repositories)
    git(small_disk, "init", "--quiet", "there")  # an existing directory, so that cp is the first
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for name in ("new", "there"):
        with pytest.raises(NotWritable) as caught:
            await write_workspace(got.checkout, small_disk / name)
        assert str(small_disk) in caught.value.message


async def test_the_whole_history_where_the_server_gave_it(
    origin: Origin, repositories: Path, tmp_path: Path, serve: Serve
) -> None:
    old = origin.git("rev-parse", "HEAD")
    origin.commit({"README.md": "new"})
    server = serve(origin.path.parent, protocols=False)
    got = await fetched(f"{server.url}/origin", repositories, ref=old)
    copy = await written(got, tmp_path / "copy")
    assert git(copy, "log", "--format=%H") == old
    assert git(copy, "status", "--porcelain") == ""
