# SPDX-License-Identifier: GPL-3.0-or-later
"""From a commit to files on disk, with real git and real servers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from binder_lite.errors import (
    BadSource,
    DiskFull,
    HostUnreachable,
    LfsMissing,
    LoginNeeded,
    PathNotFound,
    RefNotFound,
    RepositoryNotFound,
    UnsafePath,
)
from binder_lite.events import LogLine, Message, Progress, Warn
from binder_lite.process import run
from binder_lite.sources import checkouts, lfs
from binder_lite.sources.git import fetch, resolve
from binder_lite.sources.git_commands import data_command
from binder_lite.sources.url import parse_source
from integration.sources.conftest import Origin, Serve, fetched, files_below, git

pytestmark = pytest.mark.needs("git")
FILES = ["README.md", "data/values.csv", "index.ipynb"]


def mirror(repositories: Path) -> Path:
    (found,) = repositories.glob("*/mirror.git")
    return found


def text_below(directory: Path) -> bytes:
    """All names and contents below a directory, for looking for what must not be there."""
    found = b""
    for path in directory.rglob("*"):
        found += os.fsencode(path) + b"\n"
        if path.is_file() and not path.is_symlink():
            found += path.read_bytes()
    return found


async def test_a_repository_over_the_network(
    origin: Origin, repositories: Path, serve: Serve
) -> None:
    server = serve(origin.path.parent)
    got = await fetched(f"{server.url}/origin", repositories)
    assert got.files() == FILES
    assert not (got.directory / ".git").exists()
    assert any(isinstance(event, Progress) and event.total for event in got.events)
    assert got.said(Message).startswith(f"Fetching {server.url}/origin at ")
    assert got.said(LogLine) == ""
    assert git(mirror(repositories), "rev-list", "--all", "--count") == "1"


async def test_a_second_launch_asks_for_nothing(
    origin: Origin, repositories: Path, serve: Serve
) -> None:
    server = serve(origin.path.parent)
    commit = origin.git("rev-parse", "HEAD")
    first = await fetched(f"{server.url}/origin/", repositories, ref=commit)
    asked = len(server.sent)
    second = await fetched(f"{server.url}/origin.git", repositories, ref=commit)
    assert second.directory == first.directory
    assert len(server.sent) == asked
    assert second.events == []


async def test_a_later_commit_transfers_only_what_is_new(
    origin: Origin, repositories: Path, serve: Serve
) -> None:
    origin.commit({"big": os.urandom(2_000_000)})
    server = serve(origin.path.parent)
    await fetched(f"{server.url}/origin", repositories)
    assert sum(server.sent) > 2_000_000
    server.sent.clear()
    origin.commit({"small": "1"})
    got = await fetched(f"{server.url}/origin", repositories)
    assert "small" in got.files()
    assert sum(server.sent) < 20_000


@pytest.mark.parametrize("how", ["local", "smart", "protocol 0", "allowed", "dumb"])
async def test_any_commit_that_is_reachable(
    origin: Origin, repositories: Path, serve: Serve, how: str
) -> None:
    old = origin.git("rev-parse", "HEAD")
    origin.commit({"README.md": "new"})
    origin.git("update-server-info")
    options: dict[str, object] = {}
    if how == "protocol 0":
        options = {"protocols": False}
    elif how == "allowed":
        options = {"protocols": False, "config": ("uploadpack.allowAnySHA1InWant=true",)}
    elif how == "dumb":
        options = {"smart": False}
    server = serve(origin.path.parent, **options)
    text = str(origin.path) if how == "local" else f"{server.url}/origin"
    if how == "dumb":
        text += "/.git"
    got = await fetched(text, repositories, ref=old)
    assert (got.directory / "README.md").read_text() == "# Hello\n"
    fell_back = "fetching all of it" in got.said(Message)
    assert fell_back == (how in ("protocol 0", "dumb"))
    # And once more, into the mirror that is there now, whole or shallow.
    newest = await fetched(text, repositories, ref="main")
    assert (newest.directory / "README.md").read_text() == "new"


async def test_a_shallow_mirror_is_deepened_when_the_server_insists(
    origin: Origin, repositories: Path, serve: Serve
) -> None:
    old = origin.git("rev-parse", "HEAD")
    origin.commit({"README.md": "new"})
    server = serve(origin.path.parent, protocols=False)
    await fetched(f"{server.url}/origin", repositories)
    assert (mirror(repositories) / "shallow").exists()
    got = await fetched(f"{server.url}/origin", repositories, ref=old)
    assert (got.directory / "README.md").read_text() == "# Hello\n"


@pytest.mark.parametrize("protocols", [True, False])
async def test_a_commit_that_is_not_there(
    origin: Origin, repositories: Path, serve: Serve, protocols: bool
) -> None:
    server = serve(origin.path.parent, protocols=protocols)
    for text in (f"{server.url}/origin", str(origin.path)):
        with pytest.raises(RefNotFound):
            await fetched(text, repositories, ref="1" * 40)


async def test_a_commit_that_is_none(origin: Origin, repositories: Path) -> None:
    blob = origin.git("rev-parse", "HEAD:README.md")
    with pytest.raises(RefNotFound):
        await fetched(origin.path, repositories, ref=blob)


async def test_a_tag_object(origin: Origin, repositories: Path) -> None:
    origin.git("tag", "--annotate", "v1", "--message", "one")
    got = await fetched(origin.path, repositories, ref=origin.git("rev-parse", "v1"))
    assert got.files() == FILES


async def test_a_repository_with_longer_ids(repositories: Path, tmp_path: Path) -> None:
    made = Origin.make(tmp_path / "long", "--object-format=sha256")
    commit = made.commit({"nb.ipynb": "{}"})
    assert len(commit) == 64
    (made.path / "new").write_text("")
    assert (await fetched(made.path, repositories)).files() == ["nb.ipynb", "new"]


async def test_git_daemon(origin: Origin, repositories: Path, tmp_path: Path) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    daemon = subprocess.Popen(
        ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", "--export-all",
         f"--base-path={tmp_path}", "--reuseaddr"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"git://127.0.0.1:{port}"
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            await asyncio.sleep(0.05)
        assert (await fetched(f"{url}/origin", repositories)).files() == FILES
        with pytest.raises(RepositoryNotFound):
            await fetched(f"{url}/nosuch", repositories)
    finally:
        daemon.terminate()
        daemon.wait()


# Failures.


async def test_the_network_goes_away(origin: Origin, repositories: Path, serve: Serve) -> None:
    server = serve(origin.path.parent)
    pinned = await resolve(parse_source(f"{server.url}/origin", cwd=Path("/")))
    server.status = 503
    with pytest.raises(HostUnreachable):
        async for _ in fetch(pinned, repositories):
            pass
    server.status = None
    assert (await fetched(f"{server.url}/origin", repositories)).files() == FILES


async def test_credentials_are_nowhere(
    origin: Origin, repositories: Path, serve: Serve, tmp_path: Path
) -> None:
    server = serve(origin.path.parent, login="me:s3cret")
    url = server.url.replace("http://", "http://me:s3cret@") + "/origin"
    got = await fetched(url, repositories)
    assert got.files() == FILES
    assert b"s3cret" not in text_below(repositories)
    assert "s3cret" not in repr(got)
    assert "bWU6czNjcmV0" not in text_below(repositories).decode(errors="replace")
    server.login = "me:changed"
    origin.commit()
    with pytest.raises(LoginNeeded) as caught:
        await fetched(url, repositories)
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint} {caught.value.details}"


async def test_a_path_that_is_not_there_names_the_nearest(
    origin: Origin, repositories: Path
) -> None:
    rows = {
        "indx.ipynb": "'index.ipynb'",
        "values.csv": "'data/values.csv'",
        "readme.md": "'README.md'",
        "dat": "'data'",
    }
    for path, near in rows.items():
        with pytest.raises(PathNotFound) as caught:
            await fetched(origin.path, repositories, path=path)
        assert near in caught.value.hint
    with pytest.raises(PathNotFound):
        await fetched(origin.path, repositories, path="README.md/below")
    assert (await fetched(origin.path, repositories, path="data")).checkout.pinned.path == "data"


@pytest.mark.parametrize("source", ["git", "folder", "changes"])
async def test_a_full_disk(origin: Origin, small_disk: Path, source: str) -> None:
    origin.write({"big": os.urandom(3_000_000)})
    if source == "git":
        origin.commit()
    elif source == "folder":
        shutil.rmtree(origin.path / ".git")
    with pytest.raises(DiskFull) as caught:
        await fetched(origin.path, small_disk / "repositories")
    assert str(small_disk) in caught.value.message
    kept = sum(p.stat().st_size for p in small_disk.rglob("*") if p.is_file())
    assert kept < 100_000  # what was half written is gone


async def test_a_damaged_mirror_is_made_anew(
    origin: Origin, repositories: Path, serve: Serve
) -> None:
    server = serve(origin.path.parent)
    got = await fetched(f"{server.url}/origin", repositories)
    for pack in mirror(repositories).glob("objects/pack/*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(b"nonsense")
    shutil.rmtree(got.directory.parent)
    again = await fetched(f"{server.url}/origin", repositories)
    assert again.files() == FILES
    assert "damaged" in again.said(Message)


async def test_a_checkout_without_marker_is_made_again(origin: Origin, repositories: Path) -> None:
    got = await fetched(origin.path, repositories)
    (got.directory.parent / "complete").unlink()
    (got.directory / "README.md").write_text("half")
    again = await fetched(origin.path, repositories)
    assert again.directory == got.directory
    assert (again.directory / "README.md").read_text() == "# Hello\n"


async def test_what_a_killed_git_leaves_is_no_hindrance(origin: Origin, repositories: Path) -> None:
    await fetched(origin.path, repositories)
    git_dir = mirror(repositories)
    left = ["shallow.lock", "packed-refs.lock", "refs/binder-lite/x.lock", "config.lock",
            "objects/pack/tmp_pack_x"]  # fmt: skip
    for name in left:
        (git_dir / name).write_text("")
    temporary = git_dir.parent / "checkouts" / ".tmp-0"
    temporary.mkdir()
    origin.commit({"new": ""})
    got = await fetched(origin.path, repositories)
    assert "new" in got.files()
    assert not temporary.exists()
    assert not any((git_dir / name).exists() for name in left)


PROGRAM = """
import asyncio, sys
from pathlib import Path
from binder_lite.events import Message, Step
from binder_lite.sources.git import fetch, resolve
from binder_lite.sources.url import parse_source

