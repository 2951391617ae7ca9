# SPDX-License-Identifier: GPL-3.0-or-later
"""The story's first part: source → pinned source → checkout.

Told here, done elsewhere: refs.py chooses the commit, mirror.py fetches it, checkouts.py writes
its files, local.py looks at this disk; workspace.py makes a session's own copy of the result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from binder_lite.errors import FetchFailed, HostUnreachable, LfsMissing, RepositoryNotFound
from binder_lite.events import Event, Message, Result, Step, Steps, Warn, printable
from binder_lite.process import CommandFailed, check, run
from binder_lite.sources import checkouts, lfs, snapshots
from binder_lite.sources.changes import Repository, apply_changes, read_changes
from binder_lite.sources.checkouts import Marker, check_path, read_marker
from binder_lite.sources.git_commands import (
    Remote,
    local_remote,
    look_command,
    ls_remote_command,
    person_environment,
)
from binder_lite.sources.git_errors import explain
from binder_lite.sources.local import (
    find_place,
    read_origin,
    resolve_local,
)
from binder_lite.sources.making import make_checkout
from binder_lite.sources.mirror import Mirror, mirror_of
from binder_lite.sources.model import Checkout, PinnedSource, Source
from binder_lite.sources.refs import Refs, parse_refs, pin
from binder_lite.sources.safety import is_full_commit, shown
from binder_lite.sources.snapshots import compose
from binder_lite.sources.submodules import DEEPEST, listed, parse_gitmodules, submodule_source
from binder_lite.storage import remove_tree, writing

_ANSWER_SECONDS = 60


async def resolve(source: Source) -> PinnedSource:
    """Find the one commit that a source means, before anything is fetched.

    A full commit id needs no question: whether it exists shows when it is fetched. Raises
    ``RepositoryNotFound``, ``LoginNeeded``, ``HostUnreachable``, ``RefNotFound``, ``FetchFailed``.
    """
    if source.directory is not None:
        return await resolve_local(source)
    name = printable(source.url or "")
    if source.ref is not None and is_full_commit(source.ref) and source.ref_and_path is None:
        return pin(source, Refs({}), name)
    remote = await _reach(source)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            text = await check(ls_remote_command(remote))
    except TimeoutError:
        raise HostUnreachable(
            f"The host of {name} did not answer within {_ANSWER_SECONDS} s.",
            hint="Check the address and this machine's network, then try again.",
        ) from None
    except CommandFailed as failed:
        raise explain(failed, name=name) from failed
    return pin(source, parse_refs(text), name)


async def _reach(source: Source) -> Remote:
    url = source.url or ""
    own_ssh = False
    if not url.startswith(("http://", "https://", "git://")):
        asked = person_environment(url, None, own_ssh=True)
        command = look_command(Path("/"), "config", "--get", "core.sshCommand")
        own_ssh = (await run(replace(command, env=asked))).exit_status == 0
    return Remote(url, printable(url), person_environment(url, source.login, own_ssh=own_ssh))


async def fetch(
    pinned: PinnedSource, repositories: Path, *, submodules: bool = False
) -> Steps[Checkout]:
    """Fetch a pinned source's files, and end with the checkout.

    Mirrors and checkouts are kept below ``repositories``, which everybody who may read this
    source may share. Raises the errors of :func:`resolve`, and ``PathNotFound``, ``UnsafePath``,
    ``LfsMissing``, ``DiskFull``, ``NotWritable``.
    """
    with writing("the repository", repositories):
        repositories.mkdir(parents=True, exist_ok=True)
    fetching = Step(_fetch(pinned, repositories, submodules, 0))
    async for event in fetching:
        yield event
    checkout = fetching.result
    check_path(checkout)
    _check_opened(checkout)
    with suppress(OSError):  # making room for later is no reason to fail now
        await asyncio.to_thread(checkouts.remove_unused, repositories)
    yield Result(checkout)


async def _fetch(
    pinned: PinnedSource, repositories: Path, submodules: bool, depth: int
) -> Steps[Checkout]:
    if pinned.commit is None:
        step = Step(_copy_folder(pinned, repositories))
        async for event in step:
            yield event
        yield Result(step.result)
        return
    repository, remote = await _find(pinned.source)
    mirror = mirror_of(repositories, remote.url)
    base = Step(make_checkout(pinned, mirror, remote))
    async for event in base:
        yield event
    container = base.result
    if submodules and depth < DEEPEST:
        more = Step(_add_submodules(pinned, mirror, container, repository, repositories, depth))
        async for event in more:
            yield event
        container = more.result
    if pinned.uncommitted and repository is not None:
        changed = Step(_take_changes(pinned, mirror, container, repository))
        async for event in changed:
            yield event
        container = changed.result
    for event in _notices(container):
        yield event
    yield Result(Checkout(pinned, container / "files"))


async def _find(source: Source) -> tuple[Repository | None, Remote]:
    if source.directory is None:
        return None, await _reach(source)
    place = await find_place(source.directory)
    repository, name = place.repository, shown(str(place.root))
    if repository is None:
        raise RepositoryNotFound(
            f"{shown(str(source.directory))} is not a git repository any more.",
            hint="Launch it again.",
        )
    return repository, local_remote(repository.common_dir, name)


async def _add_submodules(
    pinned: PinnedSource,
    mirror: Mirror,
    base: Path,
    repository: Repository | None,
    repositories: Path,
    depth: int,
) -> Steps[Path]:
    """Fetch the submodules as sources of their own and end with a checkout that has their files.

    No lock is held meanwhile: two repositories may have each other as submodules.
    """
    marker = read_marker(base) or Marker()
    gitmodules = base / "files" / ".gitmodules"
    if not marker.submodules or gitmodules.is_symlink() or not gitmodules.is_file():
        yield Result(base)
        return
    listing = await check(
        look_command(Path("/"), "config", "--file", str(gitmodules),
                     "--list", "-z")
    )  # fmt: skip
    declared = parse_gitmodules(listing)
    git_dir = repository.common_dir if repository else None
    address = pinned.source.url or await read_origin(repository) or str(pinned.source.directory)
    found: dict[str, Path] = {}
    for path, commit in marker.submodules.items():
        if path not in declared:
            yield Warn("fetching", f"The submodule {shown(path)!r} is not in .gitmodules.")
            continue
        name, url = declared[path]
        source = submodule_source(pinned.source, path, name, url, commit, address, git_dir)
        step = Step(_fetch(source, repositories, True, depth + 1))
        async for event in step:
            yield event
        found[path] = step.result.directory
    left = {path: commit for path, commit in marker.submodules.items() if path not in found}
    copies = [(base / "files", ""), *((directory, path) for path, directory in found.items())]
    composing = Step(
        compose(mirror, f"{base.name}+submodules", replace(marker, submodules=left), copies)
    )
    async for event in composing:
        yield event
    yield Result(composing.result)


async def _take_changes(
    pinned: PinnedSource, mirror: Mirror, base: Path, repository: Repository
) -> Steps[Path]:
    """End with a checkout of the commit with the work tree's uncommitted changes."""
    top = repository.top
    changed = await read_changes(repository, pinned.commit or "")
    if top is None or not changed:
        yield Result(base)
        return
    yield Message(
        "fetching",
        f"{shown(str(top))} has uncommitted changes in {_counted(changed)}; they are taken along.",
    )
    if nested := [path for path in changed if path.endswith("/")]:
        paths = ", ".join(shown(path) for path in nested[:3])
        yield Warn("fetching", f"Repositories inside the repository are left out: {paths}.")
    composing = Step(
        compose(
            mirror,
            snapshots.changes_name(base.name, top, changed),
            read_marker(base) or Marker(),
            [(base / "files", "")],
            lambda files: apply_changes(top, changed, files),
        )
    )
    async for event in composing:
        yield event
    yield Result(composing.result)


