# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources on this disk: a repository, a folder in one, a plain folder, or a file in any of them.

A repository on disk is read as data: its own configuration is consulted only by commands that run
no program (see ``look_command``). What has changed in it is found by changes.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from binder_lite.errors import BadSource, RefNotFound, RepositoryNotFound, UnsafePath
from binder_lite.process import CommandFailed, check, run
from binder_lite.sources.changes import Repository, read_changes
from binder_lite.sources.git_commands import (
    local_remote,
    look_command,
    ls_remote_command,
)
from binder_lite.sources.git_errors import explain
from binder_lite.sources.model import PinnedSource, Source
from binder_lite.sources.refs import nearest, parse_refs, pin
from binder_lite.sources.safety import is_short_commit, shown


@dataclass(frozen=True, slots=True)
class Place:
    """Where a local source lies: its repository, if any, and the path below ``root``."""

    root: Path
    path: str | None
    repository: Repository | None


async def find_place(directory: Path) -> Place:
    """Find out what lies at ``directory``. Raises ``RepositoryNotFound`` and ``BadSource``."""
    _check_exists(directory)
    if not directory.is_dir():
        if not directory.is_file():
            raise BadSource(
                f"{shown(str(directory))} is neither a folder nor a file.",
                hint="Give a folder, a repository or a notebook.",
            )
        parent = await find_place(directory.parent)
        name = directory.name if parent.path is None else f"{parent.path}/{directory.name}"
        return Place(parent.root, name, parent.repository)
    real = Path(os.path.realpath(directory))
    repository = await _find_repository(real)
    if repository is None:
        return Place(directory, None, None)
    if repository.top is None or real == repository.top:
        return Place(repository.top or real, None, repository)
    if await _is_ignored(real, repository.top):
        return Place(directory, None, None)
    return Place(repository.top, real.relative_to(repository.top).as_posix(), repository)


def _check_exists(directory: Path) -> None:
    try:
        exists = directory.exists()
    except OSError as error:
        raise RepositoryNotFound(
            f"{shown(str(directory))} cannot be read: {error.strerror}.",
            hint="Check the path and its permissions.",
        ) from error
    if exists:
        return
    parent = next(each for each in directory.parents if each.is_dir())
    near = nearest(directory.relative_to(parent).parts[0], _names(parent))
    hint = "Check the path."
    if near:
        hint = "Did you mean " + " or ".join(shown(str(parent / each)) for each in near) + "?"
    raise RepositoryNotFound(f"{shown(str(directory))} does not exist.", hint=hint)


def _names(directory: Path) -> list[str]:
    try:
        return [each.name for each in directory.iterdir()]
    except OSError:
        return []


async def _find_repository(directory: Path) -> Repository | None:
    # Relative answers, where git can give them: a path's bytes need not be UTF-8.
    asked = ("rev-parse", "--is-inside-work-tree", "--show-cdup")
    done = await run(look_command(directory, *asked))
    if done.exit_status:
        return None
    inside, _, up = done.stdout.removesuffix("\n").partition("\n")
    if inside != "true":
        git_dir = await _ask(directory, "--git-dir")
        return None if git_dir is None else Repository(git_dir, git_dir, None)
    top = Path(os.path.realpath(directory / up))
    if not directory.is_relative_to(top) or not os.path.lexists(top / ".git"):
        # `core.worktree` may name any folder; only one that we were pointed at is opened.
        return None
    git_dir, common_dir = await _ask(top, "--git-dir"), await _ask(top, "--git-common-dir")
    if git_dir is None or common_dir is None:
        return None
    return Repository(git_dir, common_dir, top)


async def _ask(directory: Path, what: str) -> Path | None:
    done = await run(look_command(directory, "rev-parse", what))
    if done.exit_status:
        return None
    return Path(os.path.realpath(directory / done.stdout.removesuffix("\n")))


async def _is_ignored(directory: Path, top: Path) -> bool:
    done = await run(look_command(top, "check-ignore", "--quiet", "--", str(directory)))
    return done.exit_status == 0


async def resolve_local(source: Source) -> PinnedSource:
    """Pin a source on this disk. Raises ``RepositoryNotFound``, ``RefNotFound``, ``BadSource``."""
    if source.directory is None:
        raise ValueError("not a local source")
    place = await find_place(source.directory)
    path = "/".join(each for each in (place.path, source.path) if each) or None
    if place.path and source.path and (place.root / place.path).is_file():
        raise UnsafePath(
            f"{shown(place.path)} is a file, so {shown(source.path)!r} cannot be below it.",
            hint="Give the folder, or leave out --path.",
        )
    repository = place.repository
    name = shown(str(place.root))
    if repository is None:
        return _pin_folder(source, path, name, "is not a git repository")
    remote = local_remote(repository.git_dir)
    try:
        refs = parse_refs(await check(ls_remote_command(remote)))
    except CommandFailed as failed:
        raise explain(failed, name=name) from failed
    if not refs.commits or (source.ref is None and "HEAD" not in refs.commits):
        if repository.top is None:
            raise RefNotFound(f"{name} has no commits.", hint="Commit something to it first.")
        return _pin_folder(source, path, name, "has no commits yet")
    if source.ref is not None and is_short_commit(source.ref):
        source = replace(source, ref=await _full_commit(repository, source.ref) or source.ref)
    pinned = replace(pin(source, refs, name), path=path)
    if source.ref is None and repository.top is not None:
        changed = await read_changes(repository, pinned.commit or "")
        pinned = replace(pinned, uncommitted=bool(changed))
    return pinned


def _pin_folder(source: Source, path: str | None, name: str, why: str) -> PinnedSource:
    if source.ref is not None:
        raise RefNotFound(
            f"{name} {why}, so it has no {shown(source.ref)!r}.", hint="Leave out --ref."
        )
    return PinnedSource(source, None, None, path)


async def _full_commit(repository: Repository, ref: str) -> str | None:
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    done = await run(look_command(repository.git_dir, *asked))
    return done.stdout.strip() or None if done.exit_status == 0 else None


async def read_origin(repository: Repository | None) -> str | None:
    """Return the address that a repository on this disk was cloned from, if it says so."""
    if repository is None:
        return None
    file = str(repository.common_dir / "config")
    asked = ("config", "--file", file, "--get", "remote.origin.url")
    done = await run(look_command(Path("/"), *asked))
    return done.stdout.removesuffix("\n") or None if done.exit_status == 0 else None