async def main():
    pinned = await resolve(parse_source(sys.argv[1], cwd=Path("/")))
    step = Step(fetch(pinned, Path(sys.argv[2])))
    async for event in step:
        print(event.phase, event.message, flush=True)
    print("done", step.result.directory, flush=True)

asyncio.run(main())
"""


async def test_fetches_in_the_same_instant(
    origin: Origin, repositories: Path, serve: Serve
) -> None:
    origin.commit({"big": os.urandom(3_000_000)})
    server = serve(origin.path.parent)
    programs = [await start(f"{server.url}/origin", repositories) for _ in range(4)]
    outputs = [(await program.communicate())[0].decode() for program in programs]
    assert [program.returncode for program in programs] == [0] * 4
    assert len({output.rsplit("done", 1)[1] for output in outputs}) == 1
    assert sum("fetching Fetched" in output for output in outputs) == 1
    assert sum(server.sent) < 2 * 3_000_000


async def test_waiting_is_told(origin: Origin, repositories: Path) -> None:
    from binder_lite.storage import lock

    await fetched(origin.path, repositories)
    held = lock(mirror(repositories).parent / "lock")
    assert held is not None
    pinned = await resolve(parse_source(str(origin.path), cwd=Path("/")))
    steps = fetch(pinned, repositories)
    first = await anext(steps)
    assert isinstance(first, Message)
    assert first.phase == "waiting"
    os.close(held)
    rest = [item async for item in steps]
    assert len(rest) == 1


async def start(url: str, repositories: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, url, str(repositories), stdout=asyncio.subprocess.PIPE
    )


async def test_killed_half_way(origin: Origin, repositories: Path, serve: Serve) -> None:
    origin.commit({"big": os.urandom(5_000_000)})
    server = serve(origin.path.parent, go_on=threading.Event())
    assert server.go_on
    killed = await start(f"{server.url}/origin", repositories)
    assert killed.stdout
    async with asyncio.timeout(30):
        while b"Receiving" not in await killed.stdout.readline():
            pass
    killed.kill()
    await killed.wait()
    # The lock is its git's too: the next one waits while that runs. (It ends by itself as soon as
    # it next reports progress, which nobody reads any more.)
    following = await start(f"{server.url}/origin", repositories)
    assert following.stdout
    async with asyncio.timeout(30):
        assert (await following.stdout.readline()).startswith((b"waiting", b"fetching"))
    server.go_on.set()
    output = (await following.communicate())[0].decode()
    directory = Path(output.rsplit("done ", 1)[1].strip())
    assert (directory / "big").stat().st_size == 5_000_000


async def test_cancelled_half_way(origin: Origin, repositories: Path, serve: Serve) -> None:
    origin.commit({"big": os.urandom(5_000_000)})
    server = serve(origin.path.parent, go_on=threading.Event())
    fetching = asyncio.create_task(fetched(f"{server.url}/origin", repositories))
    async with asyncio.timeout(30):
        while not list(repositories.glob("*/mirror.git/objects/pack/tmp_*")):
            await asyncio.sleep(0.02)
    fetching.cancel()
    await asyncio.gather(fetching, return_exceptions=True)
    assert list(mirror(repositories).glob("objects/pack/tmp_*")) == []
    assert server.go_on
    server.go_on.set()
    got = await fetched(f"{server.url}/origin", repositories)
    assert (got.directory / "big").stat().st_size == 5_000_000


async def test_git_killed_half_way(origin: Origin, repositories: Path, serve: Serve) -> None:
    origin.commit({"big": os.urandom(5_000_000)})
    server = serve(origin.path.parent, go_on=threading.Event())
    assert server.go_on
    program = await start(f"{server.url}/origin", repositories)
    assert program.stdout
    async with asyncio.timeout(30):
        while b"Receiving" not in await program.stdout.readline():
            pass
    for pid in processes_with(str(repositories)):
        # One may end with another that is killed before it.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    await program.wait()
    server.go_on.set()
    assert list(mirror(repositories).glob("objects/pack/tmp_*"))
    got = await fetched(f"{server.url}/origin", repositories)
    assert (got.directory / "big").stat().st_size == 5_000_000
    assert not list(mirror(repositories).glob("objects/pack/tmp_*"))


def processes_with(text: str) -> list[int]:
    """The processes, ourselves not, that have this in their arguments or environment."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            known = (each / "environ").read_bytes() + (each / "cmdline").read_bytes()
            if os.fsencode(text) in known and int(each.name) != os.getpid():
                found.append(int(each.name))
    return found


