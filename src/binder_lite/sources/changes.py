# SPDX-License-Identifier: GPL-3.0-or-later
"""What a work tree has that its commit has not: finding it, and taking it along.

Neither runs a program that the repository's configuration names: the changes are found with a git
directory of our own, so that its filters, hooks and fsmonitor do not count.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from binder_lite.process import CommandFailed, check, run
from binder_lite.sources import lfs
from binder_lite.sources.git_commands import data_command, init_command, look_command
from binder_lite.sources.git_errors import explain
from binder_lite.sources.git_output import parse_status
from binder_lite.sources.safety import shown


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on this disk. ``top`` is its work tree, or ``None`` when it is bare.

    ``git_dir`` is the work tree's own, ``common_dir`` what all its work trees share.
    """

    git_dir: Path
    common_dir: Path
    top: Path | None


async def read_changes(repository: Repository, commit: str) -> list[str]:
    """Return the paths in the work tree that differ from ``commit``, untracked ones included.

    The repository's index is copied, so that unchanged files are known by their size and time,
    and its objects are read; its configuration is not. Where git-lfs is, its filter tells
    whether a file that it keeps has changed.
    """
    if repository.top is None:
        return []
    with tempfile.TemporaryDirectory(prefix="binder-lite-") as temporary:
        ours = Path(temporary, "git")
        await check(init_command(ours, commit))
        await asyncio.to_thread(_borrow, repository, ours, commit)
        ignored = await _persons_ignore_file()
        status = data_command(
            ours,
            "status", "--porcelain=v2", "--untracked-files=all", "--no-renames",
            "--ignore-submodules=all",
            work_tree=repository.top,
            index=Path(temporary, "git", "index"),
            config=(("core.bare", "false"), *ignored, *(lfs.FILTER if lfs.is_installed() else ())),
        )  # fmt: skip
        status = status.with_env(GIT_OBJECT_DIRECTORY=str(repository.common_dir / "objects"))
        try:
            return parse_status(await check(status))
        except CommandFailed as failed:
            name = shown(str(repository.top))
            raise explain(failed, name=name, phrase="Git could not look at") from failed


def _borrow(repository: Repository, ours: Path, commit: str) -> None:
    (ours / "HEAD").write_text(commit + "\n", encoding="ascii")
    (ours / "info").mkdir(exist_ok=True)
    shared_indexes = repository.git_dir.glob("sharedindex.*")
    for theirs, name in (
        (repository.git_dir / "index", "index"),
        (repository.common_dir / "info" / "exclude", "info/exclude"),
        (repository.common_dir / "info" / "sparse-checkout", "info/sparse-checkout"),
        *((each, each.name) for each in shared_indexes),
    ):
        if theirs.is_file() and not theirs.is_symlink():
            shutil.copy2(theirs, ours / name)


async def _persons_ignore_file() -> tuple[tuple[str, str], ...]:
    """Return the setting that says which files the person never wants to be taken along."""
    asked = ("config", "--global", "--type=path", "--get", "core.excludesFile")
    command = look_command(Path("/"), *asked)
    kept = {k: v for k, v in command.env.items() if k != "GIT_CONFIG_GLOBAL"}
    if "GIT_CONFIG_GLOBAL" in os.environ:
        kept["GIT_CONFIG_GLOBAL"] = os.environ["GIT_CONFIG_GLOBAL"]
    done = await run(replace(command, env=kept))
    value = done.stdout.removesuffix("\n")
    return (("core.excludesFile", value),) if done.exit_status == 0 and value else ()


def apply_changes(top: Path, changed: list[str], target: Path) -> None:
    """Make ``target``, a checkout of the commit, like the work tree ``top``.

    Symbolic links are copied as links, and none is followed on the way to a file: where a folder
    became a link, git counts the files below it as deleted. Folders that are reported as such
    are repositories of their own and left out.
    """
    plain_here, plain_there = _plain_folders(top), _plain_folders(target)
    for path in changed:
        if plain_there(os.path.dirname(path)):  # noqa: PTH120 - there may be very many
            _remove(target, path)
    for path in changed:
        if path.endswith("/") or not plain_here(os.path.dirname(path)):  # noqa: PTH120
            continue
        file = top / path
        if file.is_symlink() or file.is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target / path, follow_symlinks=False)


def _plain_folders(root: Path) -> Callable[[str], bool]:
    """Return a function that says whether the way from ``root`` to a folder has no link."""
    real = os.path.realpath(root)

    @cache
    def is_plain(folder: str) -> bool:
        whole = os.path.join(real, folder) if folder else real  # noqa: PTH118
        return os.path.realpath(whole) == whole

    return is_plain


def _remove(target: Path, path: str) -> None:
    """Remove a file, and the folders that it leaves empty."""
    file = target / path
    if not file.is_symlink() and not file.is_file():
        return
    file.unlink()
    for parent in file.relative_to(target).parents:
        if parent == Path():
            break
        try:
            (target / parent).rmdir()
        except OSError:
            break  # not empty
