# SPDX-License-Identifier: GPL-3.0-or-later
"""A commit's files on disk: made once in a temporary place, renamed when complete, shared.

Beside the files lies a marker, written last, that says what is to be told about them each time.
Nobody writes to a checkout. What was not used for long is removed by a later fetch.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from binder_lite.errors import PathNotFound, UnsafePath
from binder_lite.process import check
from binder_lite.sources.git_commands import data_command
from binder_lite.sources.git_output import Listing, parse_listing
from binder_lite.sources.mirror import Mirror
from binder_lite.sources.model import Checkout
from binder_lite.sources.refs import nearest
from binder_lite.sources.safety import shown
from binder_lite.storage import lock, remove_tree

_UNUSED_SECONDS = 7 * 24 * 3600
# Of a folder that changes all the time there is a snapshot for each state that was launched.
_SNAPSHOT_UNUSED_SECONDS = 24 * 3600
_HISTORY_SECONDS = 30 * 24 * 3600
SNAPSHOT = "snapshot-"
_TEMPORARY = ".tmp-"


@dataclass(frozen=True, slots=True)
class Marker:
    """What is known of a checkout, so that it can be told without looking again.

    ``leaving`` are its symbolic links that lead out of it, ``submodules`` those whose files it
    does not have (path → commit). ``lfs`` says that it has files kept in Git LFS, and
    ``lfs_missing`` counts those of which there is only the pointer.
    """

    leaving: tuple[str, ...] = ()
    submodules: dict[str, str] = field(default_factory=dict)
    lfs: bool = False
    lfs_missing: int = 0


def read_marker(container: Path) -> Marker | None:
    """Return a complete checkout's marker, and count this as a use; ``None`` if it has none."""
    try:
        known = json.loads((container / "complete").read_bytes())
        marker = msgspec.convert(known, Marker)
    except (OSError, ValueError, msgspec.ValidationError):
        return None
    if not (container / "files").is_dir():
        return None
    with contextlib.suppress(OSError):  # another person's, read-only: its owner counts the uses
        os.utime(container)
    return marker


def temporary_place(mirror: Mirror) -> Path:
    """Make a directory to build a checkout in. Only for the holder of the lock."""
    mirror.checkouts.mkdir(parents=True, exist_ok=True)
    directory = _aside(mirror)
    (directory / "files").mkdir(parents=True)
    return directory


def complete(temporary: Path, container: Path, marker: Marker) -> None:
    """Write the marker and put the checkout into its place, instead of an incomplete one."""
    # The standard library's JSON, since names that are not UTF-8 survive in it.
    text = json.dumps(msgspec.to_builtins(marker))
    (temporary / "complete").write_text(text, encoding="ascii")
    if container.exists():
        remove_tree(container)
    temporary.rename(container)


async def check_out(mirror: Mirror, commit: str, temporary: Path) -> Listing:
    """Write a commit's files below ``temporary`` and return what is special among them."""
    index, files = temporary / "index", temporary / "files"
    await check(
        data_command(
            mirror.git_dir, "read-tree", "-u", "--reset", commit,
            work_tree=files, index=index, config=(("core.bare", "false"),),
        )
    )  # fmt: skip
    return parse_listing(
        await check(data_command(mirror.git_dir, "ls-files", "--stage", index=index))
    )


def leaving_links(directory: Path, links: tuple[str, ...]) -> list[str]:
    """Return those of ``links`` that lead out of ``directory``, however roundabout."""
    root = os.path.realpath(directory)
    return [
        link
        for link in links
        if os.path.commonpath([root, os.path.realpath(os.path.join(root, link))]) != root  # noqa: PTH118
    ]


def check_path(checkout: Checkout) -> None:
    """Make sure that the path to open is there. Raises ``PathNotFound`` and ``UnsafePath``."""
    path = checkout.pinned.path
    if path is None:
        return
    root = os.path.realpath(checkout.directory)
    real = os.path.realpath(os.path.join(root, path))  # noqa: PTH118 - realpath is os.path's
    if os.path.commonpath([root, real]) != root:
        raise UnsafePath(
            f"{shown(path)!r} is a link that leads out of the repository.",
            hint="Open the file that it leads to by its own path.",
        )
    if os.path.lexists(real):
        return
    near = _nearest_paths(checkout.directory, path)
    version = f" at {checkout.pinned.commit[:10]}" if checkout.pinned.commit else ""
    raise PathNotFound(
        f"The repository has no {shown(path)!r}{version}.",
        hint="Did you mean " + " or ".join(repr(shown(each)) for each in near) + "?"
        if near
        else "Leave out the path to see which files there are.",
    )


def _nearest_paths(directory: Path, path: str) -> list[str]:
    """Return paths like ``path``: the same name elsewhere first, then similar ones."""
    everything = []
    for parent, folders, files in os.walk(directory):
        base = os.path.relpath(parent, directory)
        everything += [os.path.normpath(f"{base}/{name}") for name in (*folders, *files)]
        if len(everything) > 100_000:
            break
    name = path.rsplit("/", 1)[-1].casefold()
    same = [each for each in everything if each.rsplit("/", 1)[-1].casefold() == name]
    suffix = Path(path).suffix
    alike = [each for each in everything if each.endswith(suffix)] if suffix else everything
    return same[:3] or nearest(path, alike)


def remove_unused(repositories: Path, now: float | None = None, *, most: float = math.inf) -> None:
    """Remove checkouts that nobody used for a week, snapshots of folders after a day.

    Of a repository that was left without checkouts, the history goes a month later. Nothing is
    kept for more than ``most`` seconds.
    """
    now = time.time() if now is None else now
    for directory in repositories.iterdir():
        mirror = Mirror(directory)
        if not _unused(mirror, now, most) or (descriptor := lock(mirror.lock)) is None:
            continue
        try:
            # Still unused, now that nobody else can come to use it.
            for each in _unused(mirror, now, most):
                # Out of its place first, so that half of it never counts as all.
                aside = _aside(mirror)
                each.rename(aside)
                remove_tree(aside)
        finally:
            os.close(descriptor)


def _unused(mirror: Mirror, now: float, most: float) -> list[Path]:
    """Return what there is no need to keep of a repository."""
    with contextlib.suppress(OSError):
        if checkouts := list(mirror.checkouts.iterdir()):
            return [each for each in checkouts if _age(each, now) > min(most, _kept_seconds(each))]
        # The directory changed when its last checkout went.
        youngest = min(_age(mirror.checkouts, now), _age(mirror.git_dir, now))
        return [mirror.git_dir] if youngest > min(most, _HISTORY_SECONDS) else []
    return []


def _age(path: Path, now: float) -> float:
    return now - path.stat().st_mtime


def _kept_seconds(checkout: Path) -> int:
    short = checkout.name.startswith((SNAPSHOT, _TEMPORARY))
    return _SNAPSHOT_UNUSED_SECONDS if short else _UNUSED_SECONDS


def _aside(mirror: Mirror) -> Path:
    return mirror.checkouts / (_TEMPORARY + secrets.token_hex(8))


def remove_leftovers(mirror: Mirror) -> None:
    """Remove the temporary places of killed launches. Only for the holder of the lock."""
    for each in mirror.checkouts.glob(_TEMPORARY + "*"):
        remove_tree(each)