async def test_cancelling_leaves_no_process_and_no_lock(
    origin: Origin, repositories: Path, serve: Serve
) -> None:
    origin.commit({"big": os.urandom(5_000_000)})
    server = serve(origin.path.parent, go_on=threading.Event())
    assert server.go_on
    pinned = await resolve(parse_source(f"{server.url}/origin", cwd=Path("/")))

    async def consume() -> None:
        async for _ in fetch(pinned, repositories):
            pass

    task = asyncio.create_task(consume())
    async with asyncio.timeout(30):
        while not processes_with(str(repositories)):
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processes_with(str(repositories)) == []
    server.go_on.set()
    got = await fetched(f"{server.url}/origin", repositories)
    assert "waiting" not in {event.phase for event in got.events}


# Names, links, submodules, LFS.

NAMES = ["with space", "it's \"so\"", "line\nbreak", "ß «α»", "-rf", "a\\b", "tab\there", "%41",
         "x" * 200, "not-utf8-\udcff", ":(glob)*", "*", "#x"]  # fmt: skip


async def test_files_of_any_name(repositories: Path, tmp_path: Path) -> None:
    made = Origin.make(tmp_path / "names")
    made.commit({f"{name}/{name}": name.encode(errors="surrogateescape") for name in NAMES})
    got = await fetched(made.path, repositories)
    assert got.files() == sorted(f"{name}/{name}" for name in NAMES)
    assert got.directory.name == "files"
    made.write({f"{name}/{name}": "changed" for name in NAMES})
    made.write({f"new {name}": "" for name in NAMES})
    changed = await fetched(made.path, repositories, path="line\nbreak/line\nbreak")
    assert changed.files() == sorted([f"{n}/{n}" for n in NAMES] + [f"new {n}" for n in NAMES])
    for name in NAMES:
        assert (changed.directory / name / name).read_text() == "changed"


