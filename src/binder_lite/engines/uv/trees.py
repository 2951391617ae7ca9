# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees of files that a build reads or writes: what they hold, and what changed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path


def file_states(directory: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each file's path relative to ``directory``, with its time of change and size."""
    for parent, _folders, files in os.walk(directory):
        for name in files:
            path = Path(parent, name)
            status = path.lstat()
            yield (
                str(path.relative_to(directory)),
                (status.st_mtime_ns, status.st_size),
            )


def keep_changes(tree: Path, before: Mapping[str, tuple[int, int]], target: Path) -> None:
    """Copy what is new or changed in ``tree``; git's own files are the session's business."""
    for name, state in file_states(tree):
        if before.get(name) != state and not name.startswith(".git/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree / name, target / name, follow_symlinks=False)


def tree_digest(directory: Path) -> str:
    """Return a hash of a checkout without its notebooks: editing one never rebuilds anything."""
    digest = hashlib.sha256()
    paths = sorted(
        Path(parent, name).relative_to(directory)
        for parent, folders, files in os.walk(directory)
        for name in files
        if ".git" not in Path(parent).relative_to(directory).parts and not name.endswith(".ipynb")
    )
    for path in paths:
        full = directory / path
        mode = full.lstat().st_mode & 0o170100
        content = (
            os.fsencode(full.readlink())
            if full.is_symlink()
            else hashlib.sha256(full.read_bytes()).digest()
        )
        digest.update(os.fsencode(path) + b"\0" + f"{mode:o}".encode() + b"\0" + content)
    return digest.hexdigest()
