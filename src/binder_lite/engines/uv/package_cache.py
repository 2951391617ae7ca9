# SPDX-License-Identifier: GPL-3.0-or-later
"""The unpacked wheels that builds share: environments have hard links to their files.

So an environment that is removed frees nothing as long as they are here. uv's own ``cache prune``
keeps whatever its index of the cache names, and that is nearly all; what is missing it fetches
again (both seen with uv 0.13).
"""

from __future__ import annotations

import os
from pathlib import Path

from binder_lite.storage import lock, remove_tree


def remove_unshared(cache: Path) -> None:
    """Remove the wheels in uv's ``cache`` that no environment has files of.

    Nothing is done while uv works with the cache.
    """
    if not cache.is_dir():
        return
    # uv holds this lock too, a shared one where it installs.
    held = lock(cache / ".lock")
    if held is None:
        return
    try:
        for wheel in cache.glob("archive-v*/*"):
            if not wheel.is_symlink() and not _is_shared(wheel):
                remove_tree(wheel)
    finally:
        os.close(held)


def _is_shared(wheel: Path) -> bool:
    return any(
        Path(parent, name).lstat().st_nlink > 1
        for parent, _folders, files in os.walk(wheel)
        for name in files
    )