async def test_links_that_leave_are_told_and_not_followed(
    origin: Origin, repositories: Path
) -> None:
    (origin.path / "out").symlink_to("/etc/passwd")
    (origin.path / "up").symlink_to("data/../../x")
    (origin.path / "in").symlink_to("data/values.csv")
    (origin.path / "a").mkdir()
    (origin.path / "a" / "here").symlink_to(".")
    (origin.path / "a" / "round").symlink_to("here/here/../..")
    (origin.path / "loop").symlink_to("loop")
    origin.commit()
    got = await fetched(origin.path, repositories)
    warning = got.said(Warn)
    assert "out" in warning
    assert "up" in warning
    assert "in," not in warning
    assert "a/round" in warning
    assert (got.directory / "out").is_symlink()
    with pytest.raises(UnsafePath):
        await fetched(origin.path, repositories, path="out")
    assert (await fetched(origin.path, repositories, path="in")).files() == got.files()
    with pytest.raises(PathNotFound):
        await fetched(origin.path, repositories, path="loop/x")


async def test_submodules_only_when_asked(
    origin: Origin, repositories: Path, tmp_path: Path, serve: Serve
) -> None:
    inner = Origin.make(tmp_path / "inner")
    inner.commit({"deep.txt": "deep"})
    middle = Origin.make(tmp_path / "middle")
    middle.commit({"code.py": ""})
    middle.git("submodule", "--quiet", "add", "../inner", "lib/inner")
    middle.commit()
    server = serve(tmp_path)
    origin.git("submodule", "--quiet", "add", str(middle.path), "parts/my middle")
    origin.git("config", "--file", ".gitmodules", "submodule.parts/my middle.url", "../middle")
    origin.commit()
    without = await fetched(f"{server.url}/origin", repositories)
    assert "--submodules" in without.said(Message)
    assert "parts/my middle" in without.said(Message)
    assert "parts/my middle/code.py" not in without.files()
    got = await fetched(f"{server.url}/origin", repositories, submodules=True)
    assert "parts/my middle/code.py" in got.files()
    assert "parts/my middle/lib/inner/deep.txt" in got.files()
    again = await fetched(f"{server.url}/origin", repositories, submodules=True)
    assert again.directory == got.directory
    assert "Fetching" not in again.said(Message)
    # On this disk they are taken from where the person has them already.
    middle.path.rename(tmp_path / "gone")
    got = await fetched(origin.path, repositories, submodules=True)
    assert "parts/my middle/code.py" in got.files()


