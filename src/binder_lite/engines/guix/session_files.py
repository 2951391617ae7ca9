# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in a session's home that an environment made from other files than Guix's needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from binder_lite.engines.base import HOME, WORK
from binder_lite.engines.layer import LAYER

_STARTUP = ".ipython/profile_default/startup/00-missing-packages.py"
# Said once, in the output of the first cell that is run: that is where a person looks.
_SAY = '''\
"""Say what this session goes without, in the output of the first cell."""


def _say_missing(*_):
    get_ipython().events.unregister("pre_run_cell", _say_missing)
    print({text!r})


get_ipython().events.register("pre_run_cell", _say_missing)
'''


def python_path_files(folders: tuple[str, ...], version: str) -> Mapping[str, str]:
    """Return the file that puts folders of the workspace on the path of Python ``version``."""
    if not folders:
        return {}
    site_packages = LAYER.relative_to(HOME) / f"lib/python{version}/site-packages"
    return {str(site_packages / "repository.pth"): "".join(f"{WORK / each}\n" for each in folders)}


def missing_files(missing: tuple[str, ...]) -> Mapping[str, str]:
    """Return what lets a notebook say what Guix lacks, each as a person is to read it."""
    if not missing:
        return {}
    text = (
        f"This session goes without {', '.join(missing)}: Guix has no package of "
        f"{'it' if len(missing) == 1 else 'them'}. `%pip install` may help for as long as the "
        "session lasts."
    )
    return {_STARTUP: _SAY.format(text=text)}
