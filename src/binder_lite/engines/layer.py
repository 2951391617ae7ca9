# SPDX-License-Identifier: GPL-3.0-or-later
"""The session's own writable package layer above the read-only environment. Pure.

It is a virtual environment in the session's home that sees the environment's packages behind its
own. So ``%pip install``, ``pip install`` in a terminal and ``pip install --user`` work as people
expect, may replace a package by another version, last as long as the session, and can be found
afterwards. The packages of the machine's own Python stay hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from binder_lite.engines.base import HOME

LAYER = HOME / ".venv"
# Where `install.packages` puts what a session adds. R passes over a library that is not there, so
# the layer has a file in it.
R_LIBRARY = LAYER / "lib/R/library"

# "true" lets pip accept --user, which it refuses in an ordinary virtual environment;
# _environment.py then keeps the base Python's own packages out.
_CONFIG = """\
home = {home}
include-system-site-packages = true
version = {version}
"""

_HOOK = '''\
"""Order of packages: this layer, the person's --user ones, the environment; nothing else."""
import site

site.addsitedir(site.getusersitepackages())
site.addsitedir({environment!r})
site.addsitepackages = lambda known_paths, prefixes=None: known_paths
'''

# What a kernel's description says where the environment's own cannot be made to fit.
_KERNEL = """\
{{
 "argv": ["{python}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"],
 "display_name": "Python 3 (ipykernel)",
 "language": "python",
 "env": {{"GUIX_PYTHONPATH": ""}},
 "metadata": {{"debugger": true}}
}}
"""

_PIP = """\
#!{python}
import sys
from pip._internal.cli.main import main

sys.exit(main())
"""


_R_NOTE = """\
What `install.packages` installs in this session is put here. It lasts as long as the session;
`binder-lite requirements` writes it into the repository's own files.
"""


def r_library_files() -> Mapping[str, str]:
    """Return the file that makes the session's library of R, by path relative to the home."""
    return {str((R_LIBRARY / "README").relative_to(HOME)): _R_NOTE}


def kernel_file() -> str:
    """Return the description of a Python kernel that runs in the layer.

    A server whose environment is its own hands down the paths of its own packages to what it
    starts (Guix's scripts set ``GUIX_PYTHONPATH``); they are not the kernel's.
    """
    return _KERNEL.format(python=LAYER / "bin/python")


def layer_files(venv: Path, program: Path, version: str) -> Mapping[str, str]:
    """Return the layer's files for an environment's ``venv``, by path relative to the home.

    ``program`` is the interpreter below the environment; ``version`` its full version. A value
    that begins with ``->`` is a symbolic link.
    """
    minor = ".".join(version.split(".")[:2])
    site_packages = PurePosixPath("lib") / f"python{minor}" / "site-packages"
    layer = LAYER.relative_to(HOME)
    pip = _PIP.format(python=LAYER / "bin/python")
    return {
        str(layer / "pyvenv.cfg"): _CONFIG.format(home=program.parent, version=version),
        str(layer / "bin/python"): f"->{program}",
        str(layer / "bin/python3"): "->python",
        str(layer / f"bin/python{minor}"): "->python",
        str(layer / "bin/pip"): pip,
        str(layer / "bin/pip3"): pip,
        str(layer / site_packages / "_environment.pth"): "import _environment\n",
        str(layer / site_packages / "_environment.py"): _HOOK.format(
            environment=str(venv / site_packages)
        ),
    }