@pytest.mark.parametrize("url", ["ext::sh -c 'touch {}'", "-oProxyCommand=touch {}:a/b"])
async def test_submodules_that_would_run_something(
    origin: Origin, repositories: Path, tmp_path: Path, url: str
) -> None:
    mark = tmp_path / "ran"
    origin.git("submodule", "--quiet", "add", str(origin.path), "sub")
    origin.git("config", "--file", ".gitmodules", "submodule.sub.url", url.format(mark))
    origin.commit()
    shutil.rmtree(origin.path / ".git" / "modules")
    with pytest.raises(BadSource):
        await fetched(origin.path, repositories, submodules=True)
    assert not mark.exists()


async def test_a_remote_repository_cannot_name_a_local_one(
    origin: Origin, repositories: Path, tmp_path: Path, serve: Serve
) -> None:
    private = Origin.make(tmp_path / "private")
    private.commit({"secret": ""})
    origin.git("submodule", "--quiet", "add", str(private.path), "sub")
    origin.commit()
    for url in (str(private.path), f"file://{private.path}"):
        origin.git("config", "--file", ".gitmodules", "submodule.sub.url", url)
        origin.commit()
        server = serve(tmp_path)
        with pytest.raises(BadSource):
            await fetched(f"{server.url}/origin", repositories, submodules=True)


async def test_submodules_that_have_each_other(repositories: Path, tmp_path: Path) -> None:
    one, two = Origin.make(tmp_path / "one"), Origin.make(tmp_path / "two")
    one.commit({"1": ""})
    two.commit({"2": ""})
    one.git("submodule", "--quiet", "add", str(two.path), "two")
    one.commit()
    two.git("submodule", "--quiet", "add", str(one.path), "one")
    two.commit()
    async with asyncio.timeout(60):
        first, second = await asyncio.gather(
            fetched(one.path, repositories, submodules=True),
            fetched(two.path, repositories, submodules=True),
        )
    assert "two/2" in first.files()
    assert "one/two/2" in second.files()


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 4\n"