async def _copy_folder(pinned: PinnedSource, repositories: Path) -> Steps[Checkout]:
    """End with a copy of a folder that has no commits."""
    if pinned.source.directory is None:
        raise ValueError("a source without a commit is a folder")
    folder = (await find_place(pinned.source.directory)).root
    name = shown(str(folder))
    snapshots.check_copyable(folder, repositories)
    yield Message(
        "fetching",
        f"{name} is not a git repository with commits; the session runs from a copy of it.",
    )
    mirror = mirror_of(repositories, str(folder))
    composing = Step(
        compose(
            mirror,
            await asyncio.to_thread(snapshots.folder_name, folder),
            Marker(),
            [(folder, "")],
            # A repository without commits: git would take it for one that is to be pushed.
            lambda files: remove_tree(files / ".git"),
        )
    )
    async for event in composing:
        yield event
    for event in _notices(composing.result):
        yield event
    yield Result(Checkout(pinned, composing.result / "files"))


def _counted(paths: list[str]) -> str:
    return f"{len(paths)} files" if len(paths) > 1 else shown(paths[0])


def _notices(container: Path) -> Iterator[Event]:
    """What a person should know of a checkout, each time that it is launched."""
    marker = read_marker(container) or Marker()
    if marker.leaving:
        paths = ", ".join(shown(path) for path in marker.leaving[:3])
        yield Warn(
            "fetching",
            f"Links that lead out of the repository will not work in the session: {paths}"
            + (f" and {len(marker.leaving) - 3} more." if len(marker.leaving) > 3 else "."),
        )
    if marker.submodules:
        yield Message(
            "fetching",
            f"The repository has submodules that are not fetched: {listed(marker.submodules)}. "
            "With --submodules they are.",
        )
    if marker.lfs_missing:
        lack = "could not be fetched" if lfs.is_installed() else "need git-lfs, which is missing"
        yield Warn(
            "fetching", f"{marker.lfs_missing} files are kept in Git LFS and {lack}: "
            "they are only pointers here.",
        )  # fmt: skip


def _check_opened(checkout: Checkout) -> None:
    """Refuse to open a file of which there is only Git LFS's pointer."""
    path = checkout.pinned.path
    if path is None or not lfs.is_pointer(checkout.directory / path):
        return
    if lfs.is_installed():
        raise FetchFailed(
            f"{shown(path)} is kept in Git LFS, and the host did not give it.",
            hint="The warnings above say why. It may be over its quota, or ask for a login.",
        )
    raise LfsMissing(
        f"{shown(path)} is kept in Git LFS, and git-lfs is not installed.",
        hint="Install git-lfs (on Debian and Ubuntu: apt install git-lfs), then launch again.",
    )