@pytest.fixture
def with_lfs(origin: Origin) -> Origin:
    origin.git("lfs", "install", "--local")
    origin.git("lfs", "track", "*.bin")
    origin.commit({"model.bin": b"big data", "small.txt": "small"})
    return origin


@pytest.mark.needs("git-lfs")
async def test_lfs_files_are_fetched(with_lfs: Origin, repositories: Path) -> None:
    got = await fetched(with_lfs.path, repositories)
    assert (got.directory / "model.bin").read_bytes() == b"big data"
    assert got.said(Warn) == ""
    assert "Git LFS" in got.said(Message)


@pytest.mark.needs("git-lfs")
async def test_lfs_files_that_the_host_has_not(
    with_lfs: Origin, repositories: Path, serve: Serve
) -> None:
    server = serve(with_lfs.path.parent)
    got = await fetched(f"{server.url}/origin", repositories)
    assert "1 files are kept in Git LFS and could not be fetched" in got.said(Warn)
    assert lfs.is_pointer(got.directory / "model.bin")


async def test_lfs_files_without_git_lfs(
    origin: Origin, repositories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lfs, "is_installed", lambda: False)
    pointer = POINTER.format("0" * 64)
    origin.commit({".gitattributes": "*.bin filter=lfs\n", "a.bin": pointer, "b.bin": "real",
                   "pointer.txt": "no"})  # fmt: skip
    got = await fetched(origin.path, repositories)
    assert "1 files are kept in Git LFS and need git-lfs" in got.said(Warn)
    again = await fetched(origin.path, repositories)
    assert got.said(Warn) == again.said(Warn)
    with pytest.raises(LfsMissing):
        await fetched(origin.path, repositories, path="a.bin")
    await fetched(origin.path, repositories, path="b.bin")


async def test_filters_of_the_person_are_not_run(
    origin: Origin, repositories: Path, tmp_path: Path
) -> None:
    origin.commit({".gitattributes": "*.md filter=mine\n"})
    mark = tmp_path / "ran"
    git(tmp_path, "config", "--global", "filter.mine.smudge", f"touch {mark}; cat")
    await fetched(origin.path, repositories)
    assert not mark.exists()


# This disk.


async def test_uncommitted_changes_are_taken_along(origin: Origin, repositories: Path) -> None:
    origin.commit({"keep/only.txt": "1", "folder/x": "1", "other": "1", ".gitignore": "*.log\n"})
    origin.write({"README.md": "changed", "new/deep/file": "new", "trace.log": ""})
    (origin.path / "keep" / "only.txt").unlink()
    (origin.path / "folder" / "x").unlink()
    (origin.path / "folder").rmdir()
    (origin.path / "folder").write_text("a file now")
    (origin.path / "other").unlink()
    (origin.path / "other").symlink_to("README.md")
    (origin.path / "index.ipynb").chmod(0o755)
    Origin.make(origin.path / "nested").commit({"x": ""})
    got = await fetched(origin.path, repositories)
    assert got.files() == [
        ".gitignore", "README.md", "data/values.csv", "folder", "index.ipynb", "new/deep/file",
        "other",
    ]  # fmt: skip
    assert (got.directory / "README.md").read_text() == "changed"
    assert (got.directory / "other").readlink() == Path("README.md")
    assert os.access(got.directory / "index.ipynb", os.X_OK)
    assert not (got.directory / "keep").exists()
    assert "taken along" in got.said(Message)
    assert "nested" in got.said(Warn)
    committed = await fetched(origin.path, repositories, ref="HEAD")
    assert (committed.directory / "README.md").read_text() == "# Hello\n"
    again = await fetched(origin.path, repositories)
    assert again.directory == got.directory
    origin.write({"README.md": "changed again"})
    later = await fetched(origin.path, repositories)
    assert (later.directory / "README.md").read_text() == "changed again"
    assert (got.directory / "README.md").read_text() == "changed"


async def test_a_folder_that_became_a_link_is_not_followed(
    origin: Origin, repositories: Path, tmp_path: Path
) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "values.csv").write_text("secret")
    shutil.rmtree(origin.path / "data")
    (origin.path / "data").symlink_to(tmp_path / "private")
    got = await fetched(origin.path, repositories)
    assert (got.directory / "data").is_symlink()
    assert b"secret" not in text_below(repositories)


async def test_a_plain_folder_is_copied(repositories: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "nb.ipynb").write_text("{}")
    (folder / "out").symlink_to("/etc/passwd")
    got = await fetched(folder / "sub" / "nb.ipynb", repositories)
    assert got.checkout.pinned.path == "nb.ipynb"
    assert got.files() == ["nb.ipynb"]
    assert "not a git repository" in got.said(Message)
    got = await fetched(folder, repositories)
    assert got.files() == ["out", "sub/nb.ipynb"]
    assert "out" in got.said(Warn)
    assert (await fetched(folder, repositories)).directory == got.directory
    (folder / "more").write_text("")
    assert "more" in (await fetched(folder, repositories)).files()


async def test_a_repository_without_commits_is_copied(repositories: Path, tmp_path: Path) -> None:
    unborn = Origin.make(tmp_path / "unborn")
    unborn.write({"nb.ipynb": "{}"})
    got = await fetched(unborn.path, repositories)
    assert files_below(got.directory) == ["nb.ipynb"]
    assert not (got.directory / ".git").exists()


async def test_a_whole_home_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(BadSource):
        await fetched(tmp_path, tmp_path / "home" / ".cache" / "repositories")


async def test_checkouts_that_nobody_uses_are_removed(origin: Origin, repositories: Path) -> None:
    old = await fetched(origin.path, repositories)
    origin.write({"new": ""})
    snapshot = await fetched(origin.path, repositories)
    week = 7 * 24 * 3600
    checkouts.remove_unused(repositories, time.time() + week - 60)
    assert old.directory.exists()
    assert not snapshot.directory.exists()
    os.utime(old.directory.parent, (time.time() - week - 60,) * 2)
    await fetched(origin.path, repositories, ref="main")  # a use, just in time
    assert old.directory.exists()
    os.utime(old.directory.parent, (time.time() - week - 60,) * 2)
    origin.commit()
    await fetched(origin.path, repositories)
    assert not old.directory.exists()


async def test_the_history_goes_a_month_after_the_files(origin: Origin, repositories: Path) -> None:
    await fetched(origin.path, repositories)
    (directory,) = repositories.iterdir()
    day, now = 24 * 3600, time.time()
    checkouts.remove_unused(repositories, now + 40 * day)
    assert not list((directory / "checkouts").iterdir())  # the files alone, however long ago
    checkouts.remove_unused(repositories, now + 29 * day)
    assert (directory / "mirror.git").exists()
    checkouts.remove_unused(repositories, now + 31 * day)
    assert {each.name for each in directory.iterdir()} == {"checkouts", "lock"}
    again = await fetched(origin.path, repositories)
    assert again.directory.is_dir()


async def test_many_files_are_quick(repositories: Path, tmp_path: Path) -> None:
    made = Origin.make(tmp_path / "many")
    lines = ["commit refs/heads/main", "committer A <a@b> 0 +0000", "data 0", ""]
    for number in range(20_000):
        lines += [f"M 100644 inline d{number % 100}/f{number}", "data 1", "x"]
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=made.path, input="\n".join(lines).encode(),
        check=True,
    )  # fmt: skip
    git_alone = time.perf_counter()
    git(tmp_path, "clone", "--quiet", f"file://{made.path}", "cloned")
    git_alone = time.perf_counter() - git_alone
    ours = time.perf_counter()
    got = await fetched(made.path, repositories, ref="main")
    ours = time.perf_counter() - ours
    assert len(got.files()) == 20_000
    # Generous, for a busy machine; a step in Python for each file would be far beyond it.
    assert ours < 5 * git_alone + 3


async def test_the_mirror_has_no_configuration_of_others(
    origin: Origin, repositories: Path
) -> None:
    await fetched(origin.path, repositories)
    config = await run(data_command(mirror(repositories), "config", "--local", "--list"))
    assert {line.split("=")[0] for line in config.stdout.splitlines()} == {
        "core.repositoryformatversion", "core.filemode", "core.bare",
    }  # fmt: skip
